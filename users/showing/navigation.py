"""The sidebar, as a table: what is under which heading, for whom. Later apps add entries in users.extend."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from users.extend import NavigationEntry, navigation

PEOPLE, DATA, SETTINGS = "Users & Segments", "Data Management", "Settings"
SECTIONS = (PEOPLE, DATA, "Integrations", SETTINGS)

navigation.add(
    "users",
    NavigationEntry(
        PEOPLE,
        "Users",
        "users_list",
        "users.view",
        "users",
        ("user_profile", "value_new", "value_detail", "value_edit"),
    ),
)
navigation.add(
    "registry",
    NavigationEntry(
        DATA,
        "Attributes",
        "registry",
        "registry.view",
        "table-cells",
        ("attribute_edit", "attribute_new", "attribute_type"),
    ),
)
navigation.add("tags", NavigationEntry(DATA, "Tags", "tags", "users.view", "tag"))
navigation.add("ingest", NavigationEntry(DATA, "Ingest log", "ingest_log", "ingest.view", "queue-list"))
navigation.add("install", NavigationEntry(SETTINGS, "Install", "install", "install.view", "code-bracket"))
navigation.add("keys", NavigationEntry(SETTINGS, "API keys", "keys", "keys.manage", "key"))
navigation.add("members", NavigationEntry(SETTINGS, "Members", "members", "members.manage", "user-group"))
navigation.add("work", NavigationEntry(SETTINGS, "Work", "work", "work.manage", "clock"))
navigation.add("project", NavigationEntry(SETTINGS, "Project", "project_settings", "project.view", "cog-6-tooth"))


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    icon: str
    current: bool


def sections(slug: str, can: frozenset[str], url_name: str | None) -> list[tuple[str, list[Link]]]:
    """Headings and links that a role may follow; the page shown is marked."""
    made: dict[str, list[Link]] = {section: [] for section in SECTIONS}
    for entry in navigation.all().values():
        if entry.permission in can:
            current = url_name in (entry.url_name, *entry.match)
            made[entry.section].append(Link(entry.label, reverse(entry.url_name, args=[slug]), entry.icon, current))
    return [(section, links) for section, links in made.items() if links]


def projects_of(account: Any) -> Any:
    """The projects an account may open, by name."""
    from users.models import Project

    projects = Project.objects.filter(deleting_since=None).order_by("name", "pk")
    return projects if account.is_superuser else projects.filter(members__account=account)


def last_project(account: Any) -> Any:
    """The project where the account was last, else its first; None without one."""
    projects = projects_of(account)
    return projects.filter(pk=account.last_project_id).first() or projects.first()
