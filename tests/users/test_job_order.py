"""Jobs keep their order, say that they failed, are never half begun, and compute nothing while others cannot write."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from segments.defining.edit import Author, create_segment, delete_segment
from tests.factories import SERVER, member
from users.background import bulk, delete_project
from users.background.periodic import DUTIES
from users.database.contention import Busy
from users.jobs import KINDS, register, start_job
from users.jobs.machinery import MOST_ATTEMPTS, claim_and_run, run_all_jobs
from users.models import Attribute, EndUser, Job, Project, Tag, UserTag
from users.writing.calls import Call
from users.writing.identify import identify_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(project, now):
    identify_batch(project, [Call(user_id=f"u{number}") for number in range(12)], SERVER, now)
    return list(EndUser.objects.filter(project=project).values_list("pk", flat=True))


def after_a_pause():
    Job.objects.filter(state__in=["queued", "running"]).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_later_job_about_the_same_things_does_not_overtake(project, people, monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 5)
    tag = start_job(project, "bulk_tag", {"ids": people, "add": ["vip"]})
    untag = start_job(project, "bulk_tag", {"ids": people, "remove": ["vip"]})
    other = start_job(project, "count_users", {"query": ""})
    # A worker takes the first, does a chunk, and is killed: its lease has yet to run out.
    real, done = KINDS["bulk_tag"], []

    def one_chunk_and_then_killed(job, now):
        if done:
            raise SystemExit
        done.append(job.pk)
        return real.chunk(job, now)

    monkeypatch.setitem(KINDS, "bulk_tag", replace(real, chunk=one_chunk_and_then_killed))
    with pytest.raises(SystemExit):
        claim_and_run(tag.pk)
    monkeypatch.setitem(KINDS, "bulk_tag", real)
    assert UserTag.objects.count() == 5
    assert not claim_and_run(untag.pk)
    assert claim_and_run(other.pk), "what is about other things does not wait"
    after_a_pause()
    run_all_jobs(20)
    assert UserTag.objects.count() == 0
    assert set(Job.objects.filter(kind="bulk_tag").values_list("state", flat=True)) == {"done"}


def test_the_next_is_woken_when_the_one_before_it_ends(project, people):
    first = start_job(project, "bulk_tag", {"ids": people, "add": ["vip"]})
    second = start_job(project, "bulk_tag", {"ids": people, "remove": ["vip"]})
    from users.jobs import machinery

    woken, real = [], machinery.wake_up
    machinery.wake_up = woken.append
    try:
        claim_and_run(first.pk)
    finally:
        machinery.wake_up = real
    assert woken == [second]


def test_another_project_does_not_wait(project, people):
    from tests.factories import ProjectFactory

    start_job(project, "bulk_tag", {"ids": people, "add": ["vip"]})
    assert claim_and_run(start_job(ProjectFactory(), "bulk_tag", {"ids": [], "add": ["vip"]}).pk)


@pytest.fixture(params=[True, False], ids=["own transactions", "one transaction"])
def failing(request):
    """A kind that fails each time with the error that `fail` holds."""
    fail = []

    def chunk(job, now):
        raise fail[0]

    register("failing", words="Failing", own_transactions=request.param)(chunk)
    yield fail
    del KINDS["failing"]


def test_what_fails_each_time_ends_as_failed_and_says_why(project, failing):
    failing.append(ValueError("broken"))
    job = start_job(project, "failing", {})
    for attempt in range(1, MOST_ATTEMPTS + 1):
        claim_and_run(job.pk)
        job.refresh_from_db()
        assert job.attempts == attempt
        after_a_pause()
    assert (job.state, job.error) == ("failed", "ValueError: broken")
    assert job.finished
    assert not claim_and_run(job.pk)


def test_waiting_for_the_database_is_no_failure(project, failing):
    failing.append(Busy())
    job = start_job(project, "failing", {})
    for _ in range(MOST_ATTEMPTS + 2):
        claim_and_run(job.pk)
        after_a_pause()
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)
    failing[0] = OperationalError("no such column: nonsense")
    for _ in range(MOST_ATTEMPTS):
        claim_and_run(job.pk)
        after_a_pause()
    job.refresh_from_db()
    assert job.state == "failed"


def test_every_failing_pass_ends_and_says_so(project, people, now, monkeypatch):
    rule = {"combinator": "and", "rules": [{"field": "native.name", "operator": "is_set"}]}
    create_segment(project, {"name": "Named"}, rule=rule, static=False, by=Author(None, "A"), now=now)
    job = Job.objects.get(kind="compute_segments")
    monkeypatch.setattr("segments.membership.passes.compute_some", lambda *args: 1 / 0)
    for _ in range(MOST_ATTEMPTS):
        claim_and_run(job.pk)
        after_a_pause()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "ZeroDivisionError" in job.error


def test_a_project_is_marked_and_its_deletion_begun_or_neither(project, monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(member(project, "admin"))
    monkeypatch.setattr(delete_project, "start_job", lambda *args: 1 / 0)
    assert client.post(reverse("project_delete", args=[project.slug]), {"name": project.name}).status_code == 500
    project.refresh_from_db()
    assert project.deleting_since is None


def test_a_deletion_that_was_lost_is_resumed(project, people):
    now = timezone.now()
    Project.objects.filter(pk=project.pk).update(deleting_since=now - timedelta(minutes=5))
    for duty in DUTIES:
        duty.act(now)
        duty.act(now)
    assert Job.objects.filter(kind="delete_project").count() == 1
    run_all_jobs(30)
    assert not Project.objects.exists()
    assert not EndUser.objects.exists()


def test_expired_sessions_go(db):
    now = timezone.now()
    for name, ends in (("old", -1), ("new", 1)):
        Session.objects.create(session_key=name, session_data="", expire_date=now + timedelta(days=ends))
    for duty in DUTIES:
        duty.act(now)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]


def work_of(kind, project, people, now):
    """A job of the kind, with something to do."""
    plan = Attribute.objects.get(project=project, key="plan")
    if kind in ("bulk_tag", "undo_bulk_tag"):
        tagging = start_job(project, "bulk_tag", {"ids": people, "add": ["vip"]})
        if kind == "undo_bulk_tag":
            claim_and_run(tagging.pk)
            return start_job(project, kind, {}, undoes=tagging)
        return tagging
    if kind == "compute_segments":
        rule = {"combinator": "and", "rules": [{"field": "custom.plan", "operator": "is", "value": "3"}]}
        create_segment(project, {"name": "Three"}, rule=rule, static=False, by=Author(None, "A"), now=now)
        return Job.objects.get(kind=kind)
    if kind in ("fill_list", "undo_fill_list"):
        made = create_segment(project, {"name": "List"}, rule=None, static=True, by=Author(None, "A"), now=now)
        filling = start_job(project, "fill_list", {"ids": people, "segment": made.pk, "name": made.name})
        if kind == "undo_fill_list":
            claim_and_run(filling.pk)
            return start_job(project, kind, {}, undoes=filling)
        return filling
    if kind == "delete_segment":
        made = create_segment(project, {"name": "List"}, rule=None, static=True, by=Author(None, "A"), now=now)
        delete_segment(made)
        return Job.objects.get(kind=kind)
    if kind == "retype":
        from users.writing.retype import start_retype

        return start_retype(plan, "number", None, confirm=True)
    if kind == "delete_tag":
        from users.writing.tagging import delete_tag

        claim_and_run(start_job(project, "bulk_tag", {"ids": people, "add": ["vip"]}).pk)
        delete_tag(Tag.objects.get(), None)
        return Job.objects.get(kind=kind)
    if kind.startswith("import_"):
        from tests.integrations.imports.sample import import_job

        return import_job(project, kind)
    if kind in ("sync_run", "disconnect"):
        from tests.integrations.syncing.toy import sync_job

        return sync_job(project, kind)
    if kind in ("audience_sync", "records_told"):
        from tests.integrations.syncing.toy import later_job

        return later_job(project, kind, people, now)
    params = {
        "count_users": {"query": "search=u"}, "preview_type": {"attribute": plan.pk, "to": "number"},
        "bulk_erase": {"ids": people[:3]}, "delete_project": {}, "search_terms": {},
        "export": {"ids": people[:3], "format": "csv", "columns": ["native.user_id"], "mark": False, "readable": False,
                   "name": "Users", "file": "users.csv"},
    }  # fmt: skip
    return start_job(project, kind, params[kind])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_is_counted_in_a_transaction_that_writes(project, people, now, kind):
    """On SQLite a transaction keeps all others from writing: what may read all users is done before or after it."""
    for number, pk in enumerate(people):
        identify_batch(project, [Call(target=pk, attributes={"plan": str(number)})], SERVER, now)
    job = work_of(kind, project, people, now)
    inside = []

    def look(execute, sql, params, many, context):
        if connection.in_atomic_block and "COUNT(" in sql and "users_enduser" in sql:
            inside.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        for _ in range(10):
            claim_and_run(job.pk)
    assert not inside
    job.refresh_from_db()
    assert job.state == "done"
    assert ("changed" in job.result) == KINDS[kind].counts_changes, "its page says so"
