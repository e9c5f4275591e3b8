"""How documents of values are read back from the database.

PostgreSQL prints 1e300 as 301 digits, which Python would read as another whole number than was sent: whole
numbers beyond ±(2^53−1) can only have come from doubles, so they are read as such.
"""

import json
import re
from typing import Any

from users.database.fast_json import fast_loads


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= 16 else _long(digits)


def _long(digits: str) -> int | float:
    number = int(digits)
    return number if abs(number) <= 2**53 - 1 else float(digits)


class ValueDecoder(json.JSONDecoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(parse_int=_whole, **options)


DECODER = ValueDecoder()


def read_document(text: str) -> Any:
    """A stored document. Of sixteen digits on, whole numbers may be doubles that PostgreSQL printed."""
    return fast_loads(text, lambda: DECODER.decode(text))


class ValueEncoder(json.JSONEncoder):
    """The one spelling of a document: without spaces or escapes, as the write path's own statements write it.

    Conditions on SQLite compare this text, so a document written through the ORM must not be spelled otherwise.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False, "separators": (",", ":")})


NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it, and not a backslash before the letters


def read_json(text: str) -> Any:
    """JSON that can be stored. Raises ValueError, whatever is wrong: nesting, NaN, halves of characters, NUL."""
    try:
        found = json.loads(text)
        plain = json.dumps(found, ensure_ascii=False, allow_nan=False)
        plain.encode()
    except RecursionError:
        raise ValueError("The JSON nests too deep.") from None
    if NUL.search(plain):
        raise ValueError("The JSON holds a character that cannot be stored.")
    return found
