"""How a file is to be read, told from its first bytes and corrected by people; and reading it, flat in memory."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from integrations.imports.csv_records import csv_records
from integrations.imports.json_records import json_records, members_of
from integrations.imports.records import (
    MOST_COLUMNS,
    Bad,
    Reading,
    Record,
    Records,
    Unreadable,
    is_empty,
    named,
)
from integrations.imports.typed_records import excel_records, names_of_parquet, parquet_records
from users.ground.spreadsheets import DECLARED, separator_of
from users.types.fitting import Misfit
from users.types.table import TYPES

LOOKED_AT: Final = 65_536  # bytes from which a file is told
SAMPLED: Final = 200  # records from which columns are told
IN_SINGLES: Final = re.compile(r"[,;\t|]'[^'\n]*'(?=[,;\t|\r\n]|\Z)")
FORMATS: Final = {"csv": "CSV", "jsonl": "JSON lines", "xlsx": "Excel", "parquet": "Parquet"}
ENCODINGS: Final = {"utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252", "iso-8859-15": "ISO 8859-15",
                    "mac-roman": "Mac Roman", "shift_jis": "Shift JIS", "gb18030": "GB 18030"}  # fmt: skip
ALIASES: Final = {"windows-1252": "cp1252", "latin-1": "cp1252", "iso-8859-1": "cp1252", "utf8": "utf-8"}
SEPARATORS: Final = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Pipe"}
QUOTES: Final = {'"': 'Double quotes "', "'": "Single quotes '", "": "No quotes"}


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a file, and its first records as they are read."""

    names: list[str]
    sample: list[Record]
    bad: list[Bad]


def sniff(path: Path, name: str) -> Reading:
    """How the file is most likely to be read. Raises Unreadable for one that is empty."""
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    if not head.strip():
        raise Unreadable("The file is empty.")
    if head.startswith(b"PAR1"):
        return Reading("parquet", quoted_empty=are_ours(names_of_parquet(path)))
    if head.startswith(b"PK\x03\x04"):
        return Reading("xlsx")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("This is an Excel file of an old kind. Save it as .xlsx or CSV and send that.")
    encoding = encoding_of(head)
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    if text.lstrip().startswith("{") and encoding == "utf-8":
        return Reading("jsonl")
    declared = DECLARED.match(text)
    text = text[declared.end() :] if declared else text
    # With a cut line at the end no row would be like another.
    whole = text[: text.rfind("\n") + 1] if len(head) == LOOKED_AT else text
    quote = "'" if '"' not in whole and IN_SINGLES.search(whole) else '"'
    mark = declared[1] if declared else "\t" if name.lower().endswith(".tsv") else separator_of(whole, is_known_header)
    reading = Reading("csv", encoding, mark if mark != "\x00" else ",", quote)
    first = next((item for item in csv_records(path, reading) if isinstance(item, Record)), None)
    cells = first.cells if first else []
    return replace(reading, header=looks_like_header(cells), quoted_empty=are_ours(cells))


def are_ours(names: list[Any]) -> bool:
    """Whether our own export wrote a file with these columns."""
    return any(str(name).startswith("native.") for name in names)


def encoding_of(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 5:
        return "utf-16-le" if odd > even else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, len(head) < LOOKED_AT)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def is_known_header(cell: str) -> bool:
    return cell.strip().casefold().replace("_", " ") in ("id", "user id", "email", "native.user id", "jimer id")


def looks_like_header(cells: list[Any]) -> bool:
    """No cell of a header is a number, a date, true, false, or an email."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
    return bool(texts) and not any("@" in text or kind_of_text(text) for text in texts)


def kind_of_text(text: str) -> str:
    """The name of the most special type that takes the text; empty if only texts and lists do."""
    special = [kind.name for kind in TYPES.values() if not kind.has_items and fits(kind, text)]
    return special[-1] if len(special) > 1 else ""


def fits(kind: Any, text: str) -> bool:
    try:
        kind.coerce(text)
    except Misfit:
        return False
    return True


def checked(reading: Reading) -> Reading:
    """Raises Unreadable for what no file is read by."""
    encoding = ALIASES.get(reading.encoding.lower(), reading.encoding.lower())
    if reading.format not in FORMATS:
        raise Unreadable(f"format is one of {', '.join(FORMATS)}.")
    if encoding not in (*ENCODINGS, "utf-16-le", "utf-16-be"):
        raise Unreadable(f"encoding is one of {', '.join(ENCODINGS)}.")
    if len(reading.separator) != 1 or reading.separator in '"\r\n\x00' or reading.quote not in QUOTES:
        raise Unreadable("separator is one character, quote is \", ' or empty.")
    if reading.separator == reading.quote:
        raise Unreadable("separator and quote are two different characters.")
    return replace(reading, encoding=encoding)


def look(path: Path, reading: Reading) -> Table:
    """The columns and the first records. Raises Unreadable."""
    names = columns_of(path, reading)
    if not names:
        raise Unreadable("There is nothing to read in the file.")
    if len(names) > MOST_COLUMNS:
        raise Unreadable(f"The file has {len(names):,} columns; {MOST_COLUMNS:,} is the most.")
    sample: list[Record] = []
    bad: list[Bad] = []
    for item in islice(records(path, reading, names), SAMPLED):
        (sample if isinstance(item, Record) else bad).append(item)  # type: ignore[arg-type]
    return Table(names, sample, bad)


def columns_of(path: Path, reading: Reading) -> list[str]:
    if reading.format == "jsonl":
        return members_of(path, SAMPLED)
    first = next((item for item in raw_records(path, reading) if isinstance(item, Record)), None)
    if first is None:
        return []
    return named(first.cells if has_header(reading) else [], len(first.cells))


def has_header(reading: Reading) -> bool:
    return reading.header or reading.format == "parquet"


def raw_records(path: Path, reading: Reading) -> Records:
    match reading.format:
        case "xlsx":
            return excel_records(path)
        case "parquet":
            return parquet_records(path, reading.quoted_empty)
    return csv_records(path, reading)


def records(path: Path, reading: Reading, names: list[str]) -> Records:
    """All records behind the header, and the lines that could not be read, in the order of the file."""
    if reading.format == "jsonl":
        yield from json_records(path, names)
        return
    found: Iterator[Record | Bad] = raw_records(path, reading)
    headed = has_header(reading)
    for item in found:
        if headed and isinstance(item, Record):
            headed = False
            continue
        if isinstance(item, Record) and len(item.cells) < len(names):
            item.cells.extend([None] * (len(names) - len(item.cells)))
        yield item


def guess_type(cells: list[Any], other: str) -> str:
    """The type that a new attribute of these cells would get; `other` where they say nothing."""
    given = [cell for cell in cells if not is_empty(cell) and cell != ""]
    if not given:
        return other
    typed = [cell for cell in given if not isinstance(cell, str)]
    if typed:
        holding = [kind.name for kind in TYPES.values() if all(kind.holds(cell) for cell in typed)]
        return holding[0] if holding and len(typed) == len(given) else other
    kinds = {kind_of_text(cell.strip()) for cell in given}
    if all(cell.lstrip().startswith("[") and cell.rstrip().endswith("]") for cell in given):
        return next(kind.name for kind in TYPES.values() if kind.has_items)
    return kinds.pop() or other if len(kinds) == 1 else other
