"""Large exports: written by the worker, resumed after a crash, fetched by who asked, gone when somebody is erased."""

import csv
import io
import os

import pytest
from django.test import Client
from django.urls import reverse

from segments.sheets import background, files, parquet, people
from tests.factories import member, user
from tests.reading import html_of
from tests.segments.test_membership import is_, segment
from users.jobs.machinery import claim_and_run, claim_job, run_all_jobs, run_chunk
from users.models import EndUser, Job
from users.writing.erase import erase_user

pytestmark = pytest.mark.django_db
COUNT = 25


@pytest.fixture(autouse=True)
def _small(settings, tmp_path, monkeypatch):
    settings.IMPORTS_DIR = str(tmp_path)
    monkeypatch.setattr(people, "LARGE", 5)
    monkeypatch.setattr(people, "CHUNK", 4)


@pytest.fixture
def world(project):
    for number in range(COUNT):
        user(project, f"u{number}", name="=1+1", attributes={"plan": "Pro", "seats": number, "tags": ["a", 1]})
    return project


@pytest.fixture
def editor(world):
    client = Client()
    client.force_login(member(world, "editor"))
    return client


def at(project, name, *more):
    return reverse(name, args=[project.slug, *more])


def ask(client, project, kind="csv", **more):
    response = client.post(at(project, "bulk_export"), {"all": "1", "query": "", "format": kind, **more})
    assert (response.status_code, response["Location"]) == (302, at(project, "exports"))
    return Job.objects.latest("pk")


def fetched(client, project, job):
    return b"".join(client.get(at(project, "export_file", job.pk)).streaming_content)


def of_request(client, project, kind):
    """The same export without a job, as links to it answer."""
    address = f"{at(project, 'bulk_export')}?all=1&query=&format={kind}"
    return b"".join(client.get(address).streaming_content)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("seconds", [0, 5])
def test_a_large_export_is_a_job_whose_file_is_the_same(editor, world, kind, seconds, monkeypatch):
    monkeypatch.setattr(background, "SECONDS", seconds)
    job = ask(editor, world, kind)
    assert "Exporting Users" in html_of(editor.get(at(world, "exports")))
    run_all_jobs()
    job.refresh_from_db()
    assert (job.state, job.progress, job.result["count"]) == ("done", COUNT, COUNT)
    assert at(world, "export_file", job.pk) in html_of(editor.get(at(world, "exports")))
    written, expected = fetched(editor, world, job), of_request(editor, world, kind)
    assert rows_in(written, kind) == rows_in(expected, kind)
    assert os.listdir(files.folder()) == [files.path_of(job).name], "no parts are left"


def table_in(written, kind):
    return list(csv.DictReader(io.StringIO(written.decode()))) if kind == "csv" else rows_in(written, kind)


def rows_in(written, kind):
    if kind != "parquet":
        return written
    import pyarrow.parquet

    return pyarrow.parquet.read_table(io.BytesIO(written)).to_pylist()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_worker_that_dies_leaves_what_the_next_goes_on_behind(editor, world, kind, monkeypatch):
    monkeypatch.setattr(background, "SECONDS", 0)
    job = ask(editor, world, kind)
    held = claim_job(job.pk, job.created)
    run_chunk(held)
    held.cursor, last = dict(held.cursor), held.cursor
    background.chunk(held, job.created)  # of which nothing was saved
    Job.objects.filter(pk=job.pk).update(lease_until=None)
    assert Job.objects.get(pk=job.pk).cursor == last
    run_all_jobs()
    assert rows_in(fetched(editor, world, job), kind) == rows_in(of_request(editor, world, kind), kind)


def test_small_exports_and_links_are_answered_at_once(editor, world, monkeypatch):
    monkeypatch.setattr(people, "LARGE", COUNT)
    response = editor.post(at(world, "bulk_export"), {"all": "1", "query": "", "mark": "1"})
    written = b"".join(response.streaming_content)
    assert written.startswith(b"\xef\xbb\xbfnative.user_id,")
    assert len(list(csv.reader(io.StringIO(written.decode())))) == COUNT + 1
    assert not Job.objects.filter(kind="export").exists()


def test_a_segment_of_many_is_a_job_with_a_total(editor, world, api_segment):
    response = editor.post(at(world, "segment_export", api_segment.pk), {"format": "jsonl"})
    assert response.status_code == 302
    run_all_jobs()
    job = Job.objects.get(kind="export")
    assert (job.total, job.state) == (COUNT, "done")
    assert fetched(editor, world, job).count(b"\n") == COUNT


