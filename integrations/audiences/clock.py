"""What the worker looks at by the clock: audiences where somebody entered or left, and those to compare."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from integrations.audiences.following import has_moves
from integrations.audiences.keeping import (
    COMPARE,
    FILL,
    FOLLOW,
    UNDER_WAY,
    State,
    break_off,
    is_segment_gone,
    start_work,
)
from integrations.models import Audience, Connection
from users.models import Job

EVERY: Final = timedelta(seconds=15)


def start_due_audiences(now: datetime) -> None:
    going = Q(state__in=[State.FILLING, State.ACTIVE], connection__state=Connection.State.ACTIVE)
    rows = Audience.objects.filter(going, connection__project__deleting_since=None)
    for audience in rows.select_related("connection__project", "segment", "job"):
        if audience.job and audience.job.state in UNDER_WAY:
            continue
        if audience.job and audience.job.state == Job.State.FAILED:
            break_off(audience, f"Its job failed: {audience.job.error}", now)
        elif step := due_step(audience, now):
            start_work(audience, step)


def due_step(audience: Audience, now: datetime) -> str:
    if audience.state == State.FILLING:
        return FILL
    if audience.next_comparison and audience.next_comparison <= now:
        return COMPARE
    return FOLLOW if is_segment_gone(audience) or has_moves(audience) else ""
