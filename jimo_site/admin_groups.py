"""The tables of the Django admin under headings that say what they are for, instead of one list an app."""

from typing import Any, Final

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "Users": ("EndUser", "Attribute", "Tag", "Merge", "AttributeChange", "IngestEntry"),
    "Segments": ("Segment", "SegmentVersion"),
    "Accounts": ("Account", "Project", "ProjectMember", "ApiKey", "AccessLink"),
    "Work": ("Job", "WorkerBeat"),
}
REST: Final = "For diagnosis"  # what is written by the way, and says something only to who looks for a fault


def grouped(apps: list[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    """The entries that Django lists by app, in our order; those that no group names are in a last one, folded."""
    models = {model["object_name"]: model for app in apps for model in app["models"]}
    for model in models.values():
        model["current"] = bool(model["admin_url"]) and path.startswith(model["admin_url"])
    named = {name for names in GROUPS.values() for name in names}
    groups = [(heading, [models[name] for name in names if name in models]) for heading, names in GROUPS.items()]
    rest = sorted((model for name, model in models.items() if name not in named), key=lambda model: model["name"])
    return [
        {"name": heading, "models": found, "folded": heading == REST, "current": any(one["current"] for one in found)}
        for heading, found in (*groups, (REST, rest))
        if found
    ]
