"""Memberships beside busy writers, rule edits, two workers and a crash: never wrong once all is over."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from segments.defining.edit import change_segment
from segments.membership import passes
from segments.membership.audit import findings
from segments.models import Membership, Segment
from tests.factories import SERVER, user
from tests.segments.test_membership import BY, ids_in, is_, nothing_wrong, rule, segment
from tests.users.test_concurrency import together
from users.jobs import machinery
from users.jobs.machinery import run_all_jobs
from users.models import Job
from users.writing.calls import Call
from users.writing.identify import identify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PEOPLE = 40


@pytest.fixture
def crowd(project):
    for number in range(PEOPLE):
        user(project, f"u{number}", attributes={"seats": number, "plan": "Pro" if number % 2 else "Free"})
    return project


def busy(project, stop, seed):
    """Writes until told to stop, each later than the one before."""
    chance = random.Random(seed)
    while not stop.is_set():
        who = f"u{chance.randrange(PEOPLE)}"
        values = {"seats": chance.randrange(PEOPLE), "plan": chance.choice(["Pro", "Free", None])}
        identify(project, Call(user_id=who, attributes=values), SERVER, timezone.now())


def edits(project, made, inner, stop):
    try:
        for bound in (5, 30, 12, 25):
            change_segment(made, {}, rule=rule(is_("custom.seats", bound, "gte")), by=BY, now=timezone.now())
            change_segment(
                inner, {}, rule=rule(is_("custom.plan", "Pro" if bound % 2 else "Free")), by=BY, now=timezone.now()
            )
            run_all_jobs(20)
    finally:
        stop.set()


def test_rule_edits_beside_four_busy_writers(crowd, monkeypatch):
    monkeypatch.setattr(passes, "LOOKED_AT", 7)
    monkeypatch.setattr(passes, "WRITTEN", 3)
    made = segment(crowd, "Large", is_("custom.seats", 20, "gte"))
    inner = segment(crowd, "Pro", is_("custom.plan", "Pro"))
    both = segment(crowd, "Neither", is_("segment", inner.pk, "is_not_in"), is_("segment", made.pk, "is_not_in"))
    stop = threading.Event()
    together(
        lambda: edits(crowd, made, inner, stop),
        *(lambda seed=seed: busy(crowd, stop, seed) for seed in range(4)),
    )
    run_all_jobs(20)
    assert set(Segment.objects.values_list("state", flat=True)) == {"ready"}
    assert list(findings(crowd, timezone.now())) == []
    assert len(ids_in(both)) <= PEOPLE


def test_two_workers_at_once(crowd, monkeypatch):
    monkeypatch.setattr(passes, "LOOKED_AT", 5)
    made = segment(crowd, "Large", is_("custom.seats", 20, "gte"))
    change_segment(made, {}, rule=rule(is_("custom.seats", 10, "lt")), by=BY, now=timezone.now())
    together(lambda: run_all_jobs(20), lambda: run_all_jobs(20))
    assert ids_in(made) == {f"u{number}" for number in range(10)}
    assert nothing_wrong(crowd)


def step_until_it_dies(job):
    while True:
        machinery.run_chunk(job)


def test_a_pass_that_died_is_finished_by_the_next_worker(crowd, monkeypatch):
    monkeypatch.setattr(passes, "LOOKED_AT", 5)
    made = segment(crowd, "Large", is_("custom.seats", 20, "gte"))
    change_segment(made, {}, rule=rule(is_("custom.seats", 10, "lt")), by=BY, now=timezone.now())
    job = Job.objects.get(kind="compute_segments", state="queued")
    claimed = machinery.claim_job(job.pk, timezone.now())
    machinery.run_chunk(claimed)
    real, calls = passes.write_told, []

    def dies_half_way(project_id, version, moves, now):
        calls.append(len(moves))
        real(project_id, version, moves, now)
        raise KeyboardInterrupt

    monkeypatch.setattr(passes, "write_told", dies_half_way)
    with pytest.raises(KeyboardInterrupt):
        step_until_it_dies(claimed)
    assert calls
    connections.close_all()
    monkeypatch.setattr(passes, "write_told", real)
    assert Segment.objects.get(pk=made.pk).state == "computing"
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    run_all_jobs(20)
    assert Segment.objects.get(pk=made.pk).state == "ready"
    assert ids_in(made) == {f"u{number}" for number in range(10)}
    assert nothing_wrong(crowd)


def test_no_write_transaction_of_a_pass_takes_more_than_its_slice(crowd, monkeypatch):
    monkeypatch.setattr(passes, "WRITTEN", 4)
    sizes = []
    real = passes.put_right
    monkeypatch.setattr(
        passes,
        "put_right",
        lambda project, wrong, cause, now: sizes.append(len(wrong)) or real(project, wrong, cause, now),
    )
    made = segment(crowd, "All", {"field": "native.user_id", "operator": "is_set"})
    assert Membership.objects.filter(segment=made).count() == PEOPLE
    assert sizes == [4] * 10
