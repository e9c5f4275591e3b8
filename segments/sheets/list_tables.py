"""The table that a list is: its rows, its header, and which columns the header says hold ids or emails."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

from segments.sheets.listing import ANY, EMAIL
from users.ground.spreadsheets import Row, rows_of, unguarded
from users.models import NATIVE, Identity, Project
from users.registry.attributes import registry_of

MOST_LINES: Final = 100_000
LONGEST_LINE: Final = 1_000_000  # characters of a JSON line that are read to tell whether it is one
USER, JIMER = Identity.Kind.USER.value, Identity.Kind.JIMER.value
ORDER: Final = (USER, JIMER, ANY, EMAIL)  # which column counts before which
HEADERS: Final = {
    "native.user id": USER, "user id": USER, "userid": USER,
    "native.jimer id": JIMER, "jimer id": JIMER, "jimerid": JIMER,
    "native.email": EMAIL, "email": EMAIL, "e mail": EMAIL, "mail": EMAIL, "email address": EMAIL, "e mail address": EMAIL,
    "id": ANY, "ids": ANY, "user": ANY, "users": ANY,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    at: int
    name: str
    samples: list[str]


class TooLong(ValueError):
    """More lines than are read at once."""


@dataclass(slots=True)
class Listing:
    rows: list[Row]
    kinds: dict[str, str]  # what a header means, in small letters and with spaces
    header: Row | None = None
    bad: list[tuple[int, str, str]] = field(default_factory=list)  # lines that could not be read: line, text, why

    @property
    def width(self) -> int:
        return max((len(row.cells) for row in [*self.rows, *([self.header] if self.header else [])]), default=0)

    def name(self, at: int) -> str:
        cells = self.header.cells if self.header else []
        return cells[at].strip() if at < len(cells) and cells[at].strip() else f"column {at + 1}"

    def named(self) -> list[tuple[int, str]]:
        """The columns that the header says hold ids or emails, with what kind, the surest first."""
        cells = self.header.cells if self.header else []
        known = [(at, self.kinds[plain(cell)]) for at, cell in enumerate(cells) if plain(cell) in self.kinds]
        return sorted(known, key=lambda item: ORDER.index(item[1]))

    def columns(self) -> list[Column]:
        return [Column(at, self.name(at), [cell_at(row, at) for row in self.rows[:3]]) for at in range(self.width)]


def plain(header: str) -> str:
    """A header as it is compared: without case, _, - and the ' before a formula."""
    header = unguarded(header.strip())
    return " ".join(header.casefold().removesuffix("(native)").replace("_", " ").replace("-", " ").split())


def cell_at(row: Row, at: int) -> str:
    return row.cells[at] if at < len(row.cells) else ""


def kinds_of(project: Project) -> dict[str, str]:
    """The known headers, and what this project calls its own ids and emails."""
    known = registry_of(project)
    labels = {"user_id": USER, "jimer_id": JIMER, "email": EMAIL}
    found = {key: known.by_field(NATIVE, key) for key in labels}
    return {plain(item.label): labels[key] for key, item in found.items() if item} | HEADERS


def read(project: Project, text: str) -> Listing:
    kinds = kinds_of(project)
    text = text.replace("\x00", "").lstrip("\ufeff")
    if is_json_lines(text):
        return read_json(text, kinds)
    rows = rows_of(text, lambda cell: plain(cell) in kinds)
    if len(rows) > MOST_LINES:
        raise TooLong(f"The list has {len(rows):,} lines; {MOST_LINES:,} is the most. Split it.")
    if rows and any(plain(cell) in kinds for cell in rows[0].cells):
        return Listing(rows[1:], kinds, rows[0])
    return Listing(rows, kinds)


def is_json_lines(text: str) -> bool:
    return object_of(text.lstrip()[:LONGEST_LINE].split("\n", 1)[0]) is not None


def object_of(line: str) -> dict[str, Any] | None:
    """The JSON object of a line; None if it is none. An id may begin with a brace too."""
    try:
        body = json.loads(line) if line.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def read_json(text: str, kinds: dict[str, str]) -> Listing:
    """JSON lines: each an object, its members are the cells."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > MOST_LINES:
        raise TooLong(f"The list has {len(lines):,} lines; {MOST_LINES:,} is the most. Split it.")
    places: dict[str, int] = {}
    made = Listing([], kinds)
    for number, line in lines:
        body = object_of(line)
        if body is None:
            made.bad.append((number, line, "This line is not a JSON object, as the first one is."))
            continue
        for key in body:
            places.setdefault(str(key), len(places))
        made.rows.append(Row(number, [as_text(body.get(key)) for key in places], ""))
    made.header = Row(0, list(places), "")
    return made


def as_text(value: Any) -> str:
    """A member as a name is typed: nothing for what can be none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
