"""What a call asks for, item by item: plain values, operations, removals; and what each does to a value.

`{"plan": "Pro", "$add": {"logins": 1}}` are two items. Coercion to the attribute's type needs the registry alone,
so it is done before any user is read or locked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from users.models import NATIVE
from users.registry.attributes import Definition, Registry, check_key
from users.types.base import AttributeType
from users.types.fitting import Misfit, check_number, kind_of, printable, shown
from users.types.list import List
from users.types.table import TYPES, infer, same
from users.writing.calls import UNSET, Call, Refused, Verdict

MOST_ATTRIBUTES: Final = 250
OF_KEYS_AND_VALUES: Final = ("$set", "$set_once", "$add", "$append", "$union", "$remove")
OPERATIONS: Final = (*OF_KEYS_AND_VALUES, "$unset")
ARITHMETIC: Final = ("$add", "$append", "$union", "$remove")  # in order of arrival, never stale


@dataclass(slots=True)
class Item:
    """One attribute of a call. `sent` names it in verdicts; `reason` says why it was rejected."""

    sent: str
    operation: str
    source: str
    key: str
    value: Any
    reason: str | None = None
    definition: Definition | None = None
    stored: Any = None  # the value, or the operand, as the type keeps it
    converted: bool = False
    new_type: str | None = None  # the attribute is not defined yet and would get this type


def items_of(call: Call, *, public: bool) -> list[Item]:
    """Everything the call names, in its order, natives first. Raises Refused above 250 attributes."""
    items = [
        Item(f"native.{key}", "$set", NATIVE, key, value)
        for key, value in (("name", call.name), ("email", call.email), ("language", call.language))
        if value is not UNSET
    ]
    for key, value in call.attributes.items():
        if isinstance(key, str) and key.startswith("$"):
            items += operation_items(key, value, call.source, public)
        else:
            items.append(Item(printable(str(key)), "$set", call.source, key, value))
    if len(items) > MOST_ATTRIBUTES:
        message = (
            f"The call names {len(items):,} attributes; {MOST_ATTRIBUTES} is the most. Send them in several calls."
        )
        raise Refused(message, code="too_many_attributes", details=[{"path": "attributes", "message": message}])
    return items


def operation_items(operation: str, value: Any, source: str, public: bool) -> Iterator[Item]:
    def wrong(reason: str) -> Item:
        return Item(printable(operation), operation, source, operation, value, reason)

    if operation not in OPERATIONS:
        yield wrong(f"Keys that begin with $ are operations: {', '.join(OPERATIONS)}. Choose another key.")
    elif public:
        yield wrong("Operations need a secret key. Send the plain value, or make this call from your server.")
    elif operation == "$unset":
        if not isinstance(value, list) or not all(isinstance(key, str) for key in value):
            yield wrong('$unset takes a list of keys, such as ["plan"].')
        else:
            yield from (Item(printable(key), "$unset", source, key, None) for key in value)
    elif not isinstance(value, Mapping):
        yield wrong(f'{operation} takes an object of keys and values, such as {{"logins": 1}}.')
    else:
        yield from (Item(printable(str(key)), operation, source, key, part) for key, part in value.items())


type Missing = dict[tuple[str, str], str]  # (source, key) -> the type its first value gives


def fit_items(items: list[Item], registry: Registry, missing: Missing) -> None:
    """Coerce each item to its attribute's type, or reject it by name; notes attributes not yet defined."""
    for item in items:
        if item.reason is None:
            try:
                fit_item(item, registry, missing)
            except Misfit as misfit:
                item.reason = printable(misfit.reason.replace("NAME.", f"{item.key}."))


def fit_item(item: Item, registry: Registry, missing: Missing) -> None:
    if item.source != NATIVE:
        item.key = check_key(item.key)
    item.definition = definition = registry.by_field(item.source, item.key)
    if item.value is None and item.operation in ("$set", "$unset"):
        item.operation = "$unset"
        return
    kind = definition.type if definition else missing.get((item.source, item.key)) or type_for(item)
    item.stored = operand(item, kind)
    item.converted = item.operation not in ARITHMETIC and not same_kind(item.stored, item.value)
    if definition is None and item.operation != "$remove":
        item.new_type = missing.setdefault((item.source, item.key), kind)


def type_for(item: Item) -> str:
    """The type that an attribute gets from its first value or operation."""
    return type_of_operation(item.operation).name if item.operation in ARITHMETIC else infer(item.value)


def type_of_operation(operation: str) -> type[AttributeType]:
    return next(kind for kind in TYPES.values() if operation in kind.operations)


def operand(item: Item, kind: str) -> Any:
    known = TYPES[kind]
    if item.operation not in ARITHMETIC:
        return known.coerce(item.value)
    if item.operation not in known.operations:
        works = type_of_operation(item.operation).plural
        raise Misfit(f"{item.operation} works on {works}; this attribute is of type {known.label.lower()}.")
    return known.operand(item.value)


def same_kind(stored: Any, sent: Any) -> bool:
    if stored is sent:
        return True
    if isinstance(stored, list) or isinstance(sent, list):
        return isinstance(stored, list) and isinstance(sent, list) and same(stored, sent)
    return kind_of(stored) == kind_of(sent) and bool(stored == sent)


def value_after(operation: str, current: Any, operand: Any) -> Any:
    """The value after an operation. Raises Misfit when a sum leaves the numbers that can be kept."""
    if operation == "$add":
        return checked_sum(current or 0, operand)
    if operation == "$remove":
        return [item for item in current or [] if not any(same(item, gone) for gone in operand)]
    if operation in ("$append", "$union"):
        return List.coerce([*(current or []), *operand])
    return operand


def checked_sum(current: int | float, operand: int | float) -> int | float:
    """The sum, unless it would leave the numbers that can be kept or silently lose what was added."""
    try:
        found = check_number(current + operand)
    except (Misfit, OverflowError):
        raise Misfit("The sum would be beyond the numbers that can be kept.") from None
    # Below this a double rounds off less than a quarter, as 0.1 + 0.2 does; above it, halves and then whole numbers.
    if abs(found) >= 2**51 and Fraction(current) + Fraction(operand) != Fraction(found):
        raise Misfit(f"The sum would lose digits: beside {shown(current)} a number keeps no {shown(operand)}.")
    return found


def for_anyone(items: list[Item]) -> dict[str, str]:
    """Verdicts that follow from the call and the registry alone: whether the user had the value, a newer one or
    none is not told."""
    return {
        item.sent: Verdict.REJECTED if item.reason else Verdict.CONVERTED if item.converted else Verdict.ACCEPTED
        for item in items
    }


def rejections(items: list[Item]) -> list[dict[str, str]]:
    return [{"attribute": item.sent, "reason": item.reason} for item in items if item.reason]


def strict_refusal(rejected: list[dict[str, str]]) -> Refused:
    details = [{"path": f"attributes.{item['attribute']}", "message": item["reason"]} for item in rejected]
    names = ", ".join(item["attribute"] for item in rejected)
    message = f"Nothing was stored, because the call is strict and these do not fit: {names}."
    return Refused(message, code="rejected", details=details)
