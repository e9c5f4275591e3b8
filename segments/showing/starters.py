"""Segments that most teams make first, offered where there is none yet."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Starter:
    name: str
    icon: str
    description: str
    rule: dict[str, Any]


def one(**condition: Any) -> dict[str, Any]:
    return {"combinator": "and", "rules": [condition]}


STARTERS: Final = (
    Starter("New this week", "sparkles", "First seen in the last 7 days.",
            one(field="native.first_seen", operator="in_last", value={"n": 7, "unit": "day"})),
    Starter("Gone quiet for 30 days", "moon", "Last active more than 30 days ago.",
            one(field="native.last_activity", operator="more_than_ago", value={"n": 30, "unit": "day"})),
    Starter("No email", "envelope", "Identified, but nobody can write to them.", {"combinator": "and", "rules": [
        {"field": "native.user_id", "operator": "is_set"}, {"field": "native.email", "operator": "is_not_set"},
    ]}),
    Starter("Internal team", "building-office", "Your own colleagues, by the end of their emails; leave them out elsewhere.",
            one(field="native.email", operator="ends_with")),  # which end is theirs, the builder asks
)  # fmt: skip
