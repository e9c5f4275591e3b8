"""How a value looks, by type. Everything that a snippet can send is escaped here."""

import re
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from users.ground.text_forms import is_blank
from users.showing.marks import icon
from users.showing.times import day_text, exact_text, instant, when
from users.types.table import TYPES, is_of

register = template.Library()

DOTS = SafeString(
    '<span class="value value--dots"><span aria-hidden="true">••••••••</span><span class="sr-only">hidden</span></span>'
)
ABSENT = SafeString('<span class="value value--absent" aria-label="no value">—</span>')
EMPTY_TEXT = SafeString('<span class="value value--empty">empty text</span>')
BLANK_TEXT = SafeString('<span class="value value--empty">no visible text</span>')
NO_NAME = SafeString('<span class="value value--empty">no name</span>')
EMPTY_LIST = SafeString('<span class="value value--empty">empty list</span>')
LONG = 120
ONE_LINE = 80
URL = re.compile(r"https?://[^\s<>\"']{3,600}", re.ASCII)
EMAIL = re.compile(r"[^@\s<>\"'?&:]{1,80}@[^@\s<>\"'?&:]+\.[^@\s<>\"'?&:]{2,40}")


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
    if sensitive:
        return DOTS
    if isinstance(value, list):
        return list_html(value, whole)
    if isinstance(value, bool):
        return boolean_html(value)
    if isinstance(value, int | float):
        return format_html('<span class="value">{}</span>', number_text(value))
    if kind == "date" and is_of(kind, value):  # history keeps texts of the time before a type change
        return date_html(value)
    return text_html(str(value), whole)


def number_text(value: int | float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return str(value) if abs(value) >= 1e15 or abs(value) < 1e-4 else str(intcomma(value))


def value_text(value: Any, kind: str) -> str:
    """What a value reads on screen, as text: for those who search for what they see."""
    if isinstance(value, list):
        return ", ".join(map(item_text, value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(value)
    if kind == "date" and is_of(kind, value):
        return exact_text(instant(value)) if "T" in value else day_text(value)
    return str(value)


def boolean_html(value: bool) -> SafeString:
    name, text = ("check", "true") if value else ("minus", "false")
    return format_html('<span class="value value--boolean value--{}">{}{}</span>', text, icon(name, 14), text)


def date_html(value: str) -> SafeString:
    if "T" not in value:
        return format_html('<time class="value" datetime="{}">{}</time>', value, day_text(value))
    moment = instant(value)
    return format_html('<span class="value">{}</span>', when(moment, exact=True))


def text_html(text: str, whole: bool) -> SafeString:
    if text == "":
        return EMPTY_TEXT
    if is_blank(text):
        return BLANK_TEXT
    if URL.fullmatch(text):
        return format_html(
            '<a class="value" href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', text, text
        )
    if EMAIL.fullmatch(text):
        return format_html('<a class="value" href="mailto:{}">{}</a>', text, text)
    if len(text) <= LONG or whole:
        return format_html('<span class="value" dir="auto">{}</span>', text)
    return format_html(
        '<span class="value value--long" dir="auto">{}</span> <button type="button" class="link-button caption" data-show-all>Show all</button>',
        text,
    )


def list_html(items: list[Any], whole: bool) -> SafeString:
    if not items:
        return EMPTY_LIST
    shown = items if whole else items[:3]
    chips = format_html_join(
        " ", '<span class="chip chip--item" dir="auto">{}</span>', ((item_text(item),) for item in shown)
    )
    rest = items[len(shown) :]
    if rest:
        more = format_html_join(
            " ", '<span class="chip chip--item" dir="auto">{}</span>', ((item_text(item),) for item in rest)
        )
        return format_html(
            '<span class="value value-list">{} <button type="button" class="chip chip--item" data-show-rest aria-expanded="false" aria-label="Show {} more">+{}</button>'
            '<span class="value-list" hidden>{}</span></span>',
            chips, len(rest), len(rest), more,
        )  # fmt: skip
    return format_html('<span class="value value-list">{}</span>', chips)


def item_text(item: Any) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    if item == "":
        return "empty text"
    if isinstance(item, str) and is_blank(item):
        return "no visible text"
    return str(item)
