"""What a file is read into: records and lines that could not be read, whatever its format."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

NOT_GIVEN: Final = ...  # a cell that the line does not have, as opposed to an empty one, which is None
LONGEST_LINE: Final = 1_000_000  # characters; nothing longer is held in memory
MOST_COLUMNS: Final = 1000


class Unreadable(ValueError):
    """A file that cannot be read at all, in words that say what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a table. Cells of texts are texts, those of typed formats are JSON's values."""

    line: int  # where it begins in the file, from 1
    cells: list[Any]


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that could not be read, and why."""

    line: int
    text: str
    reason: str


type Records = Iterator[Record | Bad]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. `separator`, `quote`, `encoding`, `header` are of texts; `quote` "" means that none are read.

    `quoted_empty`: "" in quotes is an empty text and nothing at all is no value, as our own exports write them.
    """

    format: str
    encoding: str = "utf-8"
    separator: str = ","
    quote: str = '"'
    header: bool = True
    quoted_empty: bool = False

    def stored(self) -> dict[str, Any]:
        return asdict(self)


def is_empty(cell: Any) -> bool:
    return cell is None or cell is NOT_GIVEN


def named(header: list[Any], width: int) -> list[str]:
    """The columns' names: empty ones get a number, and a name that is there already gets one behind it."""
    names: list[str] = []
    for at in range(max(width, len(header))):
        cell = header[at] if at < len(header) else None
        name = " ".join(str(cell).split())[:200] if not is_empty(cell) else ""
        base, number = name or f"Column {at + 1}", 2
        name = base
        while name in names:
            name, number = f"{base} ({number})", number + 1
        names.append(name)
    return names
