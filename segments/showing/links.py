"""The addresses of the Users page that select users by one condition."""

from typing import Any

from users.models import NATIVE
from users.types.table import compact


def in_segment(pk: int | str) -> dict[str, Any]:
    return {"field": "segment", "operator": "is_in", "value": pk}


def value_condition(field: str, type_name: str, value: Any) -> dict[str, Any]:
    """What is true of the users with exactly this stored value; of a list, with all of its items."""
    if type_name == "boolean":
        return {"field": field, "operator": "is_true" if value else "is_false"}
    if type_name == "date":
        return {"field": field, "operator": "on", "value": value}
    if type_name == "list":
        return (
            {"field": field, "operator": "includes_all", "value": value}
            if value
            else {"field": field, "operator": "is_empty"}
        )
    if type_name == "string" and field != f"{NATIVE}.email":
        return {"field": field, "operator": "is", "value": value, "case_sensitive": True}
    return {"field": field, "operator": "is", "value": value}


def rule_of(conditions: list[dict[str, Any]]) -> str:
    """The value of `rule` in an address."""
    return compact({"combinator": "and", "rules": conditions})


def with_value(field: str, type_name: str, value: Any) -> dict[str, str]:
    """See users.extend.value_filters."""
    return {"rule": rule_of([value_condition(field, type_name, value)])}
