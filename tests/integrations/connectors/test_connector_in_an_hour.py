"""The connector that CONTRIBUTING.md tells of goes through every page, every kind of failure and every kind of record."""

import json
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from integrations.connectors import registry
from integrations.models import Connection
from tests.factories import member, user
from tests.integrations.connectors.toy import Acme
from tests.integrations.outside.servers import says, serving
from tests.integrations.syncing.conftest import ConnectionsApi
from users.accounts.keys import SCOPES, create_key
from users.extend import sources
from users.jobs.machinery import claim_and_run, run_all_jobs
from users.models import Job

pytestmark = pytest.mark.django_db
del Acme.slug  # it is a connector only while it is tested: other tests walk over all that there are
HERE = Path(__file__).parent
FIELDS = [
    {"name": "email", "label": "Email", "kind": "text"}, {"name": "plan", "label": "Plan", "kind": "text"},
    {"name": "seats", "label": "Seats", "kind": "int"},
]  # fmt: skip


class AcmeServer:
    """Two people a page, those that changed at or after `from`."""

    def __init__(self):
        self.people, self.fault = {}, None

    def put(self, pk, changed=100, **more):
        self.people[pk] = {"id": pk, "email": f"{pk}@x.example", "changed": changed, **more}

    def __call__(self, handler):
        asked = urlsplit(handler.path)
        if handler.headers["Authorization"] != "Bearer good":
            handler.say(401)
        elif self.fault and asked.path == "/people":
            self.fault(handler)
        elif asked.path == "/account":
            handler.say(200, b'{"name": "Fernhill at Acme"}')
        elif asked.path == "/fields":
            handler.say(200, json.dumps({"fields": FIELDS}).encode())
        else:
            query = parse_qs(asked.query)
            rows = [one for one in self.people.values() if one.get("changed", 100) >= int(query["from"][0])]
            rows = [one for one in sorted(rows, key=lambda one: one["id"]) if one["id"] > query.get("after", [""])[0]]
            following = rows[1]["id"] if len(rows) > 2 else None
            handler.say(200, json.dumps({"people": rows[:2], "next": following}).encode())


@pytest.fixture
def acme(settings, monkeypatch):
    settings.ALLOW_PRIVATE_CONNECTIONS = True
    monkeypatch.setattr(Acme, "slug", "acme", raising=False)
    registry.connectors.cache_clear()
    if sources.get("acme") is None:
        sources.add("acme", Acme.source)
    with serving(AcmeServer()) as endpoint:
        endpoint.answer.url = f"http://127.0.0.1:{endpoint.port}"
        yield endpoint.answer
    registry.connectors.cache_clear()


@pytest.fixture
def api(project):
    _, secret = create_key(project, "Warehouse", list(SCOPES), None)
    return ConnectionsApi(project, secret)


def connected(api, acme):
    return api.connect(
        connector="acme", credentials={"token": "good", "base_url": acme.url},
        properties=[{"property": "plan"}, {"property": "seats"}],
    )  # fmt: skip


def values_of(api, ident):
    found = api.get(f"users/{ident}").body["attributes"]
    return {item["key"]: item["value"] for item in found if item["source"] == "acme"}


def test_it_has_fewer_than_60_lines_and_is_the_one_that_is_told():
    assert len((HERE / "toy.py").read_text().splitlines()) < 60
    assert "tests/integrations/connectors/toy.py" in (HERE.parents[2] / "CONTRIBUTING.md").read_text()


def test_every_page_shows_it(acme, project):
    ann = user(project, user_id="u1", email="a@x.example")
    acme.put("a", plan="Pro", seats=3)
    client = Client()
    client.force_login(member(project, "admin"))

    def page(name, *args, data=None, status=200):
        address = reverse(name, args=[project.slug, *args])
        answer = client.post(address, data, follow=True) if data is not None else client.get(address)
        assert answer.status_code == status, answer.content.decode()[:500]
        return unescape(answer.content.decode())

    assert "In Acme: Settings, Tokens." in page("connection_new", "acme")
    wrong = page("connection_new", "acme", data={"token": "bad", "base_url": acme.url}, status=422)
    assert "Acme does not accept the token." in wrong
    assert "Connected with Fernhill at Acme." in page(
        "connection_new", "acme", data={"token": "good", "base_url": acme.url}
    )
    pk = Connection.objects.get().pk
    assert "Seats" in page("connection_mapping", pk)
    chosen = {"objects": "people", "match_property": "email", "match_on": "native.email", "property": ["plan", "seats"]}
    assert "a@x.example" in page("connection_mapping", pk, data={**chosen, "do": "preview"})
    page("connection_mapping", pk, data={**chosen, "do": "run"})
    run_all_jobs()
    assert "Fernhill at Acme" in page("connection", pk)
    assert "Acme CRM" in page("integrations")
    assert "Reconnect" in page("connection_credentials", pk)
    assert "Acme CRM" in page("user_profile", ann.pk)


def test_people_are_read_page_by_page_and_then_what_changed(acme, api, project):
    for name in ("a", "b", "c"):
        user(project, user_id=name, email=f"{name}@x.example")
        acme.put(name, plan="Pro", seats=3)
    pk = connected(api, acme)
    assert api.counts(pk) == {"read": 3, "matched": 3, "changed": 3}
    acme.put("b", changed=200, plan="Team", seats=None)
    assert api.counts(pk)["changed"] == 1
    assert values_of(api, "b")["plan"] == "Team"


def test_people_who_are_gone_lose_its_values(acme, api, project):
    user(project, user_id="a", email="a@x.example")
    acme.put("a", plan="Pro")
    pk = connected(api, acme)
    api.run(pk)
    acme.put("a", changed=200, deleted=True)
    assert api.counts(pk)["removed"] == 1
    assert values_of(api, "a") == {}


def test_records_and_values_that_cannot_be_taken_are_told_one_by_one(acme, api, project):
    for name in ("a", "b"):
        user(project, user_id=name, email=f"{name}@x.example")
    acme.put("a", plan="Pro", seats="a dozen")
    acme.people["b"] = {"id": "b", "email": "b@x.example"}
    acme.put("c", plan="Pro")
    pk = connected(api, acme)
    run = api.run(pk)
    told = {(one["record"], one["kind"]) for one in api.problems(pk, run["id"])}
    assert told == {("a", "failed"), ("b", "failed"), ("c", "unmatched")}
    assert values_of(api, "a") == {"plan": "Pro"}


@pytest.mark.parametrize(
    ("fault", "run_state", "state"),
    [
        (says(401), "failed", "broken"),
        (says(403), "failed", "broken"),
        (says(400), "failed", "active"),
        (says(429, Retry_After="40"), "running", "active"),
        (says(503), "running", "active"),
        (says(200, b"<html>"), "running", "active"),
        (lambda handler: handler.connection.shutdown(2), "running", "active"),
    ],
)
def test_each_kind_of_failure_has_its_own_answer(acme, api, fault, run_state, state):
    """Refused: a person must help. Busy and away: the run waits and goes on by itself."""
    acme.put("a")
    pk = connected(api, acme)
    acme.fault = fault
    started = api.post(f"connections/{pk}/runs", {}).body["id"]
    claim_and_run(Job.objects.get(kind="sync_run").pk)
    run = api.get(f"connections/{pk}/runs/{started}").body
    connection = Connection.objects.get(pk=pk)
    assert (run["state"], connection.state) == (run_state, state)
    acme.fault = None
    if run_state == "running":
        Job.objects.filter(kind="sync_run").update(lease_until=None)
        run_all_jobs()
        assert api.get(f"connections/{pk}/runs/{started}").body["state"] == "done"
