"""JSON by orjson wherever it reads and writes as Python's own module does; that one does the rest.

Stored documents have one spelling, which conditions on SQLite compare as text, and answers are read by clients that
know one spelling too. orjson spells some doubles otherwise (1e-7, 0.00001), turns whole numbers beyond 64 bits into
doubles or refuses them, and refuses halves of characters. All these are found here, and left to Python.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

import orjson

OPTIONS: Final = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
DIGITS: Final = bytes.maketrans(b"123456789", b"000000000")
# For runs of digits that begin a number: what may stand before one is made a space, all but the point of a double.
RUNS: Final = bytes(48 if 48 <= code <= 57 else 46 if code == 46 else 32 for code in range(256))
EXPONENT: Final = re.compile(rb"(?:^|[:,\[])-?[0-9][0-9.]*e")
LONG: Final = b" 0000000000000000"  # sixteen digits: beyond 2^53 - 1, perhaps
SLOW: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
SLOW_ASCII: Final = json.JSONEncoder(separators=(",", ":"))


def json_text(value: Any) -> str:
    """JSON without spaces or escapes that need not be. Numbers are finite; keys are texts."""
    text = orjson_bytes(value)
    return SLOW.encode(value) if text is None else text.decode()


def ascii_json(value: Any) -> bytes:
    """JSON without spaces, in ASCII."""
    text = orjson_bytes(value)
    plain = text is not None and text.isascii() and b"\x7f" not in text
    return text if text and plain else SLOW_ASCII.encode(value).encode()


def orjson_bytes(value: Any) -> bytes | None:
    """None where Python might write something else."""
    try:
        text = orjson.dumps(value, None, OPTIONS)
    except TypeError:
        return None
    if b"0.0000" in text:
        return None
    digits = text.translate(DIGITS)
    if (b"0e0" in digits or b"0e-" in digits) and EXPONENT.search(text):  # the first alone would find each UUID
        return None
    return text


def fast_loads(text: str | bytes, otherwise: Callable[[], Any]) -> Any:
    """What the JSON says; `otherwise` reads what has long whole numbers, or is not JSON to orjson."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if LONG in raw.translate(RUNS):
        return otherwise()
    try:
        return orjson.loads(raw)
    except ValueError:
        return otherwise()
