"""Lanes of background work: none waits for another, jobs of one lane take turns, and a job may wait without failing."""

import os
import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import ProjectFactory
from tests.users.workers import in_state, register_kinds, until, worker
from users.jobs import KINDS, LANES, Later, crew, machinery, register, start_job
from users.models import Job, WorkerBeat

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _kinds():
    """Tests put others in their place."""
    kinds = register_kinds()
    yield
    for kind in kinds:
        del KINDS[kind.name]


@pytest.fixture
def project():
    return ProjectFactory()


def test_a_long_job_delays_none_of_another_lane_and_those_of_its_own_take_turns(project):
    long = start_job(project, "sleeping", {"seconds": 60})
    slow = [start_job(project, "turning", {"seconds": 0.3, "chunks": 9}) for _ in range(4)]
    fifth = start_job(project, "turning", {"seconds": 0.3, "chunks": 9})
    noted = start_job(project, "noted", {})
    with worker() as process:
        until(lambda: in_state(noted, "done"))
        assert in_state(long, "running")
        until(lambda: Job.objects.get(pk=fifth.pk).progress)
        assert not [job.pk for job in slow if in_state(job, "done")], "it waits for a turn, not for an end"
        until(lambda: all(in_state(job, "done") for job in [*slow, fifth]))
        assert {job.progress for job in [*slow, fifth]} == {9}, "each chunk was done once"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


def test_a_worker_of_one_lane_leaves_the_others_alone_and_says_so(project):
    other, mine = start_job(project, "noted", {}), start_job(project, "sleeping", {})
    with worker("--lane", "imports"):
        until(lambda: in_state(mine, "done") and WorkerBeat.objects.exists())
        assert in_state(other, "queued")
        beat = WorkerBeat.objects.get()
        assert (beat.lanes, beat.duties) == (["imports"], False)


def test_what_a_killed_worker_was_at_is_finished_by_the_next(project):
    job = start_job(project, "sleeping", {"seconds": 0.5, "chunks": 4})
    with worker() as process:
        until(lambda: Job.objects.get(pk=job.pk).progress == 2)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    job.refresh_from_db()
    done = job.progress
    assert (job.state, 2 <= done < 4) == ("running", True)
    Job.objects.update(lease_until=timezone.now())  # it runs out by itself after half a minute
    with worker():
        until(lambda: in_state(job, "done"))
    assert job.progress == 4, "what was done is kept, and what was not is done"


@pytest.mark.parametrize("returned", [True, False], ids=["returned", "raised"])
def test_a_job_that_must_wait_is_no_failure(project, returned):
    said = []

    def chunk(job, now):
        job.progress += 1
        if said:
            return True
        said.append(Later(120, "HubSpot asks to wait."))
        if returned:
            return said[0]
        raise said[0]

    KINDS["noted"] = replace(KINDS["noted"], chunk=chunk)
    job = start_job(project, "noted", {})
    for _ in range(3):
        machinery.run_waiting_jobs(timezone.now())
    job.refresh_from_db()
    assert (job.state, job.attempts, job.failing_since) == ("queued", 0, None)
    assert (job.error, job.progress) == ("HubSpot asks to wait.", int(returned))
    assert timedelta(seconds=100) < job.lease_until - timezone.now() < timedelta(seconds=121)
    Job.objects.update(lease_until=timezone.now())
    machinery.run_waiting_jobs(timezone.now())
    job.refresh_from_db()
    assert (job.state, job.error, job.progress) == ("done", "", 1 + returned)


def test_since_when_it_fails_is_kept_until_it_works_again(project):
    real, broken = KINDS["noted"], [True]

    def chunk(job, now):
        return 1 / 0 if broken else real.chunk(job, now)

    KINDS["noted"] = replace(real, chunk=chunk)
    job = start_job(project, "noted", {"chunks": 2})
    moments = set()
    for _ in range(2):
        machinery.claim_and_run(job.pk)
        Job.objects.update(lease_until=timezone.now())
        job.refresh_from_db()
        moments.add(job.failing_since)
    assert len(moments) == 1
    assert None not in moments
    broken.clear()
    machinery.claim_and_run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.failing_since, job.error) == ("done", None, "")


def test_a_job_cancelled_during_a_chunk_stays_cancelled(project):
    def chunk(job, now):
        Job.objects.filter(pk=job.pk).update(state="cancelled")
        if job.params["fails"]:
            raise ValueError
        return False

    KINDS["sleeping"] = replace(KINDS["sleeping"], chunk=chunk)
    for fails in (True, False):
        job = start_job(project, "sleeping", {"fails": fails})
        machinery.claim_and_run(job.pk)
        assert in_state(job, "cancelled")


def test_whoever_waits_longest_is_next(project, monkeypatch):
    """Also where all wake-ups are lost: the job that made place comes behind the one that waited."""
    first, second = (start_job(project, "turning", {"chunks": 3}) for _ in range(2))
    order = []
    real = KINDS["turning"]

    def chunk(job, now):
        order.append(job.pk)
        return real.chunk(job, now)

    KINDS["turning"] = replace(real, chunk=chunk)
    monkeypatch.setattr(machinery, "had_its_turn", lambda job, seconds: bool(order) and order[-1] == job.pk)
    while machinery.run_next("syncs"):
        pass
    assert order == [first.pk, second.pk] * 3


def test_an_idle_worker_asks_little_and_keeps_no_transaction(project, django_assert_max_num_queries):
    dispatcher = crew.Dispatcher(list(LANES))
    for lane in dispatcher.crews.values():
        lane.free = lane.lane.threads
    with django_assert_max_num_queries(2):
        dispatcher()
    with django_assert_max_num_queries(1):
        dispatcher()
    assert not connection.in_atomic_block


def test_a_kind_is_in_a_lane_that_is_there():
    with pytest.raises(ValueError, match="There is no lane 'nowhere'"):
        register("lost", words="Lost", lane="nowhere")(lambda job, now: True)


def test_the_job_of_a_kind_that_is_gone_fails_and_says_so(project):
    job = Job.objects.create(project=project, kind="gone")
    for _ in range(machinery.MOST_ATTEMPTS):
        machinery.run_next("default")
        Job.objects.update(lease_until=timezone.now())
    assert in_state(job, "failed")
    assert not any(machinery.waiting_in(lane, timezone.now()).exists() for lane in LANES)
