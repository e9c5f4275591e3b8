"""True or false."""

from typing import Any

from django.utils.safestring import SafeString

from users.ground.icons import icon
from users.ground.markup import markup
from users.types.base import AttributeType
from users.types.fitting import Misfit, refuse_nested, shown


class Boolean(AttributeType):
    name, label, example = "boolean", "True or false", "true"
    plural = "truths"
    arrow = "bool_"
    is_truth = True
    input_template = "users/profile/inputs/truth.html"

    @staticmethod
    def coerce(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        refuse_nested(value)
        raise Misfit(f"{shown(value)} is neither true nor false. Send true or false.")

    @staticmethod
    def holds(value: Any) -> bool:
        return isinstance(value, bool)

    @staticmethod
    def text(value: bool) -> str:
        return "true" if value else "false"

    @classmethod
    def html(cls, value: bool, whole: bool = False) -> SafeString:
        text, drawing = cls.text(value), icon("check" if value else "minus", 14)
        return markup('<span class="value value--boolean value--{}">{}{}</span>', text, drawing, text)

    @staticmethod
    def raw(value: bool) -> str:
        return Boolean.text(value)
