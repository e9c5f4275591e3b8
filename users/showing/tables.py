"""The Users table: one class per kind of cell, columns by choice, rows of one keyset page."""

from collections.abc import Iterator
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from users.finding.search import Needle
from users.models import EndUser, Project, Tag
from users.registry.naming import shown_name
from users.showing.columns import ListColumn
from users.showing.highlight import highlight
from users.showing.marks import avatar_html, source_tiles, tag_chip
from users.showing.values import value_html
from users.types.base import ABSENT
from users.types.table import TYPES

MOST_TAGS = 2


class UserTable(tables.Table):
    """Rows of one page. The library finds for every cell anew what its column is, asks and wants; here it is the same
    for all cells of a column, so that is asked once: the page takes half as long."""

    def body(self) -> Iterator[tuple[str, list[tuple[SafeString, SafeString]]]]:
        """Of each row the user's key and (the opening of the td, its content)."""
        columns = [(opening(column), column.column.render) for column in self.columns]
        for record in self.data:
            yield str(record.pk), [(start, render(record)) for start, render in columns]


def opening(column: Any) -> SafeString:
    label = "" if column.name == "pick" else column.header
    return format_html('<td {} data-label="{}">', column.attrs["td"].as_html(), label)


class PickColumn(tables.Column):
    """The checkbox of a row."""

    def __init__(self, project: Project) -> None:
        super().__init__(empty_values=(), orderable=False, attrs={"td": {"class": "check"}, "th": {"class": "check"}})
        self.project = project

    @property
    def header(self) -> SafeString:
        return SafeString('<input type="checkbox" data-select-all aria-label="Select this page">')

    def render(self, record: EndUser) -> SafeString:
        name = shown_name(record, self.project)
        return format_html('<input type="checkbox" data-select value="{}" aria-label="Select {}">', record.pk, name)


class UserColumn(tables.Column):
    """Initials, name or email, id below, and another id if a search found that."""

    def __init__(self, project: Project, needle: Needle | None, others: dict[int, tuple[str, str]]) -> None:
        attrs = {"td": {"class": "cell--main"}, "th": {"class": "cell--main"}}
        super().__init__(empty_values=(), orderable=False, attrs=attrs)
        self.project, self.needle, self.others = project, needle, others

    def render(self, record: EndUser) -> SafeString:
        ident = record.user_id or record.jimer_id
        kind, other = self.others.get(record.pk, ("", ""))
        note = other and format_html(' <span class="caption muted">{} {}</span>', kind, highlight(other, self.needle))
        return format_html(
            '<div class="user-cell">{}<div class="user-cell__text"><a class="user-cell__name" href="{}" data-open="{}">{}</a>'
            '<span class="user-cell__id">{}{}</span></div></div>',
            avatar_html(record, self.project), reverse("user_profile", args=[self.project.slug, record.pk]), record.pk,
            highlight(shown_name(record, self.project), self.needle), highlight(ident, self.needle), note,
        )  # fmt: skip


class AttributeColumn(tables.Column):
    """Any attribute, looking as it does on the profile."""

    def __init__(self, column: ListColumn, needle: Needle | None = None) -> None:
        right = column.definition is not None and TYPES[column.definition.type].is_aligned_right
        classes = {"class": "number"} if right else {}
        super().__init__(
            verbose_name=column.label, empty_values=(), orderable=False, attrs={"td": classes, "th": classes}
        )
        self.column, self.needle = column, needle

    def render(self, record: EndUser) -> SafeString:
        definition = self.column.definition
        if definition is None:
            return source_tiles(["native", *record.sources][1:])
        if definition.source != "native":
            value = definition.held(record.attributes.get(definition.ref))
            return value_html(value, definition.type, definition.sensitive)
        value = getattr(record, definition.key, None)
        if definition.sensitive:
            return value_html("hidden" if value is not None else None, definition.type, True)
        if definition.key == "email" and value and self.needle:
            return format_html('<span class="value">{}</span>', highlight(value, self.needle))
        return TYPES[definition.type].column_html(value)


class TagsColumn(AttributeColumn):
    """Two tags, on narrow screens one, then how many more."""

    def render(self, record: EndUser) -> SafeString:
        tags = [item.tag for item in sorted(record.user_tags.all(), key=lambda item: (item.added, item.pk))]
        if not tags:
            return ABSENT
        chips = SafeString(" ".join(tag_chip(tag) for tag in tags[:MOST_TAGS]))
        more = self.more(tags, MOST_TAGS, "wide"), self.more(tags, 1, "narrow")
        return format_html('<span class="chips tags">{} {}{}</span>', chips, *more)

    @staticmethod
    def more(tags: list[Tag], shown: int, where: str) -> SafeString:
        rest = tags[shown:]
        names = ", ".join(tag.name for tag in rest)
        count = '<span class="count tags__more tags__more--{}" data-tip="{}" tabindex="0">+{}</span>'
        return format_html(count, where, names, len(rest)) if rest else SafeString("")


def user_table(
    rows: list[EndUser], columns: list[ListColumn], *, project: Project, needle: Needle | None, others: dict[int, tuple[str, str]],
    can_pick: bool, sort: str,
) -> tables.Table:  # fmt: skip
    """A table of one page. It sorts and counts nothing: the page did."""
    extra: list[tuple[str, Any]] = [("pick", PickColumn(project))] if can_pick else []
    extra.append(("user", UserColumn(project, needle, others)))
    for number, column in enumerate(columns):
        kind = TagsColumn if column.field == "native.tags" else AttributeColumn
        extra.append((f"c{number}", kind(column, needle)))
    heads = {f"c{number}": (column.sort, column.label) for number, column in enumerate(columns)} | {
        "user": ("name", "User")
    }
    table = UserTable(rows, extra_columns=extra, template_name="users/list/table.html", orderable=False)
    table.heads = {name: {"sort": by, "label": label, "next": next_sort(by, sort), "state": state_of(by, sort)}
                   for name, (by, label) in heads.items() if by}  # fmt: skip
    return table


def next_sort(by: str, sort: str) -> str:
    """Clicking a header: names A-Z first, all else the largest first; again turns it around."""
    first = by if by in ("name", "email", "language", "user_id") else f"-{by}"
    other = f"-{by}" if first == by else by
    return other if sort == first else first


def state_of(by: str, sort: str) -> str:
    return {by: "ascending", f"-{by}": "descending"}.get(sort, "")
