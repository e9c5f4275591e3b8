"""How large segments are, now and day by day. Writes append deltas; the worker rolls them up; reading adds both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from segments.models import Segment, SegmentDay, SegmentDelta
from users.ground.time_zones import day_of

MOST_ROLLED: int = 2000


def with_size(segments: QuerySet[Segment]) -> Any:
    """Annotates `size`, exact in one statement."""
    open_deltas = SegmentDelta.objects.filter(segment=OuterRef("pk")).order_by().values("segment")
    total = open_deltas.annotate(total=Sum(F("entered") - F("gone"))).values("total")
    return segments.annotate(size=F("count") + Coalesce(Subquery(total), 0, output_field=BigIntegerField()))


def sizes_of(pks: Iterable[int]) -> dict[int, int]:
    return dict(with_size(Segment.objects.filter(pk__in=list(pks))).values_list("pk", "size"))


def roll_up(now: datetime) -> None:
    """Deltas become a row a day; the segment's count moves by as much, in one transaction."""
    for segment in SegmentDelta.objects.values_list("segment_id", flat=True).order_by().distinct()[:500]:
        roll_up_segment(segment, now)


def roll_up_segment(pk: int, now: datetime) -> None:
    with transaction.atomic():
        # The segment first, so that two workers come one after the other.
        segment = Segment.objects.select_for_update().filter(pk=pk).first()
        deltas = list(SegmentDelta.objects.filter(segment_id=pk).order_by("at", "pk")[:MOST_ROLLED])
        if segment is None or not deltas:
            return
        zone = segment.project.time_zone
        days: dict[date, list[SegmentDelta]] = {}
        for delta in deltas:
            days.setdefault(day_of(delta.at, zone), []).append(delta)
        size = segment.count
        for day, moved in sorted(days.items()):
            entered, gone = sum(item.entered for item in moved), sum(item.gone for item in moved)
            size += entered - gone
            row, _ = SegmentDay.objects.get_or_create(segment_id=pk, day=day)
            SegmentDay.objects.filter(pk=row.pk).update(
                entered=F("entered") + entered, gone=F("gone") + gone, size=size
            )
        SegmentDelta.objects.filter(pk__in=[delta.pk for delta in deltas]).delete()
        Segment.objects.filter(pk=pk).update(count=size, counted_at=now)


@dataclass(frozen=True, slots=True)
class DaySize:
    day: date
    size: int
    entered: int
    gone: int


def history(segment: Segment, now: datetime, days: int = 30) -> list[DaySize]:
    """Size at the end of each day of the project's zone, oldest first, today as it is now; from when it was made."""
    zone = segment.project.time_zone
    today = day_of(now, zone)
    first = max(today - timedelta(days=days - 1), day_of(segment.created, zone))
    found: dict[date, list[int]] = {}
    for day, entered, gone in SegmentDay.objects.filter(segment=segment, day__gte=first).values_list(
        "day", "entered", "gone"
    ):
        found[day] = [entered, gone]
    for delta in SegmentDelta.objects.filter(segment=segment):
        one = found.setdefault(day_of(delta.at, zone), [0, 0])
        one[0] += delta.entered
        one[1] += delta.gone
    size = sizes_of([segment.pk]).get(segment.pk, 0)
    made = []
    for back in range((today - first).days + 1):
        day = today - timedelta(days=back)
        entered, gone = found.get(day, [0, 0])
        made.append(DaySize(day, size, entered, gone))
        size -= entered - gone
    return made[::-1]


def change_since(segments: Iterable[Segment], now: datetime, days: int = 30) -> dict[int, int]:
    """How much each segment of a project grew in so many days; absent where it has not been there that long."""
    segments = list(segments)
    pks = [segment.pk for segment in segments if segment.created <= now - timedelta(days=days)]
    if not pks:
        return {}
    since = day_of(now - timedelta(days=days), segments[0].project.time_zone)
    change = dict.fromkeys(pks, 0)
    for model, moment in ((SegmentDay, {"day__gt": since}), (SegmentDelta, {})):
        rows = model.objects.filter(segment_id__in=pks, **moment).order_by().values("segment_id")  # type: ignore[attr-defined]
        for row in rows.annotate(total=Sum(F("entered") - F("gone"))):
            change[row["segment_id"]] += row["total"]
    return change
