"""What a rule's JSON names, without checking it: broken and outdated rules name things too."""

from collections.abc import Iterator
from typing import Any, Final

from users.ground.text_forms import same_look

MOST: Final = 1_000_000  # of a unit: broken rules hold any number
SECONDS: Final = {
    "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_678_400, "year": 31_622_400,
}  # fmt: skip


def raw_conditions(raw: Any) -> Iterator[dict[str, Any]]:
    """Every object of the rule that is no group."""
    stack = [raw]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            stack += node.get("rules") or []
            if "rules" not in node:
                yield node


def named_in(raw: Any) -> set[int]:
    """Ids of segments."""
    found: set[int] = set()
    for condition in raw_conditions(raw):
        if condition.get("field") == "segment":
            value = condition.get("value")
            pk = value.get("segment") if isinstance(value, dict) else value
            found |= {pk} if isinstance(pk, int) else set()
    return found


def shortest_period(raw: Any) -> float | None:
    """Seconds of the shortest stretch of time that a condition counts from now, None where none does."""
    seconds = []
    for condition in raw_conditions(raw):
        value = condition.get("value")
        for period in (value, value.get("within")) if isinstance(value, dict) else ():
            if isinstance(period, dict) and isinstance(period.get("n"), int | float) and period.get("unit") in SECONDS:
                seconds.append(min(period["n"], MOST) * SECONDS[period["unit"]])
    return min(seconds, default=None)


def fields_in(raw: Any) -> set[str]:
    """FIELDs."""
    return {field for condition in raw_conditions(raw) if isinstance(field := condition.get("field"), str)}


def tags_in(raw: Any) -> set[str]:
    """Folded names of tags."""
    found: set[str] = set()
    for condition in raw_conditions(raw):
        if condition.get("field") == "native.tags":
            value = condition.get("value")
            found |= {
                same_look(name) for name in (value if isinstance(value, list) else [value]) if isinstance(name, str)
            }
    return found
