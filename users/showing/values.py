"""Values on pages. How each looks is its type's: users/types/base.py."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from users.types.base import ABSENT
from users.types.table import TYPES, shown_as

register = template.Library()

DOTS = SafeString(
    '<span class="value value--dots"><span aria-hidden="true">••••••••</span><span class="sr-only">hidden</span></span>'
)
NO_NAME = SafeString('<span class="value value--empty">no name</span>')
ONE_LINE = 80


@register.filter
def needs_lines(text: str) -> bool:
    """Whether a one-line input would cut the text up or hide most of it."""
    return len(text) > ONE_LINE or "\n" in text or "\r" in text


@register.filter
def input_template(kind: str) -> str:
    """The template in which a value of the type is typed in."""
    return TYPES[kind].input_template


@register.filter
def input_attributes(kind: str) -> list[tuple[str, str]]:
    return list(TYPES[kind].input_attributes.items())


@register.simple_tag
def value_html(value: Any, kind: str, sensitive: bool = False, whole: bool = False) -> SafeString:
    """A stored value of a type; None is absent. `whole` shows long texts and lists without cutting."""
    if value is None:
        return ABSENT
    return DOTS if sensitive else shown_as(kind, value).html(value, whole)


def value_text(value: Any, kind: str) -> str:
    """What a value reads on screen, as text: for those who search for what they see."""
    return shown_as(kind, value).text(value)
