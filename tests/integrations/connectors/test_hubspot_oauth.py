"""HubSpot's OAuth: codes, PKCE, and access that is renewed once, however many workers need it."""

import json
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection as database

from integrations.connectors import hubspot_oauth, renewing
from integrations.connectors.base import Link
from integrations.connectors.failures import VendorBusy, VendorRefused
from integrations.connectors.hubspot import HubSpot
from integrations.models import Connection
from tests.factories import ProjectFactory
from users.ground.secrets import decrypt, encrypt


class Stored(Link):
    """As integrations/syncing/links.py has it."""

    def keep(self, credentials):
        self.credentials = credentials
        Connection.objects.filter(pk=self.pk).update(credentials=encrypt(json.dumps(credentials)))


@pytest.fixture(autouse=True)
def app(settings):
    settings.HUBSPOT_CLIENT_ID, settings.HUBSPOT_CLIENT_SECRET = "demo-client", "demo-client-secret"


def granted(vendor, **more):
    """Credentials as they are after a member agreed."""
    verifier = hubspot_oauth.new_verifier()
    vendor.crm.grants.codes["code-1"] = hubspot_oauth.challenge_of(verifier)
    found = hubspot_oauth.exchange("code-1", "https://us.example/back", verifier, vendor.server.url)
    return {**found, **more}


def refreshes(vendor):
    return vendor.paths().count("/oauth/v1/token")


def test_members_are_sent_to_hubspot_with_state_and_challenge():
    verifier = hubspot_oauth.new_verifier()
    parts = urlsplit(hubspot_oauth.authorize_url("https://us.example/back", "signed", verifier))
    query = parse_qs(parts.query)
    assert parts.netloc == "app.hubspot.com"
    assert query["state"] == ["signed"]
    assert query["redirect_uri"] == ["https://us.example/back"]
    assert query["code_challenge"] == [hubspot_oauth.challenge_of(verifier)]
    assert verifier not in parts.query


def test_code_is_good_once_and_with_its_verifier_alone(vendor):
    credentials = granted(vendor)
    HubSpot().check_credentials(credentials)
    assert HubSpot().check(Link(credentials))["portal"]
    vendor.crm.grants.codes["code-2"] = hubspot_oauth.challenge_of("right")
    for code, verifier in (("code-1", "any"), ("code-2", "wrong"), ("code-2", "right")):
        with pytest.raises(VendorRefused):
            hubspot_oauth.exchange(code, "https://us.example/back", verifier, vendor.server.url)


def test_access_is_renewed_before_it_ends(vendor):
    link = Link(granted(vendor, expires_at=time.time() + 60))
    before = link.credentials["access_token"]
    assert HubSpot().check(link)["portal"]
    assert link.credentials["access_token"] != before
    assert link.credentials["expires_at"] > time.time() + 1000
    HubSpot().check(link)
    assert refreshes(vendor) == 2  # the code's, and one


def test_access_that_hubspot_ended_early_is_renewed_once(vendor):
    link = Link(granted(vendor))
    vendor.crm.tokens.clear()
    assert HubSpot().check(link)["portal"]
    assert refreshes(vendor) == 2


def test_refused_refresh_says_to_connect_again(vendor):
    link = Link(granted(vendor, expires_at=0))
    vendor.crm.grants.refresh.clear()
    with pytest.raises(VendorRefused) as caught:
        HubSpot().check(link)
    assert "again" in caught.value.message
    assert link.credentials["refresh_token"] not in caught.value.message


@pytest.fixture
def stored(vendor, transactional_db):
    credentials = granted(vendor, expires_at=0)
    return Connection.objects.create(
        project=ProjectFactory(), connector="hubspot", name="HubSpot", credentials=encrypt(json.dumps(credentials))
    )


def link_to(row):
    return Stored(json.loads(decrypt(row.credentials)), {}, row.pk)


def test_several_workers_never_refresh_twice(vendor, stored):
    before, answers = refreshes(vendor), []
    links = [link_to(stored) for _ in range(4)]
    begin = threading.Barrier(4)

    def work(link):
        begin.wait()
        try:
            answers.append(HubSpot().check(link)["portal"])
        finally:
            database.close()

    threads = [threading.Thread(target=work, args=(link,)) for link in links]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert refreshes(vendor) == before + 1
    assert len({link.credentials["access_token"] for link in links}) == 1
    stored.refresh_from_db()
    assert renewing.CLAIMED not in json.loads(decrypt(stored.credentials))


def test_dead_worker_holds_the_others_for_a_while_only(vendor, stored, monkeypatch):
    monkeypatch.setattr(renewing, "WAIT", 0.1)
    credentials = json.loads(decrypt(stored.credentials))
    link = link_to(stored)
    link.keep({**credentials, renewing.CLAIMED: time.time() + 20})
    with pytest.raises(VendorBusy):
        HubSpot().check(link_to(stored))
    link.keep({**credentials, renewing.CLAIMED: time.time() - 1})
    assert HubSpot().check(link_to(stored))["portal"]


def test_failed_refresh_lets_the_next_one_try_at_once(vendor, stored):
    vendor.says("/oauth/v1/token", 503)
    link = link_to(stored)
    with pytest.raises(Exception, match="503"):
        HubSpot().check(link)
    stored.refresh_from_db()
    assert renewing.CLAIMED not in json.loads(decrypt(stored.credentials))
    assert HubSpot().check(link_to(stored))["portal"]


def test_without_an_app_nothing_is_offered(settings):
    settings.HUBSPOT_CLIENT_SECRET = ""
    assert not hubspot_oauth.is_offered()
    with pytest.raises(VendorRefused):
        hubspot_oauth.exchange("code", "https://us.example/back", "verifier")
