"""The query that somebody typed in: one statement that reads, and the statements that page through its rows.

The check here is for the message. What holds is the database's own read-only transaction (sql_database.py).
"""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import sqlparse

from integrations.connectors.base import Json
from integrations.connectors.failures import VendorRefused
from integrations.imports.typed_records import plain
from users.types.date import stored_date
from users.types.fitting import Misfit, check_text

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

LONGEST_QUERY: Final = 20_000  # characters
ONE_STATEMENT: Final = "Send one statement. There are {count} in the query; leave out what follows the first semicolon."
ONLY_READS: Final = "The query begins with SELECT or WITH and only reads: {kind} is refused."
NO_STATEMENT: Final = "The query is empty."


def checked_query(text: str) -> str:
    """The statement without a semicolon at its end. Raises VendorRefused for what is not one that reads."""
    if len(text) > LONGEST_QUERY:
        raise VendorRefused(f"The query is longer than {LONGEST_QUERY:,} characters. Make it a view.", path="query")
    try:
        found = [one for one in sqlparse.parse(text) if any(map(says_something, one.flatten()))]
    except (sqlparse.exceptions.SQLParseError, RecursionError):
        raise VendorRefused("The query is nested too deeply to be checked. Make it a view.", path="query") from None
    if not found:
        raise VendorRefused(NO_STATEMENT, path="query")
    if len(found) > 1:
        raise VendorRefused(ONE_STATEMENT.format(count=len(found)), path="query")
    kind = found[0].get_type()
    if kind != "SELECT":
        first = str(found[0].token_first(skip_cm=True)).split("(")[0].split()
        word = kind if kind != "UNKNOWN" else (first[0] if first else "(").upper()
        raise VendorRefused(ONLY_READS.format(kind=word), path="query")
    return without_end(found[0])


def says_something(token: Any) -> bool:
    return not (token.is_whitespace or token.ttype in sqlparse.tokens.Comment or token.value == ";")


def without_end(statement: Any) -> str:
    tokens = list(statement.flatten())
    while tokens and (tokens[-1].is_whitespace or tokens[-1].match(sqlparse.tokens.Punctuation, ";")):
        tokens.pop()
    if any(token.match(sqlparse.tokens.Punctuation, ";") for token in tokens):  # a comment follows it
        tokens = [token for token in tokens if not token.match(sqlparse.tokens.Punctuation, ";")]
    return "".join(str(token) for token in tokens)


def rows_of(query: str) -> "Select[Any]":
    """All rows of the query, to be narrowed. It stands on lines of its own: a comment may end it."""
    from sqlalchemy import literal_column, select, text

    verbatim = query.replace(":", "\\:")  # else :name would be a parameter
    return select(literal_column("*")).select_from(text(f"(\n{verbatim}\n) jimo_rows"))


def value(sent: Any) -> "ColumnElement[Any]":
    """A parameter that the driver writes as it wants: a type of ours would be cast to, such as a uuid's to text."""
    from sqlalchemy import bindparam
    from sqlalchemy.types import NullType

    return bindparam(None, sent, type_=NullType(), unique=True)


def behind(names: list[str], values: list[Any], strictly: bool) -> "ColumnElement[bool]":
    """Rows that the order puts behind these values, and those at them unless `strictly`.

    Those at them are met again and known by their digests: for a database "a" and "A" may be the same place.
    """
    from sqlalchemy import and_, column, or_

    last: ColumnElement[Any] = column(names[-1])
    place = value(values[-1])
    at = last > place if strictly else last >= place
    if len(names) == 1:
        return at
    first: ColumnElement[Any] = column(names[0])
    begin = value(values[0])
    return or_(first > begin, and_(first == begin, at))


def stored(cell: Any, name: str) -> Json:
    """A value to go on from, in JSON. Raises VendorRefused for kinds whose order is not known here."""
    for kind, (holds, write, _) in KINDS.items():
        if type(cell) is holds:
            return {"kind": kind, "text": write(cell)}
    raise VendorRefused(
        f"The column {name!r} cannot be read in order: it is neither text, number nor time. Cast it in the query."
    )


def restored(place: Json) -> Any:
    return KINDS[place["kind"]][2](place["text"])


KINDS: Final[dict[str, tuple[type, Any, Any]]] = {
    "text": (str, str, str),
    "whole": (int, str, int),
    "float": (float, repr, float),
    "decimal": (Decimal, str, Decimal),
    "instant": (datetime, datetime.isoformat, datetime.fromisoformat),
    "day": (date, date.isoformat, date.fromisoformat),
    "uuid": (UUID, str, UUID),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
}


def digest(row: dict[str, Any]) -> str:
    """A row told from all others in a few letters, in every process the same."""
    cells = [bytes(cell) if isinstance(cell, memoryview) else cell for cell in row.values()]
    return hashlib.blake2b(repr(cells).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


def plain_cell(cell: Any, kind: str = "") -> Any:
    """A cell as attributes take it: JSON columns as their text, all else as files of typed columns are read."""
    if isinstance(cell, memoryview):
        cell = bytes(cell)
    if kind == "sqlite" and isinstance(cell, str):
        return with_t(cell) or None
    if isinstance(cell, dict) or (isinstance(cell, list) and any(isinstance(item, list | dict) for item in cell)):
        return json.dumps(cell, ensure_ascii=False, default=str, separators=(",", ":"))
    cell = plain(cell)
    return cell if isinstance(cell, str | int | float | bool | list | None) else str(cell)


def with_t(text: str) -> str:
    """SQLite's own way to write a time has a blank in its middle, where ours has a T."""
    if len(text) > 15 and text[10] == " " and stored_date(iso := f"{text[:10]}T{text[11:]}"):
        return iso
    return text


def id_text(cell: Any) -> str:
    """The id as text. Raises Misfit for what no id is, in words."""
    text = (cell if isinstance(cell, str) else str(plain_cell(cell))).strip()
    if not text or len(text) > 200:
        raise Misfit("The id is empty." if not text else "The id is longer than 200 characters.")
    return check_text(text)
