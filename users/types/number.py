"""Numbers: doubles, whole ones exact to 2^53 - 1."""

import re
from decimal import Decimal
from typing import Any, Final

from django.contrib.humanize.templatetags.humanize import intcomma

from users.types.base import AttributeType
from users.types.fitting import Misfit, check_number, kind_of, refuse_nested, shown

JSON_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def number_text(value: int | float) -> str:
    return str(check_number(value))


class Number(AttributeType):
    name, label, example = "number", "Number", "42"
    plural = "numbers"
    arrow = "float64"
    operations = frozenset(("$add",))
    is_aligned_right = True
    input_attributes = {"inputmode": "decimal"}

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
    def holds(value: Any) -> bool:
        return kind_of(value) == "number"

    @staticmethod
    def text(value: int | float) -> str:
        """With commas between thousands, where it has not too many digits for that."""
        if isinstance(value, int):
            return f"{value:,}"
        return str(value) if abs(value) >= 1e15 or abs(value) < 1e-4 else str(intcomma(value))

    @classmethod
    def operand(cls, value: Any) -> int | float:
        if not cls.holds(value):
            raise Misfit(f"{shown(value)} is not a number. $add takes a number such as 1.")
        return check_number(value)
