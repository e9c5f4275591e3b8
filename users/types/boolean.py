"""True or false."""

from typing import Any

from users.types.base import AttributeType
from users.types.fitting import Misfit, refuse_nested, shown


class Boolean(AttributeType):
    name, label, example = "boolean", "True or false", "true"
    plural = "truths"
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
    def raw(value: bool) -> str:
        return "true" if value else "false"
