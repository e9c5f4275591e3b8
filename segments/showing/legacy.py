"""The rule that an older address of the Users page means: its quick filters are conditions now."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from users.database.value_json import read_json
from users.ground.parameters import whole_number
from users.models import NATIVE, Project
from users.registry.attributes import registry_of
from users.types.table import TYPES, Misfit, compact

PARAMETERS = ("who", "tag", "language", "active", "segment", "has", "value")


def conditions_of(project: Project, given: Any) -> list[dict[str, Any]]:
    """Conditions for what the old parameters say; those that say nothing sensible are left out."""
    made: list[dict[str, Any]] = []
    if given.get("who") in ("identified", "anonymous"):
        made.append({"field": "native.user_id", "operator": "is_set" if given["who"] == "identified" else "is_not_set"})
    if tag := given.get("tag"):
        made.append({"field": "native.tags", "operator": "includes", "value": tag})
    if language := given.get("language"):
        made.append({"field": "native.language", "operator": "is", "value": language})
    made += by_activity(given.get("active"))
    if pk := given.get("segment"):
        number = whole_number(pk)
        made.append(in_segment(pk if number is None else number))
    if field := given.get("has"):
        text = given.get("value", "")
        # What names nothing stays as it is, so that the page says what is wrong with it.
        made.append(with_value(project, field, text) or {"field": field, "operator": "is", "value": text})
    return made


def in_segment(pk: int | str) -> dict[str, Any]:
    return {"field": "segment", "operator": "is_in", "value": pk}


def by_activity(value: str | None) -> list[dict[str, Any]]:
    field = "native.last_activity"
    if value == "never":
        return [{"field": field, "operator": "is_not_set"}]
    if value == "quiet30":
        return [{"field": field, "operator": "more_than_ago", "value": {"n": 30, "unit": "day"}}]
    if value in ("1", "7", "30"):
        return [{"field": field, "operator": "in_last", "value": {"n": int(value), "unit": "day"}}]
    return []


def with_value(project: Project, field: str, text: str) -> dict[str, Any] | None:
    """The condition that finds users with exactly this value; None where there is no such attribute or value."""
    definition = registry_of(project).find(field)
    if definition is None:
        return None
    try:
        parsed = read_json(text) if definition.type == "list" else TYPES[definition.type].parse(text)
        value = TYPES[definition.type].coerce(parsed)
    except (Misfit, ValueError):
        return None
    return value_condition(definition.field, definition.type, value)


def value_condition(field: str, type_name: str, value: Any) -> dict[str, Any]:
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


def moved(request: Any) -> str | None:
    """The address with `rule` instead of the old parameters; None where there are none."""
    if not any(request.GET.get(name) for name in PARAMETERS):
        return None
    project = request.project
    conditions = conditions_of(project, request.GET)
    keep = [(name, value) for name, value in request.GET.items() if name not in (*PARAMETERS, "rule") and value]
    try:
        rule = read_json(request.GET.get("rule") or "null")
        before = (
            rule["rules"]
            if rule and rule.get("combinator") == "and" and not rule.get("not")
            else [rule]
            if rule
            else []
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        before = []
    rules = [*before, *conditions]
    if rules:
        keep.append(("rule", compact({"combinator": "and", "rules": rules})))
    return f"{reverse('users_list', args=[project.slug])}?{urlencode(keep)}"
