"""The steps of an import and its states: begun, moved on in the transaction that writes, ended, cancelled."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations.imports import stream
from integrations.models import Import, ImportProblem
from users.jobs import start_job
from users.models import Account, Job, OriginKind
from users.writing.calls import Origin

State, Step = Import.State, Import.Step
ENDED: Final = (State.DONE, State.FAILED, State.CANCELLED)
NOTHING: Final = {"rows": 0, "created": 0, "changed": 0, "unchanged": 0, "failed": 0}


class NotNow(ValueError):
    """What was asked for does not go with the state of the import, in words."""


class Stopped(Exception):
    """Somebody cancelled the import, or another worker has it: this slice must not be written."""


def start_dry_run(found: Import, by: Account | None, now: datetime) -> None:
    begin(found, (State.DRAFT,), Step.DRY_RUN, now, checked=dict(NOTHING), total=None, error="")
    ImportProblem.objects.filter(run=found, step=Step.DRY_RUN).delete()
    queue(found, start_job(found.project, "import_dry_run", {"import": found.pk, "name": found.name}, by))


def start_run(found: Import, by: Account | None, now: datetime) -> None:
    begin(found, (State.DRAFT,), Step.RUN, now, counts=dict(NOTHING), started=now, error="")
    queue(found, start_job(found.project, "import_run", {"import": found.pk, "name": found.name}, by))


def start_undo(found: Import, by: Account | None, origin: Origin, now: datetime) -> None:
    """Of what ended, also half-way; once. Raises NotNow."""
    total = found.rows.count()
    begin(found, ENDED, Step.UNDO, now, undone={"restored": 0, "removed": 0, "left": 0, "at": None}, total=total)
    params = {"import": found.pk, "name": found.name, "by": [origin.kind, origin.id, origin.label]}
    queue(found, start_job(found.project, "import_undo", params, by, total=total))


def begin(found: Import, of: tuple[str, ...], step: str, now: datetime, **fields: Any) -> None:
    """From one of these states, by whoever comes first. Raises NotNow."""
    fields |= {"state": State.RUNNING, "step": step, "done": 0, "finished": None}
    if not Import.objects.filter(pk=found.pk, state__in=of).update(**fields):
        raise NotNow(f"The import is {found.get_state_display().lower()}; this is not possible now.")
    found.refresh_from_db()


def queue(found: Import, job: Job) -> None:
    Import.objects.filter(pk=found.pk).update(job=job)
    found.job = job


def move_on(found: Import, dealt_with: int, **fields: Any) -> None:
    """So many more records are dealt with; within the transaction that did it. Raises Stopped."""
    still = Import.objects.filter(pk=found.pk, state=State.RUNNING, step=found.step, done=found.done)
    if not still.update(done=found.done + dealt_with, **fields):
        raise Stopped
    found.done += dealt_with
    for name, value in fields.items():
        setattr(found, name, value)


def end(found: Import, state: str, now: datetime, **fields: Any) -> None:
    stream.close(found)
    Import.objects.filter(pk=found.pk, state=State.RUNNING, step=found.step).update(state=state, finished=now, **fields)


def cancel(found: Import, now: datetime) -> None:
    """What was done before stays; a dry run leaves a draft. Raises NotNow, also for an undo: it ends by itself."""
    if found.state != State.RUNNING or found.step == Step.UNDO:
        raise NotNow("Only a running import can be cancelled.")
    state = State.DRAFT if found.step == Step.DRY_RUN else State.CANCELLED
    with transaction.atomic():
        Import.objects.filter(pk=found.pk, state=State.RUNNING, step=found.step).update(state=state, finished=now)
        if found.job_id:
            waiting = Job.objects.filter(pk=found.job_id, state__in=[Job.State.QUEUED, Job.State.RUNNING])
            waiting.update(state=Job.State.CANCELLED, finished=now)
    found.refresh_from_db()


def stop_with(job: Job, now: datetime) -> None:
    """Its job was stopped: what was done before stays; a dry run leaves a draft."""
    running = Import.objects.filter(pk=job.params["import"], job=job, state=State.RUNNING)
    for found in running:
        state = State.DRAFT if found.step == Step.DRY_RUN else State.CANCELLED
        running.filter(step=found.step).update(state=state, finished=now)


def go_on_with(job: Job, now: datetime) -> bool:
    """Its job, which failed, is tried again. False if the import has gone on with another since."""
    same = Import.objects.filter(pk=job.params["import"], job=job, state__in=[State.RUNNING, State.FAILED])
    return bool(same.update(state=State.RUNNING, finished=None, error=""))


def as_it_is(found: Import, now: datetime) -> Import:
    """The import with the end that its job came to: one that failed for good says so here."""
    job = found.job
    if found.state == State.RUNNING and job and job.state in (Job.State.FAILED, Job.State.CANCELLED):
        end(found, State.FAILED, now, error=job.error or "It was stopped.")
        found.refresh_from_db()
    return found


def origin_of(found: Import) -> Origin:
    return Origin(OriginKind.IMPORT, found.pk, found.name)
