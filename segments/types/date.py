"""Days and instants in rules."""

from datetime import datetime, tzinfo
from typing import Any, Final

from django.db.models import BooleanField, DateTimeField, F, Func, Value

from segments.language.dates import Interval, to_micros, value_micros
from segments.language.reads import Both, always, column, document, present_in_document
from segments.types.base import RuleType, has_a_value
from users.types import date

# The stored form, of days that there are: PostgreSQL refuses to cast another, and 15 cannot ask before it does.
LEAP_YEAR: Final = r"(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
DAY_OF_MONTH: Final = r"(0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8])"
TIME: Final = r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z"
DATE_SHAPE: Final = rf"^(?!0000)(\d{{4}}-({DAY_OF_MONTH})|{LEAP_YEAR}-02-29)({TIME})?$"
# SQLite makes March 2 of February 31 as soon as it calculates, so what it makes of a text must be the text.
SQLITE_DATE: Final = (
    "{0} > '0001' AND ({0} GLOB %s AND date({0}, '+0 days') = {0} "
    "OR {0} GLOB %s AND strftime(%s, {0}, '+0 days') = {0})"
)
SQLITE_INSTANT: Final = "%Y-%m-%dT%H:%M:%fZ"
DAY_GLOB: Final = "-".join(["[0-9]" * 4, "[0-9]" * 2, "[0-9]" * 2])
INSTANT_GLOB: Final = DAY_GLOB + "T" + ":".join(["[0-9]" * 2] * 3) + "." + "[0-9]" * 3 + "Z"


def column_micros(value: datetime | str, zone: tzinfo) -> int:
    """Users who are given in a call have its text in the place of the column."""
    return value_micros(value, zone) if isinstance(value, str) else to_micros(value)


class Date(RuleType):
    kind = date.Date
    sqlite, postgres = "= 'text'", "string"
    is_offered = False
    counted_as = staticmethod(has_a_value)
    ready = staticmethod(value_micros)
    ready_column = staticmethod(column_micros)

    @classmethod
    def document(cls, ref: str, zone: tzinfo) -> "DateSql":
        return DateSql(ref, zone)

    @classmethod
    def column(cls, name: str) -> "ColumnDateSql":
        return ColumnDateSql(name)

    @classmethod
    def is_held(cls, ref: str) -> Any:
        text = document("attributes", ref, text=True)
        shape = text.where(SQLITE_DATE, [DAY_GLOB, INSTANT_GLOB, SQLITE_INSTANT], "{0} ~ %s", [DATE_SHAPE])
        return Both(super().is_held(ref), shape)

    @staticmethod
    def exactly(value: str) -> dict[str, Any]:
        return {"operator": "on", "value": value}


class DateSql:
    """Days and instants in one attribute: two constants, one for each width."""

    def __init__(self, ref: str, zone: tzinfo) -> None:
        self.text, self.ref, self.zone = document("attributes", ref, text=True), ref, zone

    def present(self) -> Any:
        return present_in_document(self.ref)

    def within(self, interval: Interval) -> Any:
        days, instants = interval.as_days(self.zone), interval.as_instants()
        parts, params = [], []
        for sign, bound, day, instant in (
            (">=", interval.low, days[0], instants[0]), ("<", interval.high, days[1], instants[1])
        ):  # fmt: skip
            if bound is not None:
                parts.append(f"{{0}} {sign} CASE length({{0}}) WHEN 10 THEN %s ELSE %s END")
                params += [day, instant]
        if not parts:
            return self.present()
        template = " AND ".join(parts)
        return self.text.where(template, params, template.replace("{0} ", '{0} COLLATE "C" '))


class ColumnDateSql:
    def __init__(self, name: str) -> None:
        self.name = name

    def present(self) -> Any:
        return column(self.name).where("{0} IS NOT NULL", [])

    def within(self, interval: Interval) -> Any:
        low, high, possible = interval.as_datetimes()
        if not possible:
            return always(False)
        parts: list[Any] = [Compared(self.name, ">=", low)] if low else []
        parts += [Compared(self.name, "<", high)] if high else []
        return Both(*parts) if parts else self.present()


class Compared(Func):
    """A column against a moment, adapted as Django stores moments."""

    output_field = BooleanField()  # type: ignore[assignment]
    template = "(%(expressions)s)"

    def __init__(self, name: str, sign: str, moment: Any) -> None:
        super().__init__(F(name), Value(moment, output_field=DateTimeField()))
        self.arg_joiner = f" {sign} "
