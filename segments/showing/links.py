"""The addresses of the Users page that select users by one condition."""

from typing import Any

from segments.language.fields import ALWAYS_FOLDED, split
from segments.types.table import TYPES
from users.models import NATIVE
from users.types.table import compact


def in_segment(pk: int | str) -> dict[str, Any]:
    return {"field": "segment", "operator": "is_in", "value": pk}


def value_condition(field: str, type_name: str, value: Any) -> dict[str, Any]:
    """What is true of the users with exactly this stored value; of a list, with all of its items."""
    made = {"field": field, **TYPES[type_name].exactly(value)}
    source, key = split(field)
    if source == NATIVE and key in ALWAYS_FOLDED:
        made.pop("case_sensitive", None)
    return made


def rule_of(conditions: list[dict[str, Any]]) -> str:
    """The value of `rule` in an address."""
    return compact({"combinator": "and", "rules": conditions})


def with_value(field: str, type_name: str, value: Any) -> dict[str, str]:
    """See users.extend.value_filters."""
    condition = {"field": field, "operator": "is_set"} if value is None else value_condition(field, type_name, value)
    return {"rule": rule_of([condition])}
