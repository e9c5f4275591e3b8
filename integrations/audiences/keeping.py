"""Audiences made, paused, resumed, compared by hand and removed, and the one job that works on each."""

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from integrations.connectors.base import Connector
from integrations.models import Audience, Connection
from integrations.syncing.runs import NotNow
from segments.models import DELETING, Segment
from users.ground.text_forms import trimmed
from users.jobs import start_job
from users.models import Account, Job
from users.types.fitting import printable

State = Audience.State
FILL, FOLLOW, COMPARE = "fill", "follow", "compare"
MOST: Final = 50  # audiences of a connection
LONGEST_NAME: Final = 100
DAILY: Final = timedelta(hours=24)
UNDER_WAY: Final = (Job.State.QUEUED, Job.State.RUNNING)


def make_audience(
    connection: Connection, found: Connector, segment: Segment, name: str, now: datetime, by: Account | None = None
) -> Audience:  # fmt: skip
    """The segment is kept at the vendor from now on; the first fill begins. Raises NotNow."""
    wanted = trimmed(printable(name)) or segment.name
    if not found.audiences:
        raise NotNow(f"{found.source.name} takes no audiences.")
    if connection.state != Connection.State.ACTIVE:
        raise NotNow(f"{connection.name} reads nothing yet or any more, so nobody's record is known.")
    if len(wanted) > LONGEST_NAME:
        raise NotNow(f"The name has {LONGEST_NAME} characters at most.")
    if connection.audiences.count() >= MOST:
        raise NotNow(f"A connection has {MOST} audiences at most. Remove one first.")
    if connection.audiences.filter(segment=segment).exists():
        raise NotNow(f"{segment.name} is kept at {connection.name} already.")
    if connection.audiences.filter(name__iexact=wanted).exists():
        raise NotNow(f"{connection.name} has an audience {wanted!r} already. Choose another name.")
    try:
        with transaction.atomic():
            audience = Audience.objects.create(
                connection=connection, segment=segment, name=wanted, followed_to=now, created_by=by, created=now
            )
            start_work(audience, FILL, by)
    except IntegrityError:
        raise NotNow(f"{segment.name} is kept at {connection.name} already.") from None
    return audience


def start_work(audience: Audience, step: str, by: Account | None = None) -> Job | None:
    """None while another job works on it: that one follows who enters and leaves, too."""
    with transaction.atomic():
        current = (
            Audience.objects.select_for_update(of=("self",)).select_related("connection", "job").get(pk=audience.pk)
        )
        if current.job and current.job.state in UNDER_WAY:
            return None
        params = {"audience": audience.pk, "name": audience.name, "step": step}
        job = start_job(current.connection.project, "audience_sync", params, by)
        Audience.objects.filter(pk=audience.pk).update(job=job)
    audience.job = job
    return job


def pause(audience: Audience) -> None:
    running = Audience.objects.filter(pk=audience.pk, state__in=[State.FILLING, State.ACTIVE])
    if not running.update(state=State.PAUSED, waiting_until=None, waiting_for=""):
        raise NotNow(f"{audience.name} cannot be paused: it is {audience.get_state_display().lower()}.")


def resume(audience: Audience, by: Account | None = None) -> None:
    """Also a broken one: it is tried again. What happened meanwhile is followed first."""
    state = State.ACTIVE if audience.filled_at else State.FILLING
    if is_segment_gone(audience):
        raise NotNow(SEGMENT_GONE)
    stopped = Audience.objects.filter(pk=audience.pk, state__in=[State.PAUSED, State.BROKEN])
    if not stopped.update(state=state, error="", error_since=None):
        raise NotNow(f"{audience.name} is kept in sync already.")
    start_work(audience, FOLLOW if audience.filled_at else FILL, by)


def compare_now(audience: Audience, by: Account | None = None) -> None:
    if audience.state != State.ACTIVE:
        raise NotNow(f"{audience.name} is {audience.get_state_display().lower()}: there is nothing to compare.")
    if start_work(audience, COMPARE, by) is None:
        raise NotNow(f"{audience.name} is being worked on. Try again in a minute.")


def remove_audience(audience: Audience) -> None:
    """The vendor's tag or list stays as it is."""
    audience.delete()


SEGMENT_GONE: Final = "The segment was deleted. The vendor keeps who was in it last."


def is_segment_gone(audience: Audience) -> bool:
    return audience.segment is None or audience.segment.state == DELETING


def break_off(audience: Audience, reason: str, now: datetime) -> None:
    """Nothing more is done until a person resumes it."""
    working = Audience.objects.filter(pk=audience.pk, state__in=[State.FILLING, State.ACTIVE])
    working.update(state=State.BROKEN, error=reason, error_since=now, waiting_until=None, waiting_for="")
