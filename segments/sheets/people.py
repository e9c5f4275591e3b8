"""Whom an export is about, read a page at a time and no more of each user than its columns need."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import F, QuerySet, TextField
from django.db.models.expressions import Combinable
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan
from django.db.models.functions import Cast

from segments.models import Membership, Segment
from users.database.limits import TookTooLong, time_limit
from users.database.value_json import read_document
from users.finding.filters import filtered_users
from users.models import NATIVE, EndUser, Project, UserTag
from users.models.end_user import all_users
from users.registry.attributes import Definition
from users.types.table import TYPES

CHUNK: Final = 1000  # users of a page
LARGE: Final = 50_000  # users; more are written in the background
PATIENCE: Final = 2.0  # seconds to find out whether there are more
# Read as its text: the framework takes several times as long to make a document of it.
DOCUMENT: Final = Cast(F("attributes"), TextField())
TAGS: Final = "tags"

as_json: Final = json.JSONEncoder(ensure_ascii=False).encode

type Place = Any  # where a page ends, as JSON has it; None is before the first


@dataclass(frozen=True, slots=True)
class Page:
    """Users as (key, *what was asked for, ...)."""

    rows: list[tuple[Any, ...]]
    end: Place


type Pages = Iterator[Page]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a CSV is written: with the mark of UTF-8, and with names for people in the header instead of FIELDs."""

    mark: bool = False
    readable: bool = False


@dataclass(frozen=True, slots=True)
class People:
    """Whom a file is about, and what it is called.

    `pages(wanted, after)` gives them from behind a place on. `is_large` says whether there are more than a request should
    write.
    """

    project: Project
    name: str
    pages: Callable[[list[str | Combinable], Place], Pages]
    is_large: Callable[[], bool]


def members_of(segment: Segment) -> People:
    return People(
        segment.project,
        segment.name,
        lambda wanted, after: pages_of_members(segment, wanted, after),
        lambda: are_many_or_slow(Membership.objects.filter(segment=segment)),
    )


def pages_of_members(segment: Segment, wanted: list[str | Combinable], after: Place) -> Pages:
    last = after or 0
    while True:
        held = Membership.objects.filter(segment=segment, user_id__gt=last).order_by("user_id")
        ids = list(held.values_list("user_id", flat=True)[:CHUNK])
        if ids:
            last = ids[-1]
            users: QuerySet[EndUser] = EndUser.objects.filter(pk__in=ids).order_by("pk")
            yield Page(list(users.values_list("pk", *wanted)), last)
        if len(ids) < CHUNK:
            return


def picked(project: Project, chosen: dict[str, Any]) -> People:
    """The users of {"ids"} or {"query"}, as lists pick them. Raises Refused where the query makes no sense."""
    if "ids" in chosen:
        rows = all_users(project).filter(pk__in=chosen["ids"])
    else:
        rows = filtered_users(project, chosen["query"])
    return People(
        project, "Users", lambda wanted, after: pages_of_rows(rows, wanted, after), lambda: are_many_or_slow(rows)
    )


def are_many_or_slow(rows: QuerySet[Any]) -> bool:
    try:
        with time_limit(PATIENCE):
            return bool(rows.order_by().values_list("pk")[LARGE : LARGE + 1])
    except TookTooLong:
        return True


def pages_of_rows(rows: QuerySet[EndUser], wanted: list[str | Combinable], after: Place) -> Pages:
    """By key: a page asks for those after the last one, so that none is held longer than its own.

    In the order of their creation, for which there is an index within a project: by id, SQLite sorts all for each page.
    """
    while True:
        behind = rows
        if after:
            moment = datetime.fromisoformat(after[0])
            behind = rows.filter(TupleGreaterThan(Tuple(F("created"), F("pk")), (moment, after[1])))
        page = list(behind.order_by("created", "pk").values_list("pk", *wanted, "created")[:CHUNK])
        if page:
            after = [page[-1][-1].isoformat(), page[-1][0]]
            yield Page(page, after)
        if len(page) < CHUNK:
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
    for page in people.pages([*wanted, *([DOCUMENT] if others else [])], None):
        tags = tags_of([row[0] for row in page.rows]) if tagged else {}
        made = []
        for row in page.rows:
            found = [*row[1:last], *map(read_document(row[last]).get, refs)] if others else [*row[1:last]]
            if tagged:
                found.append(tags.get(row[0], []))
            values = [found[at] for at in order]
            for at, finish in finishes:
                values[at] = finish(values[at])
            made.append(values)
        yield made


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
