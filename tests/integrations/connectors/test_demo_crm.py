"""The Demo CRM as people meet it: its pages, and the process that `make demo` starts."""

import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from integrations.connectors.base import Link
from integrations.connectors.hubspot import HubSpot
from integrations.demo.crm.seed import STRANGERS, UNREADABLE, seeded
from integrations.demo.crm.server import running
from integrations.demo.people import SHOWCASE_EMAIL, people
from jimo_site.serving.demo import free_port

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
def server():
    with running(seeded(NOW)) as made:
        yield made


def get(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode(), answer.headers


def post(url, headers=None, **form):
    asked = urllib.request.Request(url, urlencode(form).encode(), headers or {})
    with urllib.request.urlopen(asked) as answer:
        return answer.read().decode(), answer.url


def test_its_contacts_are_the_demos_people_and_some_odd_ones():
    crm = seeded(NOW)
    living = crm.living("contacts")
    emails = {thing.properties["email"] for thing in living}
    known = {person.email for person in people(NOW)} | {SHOWCASE_EMAIL}
    assert len(emails & known) == 301
    assert len(emails - known) == len(STRANGERS)
    assert sum(thing.archived is not None for thing in crm.things["contacts"].values()) == 1
    assert len(crm.merged) == 1
    odd = crm.find("companies", "numberofemployees", UNREADABLE)
    assert len(crm.links["companies", odd.id, "contacts"]) == 1


def test_pages_say_that_it_is_pretended_and_run_nothing(server):
    text, headers = get(f"{server.url}/")
    assert "A pretend HubSpot on this machine" in text
    assert "Maya Lindqvist" in text
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "<script" not in text
    assert "style=" not in text


def test_changed_value_arrives_in_the_next_run(vendor, settings):
    contact = vendor.contact(1, lifecyclestage="lead", products="api")
    cursor = vendor.pages("email")[-1].cursor
    page = HubSpot().record_url(Link(vendor.link.credentials, {"portal": 4240042}), "contacts", contact.id)
    text, where = post(
        page, lifecyclestage="customer", products="", **{"products:boards": "on"}, jobtitle="<b>Head</b>"
    )
    assert where.endswith("?saved=1")
    assert "&lt;b&gt;Head&lt;/b&gt;" in text
    assert "<b>Head" not in text
    (values,) = vendor.values("lifecyclestage", "products", "jobtitle", since=cursor).values()
    assert values == {"lifecyclestage": "customer", "products": ["boards"], "jobtitle": "<b>Head</b>"}


def test_form_of_another_site_changes_nothing(server):
    contact = server.crm.find("contacts", "email", SHOWCASE_EMAIL)
    with pytest.raises(HTTPError) as caught:
        post(
            f"{server.url}/contacts/4240042/record/0-1/{contact.id}",
            {"Origin": "https://evil.example"},
            plan="free",
        )
    assert caught.value.code == 403
    assert contact.properties["plan"] == "enterprise"


def test_pages_of_a_company_a_property_and_nothing(server):
    maya = server.crm.find("contacts", "email", SHOWCASE_EMAIL)
    text, _ = get(f"{server.url}/contacts/4240042/record/0-1/{maya.id}")
    assert "Harbor Labs AB" in text
    text, _ = get(f"{server.url}/property-settings/4240042/properties?type=0-2&action=edit&property=industry")
    assert "SOFTWARE" in text
    with pytest.raises(HTTPError) as caught:
        get(f"{server.url}/contacts/4240042/record/0-1/999999")
    assert caught.value.code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/crm/v3/objects/contacts?limit=x", None), ("/crm/v3/objects/contacts?limit=1000", None),
        ("/crm/v3/objects/contacts/search", b"[]"), ("/crm/v3/objects/contacts/search", b'{"filterGroups": 5}'),
        ("/crm/v3/objects/contacts/search", b'{"limit": 200, "after": "9900"}'),
        ("/crm/v3/objects/contacts/batch/read", b'{"inputs": ["1"]}'),
    ],
)  # fmt: skip
def test_bad_requests_are_refused_as_hubspot_does(server, path, body):
    asked = urllib.request.Request(f"{server.url}{path}", body, {"Authorization": "Bearer demo-token"})
    with pytest.raises(HTTPError) as caught:
        urllib.request.urlopen(asked)
    assert caught.value.code == 400
    assert b"VALIDATION_ERROR" in caught.value.read()


def test_a_process_of_it_answers_and_ends_when_asked():
    port = free_port(0)
    process = subprocess.Popen([sys.executable, "-m", "integrations.demo.crm", str(port)])
    try:
        for _ in range(200):
            try:
                text, _ = get(f"http://127.0.0.1:{port}/")
                break
            except OSError:
                time.sleep(0.05)
        assert "Demo CRM" in text
    finally:
        process.terminate()
    assert process.wait(10) == 0


def test_the_next_free_port_is_taken_where_the_first_is_not_free(server):
    taken = server.server_address[1]
    assert free_port(taken) != taken
