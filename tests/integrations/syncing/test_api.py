"""The calls of connections: what they take, refuse and answer, and that credentials never come out."""

import pytest

from integrations.models import Connection
from tests.factories import ProjectFactory, user
from tests.integrations.syncing.conftest import CHOSEN, values_of
from users.accounts.keys import create_key
from users.models import Attribute, EndUser

pytestmark = pytest.mark.django_db
GOOD = {"connector": "toy", "credentials": {"token": "good"}}


def test_connectors_say_what_they_take_as_json_schema(api):
    listed = {item["slug"]: item for item in api.get("connectors").body["results"]}
    assert "toy" not in listed  # of tests; those of vendors are
    for item in listed.values():
        assert item["credentials"]["type"] == "object"
        assert set(item["credentials"]["required"]) <= set(item["credentials"]["properties"])


def test_connect_and_read_back_without_credentials(api):
    response = api.post("connections", {**GOOD, **CHOSEN})
    assert response.status_code == 201
    body = response.body
    assert (body["name"], body["account"], body["state"]) == ("Toy CRM", "Toy of Fernhill", "active")
    assert body["properties"][1] == {"property": "seats", "key": "seats", "type": "number"}
    assert body["schedule"] == "15m"
    for answer in (response, api.get("connections"), api.get(f"connections/{body['id']}")):
        assert b"good" not in answer.content
        assert b"token" not in answer.content
    assert "good" not in Connection.objects.get().credentials
    assert Attribute.objects.get(source="toy", key="seats").type == "number"


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"connector": "nope"}, "connector"), ({"credentials": {}}, "credentials.token"), ({"credentials": None}, "credentials"),
        ({"credentials": {"token": "bad"}}, "credentials.token"), ({"credentials": {"token": 5}}, "credentials.token"),
        ({"credentials": {"token": "good", "x": "y"}}, "credentials.x"),
        ({"credentials": {"token": "good", "region": "us"}}, "credentials.region"),
        ({"credentials": {"token": "good", "base_url": "http://127.0.0.1:1"}}, "credentials.base_url"),
        ({"schedule": "1m"}, "schedule"), ({"schedule": 15}, "schedule"), ({"schedule": "2d"}, "schedule"),
        ({"empty": "zap"}, "empty"), ({"create_users": "yes"}, "create_users"), ({"objects": ["deals"]}, "objects"),
        ({"objects": ["companies"]}, "objects"), ({"objects": "contacts"}, "objects"), ({"match": "email"}, "match"),
        ({"match": {"on": "native.name"}}, "match.on"), ({"match": {"property": "x"}}, "match.property"),
        ({"properties": {}}, "properties"), ({"properties": ["plan"]}, "properties.0"),
        ({"properties": [{"property": "x"}]}, "properties.0.property"),
        ({"properties": [{"property": "plan"}, {"property": "plan"}]}, "properties.1.property"),
        ({"properties": [{"property": "plan"}, {"property": "seats", "key": "plan"}]}, "properties.1.key"),
        ({"properties": [{"property": "plan", "key": "$x"}]}, "properties.0.key"),
        ({"properties": [{"property": "plan", "type": "text"}]}, "properties.0.type"), ({"nme": "x"}, "nme"),
        ({"name": "a\nb"}, "name"), ({"paused": "no"}, "paused"),
    ],
)  # fmt: skip
def test_wrong_member_is_refused_by_its_path_and_nothing_is_kept(api, more, path):
    response = api.post("connections", {**GOOD, **more})
    assert response.status_code == 422, response.body
    assert response.body["error"]["details"][0]["path"] == path
    assert not Connection.objects.exists()
    assert not Attribute.objects.filter(source="toy").exists()


def test_type_of_an_attribute_that_is_there_counts(api):
    api.connect()
    response = api.post("connections", {**GOOD, "properties": [{"property": "plan", "key": "seats", "type": "string"}]})
    assert response.status_code == 422
    assert "number already" in response.body["error"]["message"]


def test_second_connection_of_a_vendor_gets_a_name_of_its_own(api):
    api.connect()
    assert api.get(f"connections/{api.connect()}").body["name"] == "Toy CRM 2"
    assert api.get(f"connections/{api.connect(name='Toy of the US')}").body["name"] == "Toy of the US"


def test_test_says_whether_the_vendor_still_takes_it(api, vendor):
    from integrations.connectors.failures import VendorAway

    pk = api.connect()
    assert api.post(f"connections/{pk}/test", {}).body == {"ok": True, "account": "Toy of Fernhill", "message": ""}
    vendor.faults = [VendorAway("Toy does not answer.")]
    assert api.post(f"connections/{pk}/test", {}).body["message"] == "Toy does not answer."


def test_properties_and_preview_write_nothing(api, vendor, sam):
    vendor.put("1", email="sam@example.com", plan="pro", seats="many")
    vendor.put("2", email="nobody@example.com", plan="free")
    pk = api.connect()
    listed = api.get(f"connections/{pk}/properties").body["results"]
    assert [item["property"] for item in listed] == ["email", "plan", "seats", "topics"]
    first, second = api.post(f"connections/{pk}/preview", {}).body["results"]
    assert first["user"]["user_id"] == "u1"
    assert first["url"] == "https://toy.example/contacts/1"
    plan, seats, topics = first["values"]
    assert (plan["internal"], plan["value"], plan["verdict"]) == ("pro", "Pro", "accepted")
    assert seats["verdict"] == "rejected"
    assert "number" in seats["reason"]
    assert topics["verdict"] == "empty"
    assert second["user"] is None
    assert "No user has this email" in second["reason"]
    assert api.post(f"connections/{pk}/preview", {"create_users": True}).body["results"][1]["creates"] is True
    assert api.post(f"connections/{pk}/preview", {"match": {"on": "x"}}).status_code == 422
    assert values_of(api) == {}
    assert EndUser.objects.count() == 1


def test_keys_need_the_scope_and_other_projects_are_unknown(api, vendor, now):
    pk = api.connect()
    _, weak = create_key(api.project, "Weak", ["ingest", "read"], None)
    other = ProjectFactory()
    _, foreign = create_key(other, "Other", ["integrations"], None)
    for method, path in (
        ("GET", "connectors"), ("GET", "connections"), ("POST", "connections"), ("GET", f"connections/{pk}"),
        ("PATCH", f"connections/{pk}"), ("DELETE", f"connections/{pk}"), ("POST", f"connections/{pk}/runs"),
        ("POST", f"connections/{pk}/test"), ("POST", f"connections/{pk}/preview"), ("GET", f"connections/{pk}/properties"),
        ("GET", f"connections/{pk}/runs"),
    ):  # fmt: skip
        body = {} if method in ("POST", "PATCH") else None
        refused = api.call(method, path, body, key=weak)
        assert refused.status_code == 403, (method, path)
        assert "integrations" in refused.body["error"]["message"]
        if str(pk) in path:
            assert api.call(method, path, body, key=foreign).status_code == 404, (method, path)


def test_problems_are_paged_and_filtered(api, vendor, sam):
    for number in range(5):
        vendor.put(str(number), email=f"no{number}@example.com")
    vendor.put("9", email="sam@example.com", seats="many")
    pk = api.connect()
    run = api.run(pk)
    page = api.get(f"connections/{pk}/runs/{run['id']}/problems?limit=4").body
    assert len(page["results"]) == 4
    assert page["next"]
    failed = api.get(f"connections/{pk}/runs/{run['id']}/problems?kind=failed").body["results"]
    assert [row["record"] for row in failed] == ["9"]


def test_cancelled_run_says_so(api, vendor, sam):
    pk = api.connect()
    run = api.post(f"connections/{pk}/runs", {}).body["id"]
    assert api.post(f"connections/{pk}/runs/{run}/cancel", {}).body["state"] == "cancelled"
    assert api.post(f"connections/{pk}/runs/{run}/cancel", {}).status_code == 409
    assert [row["state"] for row in api.get(f"connections/{pk}/runs").body["results"]] == ["cancelled"]


def test_person_of_another_project_is_never_matched(api, vendor):
    other = ProjectFactory()
    user(other, user_id="theirs", email="sam@example.com")
    vendor.put("1", email="sam@example.com", plan="pro")
    assert api.run(api.connect())["counts"]["unmatched"] == 1
