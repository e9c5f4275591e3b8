"""Settings > Work: what runs, waits and fails, since when and why, retry and stop, for admins of the project alone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import ProjectFactory, member
from tests.integrations.imports.sample import import_job
from tests.reading import html_of
from users.jobs import LANES, machinery, start_job
from users.jobs.beats import record_beat
from users.models import Job, WorkerBeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(project):
    found = Client()
    found.force_login(member(project, "admin"))
    return found


def page(client, project):
    return html_of(client.get(reverse("work", args=[project.slug])))


def row(client, project, job):
    """The job's row, as text."""
    return page(client, project).split(f'id="job-{job.pk}"')[1].split("</tr>")[0]


def made(project, kind="bulk_tag", **fields):
    return Job.objects.create(project=project, kind=kind, params={"ids": []}, **fields)


def act(client, name, job, slug=None):
    return client.post(reverse(name, args=[slug or job.project.slug, job.pk]), follow=True)


NOW = timezone.now
STATES = {
    "Queued": dict,
    "Running": lambda: {"state": "running", "lease_until": NOW() + timedelta(seconds=20)},
    "Failing": lambda: {
        "attempts": 1, "failing_since": NOW(), "lease_until": NOW() + timedelta(seconds=9), "error": "KeyError: 'maya@a.example'",
    },
    "Waiting": lambda: {"lease_until": NOW() + timedelta(minutes=9), "error": "HubSpot asks to wait."},
    "Failed": lambda: {"state": "failed", "finished": NOW(), "error": "KeyError: 'maya@a.example'"},
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_each_job_says_how_it_stands_and_why(client, project, state):
    job = made(project, **STATES[state]())
    shown = row(client, project, job)
    assert "Tagging users" in shown
    assert f">{state}</span>" in shown
    assert LANES["default"].words in shown
    assert ("Something went wrong on our side (KeyError)" in shown) == state.startswith("Fail")
    assert "maya@a.example" not in shown, "it may be a person's"
    assert ("HubSpot asks to wait." in shown) == (state == "Waiting")
    assert (">Retry</button>" in shown) == (state == "Failed")
    assert (">Stop</button>" in shown) == (state != "Failed")


def test_what_failed_is_tried_again_and_goes_on(client, project):
    job = made(project, state="failed", attempts=5, finished=timezone.now(), error="KeyError: 1", progress=7)
    assert "Tagging users is tried again" in html_of(act(client, "work_retry", job))
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error, job.finished) == ("queued", 0, "", None)
    machinery.run_all_jobs(5)
    job.refresh_from_db()
    assert (job.state, job.progress) == ("done", 7)
    assert "cannot be tried again" in html_of(act(client, "work_retry", job))


def test_what_runs_is_stopped_where_that_may_be(client, project):
    job, must_end = made(project), made(project, "delete_project")
    assert "was stopped. What was done before stays." in html_of(act(client, "work_cancel", job))
    assert "cannot be stopped" in html_of(act(client, "work_cancel", must_end))
    assert ">Stop</button>" not in row(client, project, must_end)
    assert set(Job.objects.values_list("kind", "state")) == {("bulk_tag", "cancelled"), ("delete_project", "queued")}


@pytest.mark.slow
def test_an_import_is_stopped_and_tried_again_with_its_job(client, project):
    job = import_job(project, "import_run")
    Job.objects.filter(pk=job.pk).update(state="failed", error="KeyError: 1")
    address = reverse("import", args=[project.slug, job.params["import"]])
    assert ">Failed</span>" in html_of(client.get(address))
    act(client, "work_retry", job)
    assert ">Running</span>" in html_of(client.get(address))
    act(client, "work_cancel", job)
    assert ">Cancelled</span>" in html_of(client.get(address))
    Job.objects.filter(pk=job.pk).update(state="failed")
    assert "cannot be tried again" in html_of(act(client, "work_retry", job))
    job.refresh_from_db()
    assert job.state == "failed"


def test_it_shows_this_project_alone_and_to_admins(client, project):
    stranger = made(ProjectFactory())
    assert f"job-{stranger.pk}" not in page(client, project)
    for name in ("work_retry", "work_cancel"):
        assert act(client, name, stranger, project.slug).status_code == 404
    editor = Client()
    editor.force_login(member(project, "editor"))
    assert editor.get(reverse("work", args=[project.slug])).status_code == 403
    stranger.refresh_from_db()
    assert stranger.state == "queued"


def test_lanes_say_what_is_in_them_and_who_takes_them(client, project):
    start_job(project, "import_run", {"import": 0, "name": "a.csv"})
    made(project, "import_run", state="failed")
    record_beat("one", timezone.now(), ["default"], True)
    WorkerBeat.objects.create(worker="gone", at=timezone.now() - timedelta(minutes=5), lanes=["imports"], duties=False)
    shown = page(client, project)
    lane = shown.split('id="lane-imports"')[1].split("</tr>")[0]
    assert 'data-label="Waiting" class="number"> 1 <' in lane
    assert '<span class="chip chip--red">1</span>' in lane
    assert "Imports: no worker takes this lane" in shown
    assert "Edits and counts: no worker" not in shown
    processes = shown.split('id="work-processes"')[1]
    assert processes.count(">Silent</span>") == 1
    record_beat("two", timezone.now(), list(LANES), True)
    assert "no worker takes this lane" not in page(client, project)


def test_an_empty_one_says_so(client, project):
    shown = page(client, project)
    assert "Nothing runs, waits or fails." in shown
    assert "No worker runs. Nothing is lost meanwhile." in shown


def test_it_asks_the_same_few_questions_and_counts_nothing(client, project, django_assert_num_queries):
    def asked():
        with django_assert_num_queries(9) as found:
            page(client, project)
        assert not [query["sql"] for query in found if "COUNT(" in query["sql"] and "job" in query["sql"]]

    made(project)
    record_beat("one", timezone.now(), list(LANES), True)
    page(client, project)
    asked()
    for number in range(30):
        made(project, ["bulk_tag", "compute_segments"][number % 2], created_by=member(project, "editor"))
        made(project, state="failed")
        made(project, state="done", finished=timezone.now())
    asked()
