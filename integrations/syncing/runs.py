"""Runs of a connection and their states: started, cancelled, ended, started again by the clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction

from integrations.models import Connection, SyncRun
from users.jobs import start_job
from users.models import Account, Job

State, Step, Trigger = SyncRun.State, SyncRun.Step, SyncRun.Trigger
UNDER_WAY: Final = (State.WAITING, State.RUNNING)
BEING_READ: Final = "{name} is being read already. Wait for that run to end, or cancel it."
KEPT: Final = timedelta(days=30)


class NotNow(ValueError):
    """What was asked for does not go with the state of the connection or the run, in words."""


def start_run(
    connection: Connection, trigger: str, now: datetime, *, full: bool = False, by: Account | None = None,
    only: Sequence[tuple[str, str]] = (),
) -> SyncRun:  # fmt: skip
    """Begin to read. `only` reads just these records (object, id) again. Raises NotNow, also while another run is on."""
    if connection.state == Connection.State.DRAFT:
        raise NotNow(f"{connection.name} has no properties mapped yet. Choose what to read first.")
    if connection.state == Connection.State.LEAVING:
        raise NotNow(f"{connection.name} is being disconnected.")
    if connection.state == Connection.State.PAUSED:
        raise NotNow(f"{connection.name} is paused. Resume it first.")
    if connection.state == Connection.State.BROKEN and trigger == Trigger.SCHEDULE:
        raise NotNow(f"{connection.name} is broken: {connection.error}")
    current = current_run(connection)
    if current is not None and as_it_is(current, now).state in UNDER_WAY:
        raise NotNow(BEING_READ.format(name=connection.name))
    first = connection.cursor is None and not only
    fields: dict[str, Any] = {"step": Step.READ, "since": None if full else connection.cursor, "full": full or first}
    if only:
        fields = {"step": Step.AGAIN, "position": {"ids": [list(pair) for pair in only]}}
    try:
        with transaction.atomic():
            run = SyncRun.objects.create(connection=connection, trigger=trigger, created_by=by, created=now, **fields)
            params = {"run": run.pk, "name": connection.name}
            run.job = start_job(connection.project, "sync_run", params, by)
            SyncRun.objects.filter(pk=run.pk).update(job=run.job)
            Connection.objects.filter(pk=connection.pk).update(next_run=next_run_of(connection, now))
    except IntegrityError:
        raise NotNow(BEING_READ.format(name=connection.name)) from None
    return run


def next_run_of(connection: Connection, now: datetime) -> datetime | None:
    return now + timedelta(minutes=connection.schedule) if connection.schedule else None


def current_run(connection: Connection) -> SyncRun | None:
    return SyncRun.objects.filter(connection=connection, state__in=UNDER_WAY).select_related("job").first()


def cancel_run(run: SyncRun, now: datetime) -> None:
    """What was written stays; the next run begins where this one did. Raises NotNow for one that ended."""
    with transaction.atomic():
        fields = {"state": State.CANCELLED, "finished": now, "waiting_until": None}
        if not SyncRun.objects.filter(pk=run.pk, state__in=UNDER_WAY).update(**fields):
            raise NotNow("This run has ended.")
        if run.job_id:
            waiting = Job.objects.filter(pk=run.job_id, state__in=[Job.State.QUEUED, Job.State.RUNNING])
            waiting.update(state=Job.State.CANCELLED, finished=now)
    run.refresh_from_db()


def end_run(run: SyncRun, state: str, now: datetime, error: str = "", *, broken: bool = False) -> None:
    """The run is over, and the connection says what came of it. Done runs say where the next one begins."""
    with transaction.atomic():
        ended = SyncRun.objects.filter(pk=run.pk, state__in=UNDER_WAY)
        if not ended.update(state=state, finished=now, error=error, waiting_until=None, left=None):
            return
        connection = Connection.objects.select_for_update().get(pk=run.connection_id)
        if state == State.DONE:
            connection.error, connection.error_since = "", None
            if connection.state == Connection.State.BROKEN:
                connection.state = Connection.State.ACTIVE
            if run.step != Step.AGAIN:
                connection.last_synced = now
                connection.cursor = run.position.get("cursor") or connection.cursor
        elif state == State.FAILED:
            connection.error, connection.error_since = error, connection.error_since or now
            if broken and connection.state == Connection.State.ACTIVE:
                connection.state = Connection.State.BROKEN
        connection.save(update_fields=["error", "error_since", "state", "last_synced", "cursor"])
    run.refresh_from_db()


def as_it_is(run: SyncRun, now: datetime) -> SyncRun:
    """The run with the end that its job came to: one that failed for good says so here."""
    job = run.job
    if run.state in UNDER_WAY and job and job.state in (Job.State.FAILED, Job.State.CANCELLED):
        end_run(run, State.FAILED, now, error=job.error or "It was stopped.")
    return run


def start_due_runs(now: datetime) -> None:
    """Those whose time has come. One that is still being read waits for its next turn."""
    due = Connection.objects.filter(state=Connection.State.ACTIVE, next_run__lte=now).select_related("project")
    for connection in due.filter(project__deleting_since=None)[:200]:
        try:
            start_run(connection, Trigger.SCHEDULE, now)
        except NotNow:
            Connection.objects.filter(pk=connection.pk).update(next_run=next_run_of(connection, now))


def forget_old_runs(now: datetime) -> None:
    """Runs of more than a month ago go with their problems; each connection keeps its last."""
    for connection in Connection.objects.values_list("pk", flat=True):
        rows = SyncRun.objects.filter(connection=connection).order_by("-pk").values_list("pk", flat=True)[:1]
        SyncRun.objects.filter(connection=connection, finished__lt=now - KEPT).exclude(pk__in=list(rows)).delete()
