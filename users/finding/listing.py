"""Pages of a long list by key, not by number: any page costs what the first costs.

A sort is a column with an index (project, column, id), or a value in a document, for which all that match are read: ask
for a `read_page_patiently` then. Rows with a value come first, in either direction, then those without, by id. A cursor
holds where a page ended: {"v": value or null, "i": id, "b": backwards}.
"""

import base64
import binascii
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db.models import Case, IntegerField, Q, QuerySet, When
from django.db.models.fields.json import KeyTransform

from users.database.limits import TookTooLong, time_limit
from users.database.value_json import read_json
from users.ground.parameters import LARGEST, moment
from users.models import EndUser

# address -> column
SORTS: Final = {
    "last_activity": "last_activity",
    "first_seen": "first_seen",
    "created": "created",
    "sessions": "sessions",
    "name": "name_folded",
    "email": "email_folded",
    "language": "language_folded",
    "user_id": "user_id_folded",
}
NEVER_EMPTY: Final = ("created", "sessions")
DEFAULT_SORT: Final = "-last_activity"
COUNT_EXACT: Final = 10_000
IN_ORDER: Final = 0.02  # seconds to find a page along the index of its order
FEW: Final = 20_000  # users that are sorted after they were found


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[EndUser]
    next: str
    previous: str


IN_DOCUMENT: Final = "sort_value"  # how rows call what they are sorted by where that is in a document


@dataclass(frozen=True, slots=True)
class Order:
    """`document` and `ref` say where the value of an attribute that has no column is; `is_truth`, that it is true or
    false, which the databases compare each in its own way: here as 1 and 0."""

    column: str
    descending: bool
    document: str = ""
    ref: str = ""
    is_truth: bool = False

    def reversed(self) -> "Order":
        return replace(self, descending=not self.descending)

    def value_of(self, row: EndUser) -> Any:
        if not self.document:
            return getattr(row, self.column)
        value = getattr(row, self.document).get(self.ref)
        if self.is_truth:
            return int(value) if isinstance(value, bool) else None
        return value

    def applied(self, rows: QuerySet[EndUser]) -> QuerySet[EndUser]:
        if not self.document:
            return rows
        read: Any = KeyTransform(self.ref, self.document)
        if self.is_truth:
            held = f"{self.document}__{self.ref}"
            each = [When(**{held: truth}, then=number) for number, truth in enumerate((False, True))]
            read = Case(*each, output_field=IntegerField())
        return rows.annotate(**{IN_DOCUMENT: read})


def order_of(sort: str) -> Order:
    """The order that an address asks for, else the newest activity first."""
    name = sort.removeprefix("-")
    if name not in SORTS:
        return Order("last_activity", True)
    return Order(SORTS[name], sort.startswith("-"))


def order_in_document(ref: str, *, folded: bool, descending: bool, is_truth: bool) -> Order:
    """By the attribute with this ref; by its case-folded copy, if it has one."""
    return Order(IN_DOCUMENT, descending, "folded" if folded else "attributes", ref, is_truth)


def encode_cursor(row: EndUser, order: Order, backwards: bool) -> str:
    value = order.value_of(row)
    if isinstance(value, datetime):
        value = value.isoformat()
    raw = json.dumps({"v": value, "i": row.pk, "b": backwards}, separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(text: str, order: Order) -> tuple[Any, int, bool] | None:
    """(value, id, backwards), or None for no cursor or one that was tampered with: then the first page."""
    try:
        raw = read_json(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
        value, pk, backwards = raw["v"], int(raw["i"]), bool(raw["b"])
        if value is None and order.column in NEVER_EMPTY:
            return None
        if value is not None and order.column in ("last_activity", "first_seen", "created"):
            value = moment(value)
            if value is None:
                return None
        elif value is not None and order.column == "sessions":
            value = int(value)
        elif value is not None and not isinstance(value, str | int | float if order.document else str):
            return None
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None
    return (value, pk, backwards) if 0 < pk <= LARGEST else None


def read_page(queryset: QuerySet[EndUser], sort: str | Order, cursor: str, size: int) -> Page:
    """One page of the queryset in this order, and the cursors around it."""
    order = order_of(sort) if isinstance(sort, str) else sort
    queryset = order.applied(queryset)
    position = decode_cursor(cursor, order) if cursor else None
    backwards = position is not None and position[2]
    rows = take_rows(queryset, order, position, size + 1, backwards)
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (more or backwards)
    has_previous = bool(rows) and (position is not None if not backwards else more)
    return Page(
        rows,
        encode_cursor(rows[-1], order, False) if has_next else "",
        encode_cursor(rows[0], order, True) if has_previous else "",
    )


def read_page_patiently(queryset: QuerySet[EndUser], sort: str | Order, cursor: str, size: int, seconds: float) -> Page:
    """A page of a queryset that may match many or almost nobody, within `seconds`. Raises TookTooLong.

    Along the index of the order a page is found at once where many match. Where that takes more than a moment,
    the few that match are found first, in any order, and sorted then.
    """
    try:
        with time_limit(min(IN_ORDER, seconds)):
            return read_page(queryset, sort, cursor, size)
    except TookTooLong:
        pass
    with time_limit(seconds):
        few = list(queryset.order_by().prefetch_related(None).values_list("pk", flat=True)[: FEW + 1])
        if len(few) > FEW:
            return read_page(queryset, sort, cursor, size)
        among = EndUser.objects.filter(pk__in=few)
        prefetch = queryset._prefetch_related_lookups  # type: ignore[attr-defined]
        return read_page(among.prefetch_related(*prefetch), sort, cursor, size)


def take_rows(
    queryset: QuerySet[EndUser], order: Order, position: tuple[Any, int, bool] | None, count: int, backwards: bool
) -> list[EndUser]:
    """The next rows after a position: two ranges of one index, with values and without, in the order's sequence."""
    walk = order.reversed() if backwards else order
    parts = ["filled"] if order.column in NEVER_EMPTY else ["filled", "empty"]
    if backwards:
        parts.reverse()
    if position is not None:
        at = "empty" if position[0] is None else "filled"
        parts = parts[parts.index(at) :] if at in parts else parts
    rows: list[EndUser] = []
    for number, part in enumerate(parts):
        start = position if position is not None and number == 0 else None
        rows += list(range_of(queryset, walk, part, start)[: count - len(rows)])
        if len(rows) >= count:
            break
    return rows


def range_of(
    queryset: QuerySet[EndUser], walk: Order, part: str, start: tuple[Any, int, bool] | None
) -> QuerySet[EndUser]:
    sign, after = ("-", "lt") if walk.descending else ("", "gt")
    if part == "empty":
        rows = queryset.filter(**{f"{walk.column}__isnull": True})
        if start:
            rows = rows.filter(**{f"id__{after}": start[1]})
        return rows.order_by(f"{sign}id")
    rows = queryset.filter(**{f"{walk.column}__isnull": False})
    if start:
        value, pk, _ = start
        # The first filter is implied by the second; without it the index would be read from its end.
        rows = rows.filter(**{f"{walk.column}__{after}e": value})
        rows = rows.filter(Q(**{f"{walk.column}__{after}": value}) | Q(**{walk.column: value, f"id__{after}": pk}))
    return rows.order_by(f"{sign}{walk.column}", f"{sign}id")


def bounded_count(queryset: QuerySet[EndUser]) -> int:
    """The number of rows, or COUNT_EXACT + 1 for any more: never a count over a large table."""
    return queryset.order_by()[: COUNT_EXACT + 1].count()
