"""The Users table: one class per kind of cell, columns by choice, rows of one keyset page."""

from collections import Counter, defaultdict
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.safestring import SafeString

from users.finding.search import Needle
from users.ground.markup import escaped, markup
from users.models import CUSTOM, NATIVE, EndUser, Project, Tag, UserTag
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
    for all cells of a column, so that is asked once: the page takes half as long. Nor is there a template of a row:
    its eight hundred small parts took as long as what they hold."""

    def body(self) -> SafeString:
        """Each row as a tr."""
        columns = [(opening(column), column.column.render) for column in self.columns]
        rows = []
        for record in self.data:
            cells = "".join([f"{start}{escaped(render(record))}</td>" for start, render in columns])
            rows.append(f'<tr data-row="{record.pk}">{cells}</tr>')
        return SafeString("".join(rows))


def opening(column: Any) -> SafeString:
    label = "" if column.name == "pick" else column.header
    return markup('<td {} data-label="{}">', column.attrs["td"].as_html(), label)


class PickColumn(tables.Column):
    """The checkbox of a row."""

    def __init__(self, names: dict[int, str]) -> None:
        super().__init__(empty_values=(), orderable=False, attrs={"td": {"class": "check"}, "th": {"class": "check"}})
        self.names = names

    @property
    def header(self) -> SafeString:
        return SafeString('<input type="checkbox" data-select-all aria-label="Select this page">')

    def render(self, record: EndUser) -> SafeString:
        form = '<input type="checkbox" data-select value="{}" aria-label="Select {}">'
        return markup(form, record.pk, self.names[record.pk])


class UserColumn(tables.Column):
    """Initials, name or email, id below, and another id if a search found that."""

    def __init__(
        self, project: Project, names: dict[int, str], needle: Needle | None, others: dict[int, tuple[str, str]]
    ) -> None:
        attrs = {"td": {"class": "cell--main"}, "th": {"class": "cell--main"}}
        super().__init__(empty_values=(), orderable=False, attrs=attrs)
        self.project, self.names, self.needle, self.others = project, names, needle, others
        self.address = reverse("user_profile", args=[project.slug, 0]).rpartition("0")

    def render(self, record: EndUser) -> SafeString:
        ident, (before, _, after) = record.user_id or record.jimer_id, self.address
        kind, other = self.others.get(record.pk, ("", ""))
        note = other and markup(' <span class="caption muted">{} {}</span>', kind, highlight(other, self.needle))
        return markup(
            '<div class="user-cell">{}<div class="user-cell__text"><a class="user-cell__name" href="{}" data-open="{}">{}</a>'
            '<span class="user-cell__id">{}{}</span></div></div>',
            avatar_html(record, self.project), f"{before}{record.pk}{after}", record.pk,
            highlight(self.names[record.pk], self.needle), highlight(ident, self.needle), note,
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
            return markup('<span class="value">{}</span>', highlight(value, self.needle))
        return TYPES[definition.type].column_html(value)


class TagsColumn(AttributeColumn):
    """Two tags, on narrow screens one, then how many more."""

    def __init__(self, column: ListColumn, rows: list[EndUser]) -> None:
        super().__init__(column)
        self.tags = tags_of(rows)

    def render(self, record: EndUser) -> SafeString:
        tags = self.tags.get(record.pk)
        if not tags:
            return ABSENT
        chips = SafeString(" ".join(tag_chip(tag) for tag in tags[:MOST_TAGS]))
        more = self.more(tags, MOST_TAGS, "wide"), self.more(tags, 1, "narrow")
        return markup('<span class="chips tags">{} {}{}</span>', chips, *more)

    @staticmethod
    def more(tags: list[Tag], shown: int, where: str) -> SafeString:
        rest = tags[shown:]
        names = ", ".join(tag.name for tag in rest)
        count = '<span class="count tags__more tags__more--{}" data-tip="{}" tabindex="0">+{}</span>'
        return markup(count, where, names, len(rest)) if rest else SafeString("")


def tags_of(rows: list[EndUser]) -> dict[int, list[Tag]]:
    """Their tags by user, in the order in which they were added. One query, which makes nothing of a user without."""
    found: dict[int, list[Tag]] = defaultdict(list)
    of_rows = UserTag.objects.filter(user__in=[record.pk for record in rows]) if rows else UserTag.objects.none()
    for item in of_rows.select_related("tag").order_by("added", "pk"):
        found[item.user_id].append(item.tag)
    return found


def user_table(
    rows: list[EndUser], columns: list[ListColumn], *, project: Project, needle: Needle | None, others: dict[int, tuple[str, str]],
    can_pick: bool, sort: str,
) -> tables.Table:  # fmt: skip
    """A table of one page. It sorts and counts nothing: the page did."""
    names = {record.pk: shown_name(record, project) for record in rows}
    extra: list[tuple[str, Any]] = [("pick", PickColumn(names))] if can_pick else []
    extra.append(("user", UserColumn(project, names, needle, others)))
    for number, column in enumerate(columns):
        is_tags = column.field == "native.tags"
        extra.append((f"c{number}", TagsColumn(column, rows) if is_tags else AttributeColumn(column, needle)))
    table = UserTable(rows, extra_columns=extra, template_name="users/list/table.html", orderable=False)
    table.heads = heads_of(columns, sort)
    return table


def heads_of(columns: list[ListColumn], sort: str) -> dict[str, dict[str, Any]]:
    """What each header says and where it leads, by the name of its column. An attribute that a vendor brought, or that
    shares its name with another column, has the mark of its source."""
    names = Counter(column.label for column in columns)
    heads: dict[str, dict[str, Any]] = {"user": {"label": "User", "marks": [], **orders("name", True, sort)}}
    for number, column in enumerate(columns):
        source = column.definition.source if column.definition else NATIVE
        is_marked = source not in (NATIVE, CUSTOM) or (column.definition is not None and names[column.label] > 1)
        heads[f"c{number}"] = {
            "label": column.label,
            "marks": [source] if is_marked else [],
            **(orders(column.sort, column.is_text, sort) if column.sort else {}),
        }
    return heads


def orders(by: str, ascends: bool, sort: str) -> dict[str, str]:
    """Pressing a header: texts A-Z first, all else the largest first; again turns it around."""
    first, other = (by, f"-{by}") if ascends else (f"-{by}", by)
    return {"sort": by, "next": other if sort == first else first, "state": state_of(by, sort)}


def state_of(by: str, sort: str) -> str:
    return {by: "ascending", f"-{by}": "descending"}.get(sort, "")
