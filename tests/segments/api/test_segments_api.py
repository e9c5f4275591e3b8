"""Segments over HTTP."""

import csv
import io
import json
import re
import sys
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from segments.models import Segment
from tests.factories import member, user
from users.database.limits import TookTooLong
from users.jobs.machinery import run_all_jobs
from users.models import Attribute, EndUser, Job
from users.registry.attributes import bump_version

pytestmark = pytest.mark.django_db(transaction=True)


def rule(*conditions, **more):
    return {"combinator": "and", "rules": list(conditions), **more}


PRO = {"field": "custom.plan", "operator": "is", "value": "Pro"}


@pytest.fixture
def people(project):
    user(project, "u1", email="maya@acme.test", attributes={"plan": "Pro", "seats": 4, "note": "=SUM(1)"})
    user(project, "u2", attributes={"plan": "Free", "seats": -3, "uses": ["boards", 1]})
    user(project, "u3", attributes={"plan": "pro"})


def make(api, name="Pro", **body):
    response = api.post("segments", {"name": name, "rule": rule(PRO), **body})
    assert response.status_code == 201, response.body
    run_all_jobs()
    return response.body["id"]


def test_a_segment_from_birth_to_death(api, people):
    made = api.post(
        "segments",
        {"name": " Pro  accounts ", "rule": rule({**PRO, "id": "x", "case_sensitive": False}), "icon": "star"},
    )
    assert made.status_code == 201
    assert made.body["name"] == "Pro accounts"
    assert made.body["rule"] == rule(PRO)
    assert (made.body["state"], made.body["version"]) == ("computing", 1)
    run_all_jobs()
    pk = made.body["id"]
    assert api.get(f"segments/{pk}").body["count"] == 2
    assert [row["user_id"] for row in api.get(f"segments/{pk}/users").body["results"]] == ["u1", "u3"]
    first = api.get(f"segments/{pk}/users?limit=1").body
    assert [row["user_id"] for row in first["results"]] == ["u1"]
    assert first["next"]
    changed = api.call(
        "PATCH", f"segments/{pk}", {"rule": rule({**PRO, "case_sensitive": True}), "name": "Exact", "version": 1}
    )
    assert (changed.status_code, changed.body["version"], changed.body["name"]) == (200, 2, "Exact")
    run_all_jobs()
    assert api.get(f"segments/{pk}").body["count"] == 1
    late = api.call("PATCH", f"segments/{pk}", {"rule": rule(PRO), "version": 1})
    assert (late.status_code, late.body["error"]["code"]) == (409, "changed")
    assert [row["id"] for row in api.get("segments").body["results"]] == [pk]
    assert api.call("DELETE", f"segments/{pk}").status_code == 204
    assert api.get(f"segments/{pk}").status_code == 404


def test_a_name_is_taken_by_one_segment(api, people):
    make(api)
    again = api.post("segments", {"name": "PRO", "rule": rule(PRO)})
    assert (again.status_code, again.body["error"]["details"][0]["path"]) == (422, "name")
    pk = make(api, name="Other")
    assert api.call("PATCH", f"segments/{pk}", {"name": "pro"}).status_code == 422


