"""Users as CSV or JSON lines, streamed: flat in memory however many they are."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from segments.models import Membership, Segment
from segments.sheets.list_tables import HEADERS, plain
from users.extend import sources
from users.finding.filters import filtered_users
from users.ground.spreadsheets import guarded
from users.models import NATIVE, EndUser, Project, UserTag
from users.models.end_user import all_users
from users.registry.attributes import Definition, registry_of
from users.types.table import TYPES

CHUNK: Final = 1000
DEFAULT: Final = ("native.user_id", "native.jimer_id", "native.name", "native.email")
FORMATS: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


MARK: Final = "\ufeff"  # by which spreadsheets know UTF-8


@dataclass(frozen=True, slots=True)
class Layout:
    """How a CSV is written: with the mark of UTF-8, and with names for people in the header instead of FIELDs."""

    mark: bool = False
    readable: bool = False


class UnknownColumn(ValueError):
    """A column that is no attribute of the project."""


@dataclass(frozen=True, slots=True)
class People:
    """Whom a file is about, and what it is called. `pages` gives them a page at a time, in order of their ids."""

    project: Project
    name: str
    pages: Callable[[], Iterator[list[EndUser]]]


def columns_of(project: Project, fields: list[str]) -> list[Definition]:
    registry = registry_of(project)
    found = []
    for field in fields or DEFAULT:
        definition = registry.find(field)
        if definition is None:
            raise UnknownColumn(f"There is no attribute {field[:120]!r}.")
        found.append(definition)
    return found


def members_of(segment: Segment) -> People:
    return People(segment.project, segment.name, lambda: pages_of_members(segment))


def pages_of_members(segment: Segment) -> Iterator[list[EndUser]]:
    last = 0
    while True:
        held = Membership.objects.filter(segment=segment, user_id__gt=last).order_by("user_id")
        ids = list(held.values_list("user_id", flat=True)[:CHUNK])
        if ids:
            users: QuerySet[EndUser] = EndUser.objects.filter(pk__in=ids).order_by("pk")
            yield list(users)
            last = ids[-1]
        if len(ids) < CHUNK:
            return


def picked(project: Project, chosen: dict[str, Any]) -> People:
    """The users of {"ids"} or {"query"}, as lists pick them. Raises Refused where the query makes no sense."""
    if "ids" in chosen:
        rows = all_users(project).filter(pk__in=chosen["ids"])
    else:
        rows = filtered_users(project, chosen["query"])
    return People(project, "Users", lambda: pages_of_rows(rows))


def pages_of_rows(rows: QuerySet[EndUser]) -> Iterator[list[EndUser]]:
    """By key: a page asks for those after the last one, so that none is held longer than its own."""
    last = 0
    while True:
        users = list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK])
        if users:
            yield users
            last = users[-1].pk
        if len(users) < CHUNK:
            return


def tags_of(users: list[EndUser]) -> dict[int, list[str]]:
    made: dict[int, list[str]] = {}
    rows = UserTag.objects.filter(user__in=users).order_by("added", "pk").values_list("user_id", "tag__name")
    for user, name in rows:
        made.setdefault(user, []).append(name)
    return made


def value_of(user: EndUser, definition: Definition, tags: dict[int, list[str]]) -> Any:
    if definition.source != NATIVE:
        value = user.attributes.get(definition.ref)
    elif definition.key == "tags":
        value = tags.get(user.pk, [])
    else:
        value = TYPES[definition.type].from_column(getattr(user, definition.key))
    return definition.shown(value)


def cell(value: Any) -> str | None:
    """What a spreadsheet shows as it is: a text that it would run as a formula gets a ' before it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return guarded(json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value))


def headers_of(columns: list[Definition], layout: Layout) -> list[str | None]:
    """FIELDs, or display names. A name that two columns have, or that would pass for an id, says its source."""
    if not layout.readable:
        return [definition.field for definition in columns]
    shared = Counter(plain(definition.label) for definition in columns)

    def header(definition: Definition) -> str:
        label = plain(definition.label)
        clear = shared[label] == 1 and (definition.source == NATIVE or label not in HEADERS)
        source = sources.all().get(definition.source)
        return definition.label if clear else f"{definition.label} ({source.name if source else definition.source})"

    return [cell(header(definition)) for definition in columns]


def as_csv(people: People, columns: list[Definition], layout: Layout) -> Iterator[str]:
    yield (MARK if layout.mark else "") + line(headers_of(columns, layout))
    for users in people.pages():
        tags = tags_of(users)
        yield "".join(line([cell(value_of(user, column, tags)) for column in columns]) for user in users)


def line(cells: list[str | None]) -> str:
    """Nothing at all for what is absent, "" in quotes for an empty text: imports tell them apart by that."""
    buffer = io.StringIO()
    if "" in cells:
        buffer.write(",".join("" if cell is None else quoted(cell) for cell in cells) + "\r\n")
    else:
        csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def quoted(cell: str) -> str:
    if cell and not any(mark in cell for mark in ',"\r\n'):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def as_jsonl(people: People, columns: list[Definition], layout: Layout) -> Iterator[str]:
    for users in people.pages():
        tags = tags_of(users)
        yield "".join(
            json.dumps({column.field: value_of(user, column, tags) for column in columns}, ensure_ascii=False) + "\n"
            for user in users
        )


WRITERS: Final = {"csv": as_csv, "jsonl": as_jsonl}


def download(
    people: People, kind: str, columns: list[Definition], layout: Layout, now: datetime
) -> StreamingHttpResponse:
    """The export as a file that is named after those in it and the day in the project's zone."""
    day = now.astimezone(ZoneInfo(people.project.time_zone)).date()
    name = slugify(people.name, allow_unicode=True)[:80] or "segment"
    response = StreamingHttpResponse(WRITERS[kind](people, columns, layout), content_type=FORMATS[kind])
    response["Content-Disposition"] = content_disposition_header(True, f"{name}-{day.isoformat()}.{kind}") or ""
    return response
