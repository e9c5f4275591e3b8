"""Whom an export is about, read a page at a time and no more of each user than its columns need."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, QuerySet, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from segments.models import Membership, Segment
from users.database.value_json import read_document
from users.finding.filters import filtered_users
from users.models import NATIVE, EndUser, Project, UserTag
from users.models.end_user import all_users
from users.registry.attributes import Definition
from users.types.table import TYPES

CHUNK: Final = 1000  # users of a page
# Read as its text: the framework takes several times as long to make a document of it.
DOCUMENT: Final = Cast(F("attributes"), TextField())
TAGS: Final = "tags"

type Pages = Iterator[list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class People:
    """Whom a file is about, and what it is called. `pages` gives (key, *what was asked for), in order of the keys."""

    project: Project
    name: str
    pages: Callable[[list[str | Combinable]], Pages]


def members_of(segment: Segment) -> People:
    return People(segment.project, segment.name, lambda wanted: pages_of_members(segment, wanted))


def pages_of_members(segment: Segment, wanted: list[str | Combinable]) -> Pages:
    last = 0
    while True:
        held = Membership.objects.filter(segment=segment, user_id__gt=last).order_by("user_id")
        ids = list(held.values_list("user_id", flat=True)[:CHUNK])
        if ids:
            users: QuerySet[EndUser] = EndUser.objects.filter(pk__in=ids).order_by("pk")
            yield list(users.values_list("pk", *wanted))
            last = ids[-1]
        if len(ids) < CHUNK:
            return


def picked(project: Project, chosen: dict[str, Any]) -> People:
    """The users of {"ids"} or {"query"}, as lists pick them. Raises Refused where the query makes no sense."""
    if "ids" in chosen:
        rows = all_users(project).filter(pk__in=chosen["ids"])
    else:
        rows = filtered_users(project, chosen["query"])
    return People(project, "Users", lambda wanted: pages_of_rows(rows, wanted))


def pages_of_rows(rows: QuerySet[EndUser], wanted: list[str | Combinable]) -> Pages:
    """By key: a page asks for those after the last one, so that none is held longer than its own."""
    last = 0
    while True:
        users = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", *wanted)[:CHUNK])
        if users:
            yield users
            last = users[-1][0]
        if len(users) < CHUNK:
            return


def values_of(people: People, columns: list[Definition]) -> Iterator[list[list[Any]]]:
    """The values of the columns, a page of users at a time. None is absent, dots are sensitive."""
    natives = [item for item in columns if item.source == NATIVE and item.key != TAGS]
    others = [item for item in columns if item.source != NATIVE]
    tagged = [item for item in columns if item.source == NATIVE and item.key == TAGS]
    wanted: list[str | Combinable] = [item.key for item in natives]
    places = {item.field: at for at, item in enumerate([*natives, *others, *tagged])}
    order = [places[item.field] for item in columns]
    finishes = [(at, finish) for at, item in enumerate(columns) if (finish := finish_of(item))]
    refs, last = [item.ref for item in others], len(natives) + 1
    for rows in people.pages([*wanted, *([DOCUMENT] if others else [])]):
        tags = tags_of([row[0] for row in rows]) if tagged else {}
        page = []
        for row in rows:
            found = [*row[1:last], *map(read_document(row[last]).get, refs)] if others else [*row[1:]]
            if tagged:
                found.append(tags.get(row[0], []))
            values = [found[at] for at in order]
            for at, finish in finishes:
                values[at] = finish(values[at])
            page.append(values)
        yield page


def finish_of(definition: Definition) -> Callable[[Any], Any] | None:
    """What is left to do for what was read of this column; None where that is the value as it is shown."""
    if definition.sensitive:
        return definition.shown
    return TYPES[definition.type].from_column if definition.source == NATIVE and definition.key != TAGS else None


def tags_of(users: list[int]) -> dict[int, list[str]]:
    made: dict[int, list[str]] = {}
    rows = UserTag.objects.filter(user__in=users).order_by("added", "pk").values_list("user_id", "tag__name")
    for user, name in rows:
        made.setdefault(user, []).append(name)
    return made
