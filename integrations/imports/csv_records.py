"""CSV and its kin, a line at a time: what cannot be read is said by its line, and the next line is read all the same."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

from integrations.imports.records import LONGEST_LINE, NOT_GIVEN, Bad, Reading, Record, Records
from users.ground.spreadsheets import DECLARED

MOST_LINES: Final = 200  # of one record: a quote that is not closed by then never is
HALVES: Final = re.compile("[\ud800-\udfff]")
NEVER_CLOSED: Final = "A quote is opened on this line and never closed."
AFTER_QUOTE: Final = (
    "Something stands between a closing quote and the next separator. Double a quote that belongs to a text."
)


class Lines:
    """The file's lines as they stand, counted, with those of the record that is being read."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.number = 0
        self.taken: list[str] = []
        self.again: deque[str] = deque()
        self.too_long = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES:
            raise csv.Error(NEVER_CLOSED)
        line = self.again.popleft() if self.again else self.read()
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        return line

    def read(self) -> str:
        line = self.file.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            self.too_long = True
            while (rest := self.file.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
                pass
        return line

    def begin(self) -> int:
        """The next record begins; returns its line."""
        self.taken, self.too_long = [], False
        return self.number + 1

    def skip_first(self) -> None:
        """Go back to behind the first line of the record."""
        self.again.extendleft(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1


def opened(path: Path, encoding: str) -> TextIO:
    """Bytes that are no text become halves of surrogate pairs, which no file has, and are found by these."""
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return path.open(encoding=encoding, errors=errors, newline="")


def reader_of(lines: Lines, reading: Reading) -> Iterator[list[Any]]:
    if not reading.quote:
        return csv.reader(lines, delimiter=reading.separator, quoting=csv.QUOTE_NONE, strict=True)
    # Not null: nothing between two separators is None, and "" in quotes an empty text.
    return csv.reader(
        lines, delimiter=reading.separator, quotechar=reading.quote, quoting=csv.QUOTE_NOTNULL, strict=True
    )


def csv_records(path: Path, reading: Reading) -> Records:
    """All records that are not blank, the header too. More cells than the first record has are refused by line."""
    width = 0
    for record in all_records(path, reading):
        if isinstance(record, Record):
            width = width or len(record.cells)
            if len(record.cells) > width:
                text = reading.separator.join("" if cell is None else str(cell) for cell in record.cells)
                yield Bad(record.line, text, f"The line has {len(record.cells)} cells, the first one {width}.")
                continue
            record.cells.extend([NOT_GIVEN] * (width - len(record.cells)))
        yield record


def all_records(path: Path, reading: Reading) -> Records:
    with opened(path, reading.encoding) as file:
        lines = Lines(file)
        first = file.readline(LONGEST_LINE)
        if DECLARED.fullmatch(first.lstrip("\ufeff")):
            lines.number = 1
        elif first:
            lines.again.append(first.lstrip("\ufeff"))
        reader = reader_of(lines, reading)
        while True:
            line = lines.begin()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Bad(line, lines.taken[0].rstrip("\r\n"), reason_of(error))
                lines.skip_first()
                reader = reader_of(lines, reading)
                continue
            if problem := wrong_with(lines):
                yield Bad(line, "".join(lines.taken).rstrip("\r\n"), problem)
                continue
            cells = [tidied(cell, reading) for cell in cells]
            if any(cell is not None for cell in cells):
                yield Record(line, cells)


def tidied(cell: Any, reading: Reading) -> Any:
    if cell is None or cell == "":
        return "" if cell == "" and reading.quoted_empty else None
    return cell


def wrong_with(lines: Lines) -> str:
    """What of the record's lines no database takes, in words."""
    if lines.too_long:
        return f"The line is longer than {LONGEST_LINE:,} characters."
    for text in lines.taken:
        if "\x00" in text:
            return "The line contains the character U+0000, which cannot be stored. Remove it."
        if not text.isascii() and (found := HALVES.search(text)):
            return f"The byte 0x{ord(found[0]) & 0xFF:02X} is no character in this encoding. Choose the file's own."
    return ""


def reason_of(error: csv.Error) -> str:
    text = str(error)
    if "expected after" in text:
        return AFTER_QUOTE
    if "unexpected end" in text or "field larger" in text:
        return NEVER_CLOSED
    return text if text == NEVER_CLOSED else f"The line cannot be read: {text}."
