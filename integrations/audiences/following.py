"""People who entered and left the segment, and records whose user is another one now."""

from datetime import datetime, timedelta
from typing import Any, Final

from integrations.audiences.changing import Changer
from integrations.models import Audience
from segments.models import MembershipMove
from users.types.timestamps import from_ms

# A write says when it began, and is seen when it is committed: so long before the last look is looked at again.
OVERLAP: Final = timedelta(seconds=60)
EVERY: Final = timedelta(seconds=10)  # between two looks of a job that does something else as well


def moves_since(audience: Audience, since: datetime) -> Any:
    return MembershipMove.objects.filter(segment=audience.segment_id, at__gte=since)


def has_moves(audience: Audience) -> bool:
    """Whether there is something to follow; also what was followed within the OVERLAP before the last look."""
    return audience.touched.exists() or moves_since(audience, audience.followed_to - OVERLAP).exists()


def is_due(audience: Audience, now: datetime) -> bool:
    return now - audience.followed_to >= EVERY


def follow(changer: Changer, place: dict[str, Any], now: datetime) -> bool:
    """Some of them; whether that was all. `place` is where the look goes on, as JSON, and {} before one and after."""
    audience = changer.audience
    if not follow_touched(changer):
        return False
    if not place:
        place["to"] = as_ms(now)
    rows = moves_since(audience, audience.followed_to - OVERLAP).order_by("at", "pk")
    if "at" in place:
        rows = rows.filter(at__gte=exact(place["at"])).exclude(at=exact(place["at"]), pk__lte=place["pk"])
    some = list(rows.values_list("at", "pk", "user_id")[: changer.found.audience_batch])
    changer.decide(changer.belonging.records_of({user for _, _, user in some}))
    if len(some) == changer.found.audience_batch:
        place.update(at=some[-1][0].isoformat(), pk=some[-1][1])
        return False
    audience.followed_to = from_ms(place["to"])
    Audience.objects.filter(pk=audience.pk).update(followed_to=audience.followed_to)
    place.clear()
    return True


def follow_touched(changer: Changer) -> bool:
    """Whether none is left."""
    size = changer.found.audience_batch
    rows = list(changer.audience.touched.order_by("pk").values_list("pk", "record")[:size])
    if rows:
        changer.decide({record for _, record in rows})
        changer.audience.touched.filter(pk__in=[pk for pk, _ in rows]).delete()
    return len(rows) < size


def as_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def exact(text: str) -> datetime:
    return datetime.fromisoformat(text)
