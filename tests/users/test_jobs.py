"""Background work survives crashes: a chunk and where it left off are one transaction."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from segments.types.list import ListSql
from tests.factories import SERVER, ProjectFactory, user, value_of
from tests.users.workers import in_state, until, worker
from users.background.periodic import DUTIES, remove_if_still
from users.finding.figures import refresh_tag_counts
from users.jobs import KINDS, register, start_job, worker_alive
from users.jobs.beats import record_beat
from users.jobs.machinery import (
    claim_and_run,
    claim_job,
    retry_or_fail,
    run_all_jobs,
    run_waiting_jobs,
    stopping,
)
from users.models import (
    Attribute,
    AttributeChange,
    CallCount,
    EndUser,
    IngestEntry,
    Job,
    Project,
    SeenMessage,
    Tag,
    UserTag,
    WorkerBeat,
)  # fmt: skip
from users.registry.attributes import registry_of
from users.writing.calls import Call, TagChange
from users.writing.identify import identify, identify_batch
from users.writing.retype import WouldLose, preview_values, start_retype
from users.writing.tagging import delete_tag, tag_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def counting():
    """A kind that counts to five and fails where it is told to."""
    seen = []

    def chunk(job, now):
        step = (job.cursor or 0) + 1
        seen.append(step)
        job.cursor, job.progress = step, step
        if job.params.get("fail_at") == step and seen.count(step) <= job.params.get("times", 1):
            raise ValueError("broken")
        return step == 5

    register("counting", words="Counting")(chunk)
    yield seen
    del KINDS["counting"]


def test_a_job_runs_chunk_by_chunk(project, counting):
    job = start_job(project, "counting", {})
    assert claim_and_run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.progress, counting) == ("done", 5, [1, 2, 3, 4, 5])


def test_a_chunk_that_fails_leaves_nothing_and_is_tried_again(project, counting):
    job = start_job(project, "counting", {"fail_at": 3})
    claim_and_run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.progress, job.attempts) == ("queued", 2, 1)
    run_waiting_jobs(timezone.now())
    job.refresh_from_db()
    assert job.state == "queued", "it waits a little"
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    run_waiting_jobs(timezone.now())
    job.refresh_from_db()
    assert (job.state, job.progress) == ("done", 5)


def test_a_job_that_always_fails_says_why(project, counting):
    job = start_job(project, "counting", {"fail_at": 1, "times": 99})
    for _ in range(6):
        claim_and_run(job.pk)
        Job.objects.update(lease_until=None)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "ValueError: broken")


def test_what_a_dead_worker_held_is_taken_over(project, counting):
    job = start_job(project, "counting", {})
    assert claim_job(job.pk, timezone.now())
    assert claim_job(job.pk, timezone.now()) is None, "two workers never have one job"
    assert run_waiting_jobs(timezone.now()) == 0
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    run_waiting_jobs(timezone.now())
    job.refresh_from_db()
    assert job.state == "done"


def test_a_worker_that_stops_hands_its_job_over_after_the_chunk(project, counting):
    def chunk(job, now):
        stopping.set()
        return counting_chunk(job, now)

    real = KINDS["counting"]
    counting_chunk, KINDS["counting"] = real.chunk, replace(real, chunk=chunk)
    job = start_job(project, "counting", {})
    try:
        claim_and_run(job.pk)
    finally:
        stopping.clear()
    job.refresh_from_db()
    assert (job.state, job.progress, job.lease_until < timezone.now()) == ("queued", 1, True)
    KINDS["counting"] = real
    run_waiting_jobs(timezone.now())
    job.refresh_from_db()
    assert (job.state, counting) == ("done", [1, 2, 3, 4, 5])


def test_a_worker_whose_lease_ran_out_does_not_touch_the_job(project, counting):
    def chunk(job, now):
        raise ValueError("late")

    KINDS["counting"] = replace(KINDS["counting"], chunk=chunk)
    job = start_job(project, "counting", {})
    mine = claim_job(job.pk, timezone.now())
    later = timezone.now() + timedelta(minutes=1)
    assert claim_job(job.pk, later)
    retry_or_fail(mine, mine.lease_until, ValueError("late"))
    job.refresh_from_db()
    assert (job.state, job.error) == ("running", "")


def test_workers_say_that_they_live(db):
    now = timezone.now()
    assert not worker_alive(now)
    record_beat("a", now)
    assert worker_alive(now)
    assert not worker_alive(now + timedelta(minutes=1))


class TestTypeChange:
    @pytest.fixture
    def sizes(self, project, now):
        values = ["12", "3.5", "many", "", "7"]
        identify_batch(
            project, [Call(user_id=f"u{n}", attributes={"size": value}) for n, value in enumerate(values)], SERVER, now
        )
        return Attribute.objects.get(project=project, key="size")

    def test_the_preview_counts_and_shows(self, sizes):
        found = preview_values(sizes, "number")
        assert (found.converts, found.lost) == (3, 2)
        assert [item["value"] for item in found.samples] == ["many", ""]

    def test_losing_values_needs_confirmation(self, sizes):
        with pytest.raises(WouldLose):
            start_retype(sizes, "number", None)
        sizes.refresh_from_db()
        assert sizes.type == "string"

    def test_values_convert_and_the_rest_is_set_aside(self, project, sizes):
        start_retype(sizes, "number", None, confirm=True)
        run_all_jobs()
        values = {person.user_id: person.attributes.get(sizes.ref) for person in EndUser.objects.all()}
        assert values == {"u0": 12, "u1": 3.5, "u2": None, "u3": None, "u4": 7}
        assert EndUser.objects.get(user_id="u2").set_aside[sizes.ref]["value"] == "many"
        sizes.refresh_from_db()
        assert (sizes.type, sizes.converting) == ("number", None)

    def test_calls_are_held_to_the_new_type_while_it_runs(self, project, sizes, now):
        start_retype(sizes, "number", None, confirm=True)
        assert registry_of(project).find("custom.size").converting
        answer = identify(project, Call(user_id="u2", attributes={"size": "abc"}), SERVER, now)
        assert answer.attributes == {"size": "rejected"}
        later = now + timedelta(seconds=5)
        assert identify(project, Call(user_id="u0", attributes={"$add": {"size": 5}}), SERVER, later).attributes == {
            "size": "accepted"
        }
        run_all_jobs()
        assert value_of(project, EndUser.objects.get(user_id="u0"), "custom.size") == 5, (
            "the leftover counted as absent"
        )

    def test_texts_that_were_dates_get_their_folded_copy_and_lose_it_again(self, project, now):
        person = user(project, "u1", attributes={"since": "2024-06-15T10:00:00+02:00"})
        since = Attribute.objects.get(project=project, key="since")
        start_retype(since, "string", None)
        run_all_jobs()
        person.refresh_from_db()
        assert person.folded[since.ref] == "2024-06-15t08:00:00.000z"
        since.refresh_from_db()
        start_retype(since, "date", None)
        run_all_jobs()
        person.refresh_from_db()
        assert since.ref not in person.folded
        assert person.attributes[since.ref] == "2024-06-15T08:00:00.000Z"

    def test_whoever_loses_the_last_value_of_a_source_loses_the_source(self, project, sizes):
        job = start_retype(sizes, "number", None, confirm=True)
        run_all_jobs()
        assert EndUser.objects.get(user_id="u0").sources == ["custom"]
        assert EndUser.objects.get(user_id="u2").sources == []
        job.refresh_from_db()
        assert (job.progress, job.total, job.result) == (5, 5, {"changed": 3, "lost": 2})

    def test_of_two_changes_at_once_one_is_refused(self, sizes):
        also = Attribute.objects.get(pk=sizes.pk)
        start_retype(sizes, "number", None, confirm=True)
        with pytest.raises(ValueError, match="just now"):
            start_retype(also, "list", None)
        assert Job.objects.filter(kind="retype").count() == 1

    def test_a_change_that_failed_can_be_started_again(self, project, sizes):
        job = start_retype(sizes, "number", None, confirm=True)
        with pytest.raises(ValueError, match="under way"):
            start_retype(Attribute.objects.get(pk=sizes.pk), "number", None, confirm=True)
        Job.objects.filter(pk=job.pk).update(state="failed")
        again = start_retype(Attribute.objects.get(pk=sizes.pk), "number", None, confirm=True)
        assert again.params["from"] == "string"
        run_all_jobs()
        sizes.refresh_from_db()
        assert (sizes.type, sizes.converting) == ("number", None)
        assert EndUser.objects.get(user_id="u1").attributes[sizes.ref] == 3.5

    def test_a_converted_document_is_spelled_as_any_other(self, project, sizes):
        """On SQLite rules compare the text of documents: escapes or spaces would hide what is in them."""
        user(project, "i", attributes={"size": "İstanbul 🦊"})
        start_retype(sizes, "list", None)
        run_all_jobs()
        where = ListSql(sizes.ref).includes("İstanbul 🦊".casefold(), True)
        assert EndUser.objects.filter(where).get().user_id == "i"

    def test_to_a_list_and_back(self, project, sizes):
        start_retype(sizes, "list", None)
        run_all_jobs()
        assert EndUser.objects.get(user_id="u0").attributes[sizes.ref] == ["12"]
        sizes.refresh_from_db()
        start_retype(sizes, "string", None)
        run_all_jobs()
        assert EndUser.objects.get(user_id="u0").attributes[sizes.ref] == "12"


def test_deleting_a_project_leaves_nothing_of_it_and_all_of_the_other(project, now):
    other = ProjectFactory()
    for item in (project, other):
        person = user(item, "u1", jimer_id="a", name="Maya", attributes={"plan": "Pro"}, message_id="m")
        user(item, None, jimer_id="b", attributes={"x": 1})
        user(item, "u1", jimer_id="b")
        identify(item, Call(user_id="u1", attributes={"n": {"a": 1}}), SERVER, now)
        Tag.objects.create(project=item, name="vip", folded="vip")
        assert person
    before = EndUser.objects.filter(project=other).count()
    job = start_job(project, "delete_project", {"name": project.name})
    run_all_jobs()
    job.refresh_from_db()
    assert job.state == "done"
    assert list(Project.objects.all()) == [other]
    models = [
        model for model in apps.get_app_config("users").get_models()
        if any(field.name == "project" for field in model._meta.fields) and model.objects.exists()
    ]  # fmt: skip
    assert {EndUser, AttributeChange, IngestEntry, SeenMessage, Attribute, Tag} <= set(models)
    for model in models:
        if model is Job:
            continue
        assert set(model.objects.values_list("project_id", flat=True)) == {other.pk}, model
    assert EndUser.objects.filter(project=other).count() == before


def test_deleting_a_tag_takes_it_off_with_history(project, now):
    for number in range(3):
        identify(project, Call(user_id=f"u{number}", tags=None), SERVER, now)
    tag = Tag.objects.create(project=project, name="vip", folded="vip")
    for person in EndUser.objects.all():
        tag_user(project, person.pk, TagChange(add=["vip"]), SERVER, now)
    delete_tag(tag, None)
    run_all_jobs()
    assert not Tag.objects.exists()
    assert not UserTag.objects.exists()
    assert AttributeChange.objects.filter(changes__tags__removed=["vip"]).count() == 3


def test_the_periodic_duties(project, now):
    user(project, "u1", attributes={"plan": "Pro"}, message_id="m")
    old = now - timedelta(days=40)
    SeenMessage.objects.update(received_at=old)
    IngestEntry.objects.create(project=project, received_at=old, call="identify", outcome="partly", origin_kind="key")
    for count in (3, 4):
        CallCount.objects.create(
            project=project,
            minute=now.replace(second=0, microsecond=0) - timedelta(hours=1),
            origin_kind="key",
            unchanged=count,
        )
    project.anonymous_days = 30
    project.save()
    identify(project, Call(jimer_id="idle", activity=True), SERVER, old)
    identify(project, Call(jimer_id="recent", activity=True), SERVER, now)
    for duty in DUTIES:
        duty.act(now)
    assert not SeenMessage.objects.exists()
    assert not IngestEntry.objects.exists()
    assert list(CallCount.objects.values_list("unchanged", flat=True)) == [7]
    assert set(EndUser.objects.values_list("jimer_id", flat=True)) >= {"recent"}
    assert not EndUser.objects.filter(jimer_id="idle").exists()
    plan = Attribute.objects.get(key="plan")
    assert plan.coverage == 1


def test_tag_counts_leave_merged_visitors_out(project, snippet, now):
    visitor = user(project, None, jimer_id="b")
    tag_user(project, visitor.pk, TagChange(add=["vip"]), SERVER, now)
    identify(project, Call(jimer_id="b", user_id="u1"), snippet, now)
    user(project, "u2")
    second = user(project, "u2", jimer_id="c")
    tag_user(project, second.pk, TagChange(add=["vip"]), SERVER, now)
    third = user(project, None, jimer_id="d")
    tag_user(project, third.pk, TagChange(add=["vip"]), SERVER, now)
    identify(project, Call(jimer_id="d", user_id="u2"), snippet, now)
    refresh_tag_counts(now)
    assert Tag.objects.get().user_count == EndUser.objects.filter(merged_into=None).count() == 2


def test_a_visitor_who_was_identified_meanwhile_is_not_removed(project, now):
    old = now - timedelta(days=40)
    identify(project, Call(jimer_id="idle", activity=True), SERVER, old)
    anonymous = EndUser.objects.filter(user_id=None)
    pk = anonymous.get().pk
    identify(project, Call(jimer_id="idle", user_id="u1"), SERVER, now)
    remove_if_still(anonymous, project, pk)
    assert EndUser.objects.filter(pk=pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_each_chunk_once(counting):
    project = ProjectFactory()
    jobs = [start_job(project, "counting", {}) for _ in range(6)]

    def work():
        try:
            for _ in range(30):
                run_waiting_jobs(timezone.now())
        finally:
            connection.close()

    both = [threading.Thread(target=work) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(30)
    assert set(Job.objects.filter(pk__in=[job.pk for job in jobs]).values_list("state", "progress")) == {("done", 5)}
    assert sorted(counting) == sorted([1, 2, 3, 4, 5] * 6)


@pytest.mark.django_db(transaction=True)
def test_values_that_arrive_during_a_type_change_are_of_the_new_type(now):
    project = ProjectFactory()
    calls = [Call(user_id=f"u{number}", attributes={"size": str(number)}) for number in range(450)]
    identify_batch(project, calls, SERVER, now)
    size = Attribute.objects.get(project=project, key="size")
    verdicts = []

    def write():
        try:
            for number in range(0, 450, 15):
                call = Call(user_id=f"u{number}", attributes={"size": f"1{number}"})
                verdicts.append(identify(project, call, SERVER, timezone.now()).attributes["size"])
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    job = start_retype(size, "number", None)
    writer.start()
    while job.state != "done":
        run_waiting_jobs(timezone.now())
        job.refresh_from_db()
    writer.join(60)
    run_all_jobs()
    assert set(verdicts) == {"converted"}
    values = dict(EndUser.objects.filter(project=project).values_list("user_id", "attributes"))
    for number in range(450):
        assert values[f"u{number}"][size.ref] == int(f"1{number}" if number % 15 == 0 else number)


@pytest.mark.django_db(transaction=True)
def test_the_worker_command_works_and_stops_on_a_signal(counting):
    project = ProjectFactory()
    user(project, "u1")
    job = start_job(project, "bulk_tag", {"query": "", "add": ["vip"], "remove": []})
    with worker():
        until(lambda: in_state(job, "done") and WorkerBeat.objects.exists())
        assert UserTag.objects.count() == 1
    assert not WorkerBeat.objects.exists(), "a worker that ends says so"


@pytest.mark.parametrize("moment", ["end_with_parent", "settle", "Duties"])
def test_a_worker_that_is_stopped_while_it_starts_ends_as_asked(moment, tmp_path):
    """Whatever it was about to do: a signal before its handler would kill it."""
    script = f"""
import os, signal, django
django.setup()
from django.core.management import call_command
from users.management.commands import worker
real = worker.{moment}
def stop_first(*args):
    os.kill(os.getpid(), signal.SIGTERM)
    return real(*args)
worker.{moment} = stop_first
call_command("worker")
"""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "jimo_site.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
        "JIMO_TEST_SQLITE": "",
    }
    done = subprocess.run([sys.executable, "-c", script], env=environment, timeout=30, check=False)
    assert done.returncode == 0