@pytest.mark.parametrize(("bad", "path", "hint"), [
    ({"field": "custom.plan", "operator": "gt", "value": 3}, "rules[0].operator", "starts_with"),
    ({"field": "custom.plam", "operator": "is", "value": "Pro"}, "rules[0].field", "custom.plam"),
    ({"field": "custom.PLAN", "operator": "is", "value": "Pro"}, "rules[0].field", "Did you mean custom.plan?"),
    ({"field": "custom.seats", "operator": "is", "value": "42"}, "rules[0].value", "not a number"),
    ({"field": "custom.seats", "operator": "between", "value": [5, 1]}, "rules[0].value", "[1, 5]"),
    ({"field": "custom.plan", "operator": "contains", "value": ""}, "rules[0].value", "empty"),
    ({"field": "custom.plan", "operator": "is_any_of", "value": ["a", 1]}, "rules[0].value[1]", "not a text"),
    ({"field": "custom.plan", "operator": "matches", "value": "(a+)+$("}, "rules[0].value", "never closed"),
    ({"field": "custom.plan", "operator": "matches", "value": "(?=a)"}, "rules[0].value", "Look-around"),
    ({"field": "custom.plan", "operator": "matches", "value": "(a{100}){100}"}, "rules[0].value", "1,000"),
    ({"field": "custom.plan", "operator": "is_not_set", "require_value": True}, "rules[0].require_value", "nobody"),
    ({"field": "custom.plan", "operator": "is"}, "rules[0].value", "needs a value"),
    ({"field": "custom.plan", "operator": "is", "value": "x", "valeu": 1}, "rules[0].valeu", "no member"),
    ({"field": "segment", "operator": "is_in", "value": 99999}, "rules[0].value", "no segment 99999"),
    ({"field": "event.export", "operator": "did"}, "rules[0].field", "ever received"),
    ({"field": "native.created", "operator": "in_last", "value": {"n": 0, "unit": "day"}}, "rules[0].value.n", "positive"),
    ({"field": "native.created", "operator": "on", "value": "15/06/2024"}, "rules[0].value", "2024-06-15"),
    ({"combinator": "xor", "rules": [PRO]}, "rules[0].combinator", '"and" or "or"'),
    ({"combinator": "and", "rules": []}, "rules[0].rules", "empty"),
    ("plan is Pro", "rules[0]", "neither a group nor a condition"),
])  # fmt: skip
def test_every_mistake_is_named_with_its_path(api, people, bad, path, hint):
    for call in ("segments", "segments/preview", "evaluate"):
        body = (
            {"rule": rule(bad)}
            | ({"name": "X"} if call == "segments" else {})
            | ({"user": {}} if call == "evaluate" else {})
        )
        if call == "evaluate" and path.endswith("field") and "event" in str(bad):
            continue
        response = api.post(call, body)
        assert response.status_code == 422, (call, response.body)
        detail = response.body["error"]["details"][0]
        assert detail["path"] == path
        assert hint in detail["message"]
    assert not Segment.objects.exists()


def test_long_lists_of_values_are_no_trouble(api, people):
    items = [f"item {number}" for number in range(998)]
    for field, operator, value, count in (
        ("custom.uses", "includes_any", ["boards", *items], 1),
        ("custom.uses", "includes_all", ["boards", *items], 0),
        ("custom.uses", "includes_all", ["boards", 1] * 5, 1),
        ("native.tags", "includes_all", items, 0),
        ("native.sessions", "is_any_of", list(range(1000)), 3),
    ):
        body = {"rule": rule({"field": field, "operator": operator, "value": value})}
        assert api.post("segments/preview", body).body["count"] == count, operator


def test_no_rule_is_no_change_of_the_rule(api, people):
    pk = make(api)
    assert api.call("PATCH", f"segments/{pk}", {"rule": None}).status_code == 422
    assert api.get(f"segments/{pk}").body["rule"] is not None


def test_rules_without_end_are_refused(api, people):
    many = api.post("segments", {"name": "X", "rule": rule(*[{"field": "a", "operator": "b"}] * 201)})
    assert "201 conditions" in many.body["error"]["message"]
    deep = rule(PRO)
    for _ in range(10):
        deep = rule(deep)
    assert "10 deep" in api.post("segments", {"name": "X", "rule": deep}).body["error"]["message"]
    for _ in range(90):
        deep = rule(deep)
    assert api.post("segments", {"name": "X", "rule": deep}).status_code == 400
    both = api.post(
        "segments",
        {
            "name": "X",
            "rule": rule(PRO, {"field": "custom.plan", "operator": "nope"}, {"field": "custom.no", "operator": "is"}),
        },
    )
    assert [detail["path"] for detail in both.body["error"]["details"]] == ["rules[1].operator", "rules[2].field"]
    assert not Segment.objects.exists()


