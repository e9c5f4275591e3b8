"""Starting, claiming and running jobs. See the package's docstring."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from users.database.availability import is_away
from users.database.contention import is_contention
from users.jobs.kinds import KINDS, Later, lane_of
from users.models import Account, Job, Project

log = logging.getLogger("users.jobs")
LEASE: Final = timedelta(seconds=30)
MOST_ATTEMPTS: Final = 5
LONGEST_PAUSE: Final = 0.05  # seconds
# Seconds after which a job that has more to do goes to the end of its lane: if others wait there, and its kind works in
# turns; and in any case, so that a message of a broker is never held for longer than this and a chunk.
TURN: Final = 1.0
LONGEST_TURN: Final = 20.0
BUSY: Final = "The database was busy or away. It goes on by itself."

stopping = threading.Event()  # set when this process was asked to end: jobs are handed back after their chunk
# Lanes whose threads are in this process, each with a way to have one look at once; false if none of them is free.
lanes_here: dict[str, Callable[[], bool]] = {}


def start_job(
    project: Project | None, kind: str, params: dict[str, Any], by: Account | None = None, undoes: Job | None = None,
    total: int | None = None,
) -> Job:  # fmt: skip
    """Put a job in the queue and wake a worker once the caller's transaction is committed."""
    if kind not in KINDS:
        raise ValueError(f"There is no kind of job {kind!r}; there are {', '.join(sorted(KINDS))}.")
    job = Job.objects.create(project=project, kind=kind, params=params, created_by=by, undoes=undoes, total=total)
    transaction.on_commit(lambda: wake_up(job))
    return job


def wake_up(job: Job) -> None:
    """Have a worker of the job's lane look: a thread of this process that is free, or whoever takes its task."""
    look = lanes_here.get(lane_of(job.kind))
    if look is None or not look():
        enqueue(job)


def enqueue(job: Job) -> None:
    from users.jobs.tasks import run_job  # tasks import this module

    run_job.using(queue_name=lane_of(job.kind)).enqueue(job.pk)


def claim_job(job_id: int, now: datetime) -> Job | None:
    """Take the job for one lease, unless somebody else has it or it must wait for an earlier one: one compare-and-set,
    on either database."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or unfinished_about_the_same(job).filter(pk__lt=job.pk).exists():
        return None
    free = Q(lease_until=None) | Q(lease_until__lte=now)
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
            wake_up(following)


def work_on(job: Job) -> bool:
    since = time.monotonic()
    while job.state == Job.State.RUNNING:
        held = job.lease_until
        if stopping.is_set():
            release_job(job)
            enqueue(job)  # for the other processes
            return True
        try:
            if had_its_turn(job, time.monotonic() - since):
                release_job(job)
                if lane_of(job.kind) not in lanes_here:  # else this thread looks again at once
                    wake_up(job)
                return True
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


def had_its_turn(job: Job, seconds: float) -> bool:
    """Whether the job, worked on for so long, makes place for others of its lane."""
    if seconds >= LONGEST_TURN:
        return True
    if seconds < TURN or not KINDS[job.kind].in_turns:
        return False
    return waiting_in(lane_of(job.kind), timezone.now()).exclude(pk=job.pk).exists()


def release_job(job: Job) -> None:
    """Let go of the job between two chunks, so that the next worker goes on at once.

    The moment stays as its lease, which is over: whoever waited before it is first.
    """
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, lease_until=job.lease_until)
    mine.update(state=Job.State.QUEUED, lease_until=timezone.now())


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
        said = kind.chunk(job, now)
        job.error = ""
        if isinstance(said, Later):
            wait_for(job, said)
        elif said:
            job.state, job.finished, job.lease_until = Job.State.DONE, now, None
        job.attempts = 0
        if job.pk:  # deleting a project takes its own job with it
            Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, lease_until=lease_until).update(
                state=job.state, cursor=job.cursor, progress=job.progress, total=job.total, result=job.result,
                finished=job.finished, lease_until=job.lease_until, attempts=0, error=job.error, failing_since=None,
            )  # fmt: skip


def wait_for(job: Job, later: Later) -> None:
    job.state, job.lease_until = Job.State.QUEUED, timezone.now() + timedelta(seconds=max(later.seconds, 0))
    job.error = later.why[:500]


def retry_or_fail(job: Job, held: datetime | None, error: Exception) -> None:
    """A chunk failed and left nothing: try again later, or give up and say why, unless another worker has it now."""
    # The chunk may have renewed its lease, in its own transaction, or the renewal went with what was rolled back.
    held_until = [moment for moment in (held, job.lease_until) if moment is not None]
    mine = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, lease_until__in=held_until)
    if isinstance(error, Later):
        wait_for(job, error)
        mine.update(state=job.state, lease_until=job.lease_until, error=job.error, attempts=0, failing_since=None)
        return
    passing = is_contention(error) or is_away(error)
    log.warning("Job %s (%s) failed: %s", job.pk, job.kind, type(error).__name__, exc_info=not passing)
    # What is in the database's way is no fault of the job, which waits as long as that lasts.
    attempts = job.attempts if passing else job.attempts + 1
    fields: dict[str, Any] = {
        "attempts": attempts,
        "error": BUSY if passing else f"{type(error).__name__}: {error}"[:500],
    }
    fields["failing_since"] = Coalesce("failing_since", timezone.now())
    if attempts >= MOST_ATTEMPTS:
        fields |= {"state": Job.State.FAILED, "finished": timezone.now(), "lease_until": None}
    else:
        fields |= {"state": Job.State.QUEUED, "lease_until": timezone.now() + timedelta(seconds=2 ** max(attempts, 1))}
    mine.update(**fields)


def waiting(now: datetime) -> QuerySet[Job]:
    """What nobody works on, those first who wait longest: fresh jobs, handed back ones, and whose worker died."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    found = Job.objects.filter(free, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    return found.order_by(Coalesce("lease_until", "created"), "pk")


def waiting_in(lane: str, now: datetime) -> QuerySet[Job]:
    elsewhere = [kind.name for kind in KINDS.values() if kind.lane != lane]
    found = waiting(now).exclude(kind__in=elsewhere)
    return found if lane == lane_of("") else found.filter(kind__in=KINDS)  # those of kinds that are gone are in one


def run_next(lane: str) -> bool:
    """Work on the one job of the lane that waits longest and may run. False if there is none."""
    ids = list(waiting_in(lane, timezone.now()).values_list("pk", flat=True)[:500])
    return any(claim_and_run(job_id) for job_id in ids if not stopping.is_set())


def run_waiting_jobs(now: datetime) -> int:
    """Run what waits in any lane, one after the other; for the demo's build and for tests."""
    ids = list(waiting(now).values_list("pk", flat=True)[:500])
    for job_id in ids:
        if not stopping.is_set():
            claim_and_run(job_id)
    return len(ids)


def run_all_jobs(seconds: float = 60) -> None:
    """Run jobs until none waits; for the demo's build and for tests."""
    end = time.monotonic() + seconds
    while run_waiting_jobs(timezone.now()) and time.monotonic() < end:
        pass
