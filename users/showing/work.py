"""Settings > Work as data: the project's jobs that run, wait or fail, by lane, and the worker processes."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from users.jobs import LANES, words_for
from users.jobs.beats import ALIVE
from users.jobs.hands import may_cancel, may_retry
from users.jobs.kinds import lane_of
from users.jobs.lanes import Lane
from users.models import Job, Project, WorkerBeat

MOST_WAITING: Final = 200  # jobs shown of those that did not end
MOST_FAILED: Final = 50
MOST_ENDED: Final = 10
AN_EXCEPTION: Final = re.compile(r"(\w+): ")


@dataclass(frozen=True, slots=True)
class Row:
    """A job as it stands. `since` is when it began to be so, `until` when it goes on by itself."""

    job: Job
    words: str
    lane: Lane
    state: str  # running, waiting, later, failing, failed, done or cancelled
    since: datetime | None
    until: datetime | None
    reason: str
    may_retry: bool
    may_cancel: bool


@dataclass(slots=True)
class LaneState:
    lane: Lane
    running: int = 0
    waiting: int = 0
    failing: int = 0
    since: datetime | None = None  # from when on something waits in it
    workers: int = 0  # processes that live and take it


@dataclass(frozen=True, slots=True)
class Process:
    name: str
    lanes: str
    duties: bool
    at: datetime
    alive: bool


@dataclass(slots=True)
class Work:
    lanes: list[LaneState]
    rows: list[Row]
    more: bool  # than are shown
    ended: list[Row]
    processes: list[Process] = field(default_factory=list)

    @property
    def untaken(self) -> list[LaneState]:
        """Lanes in which something waits, and which nobody takes."""
        return [lane for lane in self.lanes if not lane.workers and (lane.waiting or lane.running or lane.failing)]


def work_of(project: Project, now: datetime) -> Work:
    """With the same few queries, however much there is."""
    jobs = Job.objects.filter(project=project).select_related("created_by")
    unfinished = jobs.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    waiting = list(unfinished.order_by(Coalesce("lease_until", "created"), "pk")[: MOST_WAITING + 1])
    failed = list(jobs.filter(state=Job.State.FAILED).order_by("-pk")[:MOST_FAILED])
    rows = [row_of(job, now) for job in [*failed, *waiting[:MOST_WAITING]]]
    rows.sort(key=lambda row: ORDER.index(row.state))
    ended = jobs.filter(state__in=[Job.State.DONE, Job.State.CANCELLED]).order_by("-pk")
    work = Work(lanes_of(rows), rows, len(waiting) > MOST_WAITING, rows_of(ended[:MOST_ENDED], now))
    for beat in WorkerBeat.objects.order_by("worker"):
        alive = beat.at >= now - ALIVE
        work.processes.append(Process(beat.worker, lanes_in_words(beat.lanes), beat.duties, beat.at, alive))
        for state in work.lanes:
            state.workers += alive and state.lane.name in beat.lanes
    return work


ORDER: Final = ("failed", "failing", "running", "waiting", "later", "done", "cancelled")


def rows_of(jobs: QuerySet[Job], now: datetime) -> list[Row]:
    return [row_of(job, now) for job in jobs]


def row_of(job: Job, now: datetime) -> Row:
    state, since, until = state_of(job, now)
    return Row(
        job, words_for(job), LANES[lane_of(job.kind)], state, since, until, reason_of(job), may_retry(job),
        may_cancel(job),
    )  # fmt: skip


def state_of(job: Job, now: datetime) -> tuple[str, datetime | None, datetime | None]:
    """How a job stands, since when, and until when it waits."""
    leased = job.lease_until is not None and job.lease_until > now
    if job.state == Job.State.FAILED:
        return "failed", job.failing_since or job.finished, None
    if job.state in (Job.State.DONE, Job.State.CANCELLED):
        return str(job.state), job.finished, None
    if job.failing_since:
        return "failing", job.failing_since, job.lease_until if leased else None
    if job.state == Job.State.RUNNING and leased:
        return "running", job.created, None
    if job.state == Job.State.QUEUED and leased:
        return "later", job.created, job.lease_until
    return "waiting", job.lease_until or job.created, None


def reason_of(job: Job) -> str:
    """Why it does not go on. What an exception says may hold values of people: its name is for the log's reader."""
    found = AN_EXCEPTION.match(job.error)
    if not job.error or job.state in (Job.State.DONE, Job.State.CANCELLED):
        return ""
    return f"Something went wrong on our side ({found[1]}). The worker's log says where." if found else job.error


def lanes_of(rows: list[Row]) -> list[LaneState]:
    made = {lane.name: LaneState(lane) for lane in LANES.values()}
    for row in rows:
        state = made[row.lane.name]
        state.running += row.state == "running"
        state.waiting += row.state in ("waiting", "later")
        state.failing += row.state in ("failing", "failed")
        if row.state == "waiting" and row.since and (state.since is None or row.since < state.since):
            state.since = row.since
    return list(made.values())


def lanes_in_words(names: list[Any]) -> str:
    known = [LANES[name].words for name in names if name in LANES]
    return "All" if len(known) == len(LANES) else ", ".join(known)
