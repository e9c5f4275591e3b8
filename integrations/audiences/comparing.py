"""The first fill, and the comparison of what the vendor has with what it should have.

A comparison goes in three steps: MIRROR notes who is in the vendor's tag or list, MEND puts back who is missing there
and takes out whom somebody else put in, FILL meets all members as the first fill does, for what was missed here.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from integrations.audiences.changing import Changer, Stopped
from integrations.audiences.keeping import DAILY, State
from integrations.models import Audience, PlacedRecord
from users.models import Job

MIRROR, MEND, FILL = "mirror", "mend", "fill"
DELAY: Final = timedelta(minutes=10)  # a vendor may tell only then of a record that was put in
SLICE: Final = 500


def fill(changer: Changer, after: int) -> tuple[int, int] | None:
    """Some members behind that user: the last of them and how many; None if there is none."""
    size = changer.found.audience_batch
    rows = changer.belonging.members().filter(user__gt=after).order_by("user")
    users = list(rows.values_list("user_id", flat=True)[:size])
    if not users:
        return None
    changer.decide(changer.belonging.records_of(users))
    return users[-1], len(users)


def fill_first(changer: Changer, job: Job, now: datetime) -> bool:
    """Whether the first fill is done. Another job goes on where this one was."""
    audience = changer.audience
    met = fill(changer, audience.fill_after)
    if met is not None:
        audience.fill_after, audience.filled = met[0], audience.filled + met[1]
        Audience.objects.filter(pk=audience.pk).update(fill_after=audience.fill_after, filled=audience.filled)
        job.progress = audience.filled
        return False
    mine = Audience.objects.filter(pk=audience.pk, state=State.FILLING)
    mine.update(state=State.ACTIVE, filled_at=now, next_comparison=now + DAILY)
    return True


def compare(changer: Changer, job: Job, place: dict[str, Any], now: datetime) -> bool:
    """Some of the comparison; whether all is done. `place` is where it goes on, as JSON, {} at the beginning."""
    if not place:
        place.update(step=MIRROR, at={}, added=0, removed=0)
        Audience.objects.filter(pk=changer.audience.pk).update(failed=0, failed_reason="")
    before = changer.added, changer.removed
    if place["step"] == MIRROR:
        mirror(changer, job, place)
    elif place["step"] == MEND:
        mend(changer, job, place)
    else:
        met = fill(changer, place["at"])
        place["step"], place["at"] = (FILL, met[0]) if met else ("", 0)
    place["added"] += changer.added - before[0]
    place["removed"] += changer.removed - before[1]
    if place["step"]:
        return False
    Audience.objects.filter(pk=changer.audience.pk).update(
        compared=now, next_comparison=now + DAILY, drift_added=place["added"], drift_removed=place["removed"]
    )
    job.result.update(added=place["added"], removed=place["removed"])
    return True


def mirror(changer: Changer, job: Job, place: dict[str, Any]) -> None:
    """Note a page of those who are in there, whoever put them in."""
    audience = changer.audience
    ids, following = changer.found.audience_members(changer.link, audience.vendor_id, place["at"])
    with transaction.atomic():
        if not Audience.objects.select_for_update().filter(pk=audience.pk).exists():
            raise Stopped
        audience.placed.filter(record__in=ids).update(seen=job.pk)
        PlacedRecord.objects.bulk_create(
            [PlacedRecord(audience=audience, record=one[:200], at=changer.now, seen=job.pk) for one in ids],
            ignore_conflicts=True,
        )
    job.progress += len(ids)
    place["step"], place["at"] = (MIRROR, following) if following else (MEND, 0)


def mend(changer: Changer, job: Job, place: dict[str, Any]) -> None:
    audience = changer.audience
    rows = list(audience.placed.filter(pk__gt=place["at"]).order_by("pk")[: changer.found.audience_batch])
    wanted = changer.belonging.wanted([row.record for row in rows])
    missing = [row for row in rows if row.seen != job.pk and row.at < job.created - DELAY]
    lost = [row.pk for row in missing if row.record not in wanted]
    audience.placed.filter(pk__in=lost).delete()
    changer.change(
        [row.record for row in missing if row.record in wanted],
        [row.record for row in rows if row.record not in wanted and row.pk not in lost],
        mark=job.pk,
    )
    place["step"], place["at"] = (MEND, rows[-1].pk) if rows else (FILL, 0)


def recount(changer: Changer, is_whole: bool) -> None:
    """`there` and `absent` as they are. Of many members only after a fill and a comparison: it takes its time."""
    audience = changer.audience
    if is_whole or audience.filled <= 50_000:
        counts = {"there": audience.placed.count(), "absent": changer.belonging.absent()}
        Audience.objects.filter(pk=audience.pk).update(**counts)
