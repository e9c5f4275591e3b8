"""Users as the text of a file, a page at a time: CSV and JSON lines, flat in memory however many they are."""

import csv
import io
import string
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from segments.sheets.list_tables import HEADERS, plain
from segments.sheets.parquet import as_parquet
from segments.sheets.people import Layout, People, as_json, values_of
from users.extend import sources
from users.ground.spreadsheets import guarded
from users.models import NATIVE
from users.registry.attributes import Definition

MARK: Final = "\ufeff"  # by which spreadsheets know UTF-8
HARMLESS: Final = frozenset(string.ascii_letters + string.digits)  # a text that begins so is no formula


def cell(value: Any) -> str | None:
    """What a spreadsheet shows as it is: a text that it would run as a formula gets a ' before it."""
    if value is None:
        return None
    if isinstance(value, str):
        return value if value[:1] in HARMLESS else guarded(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return guarded(as_json(value) if isinstance(value, list) else str(value))


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


def csv_head(columns: list[Definition], layout: Layout) -> str:
    return (MARK if layout.mark else "") + lines([headers_of(columns, layout)])


def csv_text(rows: list[list[Any]], columns: list[Definition]) -> str:
    # Most cells are texts that stay as they are: asked here, as a call for each would take longer than the rest.
    return lines(
        [
            [value if value.__class__ is str and value[:1] in HARMLESS else cell(value) for value in values]
            for values in rows
        ]
    )


def lines(rows: list[list[str | None]]) -> str:
    """Nothing at all for what is absent, "" in quotes for an empty text: imports tell them apart by that."""
    buffer = io.StringIO()
    write = csv.writer(buffer).writerow
    for cells in rows:
        if "" in cells:
            buffer.write(",".join("" if cell is None else quoted(cell) for cell in cells) + "\r\n")
        else:
            write(cells)
    return buffer.getvalue()


def quoted(cell: str) -> str:
    if cell and not any(mark in cell for mark in ',"\r\n'):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def jsonl_text(rows: list[list[Any]], columns: list[Definition]) -> str:
    names = [column.field for column in columns]
    return "".join(as_json(dict(zip(names, values, strict=True))) + "\n" for values in rows)


@dataclass(frozen=True, slots=True)
class Text:
    """A format of texts: what a file begins with, and what a page of users adds."""

    head: Callable[[list[Definition], Layout], str]
    text: Callable[[list[list[Any]], list[Definition]], str]

    def __call__(self, people: People, columns: list[Definition], layout: Layout) -> Iterator[str]:
        if head := self.head(columns, layout):
            yield head
        for rows in values_of(people, columns):
            yield self.text(rows, columns)


as_csv: Final = Text(csv_head, csv_text)
as_jsonl: Final = Text(lambda columns, layout: "", jsonl_text)
TEXTS: Final = {"csv": as_csv, "jsonl": as_jsonl}
type Writer = Callable[[People, list[Definition], Layout], Iterator[str] | Iterator[bytes]]
WRITERS: Final[dict[str, Writer]] = {**TEXTS, "parquet": as_parquet}
