"""Connecting HubSpot by signing in there: the way out and the way back, bound to one member, project and moment."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.test import Client

from integrations.connectors.hubspot_oauth import challenge_of
from integrations.models import Connection
from integrations.syncing.links import link_of
from integrations.views import hubspot_oauth
from tests.factories import ProjectFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def app(vendor, settings, monkeypatch):
    settings.HUBSPOT_CLIENT_ID, settings.HUBSPOT_CLIENT_SECRET = "demo-client", "demo-client-secret"
    monkeypatch.setattr("integrations.connectors.hubspot_client.HOST", vendor.server.url)


@pytest.fixture
def admin(project):
    client = Client()
    client.force_login(member(project, "admin"))
    return client


def begin(client, project, query=""):
    """What HubSpot is asked for."""
    response = client.get(f"/p/{project.slug}/integrations/hubspot/sign-in/{query}")
    assert response.status_code == 302, response.status_code
    assert "no-store" in response["Cache-Control"]
    return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}


def agree(vendor, asked, code="c0de"):
    vendor.crm.grants.codes[code] = asked["code_challenge"]
    return {"code": code, "state": asked["state"]}


def back(client, query):
    response = client.get("/integrations/oauth/hubspot/", query)
    assert response.status_code == 302, response.status_code
    return response["Location"]


def test_a_member_who_agrees_has_a_connection(vendor, admin, project):
    asked = begin(admin, project)
    assert asked["redirect_uri"] == "http://testserver/integrations/oauth/hubspot/"
    where = back(admin, agree(vendor, asked))
    made = Connection.objects.get(project=project)
    assert where == f"/p/{project.slug}/integrations/{made.pk}/mapping/"
    assert link_of(made).credentials["refresh_token"]
    assert "token" not in made.credentials


def test_a_state_is_good_once_and_for_ten_minutes(vendor, admin, project, monkeypatch):
    asked = begin(admin, project)
    given = agree(vendor, asked)
    back(admin, given)
    assert back(admin, agree(vendor, asked)) == "/"
    later = begin(admin, project)
    monkeypatch.setattr(hubspot_oauth, "MINUTES", -1)
    assert back(admin, agree(vendor, later)) == "/"
    assert Connection.objects.count() == 1


def test_a_state_is_of_one_member_and_one_session(vendor, admin, project):
    other = Client()
    other.force_login(member(project, "admin"))
    assert back(other, agree(vendor, begin(admin, project))) == "/"
    forged = signing.dumps({"nonce": "n", "member": 1, "project": project.slug, "connection": None}, salt="another")
    assert back(admin, {"code": "c", "state": forged}) == "/"
    assert back(admin, {}) == "/"
    assert "/sign-in/" in back(Client(), {"code": "c", "state": "s"})
    assert not Connection.objects.exists()


def test_who_declines_is_told(vendor, admin, project):
    asked = begin(admin, project)
    assert back(admin, {"state": asked["state"], "error": "access_denied"}).endswith("/integrations/new/hubspot/")
    assert not Connection.objects.exists()


def test_a_connection_that_is_there_gets_new_access(vendor, admin, project):
    back(admin, agree(vendor, begin(admin, project)))
    made = Connection.objects.get()
    Connection.objects.filter(pk=made.pk).update(state="broken", error="x")
    where = back(admin, agree(vendor, begin(admin, project, f"?connection={made.pk}"), "c2"))
    made.refresh_from_db()
    assert where == f"/p/{project.slug}/integrations/{made.pk}/"
    assert (made.state, Connection.objects.count()) == ("active", 1)


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_only_admins_connect(project, role):
    client = Client()
    client.force_login(member(project, role))
    assert client.get(f"/p/{project.slug}/integrations/hubspot/sign-in/").status_code == 403


def test_others_and_other_projects_find_nothing(admin, project, settings):
    other = ProjectFactory()
    foreign = Connection.objects.create(project=other, connector="hubspot", name="H")
    base = f"/p/{project.slug}/integrations/hubspot/sign-in/"
    assert admin.get(f"{base}?connection={foreign.pk}").status_code == 404
    assert admin.get(f"/p/{other.slug}/integrations/hubspot/sign-in/").status_code == 404
    assert admin.post(base).status_code == 405
    settings.HUBSPOT_CLIENT_ID = ""
    assert admin.get(base)["Location"] == f"/p/{project.slug}/integrations/new/hubspot/"


def test_pages_offer_it_where_there_is_an_app(vendor, admin, project, settings):
    back(admin, agree(vendor, begin(admin, project)))
    made, base = Connection.objects.get(), f"/p/{project.slug}/integrations"
    assert f'href="{base}/hubspot/sign-in/"' in admin.get(f"{base}/new/hubspot/").content.decode()
    again = admin.get(f"{base}/{made.pk}/credentials/").content.decode()
    assert f'href="{base}/hubspot/sign-in/?connection={made.pk}"' in again
    settings.HUBSPOT_CLIENT_ID = ""
    assert "hubspot/sign-in/" not in admin.get(f"{base}/new/hubspot/").content.decode()


def test_many_begun_ways_are_not_kept(vendor, admin, project):
    first = begin(admin, project)
    others = [begin(admin, project) for _ in range(5)]
    assert len(admin.session[hubspot_oauth.KEPT]) == 5
    assert back(admin, agree(vendor, first)) == "/"
    assert challenge_of(admin.session[hubspot_oauth.KEPT].popitem()[1]) == others[-1]["code_challenge"]
