"""What each scope may learn: every answer of every call, by a key with one scope, with values planted."""

import json

import pytest
from django.core.management.color import no_style
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from segments.models import Segment
from tests.factories import SERVER, user
from users.accounts.keys import SCOPES, create_key
from users.jobs.machinery import run_all_jobs
from users.models import Attribute, EndUser
from users.registry.attributes import bump_version
from users.writing.calls import Call, TagChange
from users.writing.identify import identify

PLAIN, SECRET = "planted value", "planted secret"
RULE = {"combinator": "and", "rules": [{"field": "custom.plan", "operator": "is_set"}]}
GIVEN = {"rule": RULE, "user": {"custom": {"plan": "Pro"}}}
# Address of a route -> the calls that are made of it. A new route fails the test until it has calls here.
CALLS = {
    "v1/identify": [("POST", "identify", {"user_id": "u1"}), ("POST", "identify", {"user_id": "u1", "name": 1})],
    "v1/batch": [("POST", "batch", {"batch": [{"type": "identify", "user_id": "u1", "attributes": {"pin": {}}}]})],
    "v1/users": [("GET", "users", None), ("GET", "users?search=u1", None), ("GET", f"users?rule={json.dumps(RULE)}", None)],
    "v1/users/<any:ident>": [
        ("GET", "users/u1", None), ("PATCH", "users/u1", {"attributes": {"pin": {}, "plan": "x" * 800}}), ("DELETE", "users/u2", None),
    ],
    "v1/users/<any:ident>/tags": [("GET", "users/u1/tags", None), ("POST", "users/u1/tags", {"tags": ["new"]})],
    "v1/users/<any:ident>/segments": [("GET", "users/u1/segments", None)],
    "v1/attributes": [("GET", "attributes", None), ("POST", "attributes", {"key": "plan", "type": "string"})],
    "v1/attributes/<any:field>": [
        ("PATCH", "attributes/custom.plan", {"type": "number"}), ("PATCH", "attributes/custom.pin", {"type": "number"}),
    ],
    "v1/segments": [("GET", "segments", None), ("POST", "segments", {"name": "New", "rule": RULE})],
    "v1/segments/preview": [("POST", "segments/preview", {"rule": RULE})],
    "v1/segments/<int:pk>": [("GET", "segments/1", None), ("PATCH", "segments/1", {"rule": {}}), ("DELETE", "segments/2", None)],
    "v1/segments/<int:pk>/users": [("GET", "segments/1/users", None), ("POST", "segments/1/users", {"users": ["u1"]})],
    "v1/segments/<int:pk>/export": [
        ("GET", "segments/1/export?columns=custom.plan,custom.pin,native.email", None),
        ("GET", "segments/1/export?format=jsonl&columns=custom.pin,custom.plan", None),
    ],
    "v1/evaluate": [("POST", "evaluate", GIVEN)],
    "v1/imports": [("POST", "imports", {})],
    "v1/imports/<int:pk>": [("GET", "imports/1", None)],
    "v1/imports/<int:pk>/problems": [("GET", "imports/1/problems", None)],
    "v1/imports/<int:pk>/cancel": [("POST", "imports/1/cancel", {})],
    "v1/imports/<int:pk>/undo": [("POST", "imports/1/undo", {})],
    "v1/connectors": [("GET", "connectors", None)],
    "v1/connections": [("GET", "connections", None), ("POST", "connections", {"connector": "toy", "credentials": {"token": "x"}})],
    "v1/connections/<int:pk>": [("GET", "connections/1", None), ("PATCH", "connections/1", {"schedule": "1h"})],
    "v1/connections/<int:pk>/test": [("POST", "connections/1/test", {})],
    "v1/connections/<int:pk>/properties": [("GET", "connections/1/properties", None)],
    "v1/connections/<int:pk>/preview": [("POST", "connections/1/preview", {})],
    "v1/connections/<int:pk>/runs": [("GET", "connections/1/runs", None)],
    "v1/connections/<int:pk>/runs/<int:run>": [("GET", "connections/1/runs/1", None)],
    "v1/connections/<int:pk>/runs/<int:run>/cancel": [("POST", "connections/1/runs/1/cancel", {})],
    "v1/connections/<int:pk>/runs/<int:run>/problems": [("GET", "connections/1/runs/1/problems", None)],
    "v1/webhooks": [("GET", "webhooks", None), ("POST", "webhooks", {"url": "https://example.com/", "events": ["user.created"]})],
    "v1/webhooks/<int:pk>": [("GET", "webhooks/1", None), ("PATCH", "webhooks/1", {"attributes": ["custom.plan", "custom.pin"]})],
    "v1/webhooks/<int:pk>/deliveries": [("GET", "webhooks/1/deliveries", None)],
    "v1/webhooks/<int:pk>/deliveries/<int:delivery>/resend": [("POST", "webhooks/1/deliveries/1/resend", {})],
}  # fmt: skip


