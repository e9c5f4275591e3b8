"""What an operator takes as its value: how it is checked, how it reads in words, how it is described to machines.

Values are checked strictly, never coerced: "42" is no number. A check raises Wrong with what would be right.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from segments.language.dates import LONGEST, UNITS, operand_span
from segments.language.patterns import PatternError, check_pattern
from users.types.date import Date, stored_date
from users.types.fitting import LONGEST as LONGEST_TEXT
from users.types.fitting import SAFE_INTEGER, is_valid_text, shown
from users.types.number import JSON_NUMBER, Number

MOST_ITEMS: Final = 1000  # of a list of values
COUNT_OPERATORS: Final = {"is": "exactly", "gt": "more than", "gte": "at least", "lt": "fewer than", "lte": "at most"}


class Wrong(ValueError):
    """A value that its operator cannot take. `at` is the path below the value, such as "[2]" or ".n"."""

    def __init__(self, message: str, at: str = "") -> None:
        super().__init__(message)
        self.message, self.at = message, at


@dataclass(frozen=True, slots=True)
class Operand:
    """`check(value)` returns the value as it is kept; `words(value)` reads as the end of a sentence."""

    name: str
    check: Callable[[Any], Any]
    words: Callable[[Any], str]
    schema: dict[str, Any]
    example: Any = None
    check_in_zone: Callable[[Any, tzinfo], None] | None = None


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(f'{shown(value)} is not a text. Give a text such as "Pro".')
    if "\x00" in value:
        raise Wrong("The text contains the character U+0000, which no value has.")
    if not is_valid_text(value):
        raise Wrong("The text contains half of a surrogate pair, which no value has.")
    if len(value) > LONGEST_TEXT:
        raise Wrong(f"The text has {len(value):,} characters; no value has more than {LONGEST_TEXT}.")
    return value


def check_needle(value: Any) -> str:
    if not check_text(value):
        raise Wrong("The text is empty, and every value contains that. Give at least one character.")
    return str(value)


def check_pattern_text(value: Any) -> str:
    text = check_text(value)
    try:
        check_pattern(text)
    except PatternError as error:
        raise Wrong(str(error)) from None
    return text


def check_number(value: Any) -> int | float:
    if not is_number(value):
        raise Wrong(f"{shown(value)} is not a number. Give a number such as 42 or 3.5, without quotes.")
    if isinstance(value, int):
        if abs(value) > SAFE_INTEGER:
            raise Wrong(f"{shown(value)} is a whole number beyond ±9007199254740991, which no value is.")
        return value
    if not math.isfinite(value):
        raise Wrong("The value is not a finite number.")
    return int(value) if value.is_integer() and abs(value) <= SAFE_INTEGER else value


def check_date(value: Any) -> str:
    if not isinstance(value, str) or stored_date(value) is None:
        raise Wrong(f'{shown(value)} is not a date. Give "2024-06-15" or "2024-06-15T10:30:00Z".')
    return value


def check_item(value: Any) -> Any:
    if isinstance(value, str):
        return check_text(value)
    if isinstance(value, bool):
        return value
    if is_number(value):
        return check_number(value)
    raise Wrong(f"{shown(value)} is no item of a list. Give a text, a number, true or false.")


def many(check: Callable[[Any], Any], what: str) -> Callable[[Any], list[Any]]:
    def check_many(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Wrong(f"{shown(value)} is not a list. Give a list of {what}.")
        if len(value) > MOST_ITEMS:
            raise Wrong(f"The list has {len(value):,} values; {MOST_ITEMS:,} is the most. A static segment takes more.")
        kept = []
        for position, item in enumerate(value):
            try:
                kept.append(check(item))
            except Wrong as wrong:
                raise Wrong(wrong.message, f"[{position}]{wrong.at}") from None
        return kept

    return check_many


def pair(check: Callable[[Any], Any], what: str, example: str) -> Callable[[Any], list[Any]]:
    def check_pair(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) != 2:
            raise Wrong(f"{shown(value)} is not a pair. Give two {what}: {example}.")
        return many(check, what)(value)

    return check_pair


def check_range(value: Any) -> list[Any]:
    low, high = pair(check_number, "numbers", "[10, 20]")(value)
    if low > high:
        raise Wrong(f"The range ends before it begins. Write the smaller number first: [{shown(high)}, {shown(low)}].")
    return [low, high]


def check_order(value: Any, zone: tzinfo) -> None:
    """Dates can only be compared in a zone: a day and an instant of the day before may be in order."""
    if operand_span(value[0], zone)[0] >= operand_span(value[1], zone)[1]:
        raise Wrong("The range ends before it begins. Write the earlier date first.")


def members_of(value: Any, known: tuple[str, ...], example: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Wrong(f"{shown(value)} is not an object. Give {example}.")
    for name in value:
        if name not in known:
            raise Wrong(f"There is no member {str(name)[:40]!r} here. Give {example}.", f".{str(name)[:40]}")
    return value


PERIOD_EXAMPLE: Final = '{"n": 7, "unit": "day"}'


def check_period(value: Any) -> dict[str, Any]:
    found = members_of(value, ("n", "unit"), PERIOD_EXAMPLE)
    unit, count = found.get("unit"), found.get("n")
    if not isinstance(unit, str) or unit not in UNITS:
        raise Wrong(f"{shown(unit)} is no unit. The units are {', '.join(UNITS)}.", ".unit")
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise Wrong(f"{shown(count)} is not a positive whole number.", ".n")
    if count > LONGEST[unit]:
        raise Wrong(f"{shown(count)} is too long; {LONGEST[unit]:,} {UNITS[unit]} is the most.", ".n")
    return {"n": count, "unit": unit}


def check_segment(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise Wrong(f"{shown(value)} is not the id of a segment. Give its number, such as 3.")
    return value


def check_stay(value: Any) -> dict[str, Any]:
    found = members_of(value, ("segment", "n", "unit"), '{"segment": 3, "n": 7, "unit": "day"}')
    try:
        segment = check_segment(found.get("segment"))
    except Wrong as wrong:
        raise Wrong(wrong.message, ".segment") from None
    return {"segment": segment, **check_period({name: found.get(name) for name in ("n", "unit")})}


COUNT_EXAMPLE: Final = '{"count": {"operator": "gte", "value": 3}, "within": {"n": 30, "unit": "day"}}'


def check_event(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    found = members_of(value, ("count", "within"), COUNT_EXAMPLE)
    kept: dict[str, Any] = {}
    if "count" in found:
        count = members_of(found["count"], ("operator", "value"), '{"operator": "gte", "value": 3}')
        if not isinstance(count.get("operator"), str) or count["operator"] not in COUNT_OPERATORS:
            raise Wrong(
                f"{shown(count.get('operator'))} does not compare counts. Possible are {', '.join(COUNT_OPERATORS)}.",
                ".count.operator",
            )
        times = count.get("value")
        if not isinstance(times, int) or isinstance(times, bool) or not 0 <= times <= 1_000_000_000:
            raise Wrong(f"{shown(times)} is not a number of times. Give a whole number from 0.", ".count.value")
        kept["count"] = {"operator": count["operator"], "value": times}
    if "within" in found:
        try:
            kept["within"] = check_period(found["within"])
        except Wrong as wrong:
            raise Wrong(wrong.message, f".within{wrong.at}") from None
    return kept or None


def quoted(value: Any) -> str:
    return '""' if value == "" else str(value) if isinstance(value, str) else shown(value)


def date_words(value: str) -> str:
    """A day as it is, an instant in the zone of the page."""
    stored = stored_date(value)
    return value if stored is None else Date.text(stored)


def item_words(value: Any) -> str:
    """An item of a list, where 2 and "2" differ: a text that reads as something else stands in quotes."""
    return shown(value) if isinstance(value, str) and looks_typed(value) else quoted(value)


def looks_typed(text: str) -> bool:
    return text.strip().lower() in ("true", "false") or JSON_NUMBER.fullmatch(text.strip()) is not None


def listed(values: list[Any], joint: str, words: Callable[[Any], str]) -> str:
    if not values:
        return "nothing"
    texts = [words(value) for value in values[:4]]
    if len(values) > 4:
        return f"{', '.join(texts)} {joint} {len(values) - 4:,} more"
    return f" {joint} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def either(values: list[Any]) -> str:
    return listed(values, "or", quoted)


def either_number(values: list[Any]) -> str:
    return listed(values, "or", Number.text)


def any_item(values: list[Any]) -> str:
    return listed(values, "or", item_words)


def every_item(values: list[Any]) -> str:
    return listed(values, "and", item_words)


def period_words(value: dict[str, Any]) -> str:
    return f"{value['n']:,} {value['unit'] if value['n'] == 1 else UNITS[value['unit']]}"


def event_words(value: dict[str, Any] | None) -> str:
    if not value:
        return ""
    parts = []
    if count := value.get("count"):
        parts.append(
            f"{COUNT_OPERATORS[count['operator']]} {count['value']:,} time{'' if count['value'] == 1 else 's'}"
        )
    if within := value.get("within"):
        parts.append(f"in the last {period_words(within)}")
    return " ".join(parts)


TEXT_SCHEMA: Final = {"type": "string", "maxLength": LONGEST_TEXT}
NUMBER_SCHEMA: Final = {"type": "number"}
DATE_SCHEMA: Final = {
    "type": "string", "description": "YYYY-MM-DD, or an instant in ISO 8601, cut to milliseconds as values are"
}  # fmt: skip
ITEM_SCHEMA: Final = {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}
UNITS_SCHEMA: Final[dict[str, Any]] = {
    "n": {"type": "integer", "minimum": 1}, "unit": {"type": "string", "enum": list(UNITS)},
}  # fmt: skip
PERIOD_SCHEMA: Final = {
    "type": "object", "required": ["n", "unit"],
    "properties": UNITS_SCHEMA,
}  # fmt: skip


def array(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": MOST_ITEMS, **more}


def pair_schema(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 2, "maxItems": 2}


NONE: Final = Operand("none", lambda value: None, lambda value: "", {})
TEXT: Final = Operand("text", check_text, quoted, TEXT_SCHEMA, "Pro")
NEEDLE: Final = Operand("text", check_needle, quoted, {**TEXT_SCHEMA, "minLength": 1}, "ent")
PATTERN: Final = Operand(
    "pattern", check_pattern_text, lambda value: f"/{value}/", {"type": "string", "format": "regex"}, "^ent"
)
TEXTS: Final = Operand(
    "texts", many(check_text, 'texts such as ["Pro", "Team"]'), either, array(TEXT_SCHEMA), ["Pro", "Team"]
)
NUMBER: Final = Operand("number", check_number, Number.text, NUMBER_SCHEMA, 42)
NUMBERS: Final = Operand(
    "numbers", many(check_number, "numbers such as [1, 2]"), either_number, array(NUMBER_SCHEMA), [1, 2]
)
RANGE: Final = Operand(
    "numbers_range",
    check_range,
    lambda value: f"{Number.text(value[0])} and {Number.text(value[1])}",
    pair_schema(NUMBER_SCHEMA),
    [10, 20],
)
DATE: Final = Operand("date", check_date, date_words, DATE_SCHEMA, "2024-06-15")
DATES: Final = Operand(
    "dates_range", pair(check_date, "dates", '["2024-01-01", "2024-12-31"]'), lambda value: f"{date_words(value[0])} and {date_words(value[1])}",
    pair_schema(DATE_SCHEMA), ["2024-01-01", "2024-12-31"], check_order,
)  # fmt: skip
PERIOD: Final = Operand("period", check_period, period_words, PERIOD_SCHEMA, {"n": 7, "unit": "day"})
ITEM: Final = Operand("item", check_item, item_words, ITEM_SCHEMA, "boards")
ANY_ITEMS: Final = Operand(
    "items",
    many(check_item, 'items such as ["boards", "reports"]'),
    any_item,
    array(ITEM_SCHEMA),
    ["boards", "reports"],
)
ALL_ITEMS: Final = Operand(
    "items",
    many(check_item, 'items such as ["boards", "reports"]'),
    every_item,
    array(ITEM_SCHEMA),
    ["boards", "reports"],
)
SEGMENT: Final = Operand("segment", check_segment, lambda value: f"segment {value}", {"type": "integer"}, 3)
STAY: Final = Operand(
    "segment_period", check_stay, lambda value: f"segment {value['segment']} for {period_words(value)}",
    {"type": "object", "required": ["segment", "n", "unit"], "properties": {"segment": {"type": "integer"}, **UNITS_SCHEMA}},
    {"segment": 3, "n": 7, "unit": "day"},
)  # fmt: skip
EVENT: Final = Operand(
    "event", check_event, event_words,
    {"type": "object", "nullable": True, "properties": {"count": {"type": "object"}, "within": PERIOD_SCHEMA}},
    {"count": {"operator": "gte", "value": 3}, "within": {"n": 30, "unit": "day"}},
)  # fmt: skip