def test_cycles_and_strangers_segments_are_refused(api, other, people):
    first = make(api, "A")
    second = make(api, "B", rule=rule({"field": "segment", "operator": "is_in", "value": first}))
    cycle = api.call(
        "PATCH", f"segments/{first}", {"rule": rule({"field": "segment", "operator": "is_in", "value": second})}
    )
    assert (cycle.status_code, "contain itself" in cycle.body["error"]["message"]) == (422, True)
    assert (
        api.call(
            "PATCH", f"segments/{first}", {"rule": rule({"field": "segment", "operator": "is_not_in", "value": first})}
        ).status_code
        == 422
    )
    guard = api.call("DELETE", f"segments/{first}")
    assert (guard.status_code, guard.body["error"]["details"][0]["message"]) == (409, "B")
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/users"), ("GET", "/export")):
        assert other.api.call(method, f"segments/{first}{path}", {} if method == "PATCH" else None).status_code == 404
    stolen = other.api.post(
        "segments", {"name": "X", "rule": rule({"field": "segment", "operator": "is_in", "value": first})}
    )
    assert "no segment" in stolen.body["error"]["message"]


def test_the_scope_is_asked_for(api, key_with, people):
    answer = api.get("segments", key=key_with("read"))
    assert (answer.status_code, answer.body["error"]["details"][0]["message"]) == (403, "segments")
    assert api.get("segments", key=None).status_code == 401


def test_preview_counts_and_samples(api, people):
    found = api.post("segments/preview", {"rule": rule(PRO)}).body
    assert (found["count"], {row["user_id"] for row in found["sample"]}) == (2, {"u1", "u3"})
    past = api.post("segments/preview", {
        "rule": rule({"field": "native.created", "operator": "in_last", "value": {"n": 1, "unit": "day"}}), "now": "2020-01-01T00:00:00Z",
    })  # fmt: skip
    assert past.body["count"] == 0


def test_evaluate_explains(api, people):
    answer = api.post("evaluate", {
        "rule": {"combinator": "or", "rules": [
            rule(PRO, {"field": "custom.seats", "operator": "gte", "value": 3}),
            {"field": "custom.fresh", "operator": "is", "value": "x"},
        ]},
        "user": {"custom": {"plan": "PRO", "seats": "4", "fresh": "y"}},
    }).body  # fmt: skip
    assert answer["match"] is True
    both, fresh = answer["explanation"]["rules"]
    assert [(item["match"], item["user_value"], item["source"]) for item in both["rules"]] == [
        (True, "PRO", "custom"),
        (True, 4, "custom"),
    ]
    assert (fresh["match"], fresh["words"]) == (False, "fresh is x")


@pytest.mark.parametrize(("condition", "person", "match"), [
    ({"field": "event.export", "operator": "did"}, {"events": [{"name": "export", "timestamp": "2024-06-01T00:00:00Z"}]}, True),
    ({"field": "event.export", "operator": "did_not"}, {}, True),
    ({"field": "event.export", "operator": "did", "value": {"count": {"operator": "gte", "value": 2}, "within": {"n": 30, "unit": "day"}}},
     {"events": [{"name": "export", "timestamp": "2024-06-01T00:00:00Z"}, {"name": "export", "timestamp": "2024-01-01T00:00:00Z"}]}, False),
    ({"field": "group.plan", "operator": "is", "value": "pro"}, {"groups": [{"id": "a", "traits": {"plan": "Free"}}, {"id": "b", "traits": {"plan": "Pro"}}]}, True),
    ({"field": "group.plan", "operator": "is_not", "value": "pro"}, {"groups": [{"id": "a", "traits": {"plan": "Free"}}, {"id": "b", "traits": {"plan": "Pro"}}]}, False),
    ({"field": "native.sessions", "operator": "is", "value": 0}, {}, True),
    ({"field": "native.tags", "operator": "is_empty"}, {}, True),
    ({"field": "native.email", "operator": "is", "value": "A@B.C", "case_sensitive": True}, {"native": {"email": "a@b.c"}}, True),
    ({"field": "custom.seats", "operator": "is_set"}, {"custom": {"seats": "many"}}, False),
    ({"field": "custom.day", "operator": "in_last", "value": {"n": 1, "unit": "month"}}, {"custom": {"day": "2024-05-16"}}, True),
])  # fmt: skip
def test_evaluate_takes_what_the_call_gives(api, people, condition, person, match):
    answer = api.post("evaluate", {"rule": rule(condition), "user": person, "now": "2024-06-15T12:00:00Z"})
    assert answer.body.get("match") is match, answer.body


