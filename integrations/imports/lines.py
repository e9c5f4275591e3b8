"""Lines of a file as calls of the write path: whom they name, and what they say."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

from integrations.imports.options import IDS, Column, Options
from integrations.imports.records import NOT_GIVEN, Bad, Reading, Record, is_empty
from integrations.models import Import
from users.ground.spreadsheets import unguarded
from users.ground.text_forms import email_key, trimmed
from users.models import EndUser, Identity, Project
from users.registry.attributes import HIDDEN, Registry
from users.types.table import TYPES
from users.writing.calls import UNSET, Call, Refused, TagChange
from users.writing.resolve import new_jimer_id

NOBODY: Final = "The line names nobody: {name} is empty."
SHOWN: Final = 300  # characters of a value that a problem quotes
ADDED: Final = 50  # tags of one cell
REPEATED: Final = 10_000  # texts whose values are known, of all columns: most say the same again and again
SHORT: Final = 60  # characters of such a text


@dataclass(slots=True)
class Problem:
    column: str
    value: str
    reason: str
    user: int | None = None


@dataclass(slots=True)
class Line:
    """A record, the calls that it makes, and what is wrong with it."""

    number: int
    cells: list[Any]
    ids: dict[str, Any] | None = None  # read once: see Lines.given_ids
    calls: list[Call] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)  # users that were found for it


def cell_text(cell: Any) -> str:
    return "" if is_empty(cell) else str(cell)[:SHOWN]


class Lines:
    """Makes lines of records, many at a time: ids and emails are looked up together."""

    def __init__(self, found: Import, project: Project, options: Options, registry: Registry) -> None:
        self.run, self.project, self.options = found, project, options
        self.guarded = Reading(**found.reading).format == "csv"
        self.ids = {name: options.column(f"native.{name}") for name in IDS}
        self.hidden = {column.field for column in options.columns if is_hidden(registry, column.field)}
        self.values = [
            (column.at, column.key, column.is_native, self.reader_of(column)) for column in options.columns
            if column.field not in ("native.user_id", "native.jimer_id")
            and not (options.on == "email" and column.field == "native.email")
        ]  # fmt: skip

    def made_of(self, items: Sequence[Record | Bad]) -> list[Line]:
        lines = [self.line_of(item) for item in items]
        known = self.look_up(line for line in lines if not line.problems)
        for line in lines:
            if not line.problems:
                self.add_calls(line, known)
        return lines

    def line_of(self, item: Record | Bad) -> Line:
        if isinstance(item, Bad):
            return Line(item.line, [item.text[:SHOWN]], problems=[Problem("", item.text[:SHOWN], item.reason)])
        line = Line(item.line, item.cells)
        if not any(self.given_ids(line).values()):
            column = self.ids[self.options.on]
            assert column is not None
            line.problems.append(Problem(column.name, "", NOBODY.format(name=column.name)))
        return line

    def given_ids(self, line: Line) -> dict[str, Any]:
        """What the line names its user by. Where emails do, ids only say what a new user gets."""
        if line.ids is None:
            line.ids = self.read_ids(line)
        return line.ids

    def read_ids(self, line: Line) -> dict[str, Any]:
        found = {name: self.id_of(line, column) for name, column in self.ids.items()}
        return {"email": found["email"]} if self.options.on == "email" else found | {"email": None}

    def names(self, line: Line) -> list[str]:
        """What the line names its user by, as texts that are equal where the user is the same."""
        ids = self.given_ids(line) if len(line.cells) >= len(self.run.columns) else {}
        return [f"{name} {email_key(str(value)) if name == 'email' else value}" for name, value in ids.items() if value]

    def follow(self, line: Line, first: Line) -> None:
        """The line comes behind one that names the same user, who is there by then: for dry runs, where nobody is."""
        if self.options.mode == "create":
            column, by, key = self.named_by(line)
            line.calls = []
            line.problems.append(Problem(column, key, self.refusal([0], by)))
        elif self.options.on == "email" and not line.targets and first.calls:
            made = first.calls[0]
            ids = {"user_id": made.user_id, "jimer_id": made.jimer_id, "email": UNSET}
            line.calls = [replace(call, **ids) for call in line.calls]

    def id_of(self, line: Line, column: Column | None) -> Any:
        cell = line.cells[column.at] if column else None
        if is_empty(cell):
            return None
        if isinstance(cell, str):
            return trimmed(unguarded(cell) if self.guarded else cell) or None
        return cell

    def look_up(self, lines: Iterable[Line]) -> dict[tuple[str, str], list[int]]:
        """Users by what names them, where it matters: emails always, ids if only some users may be written."""
        found: dict[tuple[str, str], list[int]] = {}
        asked = [self.given_ids(line) for line in lines]
        if self.options.on == "email":
            emails = {email_key(str(ids["email"])) for ids in asked}
            rows = EndUser.objects.filter(project=self.project, merged_into=None, email_folded__in=emails)
            for email, pk in rows.order_by("pk").values_list("email_folded", "pk"):
                found.setdefault(("email", str(email)), []).append(pk)
        elif self.options.mode != "both":
            values = {str(value) for ids in asked for value in ids.values() if value}
            known = Identity.objects.known_as([self.project], values).values_list("kind", "value", "user_id")
            for kind, value, pk in known:
                found[f"{kind}_id", value] = [pk]
        return found

    def add_calls(self, line: Line, known: dict[tuple[str, str], list[int]]) -> None:
        ids = self.given_ids(line)
        name, by, key = self.named_by(line)
        line.targets = known.get((by, key), [])
        reason = self.refusal(line.targets, by)
        if reason:
            line.problems.append(Problem(name, key, reason, line.targets[0] if line.targets else None))
            return
        body = self.body(line)
        if line.targets:
            line.calls = [Call(target=pk, **body) for pk in line.targets]
        elif self.options.on == "email":
            made = {name: self.id_of(line, self.ids[name]) for name in ("user_id", "jimer_id")}
            made["jimer_id"] = made["jimer_id"] or (None if made["user_id"] else new_jimer_id())
            line.calls = [Call(**made, **{**body, "email": ids["email"]})]
        else:
            line.calls = [Call(user_id=ids["user_id"], jimer_id=ids["jimer_id"], **body)]

    def named_by(self, line: Line) -> tuple[str, str, str]:
        """(the column's name, user_id, jimer_id or email, the value)."""
        ids = self.given_ids(line)
        by = next((name for name in (self.options.on, *IDS) if ids.get(name)), self.options.on)
        column = self.ids[by]
        return column.name if column else "", by, email_key(str(ids[by])) if by == "email" else str(ids[by])

    def refusal(self, targets: list[int], by: str) -> str:
        said = {"user_id": "user id", "jimer_id": "Jimer ID", "email": "email"}[by]
        if len(targets) > 1 and self.options.several == "skip":
            return (
                f"{len(targets):,} users have this email. Name them by their user ids, or choose to change all of them."
            )
        if self.options.mode == "update" and not targets:
            return f"No user has this {said}, and this import creates nobody."
        if self.options.mode == "create" and targets:
            return f"There is a user with this {said} already, and this import changes nobody."
        return ""

    def body(self, line: Line) -> dict[str, Any]:
        natives: dict[str, Any] = {}
        attributes: dict[str, Any] = {}
        tags: list[str] = [self.options.tag] if self.options.tag else []
        keep = self.options.empty == "keep"
        for at, key, is_native, read in self.values:
            cell = line.cells[at]
            if isinstance(cell, str):
                cell = read(cell)
            if cell is NOT_GIVEN or (cell is None and keep):
                continue
            if not is_native:
                attributes[key] = cell
            elif key == "tags":
                tags += [str(name) for name in (cell or [])][:ADDED]
            else:
                natives[key] = cell
        return {
            **natives, "attributes": attributes, "tags": TagChange(add=tags) if tags else None, "strict": True,
            "kind": "import", "origin_label": f"{self.run.name[:200]} row {line.number}",
        }  # fmt: skip

    def reader_of(self, column: Column) -> Callable[[str], Any]:
        """Makes of a text the value for the write path: None for an empty cell, NOT_GIVEN for one that says nothing."""
        kind, hidden = TYPES[column.type], column.field in self.hidden
        of_cell = kind.of_cell if self.guarded or kind.has_items else None

        def read(cell: str) -> Any:
            if hidden and cell == HIDDEN:
                return NOT_GIVEN
            if self.guarded and cell.startswith("'"):
                cell = unguarded(cell)
            return of_cell(cell, column.separator) if of_cell else cell

        if kind.has_items:  # no two users share a list, which could change
            return read
        known = lru_cache(max(REPEATED // len(self.options.columns), 10))(read)
        return lambda cell: known(cell) if len(cell) <= SHORT else read(cell)

    def problems_of(self, line: Line, refused: Refused, user: int | None) -> list[Problem]:
        """A refusal as what is wrong with which cells."""
        columns = {column.field: column for column in self.options.columns}
        found = []
        for detail in refused.details or [{"path": "", "message": refused.message}]:
            path = detail["path"].removeprefix("attributes.")
            named = path if path.startswith("native.") else f"custom.{path}"
            column = columns.get(named) or columns.get(f"native.{path.partition('[')[0]}")
            value = cell_text(line.cells[column.at]) if column else ""
            if column and column.field in self.hidden:
                value = HIDDEN
            found.append(Problem(column.name if column else "", value, detail["message"], user))
        return found


def is_hidden(registry: Registry, name: str) -> bool:
    definition = registry.find(name)
    return definition is not None and definition.sensitive


def who(project: Project, lines: Sequence[Line], made: Lines) -> dict[int, int]:
    """Users whom failing lines name, by line: their problems go when they are erased."""
    named = {line.number: {str(value) for value in made.given_ids(line).values() if value} for line in lines}
    ids = {value for values in named.values() for value in values if "\x00" not in value}
    known = dict(Identity.objects.known_as([project], ids).values_list("value", "user_id")) if ids else {}
    return {number: known[value] for number, values in named.items() for value in values if value in known}
