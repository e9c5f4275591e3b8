"""What a change of an attribute does to segments is said before, asked for, and undone by changing back."""

import pytest
from django.urls import reverse

from segments.models import Segment
from tests.factories import member, user
from tests.reading import html_of
from tests.users.api.conftest import Api
from users.accounts.keys import SCOPES, create_key
from users.jobs.machinery import run_all_jobs
from users.models import Attribute, EndUser
from users.registry.attributes import registry_of
from users.writing.calls import Call, Origin
from users.writing.identify import identify
from users.writing.retype import start_retype

SERVER = Origin("key", None, "Billing")
RULE = {"combinator": "and", "rules": [{"field": "custom.size", "operator": "contains", "value": "an"}]}


@pytest.fixture
def api(project):
    return Api(project, create_key(project, "Billing", list(SCOPES), None)[1])


@pytest.fixture
def size(project, api):
    for name, value in (("u1", "12"), ("u2", "many"), ("u3", "many more")):
        user(project, name, attributes={"size": value})
    api.post("segments", {"name": "Large", "rule": RULE, "visible_to_browsers": True})
    nested = {
        "combinator": "and",
        "rules": [{"field": "segment", "operator": "is_in", "value": Segment.objects.get().pk}],
    }
    api.post("segments", {"name": "Built on it", "rule": nested})
    run_all_jobs()
    return Attribute.objects.get(key="size")


@pytest.fixture
def admin(client, project):
    client.force_login(member(project))
    return client


def post(client, page, project, *args, **form):
    return html_of(client.post(reverse(page, args=[project.slug, *args]), form, follow=True))


def test_a_type_change_says_what_it_breaks_and_asks(project, admin, size):
    html = post(admin, "attribute_type", project, size.pk, to="number")
    assert "Used by 2 segments" in html
    assert html.count("Would break and match nobody") == 2
    assert "2 users" in html
    assert "Visible to browsers" in html
    assert "and break 2 segments" in html
    assert "Nothing was changed" in post(admin, "attribute_type", project, size.pk, to="number", go="1")
    size.refresh_from_db()
    assert size.type == "string"


def test_the_api_asks_too_also_where_no_value_is_lost(api, size):
    EndUser.objects.exclude(user_id="u1").delete()
    refused = api.call("PATCH", "attributes/custom.size", {"type": "number"})
    assert (refused.status_code, refused.body["error"]["code"]) == (409, "would_break_segments")
    said = [item["message"] for item in refused.body["error"]["details"] if item["path"] == "segments"]
    assert len(said) == 2
    assert all("would break and match nobody" in message for message in said)
    assert "visible to browsers" in " ".join(said)
    assert api.call("PATCH", "attributes/custom.size", {"type": "number", "confirm": True}).status_code == 200


def test_a_change_that_breaks_nothing_is_not_asked_about(api, project, size):
    Segment.objects.all().update(rule={"combinator": "and", "rules": [{"field": "custom.size", "operator": "is_set"}]})
    EndUser.objects.exclude(user_id="u1").delete()
    assert api.call("PATCH", "attributes/custom.size", {"type": "number"}).status_code == 200


def test_changing_back_restores_values_writers_and_members(project, size, now):
    before = {person.user_id: person.provenance.values[size.ref] for person in EndUser.objects.all()}
    start_retype(size, "number", None, confirm=True)
    run_all_jobs()
    assert Segment.objects.get(name="Large").state == "broken"
    answer = identify(project, Call(user_id="u3", attributes={"size": 7}), SERVER, now)
    assert answer.attributes == {"size": "accepted"}
    size.refresh_from_db()
    start_retype(size, "string", None, confirm=True)
    run_all_jobs()
    found = {person.user_id: person.attributes.get(size.ref) for person in EndUser.objects.all()}
    assert found == {"u1": "12", "u2": "many", "u3": "7"}
    person = EndUser.objects.get(user_id="u2")
    assert person.provenance.values[size.ref] == before["u2"]
    assert (person.set_aside, person.sources) == ({}, ["custom"])
    assert list(Segment.objects.get(name="Large").memberships.values_list("user__user_id", flat=True)) == ["u2"]


def test_what_was_removed_since_does_not_come_back(project, size, now):
    start_retype(size, "number", None, confirm=True)
    run_all_jobs()
    identify(project, Call(user_id="u2", attributes={"size": None}), SERVER, now)
    size.refresh_from_db()
    start_retype(size, "string", None, confirm=True)
    run_all_jobs()
    assert size.ref not in EndUser.objects.get(user_id="u2").attributes


@pytest.mark.parametrize("switch", ["archived", "sensitive"])
def test_archiving_and_hiding_name_the_segments_and_ask(project, admin, size, switch):
    html = post(admin, "attribute_edit", project, size.pk, name="Size", **{switch: "on"})
    assert "Used by 2 segments" in html
    assert "although segments use it" in html
    assert not getattr(Attribute.objects.get(pk=size.pk), switch)
    post(admin, "attribute_edit", project, size.pk, name="Size", confirm="on", **{switch: "on"})
    assert getattr(Attribute.objects.get(pk=size.pk), switch)
    assert registry_of(project).find("custom.size")


def test_what_nobody_uses_is_archived_at_once(project, admin):
    user(project, "u1", attributes={"plan": "Pro"})
    plan = Attribute.objects.get(key="plan")
    post(admin, "attribute_edit", project, plan.pk, archived="on")
    assert Attribute.objects.get(pk=plan.pk).archived


def test_deleting_names_the_segments_that_break_and_asks(project, admin, size):
    EndUser.objects.all().delete()
    page = admin.get(reverse("attribute_edit", args=[project.slug, size.pk])).content.decode()
    assert page.count("Would break and match nobody") == 2
    assert "confirm that what uses it breaks" in post(admin, "attribute_delete", project, size.pk)
    assert Attribute.objects.filter(pk=size.pk).exists()
    post(admin, "attribute_delete", project, size.pk, confirm="on")
    assert not Attribute.objects.filter(pk=size.pk).exists()
