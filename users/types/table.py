"""The five attribute types, once: what fits, what converts without loss, how a value reads as text.

Everything that handles values (the write path, forms, imports, type changes, pages) asks this table.
"""

import json
import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from users.database.fast_json import written
from users.database.value_json import read_json

LONGEST: Final = 700  # code points, of a string or of a list's JSON without spaces
SAFE_INTEGER: Final = 2**53 - 1
DATE_PATTERN: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:\d{2})?)?", re.ASCII
)
JSON_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


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


def number_text(value: int | float) -> str:
    return str(check_number(value))


class String:
    name, label, example = "string", "Text", '"Pro"'

    @staticmethod
    def coerce(value: Any) -> str:
        if isinstance(value, str):
            return check_text(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return number_text(value)
        refuse_nested(value)
        raise Misfit(f'{shown(value)} is not a text. Send a text such as "Pro".')

    @staticmethod
    def fold(value: str) -> str:
        return value.casefold()

    @staticmethod
    def raw(value: str) -> str:
        return value

    @staticmethod
    def parse(text: str) -> Any:
        return text


class Number:
    name, label, example = "number", "Number", "42"

    @staticmethod
    def coerce(value: Any) -> int | float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return check_number(value)
        if isinstance(value, str) and len(value) <= 400 and JSON_NUMBER.fullmatch(value):
            number = check_number(float(value) if any(mark in value for mark in ".eE") else int(value))
            if Decimal(value) != Decimal(repr(number)):
                raise Misfit(f"{shown(value)} has more digits than a number keeps. Send it as a text attribute.")
            return number
        refuse_nested(value)
        raise Misfit(f"{shown(value)} is not a number. Send a number such as 42 or 3.5.")

    @staticmethod
    def raw(value: int | float) -> str:
        return str(value)

    @staticmethod
    def parse(text: str) -> Any:
        return text.strip()


class Boolean:
    name, label, example = "boolean", "True or false", "true"

    @staticmethod
    def coerce(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        refuse_nested(value)
        raise Misfit(f"{shown(value)} is neither true nor false. Send true or false.")

    @staticmethod
    def raw(value: bool) -> str:
        return "true" if value else "false"

    @staticmethod
    def parse(text: str) -> Any:
        return text.strip()


class Date:
    name, label, example = "date", "Date", '"2024-06-15"'

    @staticmethod
    def coerce(value: Any) -> str:
        if isinstance(value, str) and (stored := stored_date(value)):
            return stored
        refuse_nested(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise Misfit(f"{shown(value)} is not a date; epoch numbers are not guessed. Send {ISO_HINT}.")
        raise Misfit(f"{shown(value)} is not a date. Send {ISO_HINT}.")

    @staticmethod
    def raw(value: str) -> str:
        return value

    @staticmethod
    def parse(text: str) -> Any:
        return text.strip()


ISO_HINT: Final = "an ISO 8601 date such as 2024-06-15 or 2024-06-15T10:30:00Z"


class List:
    name, label, example = "list", "List", '["boards", "reports"]'

    @staticmethod
    def coerce(value: Any) -> list[Any]:
        refuse_nested(value)
        items = value if isinstance(value, list) else [value]
        kept: dict[tuple[str, Any], Any] = {}
        for position, item in enumerate(items):
            item = List.item(item, position)
            kept.setdefault((kind_of(item), item), item)
        result = list(kept.values())
        if (length := len(compact(result))) > LONGEST:
            raise Misfit(
                f"The value is a list of {length:,} characters as JSON; {LONGEST} is the most. Send fewer items."
            )
        return result

    @staticmethod
    def item(item: Any, position: int) -> Any:
        if isinstance(item, bool):
            return item
        try:
            if isinstance(item, str):
                return check_text(item)
            if isinstance(item, int | float):
                return check_number(item)
        except Misfit as misfit:
            raise Misfit(f"Item {position + 1}: {misfit.reason}") from None
        kind = "null" if item is None else "a nested list or object"
        raise Misfit(f"Item {position + 1} is {kind}. A list holds texts, numbers, true and false.")

    @staticmethod
    def fold(value: list[Any]) -> list[Any]:
        return [item.casefold() if isinstance(item, str) else item for item in value]

    @staticmethod
    def raw(value: list[Any]) -> str:
        return json.dumps(value, ensure_ascii=False)

    @staticmethod
    def parse(text: str) -> Any:
        """A JSON array, or one item a line."""
        if text.strip().startswith("["):
            try:
                return read_json(text)
            except ValueError:
                raise Misfit('The value is not a JSON array. Write one item a line, or ["a", "b"].') from None
        return [line.strip() for line in text.splitlines() if line.strip()]


type Kind = type[String | Number | Boolean | Date | List]
TYPES: Final[dict[str, Kind]] = {kind.name: kind for kind in (String, Number, Boolean, Date, List)}


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "string"


def compact(value: Any) -> str:
    """JSON without spaces."""
    return written(value)


def same(left: Any, right: Any) -> bool:
    """Equal and of one type: 1 and 1.0 are, 1 and true are not."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def infer(value: Any) -> str:
    """The type that a first value gives its attribute. Raises Misfit for what no type takes."""
    if isinstance(value, bool):
        return Boolean.name
    if isinstance(value, int | float):
        return Number.name
    if isinstance(value, list):
        return List.name
    if isinstance(value, str):
        return Date.name if stored_date(value) else String.name
    refuse_nested(value)
    raise Misfit(f"{shown(value)} is not a value. Send a text, number, true or false, or a list of these.")


def stored_date(text: str) -> str | None:
    """`YYYY-MM-DD`, or the instant in UTC as `YYYY-MM-DDTHH:MM:SS.mmmZ`; None if the text is no date.

    One width for instants, so that text order is time order. Outside the years 0001 to 9999 there is no date.
    """
    match = DATE_PATTERN.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        if hour is None:
            date(int(year), int(month), int(day))
            return text
        if int(hour) > 23:  # newer Pythons read 24:00 as the next day
            return None
        if offset not in (None, "Z") and (int(offset[1:3]) > 23 or int(offset[4:]) > 59):
            return None
        zone = "+00:00" if offset in (None, "Z") else offset
        micros = ((fraction or "") + "000000")[:6]
        instant = datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}.{micros}{zone}")
        return instant_text(instant)
    except (ValueError, OverflowError):
        return None


def instant_text(instant: datetime) -> str:
    utc = instant.astimezone(UTC)
    return f"{utc.year:04}-{utc:%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"


def folded(type_name: str, value: Any) -> Any:
    """The case-folded copy that rules and search read, or None for types without one."""
    if type_name == String.name:
        return String.fold(value)
    return List.fold(value) if type_name == List.name else None


def convert(value: Any, to: str) -> Any:
    """A stored value as another type, for a type change. Raises Misfit where that would lose something."""
    if isinstance(value, list) and to != List.name:
        if len(value) != 1:
            raise Misfit("The value is a list with more or fewer than one item.")
        value = value[0]
    return TYPES[to].coerce(value)


def is_of(type_name: str, value: Any) -> bool:
    """Whether a stored value has the stored form of this type: leftovers of a type change have not."""
    if isinstance(value, list):
        return type_name == List.name
    kind = kind_of(value)
    return kind == type_name or (type_name == Date.name and kind == String.name and stored_date(value) == value)
