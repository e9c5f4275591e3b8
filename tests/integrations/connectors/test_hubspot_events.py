"""HubSpot's webhooks: only what it signed counts, and what it names is read at once."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.connectors.hubspot_events import contacts_told, signature
from integrations.connectors.registry import connector
from integrations.models import Connection, SyncRun
from integrations.syncing.choices import keep_choices, read_choices
from integrations.syncing.connecting import connect
from integrations.syncing.links import link_of
from integrations.syncing.runs import start_run
from integrations.syncing.told import KIND
from tests.factories import user, value_of
from users.jobs.machinery import run_all_jobs
from users.models import Job

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "the app's client secret"


@pytest.fixture
def connected(vendor, project):
    """A connection that maps job titles, with one contact and its user; its first run is done."""
    person = user(project, "u1", email="p1@x.example")
    vendor.thing = vendor.contact(1, jobtitle="Designer")
    found, now = connector("hubspot"), timezone.now()
    made = connect(project, found, {**vendor.link.credentials, "client_secret": SECRET}, now)
    mapped = [{"property": "jobtitle", "key": "jobtitle", "type": "string"}]
    choices = read_choices(made, found, link_of(made), {"properties": mapped})
    keep_choices(made, found, choices, now)
    made.refresh_from_db()
    if not made.runs.exists():
        start_run(made, "member", now)
    run_all_jobs()
    made.refresh_from_db()
    assert title_of(person) == "Designer"
    made.person = person
    return made


def title_of(person):
    return value_of(person.project, person, "hubspot.jobtitle")


def event(one, kind="contact.propertyChange", **more):
    return {
        "eventId": 1,
        "portalId": 4240042,
        "subscriptionType": kind,
        "objectId": int(one.id),
        "attemptNumber": 0,
        **more,
    }


def send(connection, events, *, secret=SECRET, at=None, address=None, signed=None, method="POST"):
    path = f"/integrations/hubspot/{connection.pk}/"
    body = events if isinstance(events, bytes) else json.dumps(events).encode()
    timestamp = str(int((at or timezone.now().timestamp()) * 1000))
    given = signed or signature(secret, method, address or f"http://testserver{path}", body, timestamp)
    headers = {"X-HubSpot-Signature-v3": given, "X-HubSpot-Request-Timestamp": timestamp}
    return Client(enforce_csrf_checks=True).post(path, body, "application/json", headers=headers).status_code


def test_a_changed_contact_is_read_at_once_and_alone(vendor, connected):
    vendor.contact(2, jobtitle="Other")
    vendor.crm.change(vendor.thing, jobtitle="Founder")
    vendor.server.asked.clear()
    assert send(connected, [event(vendor.thing)] * 3) == 204
    run_all_jobs()
    assert title_of(connected.person) == "Founder"
    run = SyncRun.objects.latest("pk")
    assert (run.trigger, run.state, run.read) == ("event", "done", 1)
    assert not [path for path in vendor.paths() if path.endswith("/search")]


def test_messages_join_one_run(vendor, connected):
    others = [vendor.contact(number) for number in range(2, 5)]
    for one in [*others, vendor.thing, *others]:
        assert send(connected, [event(one)]) == 204
    assert Job.objects.filter(kind=KIND, state="queued").count() == 1
    before = SyncRun.objects.count()
    run_all_jobs()
    assert SyncRun.objects.count() == before + 1
    assert SyncRun.objects.latest("pk").read == 4


def test_it_waits_while_another_run_is_on(vendor, connected):
    run = start_run(connected, "member", timezone.now())
    Job.objects.filter(pk=run.job_id).update(lease_until=timezone.now() + timedelta(minutes=5))
    vendor.crm.change(vendor.thing, jobtitle="Founder")
    assert send(connected, [event(vendor.thing)]) == 204
    run_all_jobs(1)
    assert Job.objects.get(kind=KIND).state == "queued"


@pytest.mark.parametrize("kind", ["contact.deletion", "contact.privacyDeletion"])
def test_a_deleted_contact_takes_its_values_along(vendor, connected, kind):
    vendor.crm.delete(vendor.thing)
    assert send(connected, [event(vendor.thing, kind)]) == 204
    run_all_jobs()
    assert title_of(connected.person) is None


def test_what_hubspot_did_not_sign_is_refused(vendor, connected):
    told, now = [event(vendor.thing)], timezone.now().timestamp()
    assert send(connected, told, secret="another secret") == 401
    assert send(connected, told, signed="é") == 401
    assert send(connected, told, at=now - 301) == 401
    assert send(connected, told, at=now + 301) == 401
    assert send(connected, told, method="GET") == 401
    assert send(connected, told, address="http://testserver/integrations/hubspot/1000/") == 401
    assert Client().post(f"/integrations/hubspot/{connected.pk}/", told, "application/json").status_code == 401
    assert Client().post("/integrations/hubspot/999999/", told, "application/json").status_code == 401
    assert send(connected, told, at=now - 290) == 204
    Connection.objects.filter(pk=connected.pk).update(credentials="")
    assert send(connected, told, secret="") == 401
    assert Job.objects.filter(kind=KIND).count() == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"\xff", b"[" * 100_000, b"[" + b"1," * 2000 + b"1]"])
def test_signed_nonsense_is_a_bad_request(vendor, connected, body):
    assert send(connected, body) == 400


def test_only_contacts_of_this_account_are_told(vendor):
    one = vendor.contact(1)
    told = [
        event(one), event(one, portalId=1), event(one, "company.propertyChange", objectId=7), {"a": 1}, 5, None,
        event(one, "object.deletion", objectTypeId="0-1", objectId=8), event(one, objectId="../x"), event(one, objectId=True),
        event(one, "object.deletion", objectTypeId="0-2", objectId=9),
        event(one, "contact.merge", objectId=21, primaryObjectId=21, newObjectId=22, mergedObjectIds=[23, 24]),
    ]  # fmt: skip
    assert contacts_told(json.dumps(told).encode(), 4240042) == [one.id, "8", "21", "22", "23", "24"]


def test_paused_connections_take_messages_and_start_nothing(vendor, connected):
    Connection.objects.filter(pk=connected.pk).update(state="paused")
    assert send(connected, [event(vendor.thing)]) == 204
    assert not Job.objects.filter(kind=KIND).exists()
