"""The registry as a table."""

from typing import Any

import django_tables2 as tables
from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from users.extend import sources
from users.ground.times import exact_text, when
from users.models import NATIVE, Attribute, Project
from users.registry.attributes import NATIVE_BY_KEY
from users.showing.fixes import AUTOMATIC
from users.showing.links import users_with
from users.showing.marks import source_mark
from users.types.table import TYPES

# What is no code of theirs is said in words.
IN_WORDS = {AUTOMATIC: "Automatic", "dashboard": "By hand"}

# On a phone: a cell without its heading, and a cell that only the attribute's own page shows.
PLAIN = {"td": {"class": "cell--plain"}}
ELSEWHERE = {"td": {"class": "cell--elsewhere"}}


def how_set(attribute: Attribute) -> str:
    """identify, user:email, automatic, dashboard, user:attributes, or the vendor's property."""
    if attribute.source == NATIVE:
        return NATIVE_BY_KEY[attribute.key].how_set
    source = sources.get(attribute.source)
    return source.how_set.format(key=attribute.key) if source else attribute.source


class AttributeTable(tables.Table):
    label = tables.Column(verbose_name="Name", attrs={"td": {"class": "cell--main"}}, empty_values=())
    type = tables.Column(verbose_name="Type", attrs=PLAIN)
    source = tables.Column(verbose_name="Source", attrs=PLAIN)
    how = tables.Column(verbose_name="How it is set", empty_values=(), attrs=ELSEWHERE)
    description = tables.Column(verbose_name="Description", default="", attrs=ELSEWHERE)
    coverage = tables.Column(
        verbose_name="Users", empty_values=(), attrs={"td": {"class": "number"}, "th": {"class": "number"}}
    )
    last_received = tables.Column(verbose_name="Received", empty_values=(), attrs=ELSEWHERE)
    uses = tables.Column(verbose_name="Used by", empty_values=(), attrs=ELSEWHERE)

    class Meta:
        orderable = False

    def __init__(
        self, *args: Any, project: Project, users: int, uses: dict[str, list[tuple[str, str]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.users, self.used = project, users, uses

    def render_label(self, record: Attribute) -> SafeString:
        key = format_html(' <code class="caption muted">{}</code>', record.key) if record.label != record.key else ""
        address = reverse("attribute_edit", args=[self.project.slug, record.pk])
        link = format_html('<a href="{}">{}</a>', address, record.label)
        return format_html('<span class="cut">{}{}{}</span>', self.marks(record), link, key)

    def render_type(self, record: Attribute) -> str:
        return TYPES[record.type].label

    def render_source(self, record: Attribute) -> SafeString:
        return source_mark(record.source)

    def render_how(self, record: Attribute) -> SafeString:
        how = how_set(record)
        if how in IN_WORDS:
            return SafeString(IN_WORDS[how])
        return format_html('<code class="cut">{}</code>', how)

    def render_coverage(self, record: Attribute) -> SafeString:
        if record.coverage is None:
            return SafeString('<span class="muted">not counted</span>')
        percent = 100 * record.coverage / self.users if self.users else 0
        share = f" · {percent:.0f}%" if percent >= 1 else " · under 1%" if percent else ""
        number = format_html('{}<span class="muted">{}</span>', intcomma(record.coverage), share)
        counted = record.coverage_at and f"Counted {exact_text(record.coverage_at)}"
        if not record.coverage:
            return format_html('<span data-tip="{}" tabindex="0">{}</span>', counted, number)
        address = users_with(self.project, record.field, record.type)
        return format_html('<a href="{}" data-tip="{}">{}</a>', address, counted, number)

    def render_description(self, record: Attribute) -> SafeString:
        return format_html('<span class="cut">{}</span>', record.description)

    def render_last_received(self, record: Attribute) -> SafeString:
        if how_set(record) == AUTOMATIC:
            return SafeString('<span class="value--absent" aria-label="kept by itself">—</span>')
        return when(record.last_received)

    def render_uses(self, record: Attribute) -> SafeString:
        links = self.used.get(record.field, [])
        names = ", ".join(name for name, _ in links)
        return (
            format_html('<span class="cut" data-tip="{}">{}</span>', names, uses_html(links))
            if links
            else SafeString("")
        )

    @staticmethod
    def marks(record: Attribute) -> SafeString:
        marks = [("Sensitive", record.sensitive), ("Archived", record.archived), ("Converting", record.converting_id)]
        chips = [format_html('<span class="chip chip--item chip--amber">{}</span> ', text) for text, on in marks if on]
        return SafeString("".join(chips))


def uses_html(links: list[tuple[str, str]]) -> SafeString:
    """Links to what uses something, the first three, then how many more."""
    shown = [format_html('<a href="{}">{}</a>', url, name) for name, url in links[:3]]
    more = f" and {len(links) - 3} more" if len(links) > 3 else ""
    return SafeString(", ".join(shown) + more)


def registry_table(
    rows: list[Attribute], project: Project, users: int, uses: dict[str, list[tuple[str, str]]]
) -> AttributeTable:
    """`users` is the number of users when coverage was counted, 0 if that is not known."""
    return AttributeTable(rows, project=project, users=users, uses=uses)
