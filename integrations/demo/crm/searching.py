"""HubSpot's search: filters, one order, and 10,000 results at most."""

import hashlib
from datetime import datetime
from typing import Any, Final

from integrations.demo.crm.answering import Wrong
from integrations.demo.crm.definitions import Json
from integrations.demo.crm.store import Crm, Thing

MOST_RESULTS: Final = 10_000
MOST_AT_ONCE: Final = 200
MOST_GROUPS, MOST_FILTERS = 5, 6


def search(crm: Crm, kind: str, asked: Json) -> Json:
    limit, after = number(asked.get("limit", 10)), number(asked.get("after") or 0)
    if limit > MOST_AT_ONCE:
        raise Wrong(400, f"The limit is {MOST_AT_ONCE}", "VALIDATION_ERROR")
    if after + limit > MOST_RESULTS:
        raise Wrong(400, "The search API only supports paging up to 10000 results", "VALIDATION_ERROR")
    groups = asked.get("filterGroups") or []
    if len(groups) > MOST_GROUPS or any(len(group.get("filters", [])) > MOST_FILTERS for group in groups):
        raise Wrong(400, "Too many filters", "VALIDATION_ERROR")
    found = [thing for thing in crm.living(kind) if not groups or any(holds(crm, thing, group) for group in groups)]
    found = ordered(crm, kind, found, asked.get("sorts") or [])
    page = found[after : after + limit]
    names = [str(name) for name in asked.get("properties") or []]
    paging = {"paging": {"next": {"after": str(after + limit)}}} if after + limit < len(found) else {}
    return {"total": len(found), "results": [thing.answer(names) for thing in page], **paging}


def number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Wrong(400, "Invalid input JSON", "VALIDATION_ERROR") from None


def holds(crm: Crm, thing: Thing, group: Json) -> bool:
    return all(is_met(crm, thing, one) for one in group.get("filters", []))


def is_met(crm: Crm, thing: Thing, one: Json) -> bool:
    name, operator = str(one.get("propertyName")), str(one.get("operator"))
    if name not in crm.definitions[thing.kind]:
        raise Wrong(400, f"There was a problem with the request: property {name} does not exist", "VALIDATION_ERROR")
    value = thing.value(name)
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return (value is not None) == (operator == "HAS_PROPERTY")
    if operator not in COMPARED:
        raise Wrong(400, f"The operator {operator} is not known", "VALIDATION_ERROR")
    if value is None:
        return False
    type_name = crm.definitions[thing.kind][name]["type"]
    return COMPARED[operator](sortable(value, type_name), sortable(str(one.get("value")), type_name))


COMPARED: Final = {
    "EQ": lambda left, right: left == right,
    "NEQ": lambda left, right: left != right,
    "GT": lambda left, right: left > right,
    "GTE": lambda left, right: left >= right,
    "LT": lambda left, right: left < right,
    "LTE": lambda left, right: left <= right,
}


def sortable(value: str | None, type_name: str) -> tuple[int, float, str]:
    """Numbers and times by size, texts by their letters; what is empty comes last."""
    if value is None:
        return (2, 0, "")
    try:
        if type_name == "datetime" and not value.isdecimal():
            return (0, round(datetime.fromisoformat(value).timestamp() * 1000), "")
        if type_name in ("number", "datetime"):
            return (0, float(value), "")
    except ValueError:
        pass
    return (1, 0, value.casefold())


def ordered(crm: Crm, kind: str, found: list[Thing], sorts: list[Any]) -> list[Thing]:
    """By one property. Nothing is promised of records that are alike in it, so they come in no order at all."""
    if len(sorts) > 1:
        raise Wrong(400, "Only one sort is allowed", "VALIDATION_ERROR")
    mixed = sorted(found, key=lambda thing: hashlib.sha256(thing.id.encode()).digest())
    if not sorts:
        return sorted(mixed, key=lambda thing: int(thing.id))
    rule = sorts[0] if isinstance(sorts[0], dict) else {"propertyName": str(sorts[0])}
    name = str(rule.get("propertyName"))
    type_name = crm.definitions[kind].get(name, {}).get("type", "string")
    return sorted(
        mixed, key=lambda thing: sortable(thing.value(name), type_name), reverse=rule.get("direction") == "DESCENDING"
    )
