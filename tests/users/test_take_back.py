"""Undo of a hand edit: value, time and writer are what they were, and history says both in one line."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from segments.models import Membership
from tests.factories import SERVER, SNIPPET, member, user
from tests.segments.test_membership import is_, segment
from users.jobs.machinery import run_all_jobs
from users.models import Attribute, AttributeChange, EndUser, Job, Provenance, SearchTerm, Tag, UserTag
from users.registry.attributes import bump_version, registry_of
from users.showing.history import lines
from users.writing.calls import Call, Origin, TagChange
from users.writing.identify import identify

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HELD = {"plan": "Pro", "seats": 12, "signup": "2024-06-15T10:00:00Z", "vip": True, "rooms": ["a", 1], "empty": ""}
OTHERS = {"plan": "Team", "seats": "13", "signup": "2025-01-01", "vip": "false", "rooms": "b", "empty": "x"}
CHECKED = ("plan", "seats", "signup", "vip", "rooms")


@pytest.fixture
def maya(project, now):
    """Written long ago by a key, with tags of a sync."""
    before = now - timedelta(days=30)
    call = Call(user_id="maya", name="Maya Lindqvist", email="m@x.io", language="sv", attributes=HELD,
                timestamp=before, tags=TagChange(add=["vip", "beta"]))  # fmt: skip
    identify(project, call, Origin("sync", 7, "HubSpot"), before)
    return EndUser.objects.get()


@pytest.fixture
def client(project):
    found = Client()
    found.force_login(member(project, "editor", name="Edith Moreau"))
    return found


def everything(person):
    """All that is stored of a user but the number that each write moves."""
    row = EndUser.objects.values().get(pk=person.pk)
    del row["revision"]
    provenance = Provenance.objects.get(user=person).values
    tags = set(UserTag.objects.filter(user=person).values_list(
        "tag__name", "added", "origin_kind", "origin_id", "origin_label"
    ))  # fmt: skip
    terms = set(SearchTerm.objects.filter(user=person).values_list("term", flat=True))
    return row, provenance, tags, terms


def at(project, person, rest):
    return f"/p/{project.slug}/users/{person.pk}/{rest}"


def ref_of(project, field):
    return registry_of(project).find(field).ref


def remove(client, project, person, field):
    url = at(project, person, f"values/{ref_of(project, field)}/remove/")
    return undo_of(client.post(url, HTTP_HX_REQUEST="true"))


def edit(client, project, person, field, text):
    row = registry_of(project).find(field)
    held = EndUser.objects.get(pk=person.pk)
    shown = getattr(held, row.key) if field.startswith("native.") else held.attributes.get(row.ref)
    body = {"value": text, "expected": json.dumps(shown)}
    return undo_of(client.post(at(project, person, f"values/{row.ref}/edit/"), body, HTTP_HX_REQUEST="true"))


def undo_of(response):
    assert response.status_code == 200, response.content
    return json.loads(response["HX-Trigger"])["toast"]["undo"]


def history(client, project, person, **asked):
    """The lines of the History tab as their words."""
    page = client.get(at(project, person, ""), {"tab": "history", **asked}).content.decode()
    lines = page.split('<div class="history__line ')[1:]
    return [" ".join(re.sub("<[^>]+>", " ", line).split()) for line in lines]


FIELDS = [*(f"custom.{key}" for key in CHECKED), "native.name", "native.email", "native.language"]


@pytest.mark.parametrize("field", FIELDS)
def test_what_was_removed_comes_back_as_it_was(client, project, maya, field):
    before = everything(maya)
    undo = remove(client, project, maya, field)
    assert everything(maya) != before
    assert client.post(undo).status_code == 200
    assert everything(maya) == before
    lines = history(client, project, maya)
    assert len(lines) == 2
    assert re.search("removed and restored", lines[0])
    assert client.post(undo).status_code == 409
    assert everything(maya) == before


NATIVES = {"native.name": "Maja", "native.email": "maja@x.io", "native.language": "fi"}


@pytest.mark.parametrize("field", FIELDS)
def test_what_was_edited_comes_back_as_it_was(client, project, maya, field):
    before = everything(maya)
    undo = edit(client, project, maya, field, NATIVES.get(field) or OTHERS[field.removeprefix("custom.")])
    assert everything(maya) != before
    assert client.post(undo).status_code == 200
    assert everything(maya) == before
    lines = history(client, project, maya, attribute=ref_of(project, field))
    assert len(lines) == 2
    assert "and taken back" in lines[0]
    assert "Undo" not in lines[0]


def test_what_was_added_goes_without_a_trace_in_what_is_known(client, project, maya):
    user(project, "other", attributes={"color": "red"})
    before = everything(maya)
    body = {"ref": ref_of(project, "custom.color"), "value": "blue"}
    undo = undo_of(client.post(at(project, maya, "values/new/"), body, HTTP_HX_REQUEST="true"))
    assert client.post(undo).status_code == 200
    assert everything(maya) == before


def test_a_late_value_is_as_late_as_it_was_before_the_edit(client, project, maya, now):
    client.post(remove(client, project, maya, "custom.plan"))
    late = Call(user_id="maya", attributes={"plan": "Late"}, timestamp=now - timedelta(days=1))
    assert identify(project, late, SERVER, timezone.now()).attributes == {"plan": "accepted"}


@pytest.mark.parametrize("value", ["Team", "Newest"], ids=["confirmed", "replaced"])
def test_what_others_wrote_since_stays(client, project, maya, value):
    undo = edit(client, project, maya, "custom.plan", "Team")
    at_first = Call(user_id="maya", attributes={"plan": value}, timestamp=timezone.now())
    identify(project, at_first, SNIPPET, timezone.now() + timedelta(seconds=1))
    now_there = everything(maya)
    answer = client.post(undo)
    assert (answer.status_code, everything(maya)) == (409, now_there)
    assert "newer value" in answer.json()["message"]
    assert "Undo" not in " ".join(history(client, project, maya))


def test_a_value_that_fits_no_more_stays_away_in_words(client, project, maya):
    undo = remove(client, project, maya, "custom.plan")
    definition = registry_of(project).find("custom.plan")
    Attribute.objects.filter(pk=definition.id).update(type="number")
    bump_version(project.pk)
    answer = client.post(undo)
    assert answer.status_code == 409
    assert "does not fit plan any more" in answer.json()["message"]


def test_edits_of_before_this_kept_the_writer_come_back_as_new_ones(client, project, maya):
    undo = remove(client, project, maya, "custom.plan")
    change = AttributeChange.objects.latest("pk")
    del change.changes[ref_of(project, "custom.plan")]["w"]
    change.save()
    assert client.post(undo).status_code == 200
    entry = Provenance.objects.get(user=maya).values[ref_of(project, "custom.plan")]
    assert entry["l"] == "Edith Moreau"


@pytest.mark.django_db(transaction=True)
def test_members_of_segments_are_back(client, project, maya):
    made = segment(project, "Pro", is_("custom.plan", "Pro"))
    run_all_jobs()
    undo = remove(client, project, maya, "custom.plan")
    assert not Membership.objects.filter(segment=made).exists()
    client.post(undo)
    assert Membership.objects.filter(segment=made, user=maya).exists()


class TestTags:
    def change(self, client, project, person, **body):
        answer = client.post(at(project, person, "tags/"), body, HTTP_HX_REQUEST="true")
        assert answer.status_code == 200
        return answer.json()["undo"]

    @pytest.mark.parametrize(
        "body", [{"remove": "vip"}, {"add": "new"}, {"add": ["a", "b"], "remove": ["vip", "beta"]}]
    )
    def test_tags_come_back_by_whom_and_since_when_they_were(self, client, project, maya, body):
        before = everything(maya)
        undo = self.change(client, project, maya, **body)
        assert everything(maya) != before
        answer = client.post(undo)
        assert "vip" in answer.json()["chips"]
        assert everything(maya) == before
        lines = history(client, project, maya)
        assert len(lines) == 2
        for name in [body.get("remove") or body.get("add")] if isinstance(next(iter(body.values())), str) else "ab":
            assert re.search(f"(un)?tagged.* {name} and (taken off again|restored)", lines[0])
        assert client.post(undo).status_code == 409

    def test_what_others_did_to_the_tags_since_stays(self, client, project, maya):
        undo = self.change(client, project, maya, remove="vip", add="new")
        identify(project, Call(user_id="maya", tags=TagChange(add=["third"])), SERVER, timezone.now())
        assert client.post(undo).status_code == 200
        names = set(UserTag.objects.filter(user=maya).values_list("tag__name", flat=True))
        assert names == {"vip", "beta", "third"}
        assert Provenance.objects.get(user=maya).values["tags"]["l"] == "Billing"

    def test_a_tag_that_is_deleted_meanwhile_is_made_anew(self, client, project, maya):
        undo = self.change(client, project, maya, remove="vip")
        Tag.objects.filter(name="vip").delete()
        assert client.post(undo).status_code == 200
        assert UserTag.objects.get(user=maya, tag__name="vip").origin_label == "HubSpot"

    @pytest.mark.django_db(transaction=True)
    def test_a_bulk_tagging_is_undone_as_one_is(self, client, project, maya, now):
        user(project, "other", tags=TagChange(add=["bulk"]))
        before = everything(maya)
        query = {"add": json.dumps(["bulk"]), "remove": json.dumps(["vip"]), "ids": str(maya.pk)}
        assert client.post(f"/p/{project.slug}/users/tag/", query).status_code < 400
        run_all_jobs()
        assert everything(maya) != before
        job = Job.objects.get(kind="bulk_tag")
        client.post(f"/p/{project.slug}/jobs/{job.pk}/undo/")
        run_all_jobs()
        assert everything(maya) == before
        assert len(history(client, project, maya)) == 2

    def test_only_own_writes_by_hand_are_taken_back(self, client, project, maya, now):
        change = AttributeChange.objects.get(user=maya)
        assert client.post(at(project, maya, f"tags/undo/?change={change.pk}")).status_code == 404
        assert client.post(at(project, maya, "tags/undo/?change=0")).status_code == 404


def test_the_pages_of_history_ask_a_constant_number_of_times(client, project, maya, django_assert_num_queries):
    for _ in range(3):
        client.post(remove(client, project, maya, "custom.plan"))
    person = EndUser.objects.select_related("provenance").get(pk=maya.pk)
    known = registry_of(project)
    with django_assert_num_queries(2):
        found, more = lines(person, known)
    assert (len(found), more) == (4, False)
