"""The values that users really have, commonest first: what the builder offers.

Counted live where that is quick. Where there are too many users for that, the worker counts once an hour and the
builder says when that was.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, F

from segments.language.fields import TEXT_COLUMNS
from segments.language.reads import present_in_document
from segments.types.table import TYPES
from users.database.limits import TookTooLong, time_limit
from users.finding.figures import figure, save_figure
from users.ground.text_forms import same_look
from users.models import NATIVE, Project, Tag
from users.models.end_user import all_users
from users.registry.attributes import Definition, registry_of
from users.registry.item_types import commonest, item_types
from users.types.in_sql import Extract
from users.types.number import JSON_NUMBER, Number
from users.types.table import compact

SHOWN: Final = 20
KEPT: Final = 200
MOST_DISTINCT: Final = 20_000
QUICK: Final = 0.4  # seconds for a live count
LARGE: Final = 50_000  # users above which the worker counts
EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Values:
    values: list[dict[str, Any]]  # {"value", "count"}
    at: datetime | None = None  # when they were counted, if not just now
    types: list[str] | None = None  # of a list: those of its items, commonest first


def common_values(project: Project, definition: Definition, text: str) -> Values:
    """Values that contain `text`, commonest first. Sensitive ones are never offered."""
    kind = TYPES[definition.type]
    types = item_types(project, definition) if kind.kind.has_items else None
    if definition.sensitive or not kind.is_offered:
        return Values([], types=types)
    needle = text.replace("\x00", "").casefold()[:100]
    if definition.key == "tags" and definition.source == NATIVE:
        return Values(of_tags(project, needle), types=types)
    try:
        with time_limit(QUICK):
            return Values(live(project, definition, needle), types=types)
    except TookTooLong:
        kept = figure(project, name_of(definition))
        if kept is None:
            return Values([], types=types)
        found = [item for item in kept.value if matches(item["value"], needle)]
        types = types or (commonest(item["value"] for item in kept.value) if types is not None else None)
        return Values(exact_first(found, needle)[:SHOWN], kept.computed_at, types)


def name_of(definition: Definition) -> str:
    return f"values:{definition.ref}"


def is_called(value: Any, needle: str) -> bool:
    """Whether this is how one types the value: 1.50 and 15e-1 are 1.5."""
    if Number.holds(value) and JSON_NUMBER.fullmatch(needle):
        return float(needle) == value
    return str(value).casefold() == needle


def matches(value: Any, needle: str) -> bool:
    return needle in str(value).casefold() or is_called(value, needle)


def exact_first(values: list[dict[str, Any]], needle: str) -> list[dict[str, Any]]:
    """1, "1" and true differ, so those that are called what was typed are all here, however many others there are."""
    return sorted(values, key=lambda item: not is_called(item["value"], needle))


def of_tags(project: Project, needle: str) -> list[dict[str, Any]]:
    tags = Tag.objects.filter(project=project, folded__contains=same_look(needle)).order_by(
        F("user_count").desc(nulls_last=True), "folded"
    )
    return [{"value": tag.name, "count": tag.user_count} for tag in tags[:SHOWN]]


def live(project: Project, definition: Definition, needle: str) -> list[dict[str, Any]]:
    rows = all_users(project).order_by()
    if definition.source == NATIVE:
        if definition.key not in (*TEXT_COLUMNS, "sessions"):
            return []
        if needle and definition.key in TEXT_COLUMNS:
            rows = rows.filter(**{f"{definition.key}_folded__contains": needle})
        counted = (
            rows.filter(**{f"{definition.key}__isnull": False})
            .values(item=F(definition.key))
            .annotate(found=Count("pk"))
        )
        return [{"value": row["item"], "count": row["found"]} for row in counted.order_by("-found", "item")[:SHOWN]]
    ref, kind = definition.ref, TYPES[definition.type]
    rows = rows.filter(present_in_document(ref))
    if kind.kind.has_items:
        return of_lists(rows, ref, needle)
    if needle:
        rows = kind.narrowed(rows, ref, needle)
    found = rows.values(item=Extract(ref)).annotate(found=Count("pk")).order_by("-found", "item")
    matching = [row for row in found[: KEPT if needle else SHOWN] if matches(row["item"], needle)]
    values = [{"value": row["item"], "count": row["found"]} for row in matching]
    return exact_first(values, needle)[:SHOWN]


def of_lists(rows: Any, ref: str, needle: str) -> list[dict[str, Any]]:
    counts: Counter[str] = Counter()
    for items in rows.values_list(Extract(ref), flat=True)[:MOST_DISTINCT]:
        counts.update(compact(item) for item in items if matches(item, needle))
    return exact_first(as_values(counts), needle)[:SHOWN]


def as_values(counts: Counter[str]) -> list[dict[str, Any]]:
    return [{"value": json.loads(text), "count": number} for text, number in counts.most_common(KEPT)]


def count_values(now: datetime) -> None:
    """Duty of the worker: the commonest values of large projects."""
    for project in Project.objects.filter(deleting_since=None):
        kept = figure(project, "values")
        if (kept is None or kept.computed_at < now - EVERY) and all_users(project).order_by("pk")[LARGE:].exists():
            count_project(project, now)


def count_project(project: Project, now: datetime) -> None:
    """One pass over the users in chunks, without a lock."""
    offered = (item for item in registry_of(project).all() if not item.sensitive and TYPES[item.type].is_offered)
    by_ref = {item.ref: item for item in offered}
    counts: dict[str, Counter[str]] = {}
    last = 0
    columns = [key for key in TEXT_COLUMNS if key in by_ref]
    while True:
        rows = list(
            all_users(project).filter(pk__gt=last).order_by("pk").values_list("pk", "attributes", *columns)[:5000]
        )
        for _, attributes, *natives in rows:
            for ref, value in [*attributes.items(), *zip(columns, natives, strict=True)]:
                if value is not None and ref in by_ref:
                    counted = counts.setdefault(ref, Counter())
                    for item in value if isinstance(value, list) else [value]:
                        text = compact(item)
                        if text in counted or len(counted) < MOST_DISTINCT:
                            counted[text] += 1
        if len(rows) < 5000:
            break
        last = rows[-1][0]
    for ref, counted in counts.items():
        save_figure(project, f"values:{ref}", as_values(counted), now)
    save_figure(project, "values", sum(map(len, counts.values())), now)