def test_evaluate_takes_memberships_from_the_call(api, people):
    pk = make(api)
    inside = rule({"field": "segment", "operator": "is_in", "value": pk})
    assert api.post("evaluate", {"rule": inside, "user": {"segments": [pk]}}).body["match"] is True
    assert (
        api.post("evaluate", {"rule": inside, "user": {"segments": [], "custom": {"plan": "Pro"}}}).body["match"]
        is False
    )
    assert api.post("evaluate", {"rule": inside, "user": {"custom": {"plan": "Pro"}}}).body["match"] is True
    unknown = api.post("evaluate", {"rule": inside, "user": {"segments": [12345678]}})
    assert unknown.body["error"]["details"][0]["path"] == "user.segments[0]"
    wrong = api.post("evaluate", {"rule": rule(PRO), "user": {"cusom": {}}})
    assert wrong.body["error"]["details"][0]["path"] == "user.cusom"
    assert (
        api.post("evaluate", {"rule": rule(PRO), "user": {}, "now": "yesterday"}).body["error"]["details"][0]["path"]
        == "now"
    )


def test_a_static_segment_by_api(api, people):
    made = api.post("segments", {"name": "By hand", "static": True})
    pk = made.body["id"]
    assert (made.body["state"], made.body["rule"]) == ("ready", None)
    added = api.post(f"segments/{pk}/users", {"users": ["u1", "MAYA@acme.test", "ghost"]}).body
    assert added["changed"] == 1
    assert [(item["line"], item["text"]) for item in added["missing"]] == [(3, "ghost")]
    assert api.get(f"segments/{pk}").body["count"] == 1
    assert api.call("DELETE", f"segments/{pk}/users", {"users": ["u1"]}).body["changed"] == 1
    assert api.post(f"segments/{make(api)}/users", {"users": ["u1"]}).status_code == 422
    assert api.post("segments", {"name": "Both", "static": True, "rule": rule(PRO)}).status_code == 422


@pytest.mark.parametrize("call", ["segments/{}/export", "users?segment={}", "segments/{}/users"])
def test_who_reads_a_stale_segment_has_it_computed(api, project, people, call):
    pk = make(api, rule=rule({"field": "native.created", "operator": "in_last", "value": {"n": 1, "unit": "day"}}))
    Segment.objects.filter(pk=pk).update(refreshed_at=timezone.now() - timedelta(hours=1))
    api.client.get(f"/api/v1/{call.format(pk)}", HTTP_AUTHORIZATION=f"Bearer {api.secret}")
    assert Job.objects.filter(project=project, params__cause="clock").exists()


def test_lists_of_users_take_rules_and_segments(api, people):
    pk = make(api)
    assert {row["user_id"] for row in api.get(f"users?segment={pk}").body["results"]} == {"u1", "u3"}
    text = quote(json.dumps(rule({"field": "custom.uses", "operator": "includes", "value": 1})))
    assert [row["user_id"] for row in api.get(f"users?rule={text}").body["results"]] == ["u2"]
    assert api.get("users?rule=nonsense").status_code == 422
    bad = api.get(f"users?rule={quote(json.dumps(rule({'field': 'custom.no', 'operator': 'is'})))}")
    assert bad.body["error"]["details"][0]["path"] == "rules[0].field"
    assert api.get("users?segment=999999").status_code == 422


def test_an_export_for_spreadsheets(api, project, people):
    pk = make(api, name="Größe: Pro / 日本")
    Attribute.objects.filter(project=project, key="plan").update(name="Email")
    Attribute.objects.filter(project=project, key="note").update(name="=1+1")
    bump_version(project.pk)

    def exported(rest):
        address = f"/api/v1/segments/{pk}/export?columns=native.email,custom.plan,custom.note&{rest}"
        return api.client.get(address, HTTP_AUTHORIZATION=f"Bearer {api.secret}")

    response = exported("bom=true&headers=readable")
    text = b"".join(response.streaming_content).decode()
    assert text.splitlines()[0] == "\ufeffEmail (Native),Email (Custom),'=1+1"
    assert "filename*=utf-8''gr%C3%B6%C3%9Fe-pro-%E6%97%A5%E6%9C%AC-20" in response["Content-Disposition"]
    assert b"".join(exported("bom=false&headers=fields").streaming_content).startswith(b"native.email,")
    assert exported("headers=nice").status_code == 422
    assert exported("format=jsonl&bom=true").status_code == 422


