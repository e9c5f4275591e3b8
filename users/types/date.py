"""Days and instants, in ISO 8601."""

import re
from datetime import UTC, date, datetime
from typing import Any, Final

from django.utils.safestring import SafeString

from users.ground.markup import markup
from users.ground.times import day_text, exact_text, instant, when
from users.types.base import AttributeType
from users.types.fitting import Misfit, refuse_nested, shown
from users.types.timestamps import iso

DATE_PATTERN: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:\d{2})?)?", re.ASCII
)
ISO_HINT: Final = "an ISO 8601 date such as 2024-06-15 or 2024-06-15T10:30:00Z"


class Date(AttributeType):
    name, label, example = "date", "Date", '"2024-06-15"'
    plural = "dates"
    input_attributes = {"placeholder": "2024-06-15 or 2024-06-15T10:30:00Z"}

    @classmethod
    def infers(cls, value: Any) -> bool:
        return isinstance(value, str) and stored_date(value) is not None

    @staticmethod
    def coerce(value: Any) -> str:
        if isinstance(value, str) and (stored := stored_date(value)):
            return stored
        refuse_nested(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise Misfit(f"{shown(value)} is not a date; epoch numbers are not guessed. Send {ISO_HINT}.")
        raise Misfit(f"{shown(value)} is not a date. Send {ISO_HINT}.")

    @staticmethod
    def holds(value: Any) -> bool:
        return isinstance(value, str) and stored_date(value) == value

    @staticmethod
    def from_column(value: datetime | None) -> str | None:
        return iso(value)

    @staticmethod
    def text(value: str) -> str:
        return exact_text(instant(value)) if "T" in value else day_text(value)

    @classmethod
    def html(cls, value: str, whole: bool = False) -> SafeString:
        if "T" not in value:
            return markup('<time class="value" datetime="{}">{}</time>', value, day_text(value))
        return markup('<span class="value">{}</span>', when(instant(value), exact=True))

    @classmethod
    def column_html(cls, value: datetime | None) -> SafeString:
        return when(value)


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
