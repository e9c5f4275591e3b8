"""What people come to an attribute's page for: who has it, the newest values, refusals, and the line that sends it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.safestring import SafeString

from users.database.limits import TookTooLong
from users.finding.listing import DEFAULT_SORT, read_page_patiently
from users.models import CUSTOM, NATIVE, EndUser, Project, UserTag
from users.models.end_user import all_users
from users.registry.attributes import Definition, Registry
from users.showing.fixes import HOW_SENT
from users.showing.ingest_lines import Asked, Line, page_of
from users.showing.values import value_html
from users.showing.writers import writer_of
from users.types.table import TYPES
from users.types.timestamps import from_ms

SHOWN: Final = 5  # users, and refusals: the list and the log have all
SECONDS: Final = 1.0
EXAMPLES: Final = {"name": "Maya Lindqvist", "email": "maya@harborlabs.example", "language": "en"}


@dataclass(frozen=True, slots=True)
class Holder:
    """A user who has the attribute. `by` and `updated` are empty for what the product keeps by itself."""

    user: EndUser
    value: SafeString
    by: str
    writer: tuple[str, int | None] | None  # the kind and id of what wrote
    updated: datetime | None


def holders(project: Project, definition: Definition) -> list[Holder] | None:
    """The most recently active of those who have a value, or None where it took too long to find them."""
    rows = having(all_users(project), definition).select_related("provenance")
    try:
        found = read_page_patiently(rows, DEFAULT_SORT, "", SHOWN, SECONDS).rows
    except TookTooLong:
        return None
    return [holder(user, definition) for user in found]


def having(rows: QuerySet[EndUser], definition: Definition) -> QuerySet[EndUser]:
    if definition.source != NATIVE:
        return rows.filter(attributes__has_key=definition.ref)
    if definition.key == "tags":
        return rows.filter(Exists(UserTag.objects.filter(user=OuterRef("pk"))))
    return rows.filter(**{f"{definition.key}__isnull": False})


def holder(user: EndUser, definition: Definition) -> Holder:
    provenance = getattr(user, "provenance", None)
    entry = provenance.values.get(definition.ref) if provenance else None
    value = definition.shown(value_in(user, definition)) if not definition.sensitive else "hidden"
    html = value_html(value, definition.type, definition.sensitive)
    return Holder(
        user,
        html,
        writer_of(entry) if entry else "",
        (entry["k"], entry["o"]) if entry else None,
        from_ms(entry["t"]) if entry else None,
    )


def value_in(user: EndUser, definition: Definition) -> Any:
    if definition.source != NATIVE:
        return definition.held(user.attributes.get(definition.ref))
    if definition.key == "tags":
        return list(UserTag.objects.filter(user=user).order_by("added", "pk").values_list("tag__name", flat=True))
    return TYPES[definition.type].from_column(getattr(user, definition.key))


def refusals(project: Project, known: Registry, definition: Definition) -> list[Line]:
    """The newest calls of which a value of it was refused."""
    lines = page_of(project, known, Asked(attribute=definition.field, show="rejected")).lines[:SHOWN]
    for line in lines:
        line.verdicts = [item for item in line.verdicts if item["attribute"] == definition.field]
    return [line for line in lines if line.verdicts]


def sending_line(definition: Definition) -> str:
    """The line of code that sends it, or empty where no code of the team does."""
    if definition.source == CUSTOM:
        example = json.loads(TYPES[definition.type].example)
        return pushed("set", "user:attributes", [{definition.key: example}])
    if definition.source != NATIVE or definition.key not in HOW_SENT:
        return ""
    if definition.key == "user_id":
        return pushed("do", "identify", ["usr_4711"])
    return pushed("set", HOW_SENT[definition.key], [EXAMPLES[definition.key]])


def pushed(verb: str, name: str, arguments: list[Any]) -> str:
    return f"window.jimo.push({json.dumps([verb, name, arguments], ensure_ascii=False)});"
