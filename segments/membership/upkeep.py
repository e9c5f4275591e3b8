"""Keeping segments right when something other than a user or a rule changes, and as time passes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from segments.engines.compiled import uncommitted
from segments.language.raw_rules import fields_in, named_in, shortest_period
from segments.membership.passes import begin_pass
from segments.models import Cause, Segment
from users.database.contention import beside_the_call
from users.models import Job, Project

FRESH: Final = timedelta(minutes=5)  # how old a segment that goes by the clock may be before it is computed again
FRESHEST: Final = timedelta(seconds=15)  # one of a minute; a shorter time would be all passes
OF_OTHERS: Final = timedelta(minutes=1)  # one whose rule names other segments, which may be short
SHARE: Final = 4  # of the shortest period of its rule


def definitions_changed(
    sender: Any, project: Project, refs: Iterable[str] | None, created: frozenset[str] = frozenset(), **kwargs: Any
) -> None:
    """Receiver of users.signals.definitions_changed, in its transaction: compute what reads these attributes again.

    Broken segments too, which may be whole again. `refs` None means that all may have changed (the time zone).
    New attributes have no refs yet that a rule could read: they can only make broken segments whole.
    """
    unsure = [Segment.State.BROKEN]
    if created:
        unsure.append(Segment.State.COMPUTING)  # broken perhaps when its pass began
        rules = Segment.objects.filter(project=project, state__in=unsure).values_list("rule", flat=True)
        if all(fields_in(rule).isdisjoint(created) for rule in rules):
            return
    changed = None if refs is None else set(refs)
    was_broken = set(Segment.objects.filter(project=project, state__in=unsure).values_list("pk", flat=True))
    affected = [
        item.id for item in uncommitted(project).dynamic
        if changed is None or item.refs & changed or item.broken or item.id in was_broken
    ]  # fmt: skip
    if affected:
        with transaction.atomic():
            Segment.objects.filter(pk__in=affected).update(state=Segment.State.COMPUTING)
            begin_pass(project, affected, Cause.CHANGE)


def follow_clocks(now: datetime) -> None:
    """Every project whose segments go by the clock, unless a pass for it waits or runs already."""
    old = Segment.objects.filter(by_clock=True, refreshed_at__lt=now - FRESHEST, project__deleting_since=None)
    due = {
        segment.project_id
        for segment in old.only("project", "rule", "by_clock", "refreshed_at")
        if is_stale(segment, now)
    }
    for project in Project.objects.filter(pk__in=due):
        follow_clock(project, now)


def follow_clock(project: Project, now: datetime) -> None:
    old = Segment.objects.filter(project=project, by_clock=True, refreshed_at__lt=now - FRESHEST).order_by("pk")
    segments = [segment.pk for segment in old if is_stale(segment, now)]
    waiting = Job.objects.filter(
        project=project, kind="compute_segments", state__in=["queued", "running"], params__cause=Cause.CLOCK
    )
    if segments and not waiting.exists():
        with beside_the_call():  # who reads a page asks for this too, and is served without
            begin_pass(project, segments, Cause.CLOCK)


def is_stale(segment: Segment, now: datetime) -> bool:
    return segment.by_clock and (segment.refreshed_at is None or segment.refreshed_at < now - fresh_for(segment.rule))


def fresh_for(rule: Any) -> timedelta:
    """How old its members may be: a short period asks for a short time."""
    shortest = shortest_period(rule)
    own = FRESH if shortest is None else timedelta(seconds=min(shortest / SHARE, FRESH.total_seconds()))
    return max(min(own, OF_OTHERS) if named_in(rule) else own, FRESHEST)
