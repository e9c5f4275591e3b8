"""Texts."""

from typing import Any

from users.types.base import AttributeType
from users.types.date import stored_date
from users.types.fitting import Misfit, check_text, kind_of, refuse_nested, shown
from users.types.number import number_text


class String(AttributeType):
    name, label, example = "string", "Text", '"Pro"'
    plural = "texts"
    input_template = "users/profile/inputs/text.html"

    @classmethod
    def infers(cls, value: Any) -> bool:
        return isinstance(value, str) and not stored_date(value)

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
    def holds(value: Any) -> bool:
        return not isinstance(value, list) and kind_of(value) == "string"

    @staticmethod
    def fold(value: str) -> str:
        return value.casefold()

    @staticmethod
    def parse(text: str) -> Any:
        return text
