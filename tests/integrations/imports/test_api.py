"""The calls of imports: what they take, refuse and answer, for whom."""

import pytest

from integrations.imports import running
from integrations.models import Import
from tests.factories import ProjectFactory, user
from users.accounts.keys import create_key
from users.jobs.machinery import claim_and_run, run_all_jobs
from users.models import EndUser, Job
from users.writing.erase import erase_user

pytestmark = pytest.mark.django_db
TABLE = "user_id,plan\nu1,Pro\n"


def test_answer_says_what_was_told_from_the_file(api):
    body = api.upload(TABLE).body
    assert (body["name"], body["state"], body["step"], body["size"]) == ("people.csv", "running", "run", len(TABLE))
    assert body["options"]["identifier"] == {"column": "user_id", "on": "native.user_id"}
    assert body["options"]["columns"][1] == {"column": "plan", "key": "plan", "type": "string", "separator": ","}
    assert api.after(body["id"])["progress"] == {"done": 1, "total": 1}


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"mode": "replace"}, "options.mode"), ({"empty": 1}, "options.empty"), ({"several": "x"}, "options.several"),
        ({"columns": "plan"}, "options.columns"), ({"columns": [{"column": "nope"}]}, "options.columns[0].column"),
        ({"columns": [{"column": "plan", "type": "text"}]}, "options.columns[0].type"),
        ({"columns": [{"column": "plan", "key": "native.sessions"}]}, "options.columns[0].key"),
        ({"columns": [{"column": "plan", "key": "a"}, {"column": "user_id", "key": "a"}]}, "options.columns[1].key"),
        ({"columns": [{"column": "plan"}]}, "options.identifier"), ({"identifier": {"on": "name"}}, "options.identifier.on"),
        ({"identifier": {"column": "nope"}}, "options.identifier.column"), ({"identifier": "id"}, "options.identifier"),
        ({"reading": {"encoding": "ebcdic"}}, "file"), ({"reading": {"format": "pdf"}}, "options.reading.format"),
        ({"reading": {"header": "no"}}, "options.reading.header"), ({"tag": "\n"}, "options.tag"),
        ({"segment": 12345}, "options.segment"), ({"dryrun": True}, "options.dryrun"), ({"dry_run": 1}, "options.dry_run"),
    ],
)  # fmt: skip
def test_wrong_choice_is_refused_by_its_path_and_nothing_is_kept(api, files, options, path):
    response = api.upload(TABLE, **options)
    assert response.status_code == 422, response.body
    assert response.body["error"]["details"][0]["path"] == path
    assert not Import.objects.exists()
    assert files() == []


@pytest.mark.parametrize(("data", "raw", "status"), [("", None, 422), (TABLE, "{", 400), (TABLE, "[]", 400)])
def test_bad_bodies(api, data, raw, status):
    assert api.upload(data, raw=raw).status_code == status


def test_body_that_is_no_form_is_said(api):
    assert api.post("imports", {"file": "x"}).status_code == 415
    response = api.call("POST", "imports", raw=b"x", CONTENT_TYPE="multipart/form-data; boundary=b")
    assert response.status_code in (400, 415, 422)


def test_key_needs_the_scopes_of_what_it_asks(api, now):
    assert api.upload(TABLE, key="wrong").status_code == 401
    _, poor = create_key(api.project, "Poor", ["read"], None)
    assert api.upload(TABLE, key=poor).status_code == 403
    _, plain = create_key(api.project, "Plain", ["ingest"], None)
    assert api.upload(TABLE, key=plain, tag="april").status_code == 403
    assert api.upload(TABLE, key=plain, segment=1).status_code == 403
    body = api.upload(TABLE, key=plain, dry_run=True).body
    run_all_jobs()
    assert "sample" not in api.get(f"imports/{body['id']}", key=plain).body["dry_run"]
    assert "sample" in api.get(f"imports/{body['id']}").body["dry_run"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "imports/{}"), ("GET", "imports/{}/problems"), ("POST", "imports/{}/cancel"), ("POST", "imports/{}/undo")],
)
def test_imports_of_other_projects_are_not_there(api, method, path):
    pk = api.upload(TABLE).body["id"]
    _, other = create_key(ProjectFactory(), "Other", ["ingest"], None)
    assert api.call(method, path.format(pk), key=other).status_code == 404
    assert api.call(method, path.format(10**30)).status_code == 404


