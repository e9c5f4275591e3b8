"""Rules in words, and why a user is in or not: the tree with a verdict, value and source on every condition."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from segments.engines.memory import Person, of_condition
from segments.language.fields import EVENT, NEVER_ABSENT, SEGMENT
from segments.language.rules import Condition, Group


def words_of(condition: Condition) -> str:
    """ "plan is Pro or Team", "plan is not Pro, or has no value"."""
    operator, field = condition.operator, condition.field
    value = operator.operand.words(condition.value)
    if field.kind == SEGMENT and condition.target is not None:
        return f"{operator.words} {value.replace(f'segment {condition.target.id}', condition.target.name)}"
    case = " (same case)" if condition.case_sensitive and not condition.ignore_case else ""
    words = " ".join(part for part in (field.label, operator.words, value, operator.tail) if part)
    return words + case + (", or has no value" if takes_absent(condition) else "")


def takes_absent(condition: Condition) -> bool:
    """Whether users without a value match, and there can be any."""
    operator, field = condition.operator, condition.field
    never = field.kind == SEGMENT or (field.native and field.key in NEVER_ABSENT)
    return operator.negative and operator.requires and not condition.require_value and not never


def sentence(node: Group | Condition, top: bool = True) -> str:
    """The rule as one sentence."""
    if isinstance(node, Condition):
        return words_of(node)
    parts = [sentence(part, False) for part in node.rules]
    if len(parts) > 1:
        # "plan is not Pro, or has no value and seats is 5" would read as another rule.
        tailed = [isinstance(part, Condition) and takes_absent(part) for part in node.rules]
        parts = [f"({part})" if alone else part for part, alone in zip(parts, tailed, strict=True)]
    text = f" {node.combinator} ".join(parts)
    if node.negated:
        return f"not ({text})"
    return text if top or len(parts) == 1 else f"({text})"


def explain(
    node: Group | Condition, person: Person, zone: tzinfo, now: datetime, shown: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The tree with verdicts, each condition decided once. `shown` replaces values by ref where they may not be seen
    (sensitive ones)."""
    if isinstance(node, Group):
        rules = [explain(part, person, zone, now, shown) for part in node.rules]
        verdicts = [part["match"] for part in rules]
        match = (all if node.combinator == "and" else any)(verdicts) != node.negated
        return {"match": match, "combinator": node.combinator, "not": node.negated, "rules": rules}
    inner = explain(node.target.rule, person, zone, now, shown) if node.target and node.target.rule else None
    inside = None if inner is None else lambda person, now: bool(inner["match"])
    made: dict[str, Any] = {
        "match": of_condition(node, zone, inside)(person, now), "field": node.field.name, "operator": node.operator.name, "value": node.value,
        "words": words_of(node), "source": node.field.source or None, "type": node.field.type,
    }  # fmt: skip
    if node.field.kind == SEGMENT:
        assert node.target is not None
        made["user_value"] = None
        made["segment"] = {"id": node.target.id, "name": node.target.name, "static": node.target.static}
        if inner is not None:
            made["explanation"] = inner
        return made
    value = raw_value(node, person)
    if shown is not None and node.field.ref in shown and value is not None:
        value = shown[node.field.ref]
    made["user_value"], made["absent"] = value, value is None
    return made


def raw_value(condition: Condition, person: Person) -> Any:
    """The user's value as it is stored."""
    field = condition.field
    if field.kind == EVENT:
        return len(person.events(field.key)) or None
    if field.kind == "group":
        return person.group_values(field.key) or None
    if field.native:
        value = list(person.tag_names()) if field.key == "tags" else person.native(field.key)
        return value.isoformat() if isinstance(value, datetime) else value
    return person.attributes.get(field.ref)
