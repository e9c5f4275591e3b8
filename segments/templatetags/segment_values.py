"""Values and shares of segment pages, in words."""

import json
from typing import Any, Final

from django import template

from segments.language.broken import for_people
from users.showing.problems import Problem
from users.showing.values import value_text
from users.types.table import TYPES

register = template.Library()
# What an icon shows, where the library's name says it otherwise.
ICON_WORDS: Final = {
    "user-group": "Group", "users": "People", "bolt": "Lightning", "fire": "Flame", "rocket-launch": "Rocket",
    "building-office": "Office building", "academic-cap": "Graduation cap", "globe-alt": "Globe",
    "hand-thumb-up": "Thumbs up", "shield-check": "Shield", "wrench-screwdriver": "Tools",
    "exclamation-triangle": "Warning", "no-symbol": "No entry",
}  # fmt: skip


register.filter(for_people)


@register.filter
def at(errors: list[dict[str, str]] | None, path: str) -> str:
    """What is wrong with the field of that path, among errors {path, message}; all of the rule's for "rule"."""
    inside = f"{path}."
    return " ".join(
        error["message"] for error in errors or [] if error["path"] == path or error["path"].startswith(inside)
    )


@register.filter
def linked(errors: list[dict[str, str]]) -> list[Problem]:
    """Errors {path, message} for the summary on top."""
    return [Problem(error["message"], field_of(error["path"])) for error in errors]


@register.filter
def at_rule(errors: list[dict[str, str]]) -> str:
    """What is wrong with the rule, in words."""
    return " ".join(dict.fromkeys(error["message"] for error in errors if field_of(error["path"]) == "rule-builder"))


def field_of(path: str) -> str:
    """The id of the field that an error's path means, on the pages of a segment; empty if it has none."""
    name = path.partition(".")[0].partition("[")[0]
    return {"rules": "rule-builder", "rule": "rule-builder", "icon": "icon"}.get(
        name, name if name in ("name", "description") else ""
    )


@register.filter
def icon_words(name: str) -> str:
    return ICON_WORDS.get(name) or name.replace("-", " ").capitalize()


@register.filter
def percent(share: float) -> int:
    return round(share * 100)


@register.filter(name="json")
def as_json(value: Any) -> str:
    return json.dumps(value)


@register.filter
def line_numbers(lines: list[int]) -> str:
    """Lines of a list, each once, neighbours as one range: lines 4, 9–12."""
    ranges: list[list[int]] = []
    for line in sorted(set(lines)):
        if ranges and ranges[-1][1] == line - 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    texts = [f"{first:,}" if first == last else f"{first:,}–{last:,}" for first, last in ranges]
    return f"line{'' if len(set(lines)) == 1 else 's'} {', '.join(texts)}"


@register.filter
def in_words(value: Any, kind: str) -> str:
    """A user's value beside a verdict: short, and never mistaken for nothing."""
    if value == "":
        return "empty text"
    if value == []:
        return "an empty list"
    known = TYPES.get(kind)
    # A date is not given as it is stored; leftovers of a type change stay as they are.
    stored = known.coerce(value) if known is not None and known.infers(value) else value
    text = value_text(stored, kind)
    return text if len(text) <= 120 else f"{text[:120]}…"
