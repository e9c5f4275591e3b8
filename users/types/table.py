"""The attribute types, once. Everything that handles values (the write path, forms, imports, type changes, pages) asks
this table; what a type can do is said in users/types/base.py.
"""

from typing import Any, Final

from users.database.fast_json import json_text
from users.types.base import AttributeType
from users.types.boolean import Boolean
from users.types.date import Date
from users.types.fitting import Misfit, refuse_nested, shown
from users.types.list import List
from users.types.number import Number
from users.types.string import String

TYPES: Final[dict[str, type[AttributeType]]] = {kind.name: kind for kind in (String, Number, Boolean, Date, List)}


def compact(value: Any) -> str:
    """JSON without spaces."""
    return json_text(value)


def same(left: Any, right: Any) -> bool:
    """Equal and of one type: 1 and 1.0 are, 1 and true are not."""
    if type(left) is str:  # most values are
        return bool(left == right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def infer(value: Any) -> str:
    """The type that a first value gives its attribute. Raises Misfit for what no type takes."""
    for kind in TYPES.values():
        if kind.infers(value):
            return kind.name
    refuse_nested(value)
    raise Misfit(f"{shown(value)} is not a value. Send a text, number, true or false, or a list of these.")


def folded(type_name: str, value: Any) -> Any:
    """The case-folded copy that rules and search read, or None for types without one."""
    return TYPES[type_name].fold(value)


def convert(value: Any, to: str) -> Any:
    """A stored value as another type, for a type change. Raises Misfit where that would lose something."""
    return TYPES[to].convert(value)


def is_of(type_name: str, value: Any) -> bool:
    """Whether a stored value has the stored form of this type: leftovers of a type change have not."""
    return TYPES[type_name].holds(value)


def shown_as(type_name: str, value: Any) -> type[AttributeType]:
    """The type that says how a value looks: its attribute's; of a leftover of a type change, which history keeps too,
    the first that holds it."""
    own = TYPES.get(type_name)
    if own is not None and own.holds(value):
        return own
    return next((kind for kind in TYPES.values() if kind.holds(value)), String)