@pytest.fixture
def planted(project, server, now):
    for name in ("u1", "u2"):
        user(project, name, email=f"{SECRET}@{name}.example", attributes={"plan": PLAIN, "pin": SECRET})
    Attribute.objects.filter(project=project, key__in=["pin", "email"]).update(sensitive=True)
    project.refresh_from_db()
    Segment.objects.create(pk=1, project=project, name="One", rule=RULE)
    Segment.objects.create(pk=2, project=project, name="Two", static=True)
    bump_version(project.pk)
    plant_import(project)
    plant_webhook(project)
    plant_connection(project)
    count_on_from_ours()
    person = EndUser.objects.get(user_id="u1")
    identify(project, Call(target=person.pk, tags=TagChange(["vip"])), server, now)
    from segments.membership.passes import begin_pass

    begin_pass(project, [1], "rule")
    run_all_jobs()
    return project


def count_on_from_ours():
    """The ids that were given by hand are not given again: PostgreSQL's sequences know nothing of them."""
    from integrations.models import Connection, Delivery, Import, SyncRun, Webhook

    with connection.cursor() as cursor:
        models = [Connection, Delivery, Import, Segment, SyncRun, Webhook]
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def plant_import(project):
    """One that was tried out: before and after of a user, and a line with a sensitive value that does not fit."""
    from integrations.imports import making, steps

    text = f"user_id,plan,pin\nu1,Pro,x\nu2,Pro,{SECRET * 60}\n"
    found, table = making.make(project, "april.csv", [text.encode()], SERVER, timezone.now())
    making.choose(found, table, {})
    steps.start_dry_run(found, None, timezone.now())
    run_all_jobs()
    if found.pk != 1:
        problems = list(found.problems.all())
        found.refresh_from_db()
        found.pk = 1
        found.save(force_insert=True)
        for problem in problems:
            problem.run_id = 1
            problem.save()


def plant_connection(project):
    """One whose vendor holds the planted values, with a record that does not fit and one of nobody."""
    from integrations.models import Connection, PropertyMapping, SyncProblem, SyncRun
    from integrations.syncing.links import sealed
    from integrations.syncing.runs import start_run
    from tests.integrations.syncing.toy import install

    vendor = install()
    made = Connection.objects.create(
        pk=1, project=project, connector="toy", name="Toy", credentials=sealed({"token": "good"}), state="active",
        objects_read=["contacts"],
    )  # fmt: skip
    for key in ("plan", "seats"):
        PropertyMapping.objects.create(connection=made, property=key, key=key, type="number")
        Attribute.objects.create(project=project, source="toy", key=key, type="number", sensitive=key == "seats")
    bump_version(project.pk)
    vendor.put("1", email=f"{SECRET}@u1.example", plan=PLAIN, seats=SECRET)
    vendor.put("2", email=f"{SECRET}@nobody.example", plan=PLAIN)
    start_run(made, "member", timezone.now())
    run_all_jobs()
    SyncRun.objects.update(id=1)
    assert SyncProblem.objects.update(run_id=1)