@pytest.fixture
def api_segment(world):
    made = segment(world, "Pro", is_("custom.plan", "Pro"))
    run_all_jobs()
    return made


def test_the_file_is_for_who_asked_and_for_nobody_else(editor, world):
    job = ask(editor, world)
    assert editor.get(at(world, "export_file", job.pk)).status_code == 404, "it is not done"
    run_all_jobs()
    other = Client()
    other.force_login(member(world, "admin", email="other@example.com"))
    assert other.get(at(world, "export_file", job.pk)).status_code == 404
    assert at(world, "export_file", job.pk) not in html_of(
        other.get(reverse("job_progress", args=[world.slug, job.pk]))
    )
    viewer = Client()
    viewer.force_login(member(world, "viewer", email="viewer@example.com"))
    assert viewer.get(at(world, "exports")).status_code == 403
    assert viewer.post(at(world, "bulk_export"), {"all": "1"}).status_code == 403


def test_sensitive_values_are_dots(editor, world, now):
    from users.models import Attribute

    Attribute.objects.filter(project=world, key="seats").update(sensitive=True)
    world.refresh_from_db()
    world.version += 1
    world.save(update_fields=["version"])
    for kind in ("csv", "parquet"):
        job = ask(editor, world, kind)
        Job.objects.filter(pk=job.pk).update(params={**job.params, "columns": ["custom.seats"]})
        run_all_jobs()
        assert {row["custom.seats"] for row in table_in(fetched(editor, world, job), kind)} == {"••••"}


def test_files_go_after_a_week_and_when_somebody_is_erased(editor, world, now, django_capture_on_commit_callbacks):
    old = ask(editor, world)
    run_all_jobs()
    path = files.path_of(old)
    os.utime(path, (1, 1))
    files.forget_old(now)
    assert not path.exists()
    response = editor.get(at(world, "export_file", old.pk), follow=True)
    assert "not kept any more" in html_of(response)
    fresh = ask(editor, world)
    run_all_jobs()
    with django_capture_on_commit_callbacks(execute=True):
        erase_user(world, EndUser.objects.get(user_id="u3").pk)
    assert not files.path_of(fresh).exists()


def test_an_export_during_which_somebody_was_erased_does_not_name_them(
    editor, world, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(background, "SECONDS", 0)
    for kind in ("csv", "parquet"):
        job = ask(editor, world, kind)
        held = claim_job(job.pk, job.created)
        run_chunk(held)
        first = EndUser.objects.filter(project=world).order_by("pk").first()
        with django_capture_on_commit_callbacks(execute=True):
            erase_user(world, first.pk)
        Job.objects.filter(pk=job.pk).update(lease_until=None)
        run_all_jobs()
        job.refresh_from_db()
        assert job.result["count"] == EndUser.objects.filter(project=world).count()


def test_what_is_gone_is_said(editor, world, api_segment):
    editor.post(at(world, "segment_export", api_segment.pk), {})
    api_segment.delete()
    run_all_jobs()
    assert "not there any more" in html_of(editor.get(at(world, "exports")))


def test_without_the_package_parquet_is_said_to_be_missing(editor, world, monkeypatch):
    monkeypatch.setattr(parquet, "is_possible", lambda: False)
    assert "needs the Python package pyarrow" in html_of(editor.get(at(world, "users_list")))
    response = editor.post(at(world, "bulk_export"), {"all": "1", "format": "parquet"}, follow=True)
    assert "pyarrow" in html_of(response)
    assert not Job.objects.filter(kind="export").exists()


def test_a_column_that_is_deleted_meanwhile_is_left_out_of_the_whole_file(editor, world, monkeypatch):
    from users.models import Attribute

    monkeypatch.setattr(background, "SECONDS", 0)
    job = ask(editor, world)
    Job.objects.filter(pk=job.pk).update(
        params={**job.params, "columns": ["native.user_id", "custom.seats", "custom.plan"]}
    )
    run_chunk(claim_job(job.pk, job.created))
    Attribute.objects.filter(project=world, key="seats").delete()
    world.refresh_from_db()
    world.version += 1
    world.save(update_fields=["version"])
    Job.objects.filter(pk=job.pk).update(lease_until=None)
    claim_and_run(job.pk)
    run_all_jobs()
    lines = fetched(editor, world, job).decode().splitlines()
    assert {line.count(",") for line in lines} == {1}