def test_problems_come_in_pages(api):
    found = api.imported("user_id,plan\n" + "null,x\n" * 5)
    first = api.get(f"imports/{found['id']}/problems?limit=3").body
    second = api.get(
        f"imports/{found['id']}/problems?limit=3&cursor=" + first["next"].partition("cursor=")[2].partition("&")[0]
    )
    assert [row["line"] for row in [*first["results"], *second.body["results"]]] == [2, 3, 4, 5, 6]
    assert second.body["next"] is None


def test_cancelled_import_stops_and_can_be_undone(api, monkeypatch):
    monkeypatch.setattr(running, "SECONDS", 0)
    monkeypatch.setattr(running, "SLICE", 2)
    body = api.upload("user_id\nu1\nu2\nu3\nu4\n").body
    job = Job.objects.get(kind="import_run")
    Job.objects.filter(pk=job.pk).update(state="running")
    found = Import.objects.get()
    monkeypatch.setattr(running, "SECONDS", 0.000001)
    job.refresh_from_db()
    running.chunk(job, found.created)
    made = EndUser.objects.count()
    assert api.post(f"imports/{body['id']}/cancel").body["state"] == "cancelled"
    assert api.post(f"imports/{body['id']}/cancel").status_code == 409
    assert api.after(body["id"])["state"] == "cancelled"
    assert EndUser.objects.count() == made
    assert api.post(f"imports/{body['id']}/undo").status_code == 202
    assert api.after(body["id"])["state"] == "undone"
    assert not EndUser.objects.exists()


def test_goes_on_behind_the_last_slice_after_a_crash(api, monkeypatch):
    monkeypatch.setattr(running, "SLICE", 10)
    body = api.upload("user_id,n\n" + "".join(f"u{n},{n}\n" for n in range(35)) + "null,1\n").body
    written = running.write_slice
    calls = []

    def dying(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        written(*arguments)

    monkeypatch.setattr(running, "write_slice", dying)
    job = Job.objects.get(kind="import_run")
    with pytest.raises(KeyboardInterrupt):
        claim_and_run(job.pk)
    assert api.get(f"imports/{body['id']}").body["progress"]["done"] == 20
    Job.objects.filter(pk=job.pk).update(lease_until=None)
    found = api.after(body["id"])
    assert found["counts"] == {"rows": 36, "created": 35, "changed": 0, "unchanged": 0, "failed": 1}
    assert EndUser.objects.count() == 35


def test_slice_that_another_worker_wrote_is_not_written_again(api, monkeypatch):
    monkeypatch.setattr(running, "SLICE", 2)
    api.upload("user_id\nu1\nu2\nu3\n")
    job = Job.objects.get(kind="import_run")
    found = Import.objects.get()
    Import.objects.filter(pk=found.pk).update(done=2)
    lines_before = EndUser.objects.count()
    from integrations.imports import steps

    with pytest.raises(steps.Stopped):
        steps.move_on(found, 2)
    assert (job.kind, EndUser.objects.count()) == ("import_run", lines_before)


def test_file_that_is_gone_fails_in_words(api, settings):
    import shutil

    body = api.upload(TABLE).body
    shutil.rmtree(settings.IMPORTS_DIR)
    found = api.after(body["id"])
    assert (found["state"], "Upload it again" in found["error"]) == ("failed", True)


def test_erasing_somebody_takes_their_lines_and_the_files_that_name_them(api, files):
    user(api.project, "u1", attributes={"seats": 1})
    found = api.imported("user_id,seats\nu1,two\nu2,3\n")
    assert len(files()) == 1
    assert api.problems(found["id"]) == [(2, "seats", "two")]
    erase_user(api.project, EndUser.objects.get(user_id="u1").pk)
    assert api.problems(found["id"]) == []
    assert files() == []


def test_deleting_the_project_takes_the_files(api, files):
    api.imported(TABLE)
    Job.objects.all().delete()
    EndUser.objects.all().delete()
    api.project.delete()
    assert files() == []


def test_project_without_cookies_or_keys_uploads_no_gigabytes():
    from jimo_site.serving.gate import MOST_OF_A_CALL, MOST_OF_AN_IMPORT, most_of

    assert most_of("/api/v1/imports", {}) == MOST_OF_A_CALL
    assert most_of("/api/v1/imports", {"HTTP_AUTHORIZATION": "Bearer x"}) == MOST_OF_AN_IMPORT
    assert most_of("/api/v1/identify", {"HTTP_AUTHORIZATION": "Bearer x"}) == MOST_OF_A_CALL
