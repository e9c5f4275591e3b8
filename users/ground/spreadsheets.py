"""Tables as spreadsheets write and read them: encodings, separators, quotes, and the ' before what is no formula."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from users.ground.text_forms import BLANK

NO_MARK: Final = "\x00"  # splits nothing
SEPARATORS: Final = ("\t", ";", "|", ",")
DECLARED: Final = re.compile(r'"?sep=([^\r\n"])"?[ ]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
LOOKED_AT: Final = 65_536  # characters from which the separator is told
DANGEROUS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # in full width too
CONTROLS: Final = ("\t", "\r", "\n")


class Unreadable(ValueError):
    """Bytes that are no text in an encoding that is known here."""


@dataclass(frozen=True, slots=True)
class Row:
    line: int  # where it begins, from 1
    cells: list[str]
    whole: str  # as it stands in the text


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8 or UTF-16, with or without its mark. Raises Unreadable."""
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    encoding = next((name for mark, name in marks.items() if data.startswith(mark)), "")
    if not encoding:
        even, odd = data[:4096:2].count(0), data[1:4096:2].count(0)
        encoding = "utf-8" if not (even or odd) else "utf-16-le" if odd > even else "utf-16-be"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("The file is neither UTF-8 nor UTF-16. Save it as CSV in UTF-8.") from None


def formula(text: str) -> bool:
    """Whether a spreadsheet would run it; what nobody sees before the sign does not keep it from that."""
    return text.startswith(CONTROLS) or text.lstrip(BLANK).startswith(DANGEROUS)


def guarded(text: str) -> str:
    """With a ' before what a spreadsheet would run as a formula, and before what looks guarded already."""
    return f"'{text}" if formula(text.lstrip("'")) else text


def csv_line(cells: Iterable[str]) -> str:
    """One line of a file."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def unguarded(cell: str) -> str:
    """What `guarded` made this cell of."""
    return cell[1:] if cell.startswith("'") and formula(cell.lstrip("'")) else cell


def rows_of(text: str, is_header: Callable[[str], bool]) -> list[Row]:
    """The rows that are not blank. The separator is the one that the text declares in a first line such as sep=;,
    else one that makes a known header of the first row, else the one that splits most rows alike. `text` has no U+0000."""
    if declared := DECLARED.match(text):
        rows = [Row(row.line + 1, row.cells, row.whole) for row in split(text[declared.end() :], declared[1])]
    else:
        rows = list(split(text, separator_of(text[:LOOKED_AT], is_header)))
    return [row for row in rows if row.whole.strip()]


def separator_of(text: str, is_header: Callable[[str], bool]) -> str:
    first = next((row for row in split(text, NO_MARK) if row.whole.strip()), None)
    if first and is_header(first.cells[0]):
        return NO_MARK  # a table of one column
    best, most = ",", (False, 0.0)
    for mark in SEPARATORS:
        rows = [row for row in split(text, mark) if row.whole.strip()]
        if not rows:
            continue
        width, alike = Counter(len(row.cells) for row in rows).most_common(1)[0]
        headed = len(rows[0].cells) > 1 and any(map(is_header, rows[0].cells))
        score = (headed, alike / len(rows) if width > 1 else 0.0)
        if score > most:
            best, most = mark, score
    if most == (False, 0.0):  # no row like another: whatever splits any of them
        return next((mark for mark in SEPARATORS if mark in text), ",")
    return best


def split(text: str, mark: str) -> Iterator[Row]:
    """Rows and cells. A quote that is never closed is a character like any other and swallows nothing."""
    quoted = re.compile(rf'[ ]*"((?:[^"]++|"")*+)"[ ]*(?={re.escape(mark)}|[\r\n]|\Z)')
    bare = re.compile(rf"[^{re.escape(mark)}\r\n]*")
    at, line = 0, 1
    while at < len(text):
        start, first, cells = at, line, []
        while True:
            if found := quoted.match(text, at):
                cells.append(found[1].replace('""', '"'))
                line += breaks_in(found[0])
            else:
                found = bare.match(text, at)
                assert found
                cells.append(found[0].strip())
            at = found.end()
            if text[at : at + 1] != mark:
                break
            at += 1
        yield Row(first, cells, text[start:at])
        at += 2 if text[at : at + 2] == "\r\n" else 1
        line += 1


def breaks_in(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
