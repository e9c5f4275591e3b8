"""Dates in rules: every date operator is one half-open interval of instants, in microseconds of UTC.

Its bounds are whole milliseconds. Values in documents are cut to these, columns keep microseconds; so constants and
the clock are cut too, and an instant lasts a millisecond: a value is then neither before nor after itself.

A date without time is a whole day in the project's zone; as a stored value it is its day's start. Integers, as
datetimes cannot leave the years 1 to 9999, which a zone's offset or a long period does. `None` is unbounded.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final

from users.types.date import stored_date

MICROS: Final = 1_000_000
MILLI: Final = 1_000  # how long an instant lasts
DAY: Final = 86_400 * MICROS
EPOCH: Final = date(1970, 1, 1).toordinal()
FIRST_DAY, LAST_DAY = date.min.toordinal(), date.max.toordinal()
FIRST_INSTANT: Final = (FIRST_DAY - EPOCH) * DAY
END_OF_TIME: Final = (LAST_DAY + 1 - EPOCH) * DAY
AFTER_ALL_TEXT: Final = "~"  # sorts after every date
UNITS: Final[dict[str, str]] = {
    "minute": "minutes", "hour": "hours", "day": "days", "week": "weeks", "month": "months", "year": "years",
}  # fmt: skip
EXACT: Final = {"minute": 60 * MICROS, "hour": 3600 * MICROS, "day": DAY, "week": 7 * DAY}
LONGEST: Final = {
    "minute": 5_256_000_000,
    "hour": 87_600_000,
    "day": 3_650_000,
    "week": 520_000,
    "month": 120_000,
    "year": 10_000,
}


@dataclass(frozen=True, slots=True)
class Interval:
    """low <= instant < high."""

    low: int | None
    high: int | None

    def has(self, micros: int) -> bool:
        return (self.low is None or micros >= self.low) and (self.high is None or micros < self.high)

    def as_days(self, zone: tzinfo) -> tuple[str, str]:
        """(first day, first day after) whose start lies within, as stored text; sentinels where unbounded."""
        return (
            "" if self.low is None else day_text(first_day_from(self.low, zone)),
            AFTER_ALL_TEXT if self.high is None else day_text(first_day_from(self.high, zone)),
        )

    def as_instants(self) -> tuple[str, str]:
        """The same for stored instants, which have whole milliseconds."""
        return (
            "" if self.low is None else instant_text(self.low),
            AFTER_ALL_TEXT if self.high is None else instant_text(self.high),
        )

    def as_datetimes(self) -> tuple[datetime | None, datetime | None, bool]:
        """For native columns: (low, high, possible)."""
        low = None if self.low is None or self.low <= FIRST_INSTANT else self.low
        high = None if self.high is None or self.high >= END_OF_TIME else self.high
        possible = (low is None or low < END_OF_TIME) and (high is None or high > FIRST_INSTANT)
        if not possible:
            return None, None, False
        return low if low is None else to_datetime(low), high if high is None else to_datetime(high), True


def to_micros(moment: datetime) -> int:
    if moment.tzinfo is UTC:
        return micros_of(moment)
    return micros_of(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))


@lru_cache(maxsize=1024)  # the clock, and a user's last activity, are asked about by many rules
def micros_of(utc: datetime) -> int:
    """Of UTC alone: in another zone the two 2:30s of one night are equal, and would be taken for each other."""
    since = utc - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * MICROS + since.microseconds


def to_datetime(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


@lru_cache(maxsize=65_536)
def day_start(ordinal: int, zone: tzinfo) -> int:
    """The first instant of a day. A midnight that a clock change skips is the change itself."""
    local = (ordinal - EPOCH) * DAY
    if not FIRST_DAY <= ordinal <= LAST_DAY:
        return local
    midnight = datetime.fromordinal(ordinal).replace(tzinfo=zone)
    offset = midnight.utcoffset() or timedelta(0)
    return local - (offset.days * 86_400 + offset.seconds) * MICROS - offset.microseconds


def first_day_from(micros: int, zone: tzinfo) -> int:
    """The first day that starts at this instant or later."""
    guess = micros // DAY + EPOCH - 2
    guess = max(min(guess, LAST_DAY + 1), FIRST_DAY)
    while guess <= LAST_DAY and day_start(guess, zone) < micros:
        guess += 1
    return guess


def day_of(micros: int, zone: tzinfo) -> int:
    """The day that an instant falls on in the zone."""
    guess = max(micros // DAY + EPOCH - 2, FIRST_DAY)
    while guess < LAST_DAY and day_start(guess + 1, zone) <= micros:
        guess += 1
    return guess


def day_text(ordinal: int) -> str:
    return AFTER_ALL_TEXT if ordinal > LAST_DAY else date.fromordinal(max(ordinal, FIRST_DAY)).isoformat()


def instant_text(micros: int) -> str:
    """The first stored instant at or after this one."""
    millis = -(-micros // 1000)
    if millis * 1000 >= END_OF_TIME:
        return AFTER_ALL_TEXT
    if millis * 1000 <= FIRST_INSTANT:
        return ""
    moment = to_datetime(millis * 1000)
    return f"{moment.year:04}-{moment:%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def value_micros(stored: str, zone: tzinfo) -> int:
    """A stored date value as an instant."""
    if len(stored) == 10:
        return day_start(date.fromisoformat(stored).toordinal(), zone)
    return to_micros(datetime.fromisoformat(stored))


def operand_span(text: str, zone: tzinfo) -> tuple[int, int]:
    """A date of a rule as [start, end): a day, or one millisecond."""
    stored = text_of(text)
    if len(stored) == 10:
        ordinal = date.fromisoformat(stored).toordinal()
        return day_start(ordinal, zone), day_start(ordinal + 1, zone)
    start = value_micros(stored, zone)
    return start, start + MILLI


def text_of(text: str) -> str:
    stored = stored_date(text)
    if stored is None:
        raise ValueError(text)
    return stored


def day_span(text: str, zone: tzinfo) -> tuple[int, int]:
    """The whole day of a date of a rule, also of one with a time."""
    start, _ = operand_span(text, zone)
    if len(text_of(text)) == 10:
        return operand_span(text, zone)
    ordinal = day_of(start, zone)
    return day_start(ordinal, zone), day_start(ordinal + 1, zone)


def clock(now: datetime) -> int:
    return whole_millis(to_micros(now))


def whole_millis(micros: int) -> int:
    return micros - micros % MILLI


def shifted(now: datetime, period: dict[str, Any], sign: int, zone: tzinfo) -> int:
    """The instant a period before (-1) or after (+1) now. Months and years go by the zone's calendar."""
    count, unit = sign * period["n"], period["unit"]
    if unit in EXACT:
        return clock(now) + count * EXACT[unit]
    local = now.astimezone(zone)
    months = local.year * 12 + local.month - 1 + count * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    if year < 1:
        return FIRST_INSTANT - 1_000 * DAY
    if year > 9999:
        return END_OF_TIME + 1_000 * DAY
    day = min(local.day, calendar.monthrange(year, month)[1])
    moment = local.replace(year=year, month=month, day=day, fold=0)
    offset = moment.utcoffset() or timedelta(0)
    naive = moment.replace(tzinfo=None)
    since = naive - datetime(1970, 1, 1)
    micros = (since.days * 86_400 + since.seconds) * MICROS + since.microseconds
    return whole_millis(micros - (offset.days * 86_400 + offset.seconds) * MICROS - offset.microseconds)
