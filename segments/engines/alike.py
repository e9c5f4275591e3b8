"""Conditions of one group that ask the same field for one of some values, made one before a database sees them.

`plan is Pro` or `plan is Team` is `plan is any of Pro, Team`; 200 lists of items to look for are one list, which costs
one look at each user's items instead of 200.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from segments.language.operators import operator
from segments.language.rules import Condition, Group

# Positive operators whose values can be put together, and the operator that takes many.
TOGETHER: Final = {
    "is": "is_any_of",
    "is_any_of": "is_any_of",
    "includes": "includes_any",
    "includes_any": "includes_any",
}


def joined(parts: Sequence[Group | Condition], every: bool, negate: bool) -> list[Group | Condition]:
    """The parts of a group all of which (`every`) or one of which must hold, each turned into its opposite where
    `negate`."""
    made: list[Group | Condition] = []
    places: dict[Any, int] = {}
    for part in parts:
        if isinstance(part, Group) or not can_be_joined(part, every, negate):
            made.append(part)
            continue
        many = as_many(part, every == negate)
        key = (many.field, many.operator.name, many.ignore_case)
        if key in places:
            before = made[places[key]]
            assert isinstance(before, Condition)
            made[places[key]] = as_many(before, every == negate, many.value)
        else:
            places[key] = len(made)
            made.append(part)
    return made


def can_be_joined(part: Condition, every: bool, negate: bool) -> bool:
    """One of the values in either, or none of them in both: the negation of the positive operator in the latter."""
    positive = part.operator.negation if part.operator.negative else part.operator.name
    if positive not in TOGETHER or operator(part.operator.type, TOGETHER[positive]) is None or part.require_value:
        return False
    opposite = part.operator.negative != negate
    return opposite == every


def as_many(part: Condition, positive: bool, more: Sequence[Any] = ()) -> Condition:
    """The condition by the operator that takes many values, and these too."""
    own = part.operator.negation if part.operator.negative else part.operator.name
    found = operator(part.operator.type, TOGETHER[own])
    assert found is not None
    if not positive:
        found = operator(part.operator.type, found.negation)
        assert found is not None
    values = part.value if isinstance(part.value, list) else [part.value]
    return replace(part, operator=found, value=[*values, *more])
