"""The kinds of values that members and parameters have."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from users.ground.parameters import whole_number
from users.types.fitting import LONGEST

PLAIN_NUMBER: Final = re.compile("0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Kind:
    """`words` say it in a refusal, `type` is Python's, `schema` what OpenAPI says.

    `sizes` are OpenAPI's names of the least and the most that such a value measures. `of_text` makes the value of a
    parameter's text, and raises ValueError where it is none.
    """

    words: str
    type: type
    schema: Mapping[str, Any]
    sizes: tuple[str, str] = ("minLength", "maxLength")
    of_text: Callable[[str], Any] = str

    def formed(self, **schema: Any) -> "Kind":
        """The same kind with more to be said of it in OpenAPI."""
        return replace(self, schema={**self.schema, **schema})


def number_of_text(text: str) -> int:
    if not PLAIN_NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def truth_of_text(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def ids_of_text(text: str) -> list[int]:
    """Keys of rows, comma-separated."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    numbers = [number for part in parts if (number := whole_number(part)) is not None]
    if len(set(numbers)) < len(set(parts)):
        raise ValueError(text)
    return numbers


TEXT: Final = Kind("a text", str, {"type": "string"})
UUID: Final = TEXT.formed(format="uuid")
TIME: Final = TEXT.formed(format="date-time")
TRUTH: Final = Kind("true or false", bool, {"type": "boolean"}, of_text=truth_of_text)
NUMBER: Final = Kind("a whole number", int, {"type": "integer"}, ("minimum", "maximum"), number_of_text)
LIST: Final = Kind("a list", list, {"type": "array"}, ("minItems", "maxItems"))
IDS: Final = Kind(
    "ids, comma-separated", list, {"type": "array", "items": {"type": "integer"}}, ("minItems", "maxItems"), ids_of_text
)
OBJECT: Final = Kind("an object", dict, {"type": "object"}, ("minProperties", "maxProperties"))
ID: Final = Kind("a text or a whole number", object, {"oneOf": [{**TEXT.schema, "nullable": True}, {"type": "number"}]})
VALUE: Final = Kind(
    "a value", object,
    {
        "description": f"A text of at most {LONGEST} characters, a number, true or false, or a list of these. null removes.",
        "nullable": True,
    },
)  # fmt: skip
