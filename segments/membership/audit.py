"""Comparing the stored memberships with what the rules say: what `manage.py check_membership` and the tests run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from segments.counting.audience import audience
from segments.engines.compiled import compiled_now
from segments.membership.sizes import sizes_of
from segments.models import Membership, Segment
from users.models import EndUser, Project


@dataclass(frozen=True, slots=True)
class Finding:
    """`wrong` is a mistake; otherwise time has passed since the clock was last followed, which a pass puts right."""

    segment: Segment
    words: str
    wrong: bool


def findings(project: Project, now: datetime) -> Iterator[Finding]:
    """Segments that are being computed are left out: their pass is not over."""
    known = compiled_now(project)
    everybody = EndUser.objects.filter(project=project)
    sizes = sizes_of(Segment.objects.filter(project=project).values_list("pk", flat=True))
    held = dict(
        Membership.objects.filter(segment__project=project)
        .order_by()
        .values_list("segment_id")
        .annotate(found=Count("pk"))
    )
    for segment in Segment.objects.filter(project=project).exclude(state=Segment.State.COMPUTING):
        stored = Membership.objects.filter(segment=segment)
        if strangers := stored.exclude(user__in=everybody.filter(merged_into=None)).count():
            yield Finding(segment, f"{strangers} members are of another project or merged away", True)
        if sizes.get(segment.pk, 0) != held.get(segment.pk, 0):
            yield Finding(
                segment, f"the size says {sizes.get(segment.pk, 0)}, the members are {held.get(segment.pk, 0)}", True
            )
        ready = known.by_id.get(segment.pk)
        if segment.static or ready is None:
            continue
        mine = set(stored.values_list("user_id", flat=True))
        right = members_at(project, segment, now)
        if mine != right:
            by_clock = ready.by_clock and segment.refreshed_at is not None
            passed = by_clock and explained_by_clock(project, segment, mine ^ right, now)
            yield Finding(
                segment, f"{len(right - mine)} are missing, {len(mine - right)} should not be in it", not passed
            )


def members_at(project: Project, segment: Segment, now: datetime) -> set[int]:
    ready = compiled_now(project).by_id[segment.pk]
    if ready.rule is None:
        return set()
    return set(audience(project, ready.rule, now).rows().order_by().values_list("pk", flat=True))


def explained_by_clock(project: Project, segment: Segment, users: set[int], now: datetime) -> bool:
    """Whether each of these users was decided differently when the clock was last followed."""
    assert segment.refreshed_at is not None
    then, at_present = members_at(project, segment, segment.refreshed_at), members_at(project, segment, now)
    return all((user in then) != (user in at_present) for user in users)
