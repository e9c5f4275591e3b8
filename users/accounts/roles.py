"""Who may do what: one table that views, templates, navigation and tests read."""

from typing import Final

from users.models.project import ProjectMember

VIEWER, EDITOR, ADMIN = ProjectMember.Role.VIEWER, ProjectMember.Role.EDITOR, ProjectMember.Role.ADMIN
RANK: Final[dict[str, int]] = {VIEWER: 1, EDITOR: 2, ADMIN: 3}

# permission -> (least role, what a refusal says after "but not ")
PERMISSIONS: Final[dict[str, tuple[str, str]]] = {
    "users.view": (VIEWER, "look at its users"),
    "registry.view": (VIEWER, "look at its attributes"),
    "ingest.view": (VIEWER, "look at its ingest log"),
    "install.view": (VIEWER, "look at its install page"),
    "project.view": (VIEWER, "look at its settings"),
    "integrations.view": (VIEWER, "look at its integrations"),
    "values.reveal": (EDITOR, "reveal sensitive values"),
    "values.edit": (EDITOR, "change values"),
    "tags.edit": (EDITOR, "tag users"),
    "tags.manage": (EDITOR, "change its tags"),
    "merges.undo": (EDITOR, "undo merges"),
    "segments.edit": (EDITOR, "change its segments"),
    "users.export": (EDITOR, "export its users"),
    "imports.edit": (EDITOR, "import users"),
    "users.erase": (ADMIN, "erase users"),
    "registry.edit": (ADMIN, "change its attributes"),
    "keys.manage": (ADMIN, "see or change its API keys"),
    "integrations.edit": (ADMIN, "change its integrations"),
    "webhooks.manage": (ADMIN, "see or change its webhooks"),
    "members.manage": (ADMIN, "see or change its members"),
    "work.manage": (ADMIN, "see or change its background work"),
    "project.edit": (ADMIN, "change its settings"),
}


def allowed(role: str, permission: str) -> bool:
    """Whether `role` holds `permission`. An unknown permission is a KeyError: never an open door."""
    least, _ = PERMISSIONS[permission]
    return RANK[role] >= RANK[least]


def permissions_of(role: str) -> frozenset[str]:
    return frozenset(name for name in PERMISSIONS if allowed(role, name))
