"""Background work through Celery, with a real Redis and a real RabbitMQ: the same jobs, lanes and promises."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.tasks import task_backends
from django.utils import timezone

from integrations.models import Import
from segments.defining.edit import Author, create_segment
from segments.models import Membership
from tests.brokers import BROKERS
from tests.factories import ProjectFactory, user
from tests.integrations.imports.sample import import_job
from tests.users.workers import TOP, celery, environment, in_state, register_kinds, until, worker
from users.jobs import KINDS, LANES, machinery, start_job, worker_alive, worker_state
from users.jobs.beats import record_beat
from users.models import Job, UserTag, WorkerBeat

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(scope="module", params=BROKERS)
def running(request):
    with BROKERS[request.param]() as address:
        yield address


@pytest.fixture
def broker(running, settings):
    """Its address; this process sends its wake-ups there."""
    from jimo_site.celery import app

    settings.TASKS_BROKER_URL = running
    settings.TASKS = {"default": {"BACKEND": "jimo_site.broker.CeleryBackend", "QUEUES": []}}
    app.conf.broker_url = running
    app._pool = None
    app.amqp._producer_pool = None
    empty(app)
    return running


def empty(app):
    """All queues; how many messages each had."""
    with app.connection_for_write() as connection:
        found = {lane: app.amqp.queues[lane].bind(connection.channel()) for lane in LANES}
        for queue in found.values():
            queue.declare()
        return {lane: queue.purge() for lane, queue in found.items()}


@pytest.fixture(autouse=True)
def _kinds():
    kinds = register_kinds()
    yield
    for kind in kinds:
        del KINDS[kind.name]


@pytest.fixture
def project():
    return ProjectFactory()


def test_a_worker_of_one_lane_does_its_jobs_and_hands_them_back_when_it_is_stopped(broker, project):
    other = start_job(project, "noted", {})
    turning = [start_job(project, "turning", {"seconds": 0.2, "chunks": 4}) for _ in range(6)]
    with celery("-Q", "syncs", broker=broker):
        until(lambda: all(in_state(job, "done") for job in turning))
        assert in_state(other, "queued")
        assert {job.progress for job in turning} == {4}, "each chunk was done once"
        until(lambda: WorkerBeat.objects.exists())
        assert WorkerBeat.objects.get().lanes == ["syncs"]
        long = start_job(project, "turning", {"seconds": 0.5, "chunks": 99})
        until(lambda: Job.objects.get(pk=long.pk).progress)
    assert in_state(long, "queued")
    assert not WorkerBeat.objects.exists(), "a worker that ends says so"
    assert task_backends["default"].length("syncs") == 1, "and wakes another"


def test_what_a_killed_worker_was_at_is_finished_by_the_next(broker, project):
    job = start_job(project, "sleeping", {"seconds": 0.4, "chunks": 4})
    with celery("-Q", "imports", broker=broker) as process:
        until(lambda: Job.objects.get(pk=job.pk).progress == 2)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert in_state(job, "running")
    Job.objects.update(lease_until=timezone.now())  # it runs out by itself after half a minute
    with celery("-Q", "imports", broker=broker), worker(TASKS_BROKER_URL=broker):
        until(lambda: in_state(job, "done"))
    assert job.progress == 4, "what was done is kept, and what was not is done"


def test_the_products_own_jobs_run_and_a_lost_message_loses_nothing(broker, project, now):
    from jimo_site.celery import app

    user(project, "u1", name="Maya")
    jobs = [start_job(project, "bulk_tag", {"query": "", "add": ["vip"]}), import_job(project, "import_run")]
    rule = {"combinator": "and", "rules": [{"field": "native.name", "operator": "is_set"}]}
    create_segment(project, {"name": "Named"}, rule=rule, static=False, by=Author(None, "A"), now=now)
    jobs.append(Job.objects.get(kind="compute_segments"))
    lost = empty(app)
    assert all(lost[lane] for lane in ("default", "imports", "segments"))
    with celery("-Q", "default,imports,segments", broker=broker), worker(TASKS_BROKER_URL=broker):
        until(lambda: all(in_state(job, "done") for job in jobs))
    assert UserTag.objects.exists()
    assert Membership.objects.exists()
    assert Import.objects.get().state == Import.State.DONE


def test_wake_ups_are_sent_again_where_some_are_missing_and_do_not_pile_up(broker, project):
    from users.jobs.again import wake_up_again

    for _ in range(3):
        start_job(project, "noted", {})
    backend = task_backends["default"]
    for _ in range(3):
        wake_up_again(timezone.now())
        assert backend.length("default") == 3
    Job.objects.create(project=project, kind="noted")  # its message is lost
    for _ in range(3):
        wake_up_again(timezone.now())
        assert backend.length("default") == 7
    later = timezone.now() + timedelta(minutes=5)
    Job.objects.create(project=project, kind="sleeping", lease_until=later)
    Job.objects.create(project=project, kind="import_run", params={"import": 0})
    Job.objects.create(project=project, kind="import_run", params={"import": 0})
    wake_up_again(timezone.now())
    assert backend.length("imports") == 1, "neither for what waits until later nor for what waits for another"


class TestWithoutABroker:
    def test_a_job_is_started_while_the_broker_is_away(self, project, settings):
        from jimo_site.celery import app

        settings.TASKS = {"default": {"BACKEND": "jimo_site.broker.CeleryBackend", "QUEUES": []}}
        app.conf.broker_url = "redis://127.0.0.1:9/0"
        app._pool = None
        app.amqp._producer_pool = None
        assert in_state(start_job(project, "noted", {}), "queued")
        assert task_backends["default"].length("default") is None

    def test_a_worker_that_does_the_duties_alone_is_none_that_takes_jobs(self, settings, now):
        settings.TASKS_BROKER_URL = "redis://127.0.0.1:9/0"
        record_beat("duties", now, [], True)
        assert (worker_alive(now), worker_state(now)["worker_alive"]) == (False, False)
        record_beat("celery", now, ["default"], False)
        assert (worker_alive(now), worker_state(now)["worker_alive"]) == (True, True)

    @pytest.mark.parametrize(
        ("words", "address", "said"),
        [
            (["manage.py", "check"], "kafka://here", "begins with redis:// or amqp://"),
            (["manage.py", "worker", "--lane", "imports"], "redis://127.0.0.1:9/0", "celery -A jimo_site worker -Q imports"),
            (["-m", "celery", "-A", "jimo_site", "worker", "-Q", "nowhere"], "redis://127.0.0.1:9/0", "no lane 'nowhere'"),
            (["-m", "celery", "-A", "jimo_site", "worker"], "", "Set TASKS_BROKER_URL"),
        ],
        ids=["another broker", "a worker of a lane", "a lane that is not there", "none"],
    )  # fmt: skip
    def test_what_cannot_be_is_said(self, words, address, said):
        done = subprocess.run(
            [sys.executable, *words], env=environment(TASKS_BROKER_URL=address), cwd=TOP, capture_output=True, text=True, timeout=60
        )  # fmt: skip
        assert done.returncode
        assert said in done.stderr + done.stdout


def test_a_message_is_held_for_longer_than_a_turn_takes():
    from jimo_site.celery import VISIBLE

    assert machinery.LONGEST_TURN + 2 * machinery.LEASE.total_seconds() < VISIBLE
    assert not django_settings.TASKS_BROKER_URL, "the rest of the suite has none"