def test_the_export_is_whole_and_safe(api, project, people):
    pk = make(api, rule=rule({"field": "native.user_id", "operator": "is_set"}))
    Attribute.objects.filter(project=project, key="plan").update(sensitive=True)
    bump_version(project.pk)
    response = api.client.get(f"/api/v1/segments/{pk}/export?columns=native.user_id,custom.note,custom.seats,custom.plan,custom.uses",
                              HTTP_AUTHORIZATION=f"Bearer {api.secret}")  # fmt: skip
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert rows[1:] == [
        ["u1", "'=SUM(1)", "4", "••••", ""], ["u2", "", "-3", "••••", '["boards", 1]'], ["u3", "", "", "••••", ""],
    ]  # fmt: skip
    assert re.fullmatch(r'attachment; filename="pro-\d{4}-\d\d-\d\d.csv"', response["Content-Disposition"])
    lines = api.client.get(f"/api/v1/segments/{pk}/export?format=jsonl", HTTP_AUTHORIZATION=f"Bearer {api.secret}")
    assert [json.loads(line)["native.user_id"] for line in b"".join(lines.streaming_content).splitlines()] == [
        "u1",
        "u2",
        "u3",
    ]
    assert api.get(f"segments/{pk}/export?columns=custom.nope").status_code == 422


def test_which_segments_a_user_is_in(api, people):
    shown, hidden = make(api, visible_to_browsers=True), make(api, "Hidden")
    everything = api.get("users/u1/segments").body["results"]
    assert [row["id"] for row in everything] == [shown, hidden]
    assert everything[0]["entered_at"]
    assert [row["id"] for row in api.get(f"users/u1/segments?watch={hidden}").body["results"]] == [hidden]
    ghost = api.get("users/ghost/segments")
    assert (ghost.status_code, "ghost" in ghost.body["error"]["message"]) == (404, True)


def test_a_browser_learns_of_marked_segments_alone(api, project, people):
    shown, hidden = make(api, visible_to_browsers=True), make(api, "Hidden")
    address = f"/api/v1/users/u1/segments?project_id={project.public_id}&watch={shown},{hidden}"
    first = Client().get(address)
    assert first.json()["results"] == [{"id": shown, "name": "Pro"}]
    for known in (first["ETag"], f"W/{first['ETag']}", f'"other", {first["ETag"]}', "*"):
        same = Client().get(address, HTTP_IF_NONE_MATCH=known)
        assert (same.status_code, "Content-Type" in same) == (304, False)
    assert Client().get(address, HTTP_IF_NONE_MATCH='"other"').status_code == 200
    assert Client().get(address.replace("u1", "u2")).json()["results"] == []
    assert Client().get(address.replace("u1", "ghost")).json()["results"] == []
    assert Client().get("/api/v1/users/u1/segments").status_code == 422
    public = api.public(user_id="u1")
    assert public.body["segments"] == [{"id": shown, "name": "Pro"}]
    secret = api.post("identify", {"user_id": "u1"})
    assert [row["id"] for row in secret.body["segments"]] == [shown, hidden]


def test_an_archived_segment_is_nobodys_audience(api, people):
    pk = make(api, visible_to_browsers=True)
    api.call("PATCH", f"segments/{pk}", {"archived": True})
    assert api.post("identify", {"user_id": "u1"}).body["segments"] == []
    assert EndUser.objects.count() == 3


