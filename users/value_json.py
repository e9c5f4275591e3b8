"""How documents of values are read back from the database.

PostgreSQL prints 1e300 as 301 digits, which Python would read as another whole number than was sent: whole
numbers beyond ±(2^53−1) can only have come from doubles, so they are read as such.
"""

import json
from typing import Any


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= 16 else _long(digits)


def _long(digits: str) -> int | float:
    number = int(digits)
    return number if abs(number) <= 2**53 - 1 else float(digits)


class ValueDecoder(json.JSONDecoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(parse_int=_whole, **options)


DECODER = ValueDecoder()


class ValueEncoder(json.JSONEncoder):
    """The one spelling of a document: without spaces or escapes, as the write path's own statements write it.

    Conditions on SQLite compare this text, so a document written through the ORM must not be spelled otherwise.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False, "separators": (",", ":")})
