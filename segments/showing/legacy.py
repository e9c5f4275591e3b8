"""The rule that an older address of the Users page means: its quick filters are conditions now."""

from collections.abc import Mapping
from typing import Any

from segments.showing.links import in_segment, rule_of, value_condition
from segments.types.table import TYPES
from users.database.value_json import read_json
from users.ground.parameters import whole_number
from users.models import Project
from users.registry.attributes import registry_of
from users.types.fitting import Misfit

PARAMETERS = ("who", "tag", "language", "active", "segment", "has", "value")


def conditions_of(project: Project, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Conditions for what the old parameters say. What means nothing becomes one that is refused with its reason: left
    out, it would select everybody."""
    made: list[dict[str, Any]] = []
    if who := given.get("who"):
        operator = {"identified": "is_set", "anonymous": "is_not_set"}.get(who, who)
        made.append({"field": "native.user_id", "operator": operator})
    if tag := given.get("tag"):
        made.append({"field": "native.tags", "operator": "includes", "value": tag})
    if language := given.get("language"):
        made.append({"field": "native.language", "operator": "is", "value": language})
    if active := given.get("active"):
        made.append(by_activity(active))
    if pk := given.get("segment"):
        number = whole_number(pk)
        made.append(in_segment(pk if number is None else number))
    if field := given.get("has"):
        text = given.get("value", "")
        made.append(with_value(project, field, text) or {"field": field, "operator": "is", "value": text})
    return made


def by_activity(value: str) -> dict[str, Any]:
    field = "native.last_activity"
    if value == "never":
        return {"field": field, "operator": "is_not_set"}
    if value == "quiet30":
        return {"field": field, "operator": "more_than_ago", "value": {"n": 30, "unit": "day"}}
    if value in ("1", "7", "30"):
        return {"field": field, "operator": "in_last", "value": {"n": int(value), "unit": "day"}}
    return {"field": field, "operator": value}


def with_value(project: Project, field: str, text: str) -> dict[str, Any] | None:
    """The condition that finds users with exactly this value; None where there is no such attribute or value."""
    definition = registry_of(project).find(field)
    if definition is None:
        return None
    try:
        known = TYPES[definition.type]
        value = known.kind.coerce(known.from_address(text))
    except (Misfit, ValueError):
        return None
    return value_condition(definition.field, definition.type, value)


def rule_now(project: Project, given: Mapping[str, str]) -> dict[str, str] | None:
    """The parameters with `rule` instead of the old ones; None where there are none."""
    if not any(given.get(name) for name in PARAMETERS):
        return None
    kept = {name: value for name, value in given.items() if name not in (*PARAMETERS, "rule") and value}
    rules = [*conditions_in(given.get("rule", "")), *conditions_of(project, given)]
    return {**kept, "rule": rule_of(rules)} if rules else kept


def conditions_in(text: str) -> list[Any]:
    """Of the rule that the address has already; none where it cannot be read."""
    try:
        rule = read_json(text or "null")
        if not rule:
            return []
        return list(rule["rules"]) if rule.get("combinator") == "and" and not rule.get("not") else [rule]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []
