"""Reading, changing and erasing users; tags; the registry."""

import base64

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tests.factories import user, value_of
from users.models import Attribute, AttributeChange, BlockedId, EndUser, Identity, IngestEntry, Provenance, SearchTerm
from users.writing.resolve import find_user

pytestmark = pytest.mark.django_db


def in_path(text):
    return "~" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_profile_has_every_attribute_with_its_source(api):
    user(api.project, "u1", name="Maya", attributes={"plan": "Pro"}, tags=None)
    body = api.get("users/u1").body
    assert (body["user_id"], body["name"], body["tags"]) == ("u1", "Maya", [])
    rows = {(row["source"], row["key"]): row for row in body["attributes"]}
    plan = rows["custom", "plan"]
    assert (plan["type"], plan["value"], plan["origin"]) == ("string", "Pro", {"kind": "key", "label": "Billing"})
    assert plan["updated_at"].endswith("Z")
    assert rows["native", "name"]["value"] == "Maya"


@pytest.mark.parametrize("ident", ["a/tags", "a/b", "~x", "é 🎉", "a?b#c", "..", "a%2Fb", "x" * 255])
def test_any_id_is_reached_by_its_base64url(api, ident):
    user(api.project, ident)
    assert api.get(f"users/{in_path(ident)}").body["user_id"] == ident
    assert api.get(f"users/{in_path(ident)}/tags").body == {"tags": []}


def test_a_percent_encoded_id_and_a_jimer_id(api):
    user(api.project, "sam+x@example.com", jimer_id="browser")
    assert api.get("users/sam%2Bx%40example.com").status_code == 200
    assert api.get("users/browser").body["user_id"] == "sam+x@example.com"
    user(api.project, "a\nb/\n")
    assert api.get("users/a%0Ab%2F%0A/tags").body == {"tags": []}


@pytest.mark.parametrize("ident", ["nobody", "~!!", "~4pyT4pyT4", "%00", "%ff", "a%0A"])
def test_nobody_is_404_and_named(api, ident):
    for path in (f"users/{ident}", f"users/{ident}/tags", f"users/{ident}/segments"):
        answer = api.get(path)
        assert (answer.status_code, answer.body["error"]["code"]) == (404, "unknown_user")
        assert answer.body["error"]["details"][0]["path"] == "ident"


def test_another_projects_user_is_404(api, other):
    user(other.project, "theirs")
    for method, path in (("GET", "users/theirs"), ("DELETE", "users/theirs"), ("GET", "users/theirs/tags")):
        assert api.call(method, path).status_code == 404
    assert api.call("PATCH", "users/theirs", {"attributes": {"a": 1}}).status_code == 404
    assert EndUser.objects.filter(user_id="theirs").exists()


def test_lists_page_by_cursor(api):
    for number in range(5):
        user(api.project, f"u{number}")
    first = api.get("users?limit=2").body
    assert [item["user_id"] for item in first["results"]] == ["u0", "u1"]
    names, address = [], first["next"]
    while address:
        page = api.get(address.split("/api/v1/")[1]).body
        names += [item["user_id"] for item in page["results"]]
        address = page["next"]
    assert names == ["u2", "u3", "u4"]


def test_search(api):
    user(api.project, "first-one", name="Zoë Ångström", email="zoe@harbor.example")
    user(api.project, "u2", name="Sam")
    for text in ("ang", "ZOE", "harbor", "zoe@har", "zoë ang", "first-one"):
        assert [item["user_id"] for item in api.get(f"users?search={text}").body["results"]] == ["first-one"], text
    assert api.get("users?search=gstr").body["results"] == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=101",
        "limit=0000010000",
        f"limit={'1' * 36}",
        "limit=",
        "cursor=x",
        "cursor=bnVsbA==",
        "colour=red",
    ],
)
def test_bad_parameters(api, query):
    assert api.get(f"users?{query}").status_code == 422


def test_a_list_costs_a_constant_number_of_queries(api, django_assert_max_num_queries):
    for number in range(12):
        user(api.project, f"u{number}", attributes={"plan": "Pro"})
    api.get("users")
    with django_assert_max_num_queries(6):
        assert len(api.get("users").body["results"]) == 12


def test_patch_changes_an_existing_user_only(api):
    person = user(api.project, "u1", attributes={"plan": "Free"})
    assert api.call("PATCH", "users/u1", {"attributes": {"plan": "Pro"}}).body["attributes"] == {"plan": "accepted"}
    assert value_of(api.project, person, "custom.plan") == "Pro"
    assert api.call("PATCH", "users/nobody", {"attributes": {"plan": "Pro"}}).status_code == 404
    assert api.call("PATCH", "users/u1", {"source": "nope", "attributes": {}}).status_code == 422
    assert api.call("PATCH", "users/u1", {"source": "native", "attributes": {"sessions": 5}}).status_code == 422
    api.call("PATCH", "users/u1", {"source": "hubspot", "attributes": {"stage": "lead"}})
    assert value_of(api.project, person, "hubspot.stage") == "lead"


def test_erasing_leaves_nothing(api):
    user(api.project, "u1", jimer_id="a", name="Maya", attributes={"plan": "Pro"}, message_id="m")
    user(api.project, None, jimer_id="b", attributes={"x": 1})
    user(api.project, "u1", jimer_id="b")
    api.post("identify", {"user_id": "u1", "attributes": {"n": {"a": 1}}})
    assert api.call("DELETE", "users/u1").status_code == 204
    for model in (EndUser, Identity, AttributeChange, IngestEntry, Provenance, SearchTerm, BlockedId):
        assert not model.objects.exists(), model
    assert api.post("identify", {"user_id": "u1"}).body["created"] is True


def test_erasing_with_a_block_refuses_the_ids_from_then_on(api):
    user(api.project, "u1", jimer_id="a")
    assert api.call("DELETE", "users/u1?block=true").status_code == 204
    for body in ({"user_id": "u1"}, {"jimer_id": "a"}):
        assert api.post("identify", body).status_code == 422
    assert "u1" not in str(list(BlockedId.objects.values()))
    assert "u1" not in str(list(IngestEntry.objects.values()))
    assert api.call("DELETE", "users/u1?block=perhaps").status_code == 422


class TestTags:
    def test_read_replace_add_remove(self, api):
        user(api.project, "u1")
        assert api.post("users/u1/tags", {"tags": ["vip", " Beta   eu "]}).body == {"tags": ["vip", "Beta eu"]}
        assert api.post("users/u1/tags", {"tags": ["VIP"]}).body == {"tags": ["vip", "Beta eu"]}
        assert api.call("PUT", "users/u1/tags", {"tags": ["new", "vip"]}).body["tags"] == ["vip", "new"]
        assert api.call("DELETE", "users/u1/tags", {"tags": ["NEW"]}).body == {"tags": ["vip"]}
        changes = AttributeChange.objects.filter(changes__has_key="tags").order_by("pk")
        assert [change.changes["tags"] for change in changes] == [
            {"added": ["vip", "Beta eu"], "removed": []}, {"added": ["new"], "removed": ["Beta eu"]},
            {"added": [], "removed": ["new"]},
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "tags",
        [
            None,
            "vip",
            [1],
            [""],
            ["x" * 51],
            ["a\x00"],
            ["\ud800"],
            ["a\nb"],
            ["a\u2028b"],
            ["a\u202eb"],
            [f"t{n}" for n in range(51)],
        ],
    )
    def test_bad_tags(self, api, tags):
        person = user(api.project, "u1")
        assert api.post("users/u1/tags", {"tags": tags}).status_code == 422
        assert not person.user_tags.exists()


class TestRegistry:
    def test_define_list_change(self, api):
        made = api.post("attributes", {"key": "seats", "type": "number", "name": "Seats"})
        assert (made.status_code, made.body["source"], made.body["name"]) == (201, "custom", "Seats")
        assert api.post("attributes", {"key": "seats", "type": "number"}).status_code == 409
        assert api.call("PATCH", "attributes/custom.seats", {"archived": True}).body["archived"] is True
        keys = [(item["source"], item["key"]) for item in api.get("attributes?limit=100").body["results"]]
        assert keys[-1] == ("custom", "seats")
        assert keys[0] == ("native", "jimer_id")

    @pytest.mark.parametrize(
        "body", [{}, {"key": "a"}, {"key": "a", "type": "enum"}, {"key": "", "type": "string"}, {"key": "$a", "type": "string"},
                 {"key": "a", "type": "string", "source": "native"}, {"key": "a", "type": "string", "source": "x"},
                 {"key": "a", "type": "string", "colour": 1}, {"key": "a", "type": "string", "sensitive": "yes"},
                 {"key": "a", "type": ["string"]}, {"key": "a", "type": {}}, {"key": ["a"], "type": "string"},
                 *({"key": "a", "type": "string", "description": "d" * 800 + bad} for bad in ("\x00", "\ud800")),
                 *({"key": "a", "type": "string", "name": f"a{bad}b"} for bad in ("\x00", "\ud800", "\n", "\x1b", "\u202e"))]
    )  # fmt: skip
    def test_bad_definitions(self, api, body):
        assert api.post("attributes", body).status_code == 422
        assert not Attribute.objects.exclude(source="native").exists()

    def test_bad_changes(self, api):
        api.post("attributes", {"key": "a", "type": "string"})
        for body in ({"type": ["string"]}, {"type": {}}, {"description": "d" * 800 + "\ud800"}, {"name": "a\u202eb"}):
            assert api.call("PATCH", "attributes/custom.a", body).status_code == 422, body

    def test_what_is_missing_is_named(self, api):
        for body, path in (({"type": "string"}, "key"), ({"key": "a"}, "type")):
            error = api.post("attributes", body).body["error"]
            assert error["details"][0]["path"] == path
            assert f"{path} is missing" in error["message"]

    def test_a_type_change_that_would_lose_values_needs_confirmation(self, api):
        person = user(api.project, "u1", attributes={"size": "12"})
        user(api.project, "u2", attributes={"size": "many"})
        refused = api.call("PATCH", "attributes/custom.size", {"type": "number"})
        assert refused.status_code == 409
        assert "1 values would convert" in refused.body["error"]["message"]
        assert api.call("PATCH", "attributes/custom.size", {"type": "number", "confirm": True}).body["type"] == "number"
        from users.jobs.machinery import run_all_jobs

        run_all_jobs()
        assert value_of(api.project, person, "custom.size") == 12
        assert list(find_user(api.project, "u2").set_aside.values())[0]["value"] == "many"

    def test_unknown_attribute(self, api):
        error = api.call("PATCH", "attributes/custom.nope", {}).body["error"]
        assert (error["code"], error["details"][0]["path"]) == ("unknown_attribute", "field")
        assert '"custom.nope"' in error["message"]


def test_the_schema_is_valid_and_complete():
    import yaml
    from openapi_spec_validator import validate

    document = yaml.safe_load(Client().get("/api/schema/").content)
    validate(document)
    assert set(document["paths"]) == {
        "/api/v1/identify", "/api/v1/batch", "/api/v1/users", "/api/v1/users/{ident}", "/api/v1/users/{ident}/tags",
        "/api/v1/attributes", "/api/v1/attributes/{field}", "/api/v1/users/{ident}/segments", "/api/v1/segments",
        "/api/v1/segments/preview", "/api/v1/segments/{id}", "/api/v1/segments/{id}/users", "/api/v1/segments/{id}/export",
        "/api/v1/evaluate", "/api/v1/imports", "/api/v1/imports/{id}", "/api/v1/imports/{id}/problems",
        "/api/v1/imports/{id}/cancel", "/api/v1/imports/{id}/undo", "/api/v1/connectors", "/api/v1/connections",
        "/api/v1/connections/{id}", "/api/v1/connections/{id}/test", "/api/v1/connections/{id}/properties",
        "/api/v1/connections/{id}/preview", "/api/v1/connections/{id}/runs", "/api/v1/connections/{id}/runs/{run}",
        "/api/v1/connections/{id}/runs/{run}/cancel", "/api/v1/connections/{id}/runs/{run}/problems",
        "/api/v1/webhooks", "/api/v1/webhooks/{id}", "/api/v1/webhooks/{id}/deliveries",
        "/api/v1/webhooks/{id}/deliveries/{delivery}/resend",
    }  # fmt: skip
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert "users.api" not in operation["description"], where
            expected = {"401", "403", "405", "422", "429"} | ({"404"} if "{" in path else set())
            expected |= {"400", "413", "415"} if "requestBody" in operation else set()
            assert expected <= set(operation["responses"]), where
    assert "503" in document["paths"]["/api/v1/users"]["get"]["responses"]


def test_every_call_has_an_example_of_its_answer_that_fits_its_schema():
    import yaml
    from openapi_schema_validator import OAS30Validator

    document = yaml.safe_load(Client().get("/api/schema/").content)
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        answers = [answer for code, answer in operation["responses"].items() if code in ("200", "201")]
        for content in (media for body in bodies + answers for media in body["content"].values()):
            assert content["examples"], operation["operationId"]
            for example in content["examples"].values():
                OAS30Validator(content["schema"]).validate(example["value"])


def test_the_docs_page_has_no_inline_script(db):
    html = Client().get("/api/docs/").content.decode()
    assert "<script>" not in html
    assert "style=" not in html


def test_create_project_prints_what_clients_need(db, capsys):
    import json

    call_command("create_project", "Acme", "--json", "--time-zone", "Europe/Paris")
    made = json.loads(capsys.readouterr().out)
    assert set(made) == {"project_id", "secret_key", "identity_secret", "time_zone"}
    with pytest.raises(CommandError, match="not built yet"):
        call_command("create_project", "Acme", "--identity", "enforce")
    with pytest.raises(CommandError, match="no time zone"):
        call_command("create_project", "Acme", "--time-zone", "Mars/Olympus")
