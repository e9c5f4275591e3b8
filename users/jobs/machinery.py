"""Starting, claiming and running jobs. See the package's docstring."""

import logging
import threading
import time
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from users.database.availability import is_away
from users.database.contention import is_contention
from users.jobs.kinds import KINDS
from users.models import Account, Job, Project, WorkerBeat

log = logging.getLogger("users.jobs")
LEASE: Final = timedelta(seconds=30)
MOST_ATTEMPTS: Final = 5
LONGEST_PAUSE: Final = 0.05  # seconds
ALIVE: Final = timedelta(seconds=20)  # a worker says so every few seconds

stopping = threading.Event()  # set when this process was asked to end: jobs are handed back after their chunk


def start_job(
    project: Project | None, kind: str, params: dict[str, Any], by: Account | None = None, undoes: Job | None = None,
    total: int | None = None,
) -> Job:  # fmt: skip
    """Put a job in the queue and wake a worker once the caller's transaction is committed."""
    if kind not in KINDS:
        raise ValueError(f"There is no kind of job {kind!r}; there are {', '.join(sorted(KINDS))}.")
    job = Job.objects.create(project=project, kind=kind, params=params, created_by=by, undoes=undoes, total=total)
    transaction.on_commit(lambda: wake_up(job.pk))
    return job


def wake_up(job_id: int) -> None:
    from users.jobs.tasks import run_job  # tasks import this module

    run_job.enqueue(job_id)


def claim_job(job_id: int, now: datetime) -> Job | None:
    """Take the job for one lease, unless somebody else has it or it must wait for an earlier one: one compare-and-set,
    on either database."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or unfinished_about_the_same(job).filter(pk__lt=job.pk).exists():
        return None
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    waiting = Job.objects.filter(free, pk=job_id, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    if not waiting.update(state=Job.State.RUNNING, lease_until=now + LEASE):
        return None
    return Job.objects.select_related("project").get(pk=job_id)


def unfinished_about_the_same(job: Job) -> QuerySet[Job]:
    """In order. A job that failed for good holds up nobody."""
    kind = KINDS.get(job.kind)
    if kind is None or not kind.about or job.project_id is None:
        return Job.objects.none()
    kinds = [other.name for other in KINDS.values() if other.about == kind.about]
    rows = Job.objects.filter(project_id=job.project_id, kind__in=kinds)
    return rows.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).order_by("pk")


def claim_and_run(job_id: int) -> bool:
    """Work on the job until it is done, failed, or taken away. False if somebody else has it, or it must wait."""
    job = claim_job(job_id, timezone.now())
    if job is None:
        return False
    try:
        return work_on(job)
    finally:
        following = unfinished_about_the_same(job).filter(pk__gt=job.pk).first() if job.pk else None
        if following is not None and job.state != Job.State.RUNNING:
            wake_up(following.pk)


def work_on(job: Job) -> bool:
    while job.state == Job.State.RUNNING:
        held = job.lease_until
        if stopping.is_set():
            release_job(job)
            return True
        try:
            began = time.monotonic()
            run_chunk(job)
            if not KINDS[job.kind].own_transactions:
                give_way(time.monotonic() - began)
        except Exception as error:
            retry_or_fail(job, held, error)
            return True
    return True


def give_way(seconds: float) -> None:
    """After a transaction that took so long, before the next: a pause as long, LONGEST_PAUSE at most.

    SQLite has one write lock and no queue for it: whoever waits asks now and then, and would seldom find it free
    where one transaction follows the other.
    """
    if connection.vendor == "sqlite":
        time.sleep(min(seconds, LONGEST_PAUSE))


def release_job(job: Job) -> None:
    """Let go of the job between two chunks, so that the next worker goes on at once."""
    Job.objects.filter(pk=job.pk, lease_until=job.lease_until).update(state=Job.State.QUEUED, lease_until=None)


def run_chunk(job: Job) -> None:
    """One chunk, and where it left off, in one transaction."""
    now, kind = timezone.now(), KINDS[job.kind]
    with nullcontext() if kind.own_transactions else transaction.atomic():
        mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, lease_until=job.lease_until)
        lease_until = now + LEASE
        if not mine.update(lease_until=lease_until):
            job.state = Job.State.CANCELLED  # cancelled, or its lease ran out and another worker has it
            return
        job.lease_until = lease_until
        if kind.chunk(job, now):
            job.state, job.finished, job.lease_until = Job.State.DONE, now, None
        job.attempts = 0
        if job.pk:  # deleting a project takes its own job with it
            Job.objects.filter(pk=job.pk, lease_until=lease_until).update(
                state=job.state, cursor=job.cursor, progress=job.progress, total=job.total, result=job.result,
                finished=job.finished, lease_until=job.lease_until, attempts=0,
            )  # fmt: skip


def retry_or_fail(job: Job, held: datetime | None, error: Exception) -> None:
    """A chunk failed and left nothing: try again later, or give up and say why, unless another worker has it now."""
    passing = is_contention(error) or is_away(error)
    log.warning("Job %s (%s) failed: %s", job.pk, job.kind, type(error).__name__, exc_info=not passing)
    # What is in the database's way is no fault of the job, which waits as long as that lasts.
    attempts = job.attempts if passing else job.attempts + 1
    fields: dict[str, Any] = {"attempts": attempts, "error": f"{type(error).__name__}: {error}"[:500]}
    if attempts >= MOST_ATTEMPTS:
        fields |= {"state": Job.State.FAILED, "finished": timezone.now(), "lease_until": None}
    else:
        fields |= {"state": Job.State.QUEUED, "lease_until": timezone.now() + timedelta(seconds=2 ** max(attempts, 1))}
    # The chunk may have renewed its lease, in its own transaction, or the renewal went with what was rolled back.
    held_until = [moment for moment in (held, job.lease_until) if moment is not None]
    Job.objects.filter(pk=job.pk, lease_until__in=held_until).update(**fields)


def run_waiting_jobs(now: datetime) -> int:
    """Run what nobody works on: fresh jobs whose wake-up got lost, and those whose worker died."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    waiting = Job.objects.filter(free, state__in=[Job.State.QUEUED, Job.State.RUNNING]).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[:500])
    for job_id in ids:
        if not stopping.is_set():
            claim_and_run(job_id)
    return len(ids)


def run_all_jobs(seconds: float = 60) -> None:
    """Run jobs until none waits; for the demo's build and for tests."""
    end = time.monotonic() + seconds
    while run_waiting_jobs(timezone.now()) and time.monotonic() < end:
        pass


def record_beat(worker: str, now: datetime) -> None:
    WorkerBeat.objects.update_or_create(worker=worker, defaults={"at": now})
    WorkerBeat.objects.filter(at__lt=now - timedelta(hours=1)).delete()


def remove_beat(worker: str) -> None:
    """This worker has ended on purpose: pages need not wait to notice."""
    WorkerBeat.objects.filter(worker=worker).delete()


def worker_alive(now: datetime) -> bool:
    return WorkerBeat.objects.filter(at__gte=now - ALIVE).exists()


def worker_state(now: datetime) -> dict[str, Any]:
    """For components/worker_stopped.html: whether one runs, and when one last did."""
    seen = WorkerBeat.objects.order_by("-at").values_list("at", flat=True).first()
    return {"worker_alive": seen is not None and seen >= now - ALIVE, "worker_seen": seen}