def plant_webhook(project):
    """One with a delivery that has values in its body, and in the endpoint's answer."""
    from integrations.models import Delivery, Webhook, WebhookEvent, WebhookOutbox
    from integrations.webhooks.planning import event_of
    from users.ground.secrets import encrypt

    now = timezone.now()
    Webhook.objects.create(
        pk=1, project=project, url="https://example.com/", events=["user.updated"], secret=encrypt("x")
    )
    bump_version(project.pk)
    identify(project, Call(user_id="u1", attributes={"plan": f"{PLAIN} 2", "pin": f"{SECRET} 2"}), SERVER, now)
    for event in WebhookEvent.objects.bulk_create([event_of(row) for row in WebhookOutbox.objects.all()]):
        Delivery.objects.create(
            pk=1, webhook_id=1, event=event, user_id=event.user_id, state="sent", next_at=now, created=now,
            attempts=[{"at": "2026-03-05T14:30:00.000Z", "status": 200, "ms": 1, "error": "", "signature": "v1,",
                       "answer": PLAIN, "cut": False}],
        )  # fmt: skip


def answers(project, calls, *scopes):
    _, secret = create_key(project, "Narrow", list(scopes), None)
    for method, path, body in calls:
        data = b"" if body is None else json.dumps(body)
        answer = Client().generic(
            method, f"/api/v1/{path}", data, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {secret}"
        )
        text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
        assert answer.status_code < 500, (path, text)
        yield path, answer.status_code, text


def routes():
    found = set()
    for included in get_resolver().url_patterns:
        if str(included.pattern) == "api/":
            found |= {str(route.pattern) for route in included.url_patterns if str(route.pattern).startswith("v1/")}
    return found


def test_every_route_is_walked():
    assert routes() == set(CALLS)


@pytest.mark.slow
@pytest.mark.parametrize("scope", SCOPES)
def test_values_need_read_and_sensitive_ones_are_never_said(planted, scope):
    said = set()
    for calls in CALLS.values():
        for path, status, text in answers(planted, calls, scope):
            assert SECRET not in text, (scope, path, text)
            if PLAIN in text:
                said.add((path, status))
    assert bool(said) == (scope == "read"), said


@pytest.mark.slow
def test_with_read_the_other_scopes_get_values_and_dots(planted):
    calls = [call for route in CALLS.values() for call in route if call[0] == "GET" or "preview" in call[1]]
    found = {path: text for path, status, text in answers(planted, calls, *SCOPES) if status == 200}
    for path in ("users/u1", "users", "segments/preview", "segments/1/users", calls_of_export()):
        assert PLAIN in found[path]
        assert "••••" in found[path].replace("\\u2022", "•")
    assert SECRET not in "".join(found.values())


def calls_of_export():
    return CALLS["v1/segments/<int:pk>/export"][0][1]


def test_without_read_members_and_samples_are_ids(planted):
    (_, _, preview), (_, _, members) = answers(
        planted, [CALLS["v1/segments/preview"][0], CALLS["v1/segments/<int:pk>/users"][0]], "segments"
    )
    for rows in (json.loads(preview)["sample"], json.loads(members)["results"]):
        assert [set(row) for row in rows] == [{"jimer_id", "user_id"}] * 2


def test_an_export_names_the_scope_that_is_missing(planted):
    (_, status, text), *_ = answers(planted, CALLS["v1/segments/<int:pk>/export"], "segments")
    assert (status, json.loads(text)["error"]["details"][0]["message"]) == (403, "read")


def test_examples_of_what_would_be_lost_need_read(planted):
    quoted = {
        scopes: PLAIN in next(answers(planted, CALLS["v1/attributes/<any:field>"], *scopes))[2]
        for scopes in (("registry",), ("registry", "read"))
    }
    assert quoted == {("registry",): False, ("registry", "read"): True}
