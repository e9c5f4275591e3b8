"""What a rule's JSON names, without checking it: broken and outdated rules name things too."""

from collections.abc import Iterator
from typing import Any

from users.text_forms import same_look


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
