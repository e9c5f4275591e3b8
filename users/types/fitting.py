"""What all types check of a value, and what one that does not fit is refused with."""

import json
import math
from typing import Any, Final

SAFE_INTEGER: Final = 2**53 - 1
LONGEST: Final = 700  # code points, of a string or of a list's JSON without spaces


class Misfit(Exception):
    """A value that does not fit, with the reason in words: what was wrong and what would be right."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def shown(value: Any) -> str:
    """A value as an error may quote it: JSON, cut after 60 characters."""
    try:
        text = json.dumps(value, ensure_ascii=False)
        text.encode()
    except (TypeError, ValueError, RecursionError):
        text = repr(value)[:80].encode("ascii", "backslashreplace").decode()
    return text if len(text) <= 60 else f"{text[:60]}…"


def printable(text: str) -> str:
    """The text without what databases and JSON refuse: U+0000 and halves of surrogate pairs."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_valid_text(text: str) -> bool:
    """Whether it is Unicode: without halves of surrogate pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_text(text: str) -> str:
    if "\x00" in text:
        raise Misfit("The value contains the character U+0000, which cannot be stored. Remove it.")
    if not is_valid_text(text):
        raise Misfit("The value contains half of a surrogate pair, which is no character. Send valid Unicode.")
    if len(text) > LONGEST:
        raise Misfit(f"The value has {len(text):,} characters; {LONGEST} is the most. Send a shorter text.")
    return text


def check_number(value: int | float) -> int | float:
    """The number as stored: whole ones as int, so that 1 and 1.0 are one value."""
    if isinstance(value, int):
        if abs(value) > SAFE_INTEGER:
            raise Misfit("The value is a whole number beyond ±9007199254740991. Send it as a text.")
        return value
    if not math.isfinite(value):
        raise Misfit("The value is not a finite number. Send a number such as 42 or 3.5.")
    return int(value) if value.is_integer() and abs(value) <= SAFE_INTEGER else value


def refuse_nested(value: Any) -> None:
    if isinstance(value, dict):
        keys = [f"{key}" for key in list(value)[:2]] or ["part"]
        dotted = " and ".join(f"NAME.{key}" for key in keys)
        raise Misfit(f"The value is a nested object. Send its parts under keys of their own, such as {dotted}.")


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "string"
