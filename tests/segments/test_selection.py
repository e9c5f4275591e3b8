"""Users that were picked in the list: put on a list, exported. By role, by project, by what was picked."""

import csv
import io
import json

import pytest
from django.test import Client

from segments.membership.sizes import sizes_of
from segments.models import Membership, Segment
from tests.factories import member, user
from tests.segments.test_membership import is_, segment
from users.jobs.machinery import run_all_jobs
from users.models import EndUser, Job, Project

pytestmark = pytest.mark.django_db(transaction=True)
PRO = json.dumps({"combinator": "and", "rules": [{"field": "custom.plan", "operator": "is", "value": "Pro"}]})


@pytest.fixture
def crowd(project):
    for number in range(5):
        user(project, f"u{number}", attributes={"plan": "Pro" if number else "Free"})
    return project


@pytest.fixture
def sign_in(project):
    def enter(role="editor"):
        client = Client()
        client.force_login(member(project, role))
        return client

    return enter


def at(project, path):
    return f"/p/{project.slug}/segments/{path}"


def on_list(made):
    return set(Membership.objects.filter(segment=made).values_list("user__user_id", flat=True))


def pks(*ids):
    return ",".join(str(pk) for pk in EndUser.objects.filter(user_id__in=ids).values_list("pk", flat=True))


def test_picked_users_go_on_a_list_and_undo_takes_off_only_those_that_were_new(crowd, sign_in):
    council, client = segment(crowd, name="Council", static=True), sign_in()
    client.post(at(crowd, "lists/add/"), {"ids": pks("u1"), "segment": council.pk})
    run_all_jobs()
    client.post(at(crowd, "lists/add/"), {"ids": pks("u1", "u2"), "segment": council.pk})
    run_all_jobs()
    assert on_list(council) == {"u1", "u2"}
    job = Job.objects.latest("pk")
    assert (job.state, job.progress, job.result["changed"]) == ("done", 2, 1)
    client.post(f"/p/{crowd.slug}/jobs/{job.pk}/undo/")
    run_all_jobs()
    assert on_list(council) == {"u1"}


def test_all_that_match_go_on_a_new_list(crowd, sign_in):
    query = Client().get("/", {"rule": PRO}).wsgi_request.META["QUERY_STRING"]
    answer = sign_in().post(
        at(crowd, "lists/add/"), {"all": "1", "query": query, "segment": "new", "name": "Pro for a talk"}
    )
    assert "Adding users to Pro for a talk" in answer.content.decode()
    run_all_jobs()
    made = Segment.objects.get(name="Pro for a talk")
    assert made.static
    assert on_list(made) == {"u1", "u2", "u3", "u4"}
    assert sizes_of([made.pk]) == {made.pk: 4}


def test_a_new_list_needs_a_name_that_is_free(crowd, sign_in):
    segment(crowd, name="Council", static=True)
    for wanted, name, words in (("new", "", "name"), ("new", "Council", "Council"), ("", "", "A new list")):
        answer = sign_in().post(at(crowd, "lists/add/"), {"ids": pks("u1"), "segment": wanted, "name": name})
        assert answer.status_code == 422
        assert answer["HX-Retarget"] == "#list-choice"
        assert words in answer.content.decode()
    assert not Job.objects.exists()


def test_only_lists_of_the_project_are_offered_and_taken(crowd, sign_in):
    segment(crowd, "By rule", is_("custom.plan", "Pro"))
    other = segment(Project.objects.create(name="Other", slug="other"), name="Theirs", static=True)
    ours = segment(crowd, name="Ours", static=True)
    html = sign_in().get(at(crowd, "lists/")).content.decode()
    assert "Ours" in html
    assert "Theirs" not in html
    assert "By rule" not in html
    for pk in (other.pk, Segment.objects.get(name="By rule").pk, 0, "x"):
        assert sign_in().post(at(crowd, "lists/add/"), {"ids": pks("u1"), "segment": pk}).status_code == 404
    assert sign_in().post(at(crowd, "lists/add/"), {"ids": "", "segment": ours.pk}).status_code == 400
    assert sign_in().get(at(crowd, "lists/add/")).status_code == 405


def test_a_list_that_is_deleted_meanwhile_ends_the_job(crowd, sign_in):
    council = segment(crowd, name="Council", static=True)
    sign_in().post(at(crowd, "lists/add/"), {"ids": pks("u1"), "segment": council.pk})
    Segment.objects.all().delete()
    run_all_jobs()
    assert Job.objects.get().state == "done"


@pytest.mark.parametrize("path", ["lists/", "lists/add/", "export-users/"])
def test_viewers_and_strangers_do_neither(crowd, sign_in, path):
    ask = sign_in("viewer")
    answer = ask.post(at(crowd, path)) if path == "lists/add/" else ask.get(at(crowd, path))
    assert answer.status_code == 403
    other = Project.objects.create(name="Other", slug="other")
    ask = sign_in()
    assert (ask.post if path == "lists/add/" else ask.get)(at(other, path)).status_code == 404


def test_the_export_has_who_was_picked_with_the_columns_of_the_list(crowd, sign_in):
    client = sign_in()
    client.post(f"/p/{crowd.slug}/users/columns/", {"columns": ["custom.plan"]})
    answer = client.get(at(crowd, "export-users/"), {"ids": pks("u0", "u3"), "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [(row["native.user_id"], row["custom.plan"]) for row in rows] == [("u0", "Free"), ("u3", "Pro")]
    assert 'filename="users-' in answer["Content-Disposition"]
    query = Client().get("/", {"rule": PRO}).wsgi_request.META["QUERY_STRING"]
    answer = client.get(at(crowd, "export-users/"), {"all": "1", "query": query, "format": "jsonl"})
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert {json.loads(line)["native.user_id"] for line in lines} == {"u1", "u2", "u3", "u4"}
    broken = client.get(at(crowd, "export-users/"), {"all": "1", "query": "rule=%7B"}, follow=True)
    assert 'class="banner banner--red banner--refusal"' in broken.content.decode()
