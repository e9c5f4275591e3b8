"""What is wrong with a form: said once on top of it, each with a link to its field, by one component."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.forms import BaseForm
from django.utils.html import format_html

register = template.Library()


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` is the id of the control that is wrong, or of what is around it; empty for the form as a whole."""

    words: str
    field: str = ""


@register.filter
def problems(form: BaseForm) -> list[Problem]:
    """Of one of Django's forms. Of a group of choices the link leads to the first."""
    whole = [Problem(str(words)) for words in form.non_field_errors()]
    return whole + [
        Problem(f"{field.label}: {words}", field.id_for_label or f"{field.auto_id}_0")
        for field in form
        for words in field.errors
    ]


@register.inclusion_tag("components/error_summary.html")
def error_summary(found: list[Problem] | None, title: str = "", stays: bool = False) -> dict[str, Any]:
    """What stands on top of a form that was refused; nothing where nothing is wrong.

    It takes the focus, unless that `stays` at the field.
    """
    return {"problems": found, "title": title, "stays": stays, "fields": {item.field for item in found or []}}


@register.inclusion_tag("components/error_summary.html")
def error_at(problem: Problem | None, title: str = "", stays: bool = False) -> dict[str, Any]:
    """The same for one problem."""
    return error_summary([problem] if problem else None, title, stays)


@register.simple_tag
def refused_field(problem: Problem | None, *field: Any, help: str = "", group: bool = False) -> str:
    """Inside the tag of the control with that id: what describes it (the id of its `help` is one), and that it is wrong.

    A group of choices has no way to be wrong but in words.
    """
    is_wrong = stands_at(problem, field)
    words = [name for name in (help, f"{''.join(map(str, field))}-error" if is_wrong else "") if name]
    described = format_html('aria-describedby="{}"', " ".join(words)) if words else ""
    return format_html('{} aria-invalid="true"', described) if is_wrong and not group else described


@register.simple_tag
def refused_words(problem: Problem | None, *field: Any) -> str:
    """Below that control: why it is wrong."""
    if problem and stands_at(problem, field):
        return format_html('<p class="field__error" id="{}-error">{}</p>', problem.field, problem.words)
    return ""


def stands_at(problem: Problem | None, parts: tuple[Any, ...]) -> bool:
    return bool(problem) and problem.field == "".join(map(str, parts))  # type: ignore[union-attr]
