"""Values and shares of segment pages, in words."""

import json
from typing import Any

from django import template

register = template.Library()


@register.filter
def percent(share: float) -> int:
    return round(share * 100)


@register.filter(name="json")
def as_json(value: Any) -> str:
    return json.dumps(value)


@register.filter
def in_words(value: Any) -> str:
    """A user's value beside a verdict: short, and never mistaken for nothing."""
    if value == "":
        return "empty text"
    if value == []:
        return "an empty list"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 120 else f"{text[:120]}…"
