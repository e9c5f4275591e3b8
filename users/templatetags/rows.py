"""The rows of the Data tab. A user may have 400 attributes: as a template, each would take ten times as long."""

from collections.abc import Iterable
from functools import cache, partial
from typing import Any
from urllib.parse import quote

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from users.ground.icons import icon
from users.ground.markup import markup
from users.ground.times import when
from users.showing.links import writer_page
from users.showing.marks import source_mark
from users.showing.profile import Refusal, Row

register = template.Library()

ROW = """<tr class="attribute" data-attribute="{ref}" data-flags="{flags}" data-text="{text}" data-state="{state}" data-label="{name}">
<td class="data__name"><span class="attribute__name"><button type="button" {opens} aria-expanded="false" aria-label="{name}: history and where to fix it">{name}</button></span>{key}</td>
<td class="data__value"><div>{value}{reveal}</div>{notes}</td>
<td class="data__type muted">{type}</td>
<td class="data__source"><span class="data__small">Source</span>{source}</td>
<td class="data__when muted">{updated}</td>
<td class="data__by attribute__by">{by}</td>
<td class="data__menu"><span class="attribute__actions">{star}<details class="menu" data-menu><summary class="icon-button" aria-label="Actions for {name}" hx-get="{url}?menu=1" hx-target="next .menu__body" hx-trigger="click once">{dots}</summary><div class="menu__body"></div></details></span></td>
</tr>
"""
OPENS = 'hx-get="{}" hx-target="closest tr" hx-swap="afterend" data-opens="detail"'
KEY = '<span class="attribute__key">{}</span>'
REVEAL = ' <button type="button" class="link-button" data-reveal="{}reveal/">Show</button>'
STAR = (
    '<button type="button" class="icon-button" id="pin-{}" aria-pressed="{}" aria-label="Pin {}" hx-post="{}pin/" '
    'hx-swap="outerHTML">{}</button>'
)


@register.simple_tag(takes_context=True)
def attribute_rows(context: Any, rows: Iterable[Row]) -> SafeString:
    """Table rows. The context has the profile's `address`, and `can`."""
    address, reveals = context["address"], "values.reveal" in context["can"]
    times = cache(when)  # most values came with a few calls
    by = cache(partial(by_html, context))
    return SafeString("".join([row_html(context, row, address, reveals, times, by) for row in rows]))


def by_html(context: Any, words: str, writer: tuple[str, int | None] | None) -> str:
    """Who wrote a value, with a link to that key or member where the reader may see it."""
    address = writer_page(context["project"], context["can"], *writer) if writer else ""
    return markup('<a href="{}">{}</a>', address, words) if address else conditional_escape(words)


def row_html(context: Any, row: Row, address: str, reveals: bool, times: Any, by: Any) -> SafeString:
    url, name = value_url(address, row.ref), conditional_escape(row.name)
    opens = markup(OPENS, url)
    return markup(
        ROW, ref=row.ref, flags=row.flags, text=row.text, state=row.state, name=name, opens=opens, url=url,
        key=markup(KEY, row.key) if row.show_key else "", value=row.html,
        reveal=markup(REVEAL, url) if row.sensitive and row.value is not None and reveals else "",
        notes=notes_html(context, row, opens) if row.others or row.refusal else "",
        type=row.type_label, source=source_mark(row.source), updated=times(row.updated) if row.updated else "", by=by(row.by, row.writer),
        star=star_html(row.ref, name, row.pinned, url), dots=icon("ellipsis-horizontal"),
    )  # fmt: skip


def value_url(address: str, ref: str) -> SafeString:
    return markup("{}values/{}/", address, ref)


def notes_html(context: Any, row: Row, opens: SafeString) -> str:
    """What differs elsewhere, and what was refused."""
    parts = {"row": row, "opens": opens, "person": context["person"], "project": context["project"]}
    return render_to_string("users/profile/row_notes.html", parts)


def star_html(ref: str, label: str, pinned: bool, url: str) -> SafeString:
    """The button that pins an attribute. `url` is the value's."""
    return markup(STAR, ref, "true" if pinned else "false", label, url, icon("star"))


@register.simple_tag(takes_context=True)
def call_address(context: Any, refusal: Refusal) -> str:
    """Where the ingest log tells of the call. The context has `person` and `project`."""
    person, log = context["person"], reverse("ingest_log", args=[context["project"].slug])
    return f"{log}?user={quote(person.user_id or person.jimer_id)}#entry-{refusal.entry}"