def test_a_rule_that_takes_too_long_is_stopped_and_says_so(api, people, monkeypatch):
    from users.api import users as users_api

    def slow(*args):
        raise TookTooLong(10)

    monkeypatch.setattr("segments.api.views.count_audience", slow)
    monkeypatch.setattr(users_api, "time_limit", slow)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {api.secret}"}
    body = json.dumps({"rule": rule(PRO)})
    preview = Client().post("/api/v1/segments/preview", body, content_type="application/json", **headers)
    listed = Client().get(f"/api/v1/users?rule={quote(json.dumps(rule(PRO)))}", **headers)
    for answer in (preview, listed):
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "too_slow")
        assert "10 seconds" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("pattern", "taken"), [
    (r"(?:\b|\B){10}", True), ("(?:^|$){100}", True), ("(?:^|a|$){50}", False), (r"(?:a?\b){40}", False),
])  # fmt: skip
def test_what_is_too_much_of_a_pattern_is_the_same_at_every_door(api, people, pattern, taken):
    asked = rule({"field": "custom.plan", "operator": "matches", "value": pattern})
    given = {"rule": asked, "user": {"custom": {"plan": "Pro"}}}
    answers = [api.post("evaluate", given), api.post("segments/preview", {"rule": asked}),
               api.post("segments", {"name": "Pattern", "rule": asked})]  # fmt: skip
    if taken:
        assert [answer.status_code for answer in answers] == [200, 200, 201]
        assert (answers[0].body["match"], answers[1].body["count"]) == (True, 3)
        return
    for answer in answers:
        assert answer.status_code == 422
        (detail,) = answer.body["error"]["details"]
        assert (detail["path"], "too many ways" in detail["message"]) == ("rules[0].value", True)


@pytest.mark.parametrize("number", [1e16, 12345678901234567890.0, 1e22, -1e300, 1.5e16, 2.0**53])
def test_any_number_of_a_rule_survives_its_storage(api, project, number):
    for name, value in (("u1", number), ("u2", 3), ("u3", -(10.0**305))):
        user(project, name, attributes={"n": value, "list": [value]})
    pk = make(api, "Large", rule=rule(
        {"field": "custom.n", "operator": "is_any_of", "value": [number]},
        {"field": "custom.list", "operator": "includes", "value": number},
    ))  # fmt: skip
    found = api.get(f"segments/{pk}").body
    assert (found["state"], found["count"], found["rule"]["rules"][0]["value"]) == ("ready", 1, [number])
    changed = api.call("PATCH", f"segments/{pk}", {"rule": found["rule"]})
    assert changed.status_code == 200
    assert api.post("segments/preview", {"rule": found["rule"]}).body["count"] == 1


def test_a_segment_has_its_owner(api, project):
    made = api.post("segments", {"name": "Listed", "static": True}).body
    assert made["owner"] is None
    Segment.objects.update(owner=member(project, name="Sam", email="sam@example.com"))
    sam = {"name": "Sam", "email": "sam@example.com"}
    assert api.get(f"segments/{made['id']}").body["owner"] == sam
    assert [row["owner"] for row in api.get("segments").body["results"]] == [sam]


def test_a_whole_number_of_days_is_one_however_it_is_written(api, people):
    asked = rule({"field": "native.created", "operator": "in_last", "value": {"n": 1.0, "unit": "day"}})
    made = api.post("segments", {"name": "New", "rule": asked})
    assert (made.status_code, repr(made.body["rule"]["rules"][0]["value"]["n"])) == (201, "1")
    for wrong in (1.5, 0.0, True, "1"):
        asked["rules"][0]["value"]["n"] = wrong
        assert api.post("segments/preview", {"rule": asked}).status_code == 422


def test_an_export_as_parquet_has_types_or_says_what_is_missing(api, project, people, monkeypatch):
    import pyarrow.parquet

    pk = make(api, "All", rule=rule({"field": "native.user_id", "operator": "is_set"}))
    address = f"/api/v1/segments/{pk}/export?format=parquet&columns=native.user_id,custom.seats"

    def asked():
        return api.client.get(address, HTTP_AUTHORIZATION=f"Bearer {api.secret}")

    table = pyarrow.parquet.read_table(io.BytesIO(b"".join(asked().streaming_content)))
    assert [str(kind) for kind in table.schema.types] == ["string", "double"]
    assert set(table.column("native.user_id").to_pylist()) == set(
        EndUser.objects.filter(project=project).exclude(user_id=None).values_list("user_id", flat=True)
    )
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    response = asked()
    assert response.status_code == 422
    assert "need the Python package pyarrow" in response.content.decode()
