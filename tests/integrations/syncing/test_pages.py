"""Pages of connections, and what other pages say of them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from integrations.connectors.failures import VendorAway
from integrations.models import Connection, SyncProblem, SyncRun
from segments.defining.edit import Author, create_segment
from tests.factories import member, user
from tests.integrations.syncing.toy import connected, install, read_connection
from users.accounts.roles import ADMIN
from users.jobs.machinery import run_all_jobs
from users.models import Attribute, EndUser

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(project):
    made = Client()
    made.force_login(member(project, ADMIN))
    return made


@pytest.fixture
def vendor():
    return install()


@pytest.fixture
def maya(project):
    return user(project, user_id="u1", email="u1@example.com")


def at(name, project, *parts):
    return reverse(name, args=[project.slug, *parts])


def text(answer):
    return " ".join(answer.content.decode().split())


def test_from_the_catalogue_to_values(client, project, vendor, maya):
    vendor.put("1", email="u1@example.com", plan="pro", seats=3)
    assert "HubSpot" in text(client.get(at("integrations", project)))
    refused = client.post(at("connection_new", project, "toy"), {"token": "bad"})
    assert refused.status_code == 422
    assert "The token is not accepted." in text(refused)
    assert b'value="bad"' not in refused.content
    answer = client.post(at("connection_new", project, "toy"), {"token": "good"})
    connection = Connection.objects.get()
    mapping = at("connection_mapping", project, connection.pk)
    assert answer.url == mapping
    chosen = {
        "objects": "contacts", "match_property": "email", "match_on": "native.email", "empty": "keep", "schedule": "15m",
        "property": ["plan", "seats"], "key:plan": "crm_plan",
    }  # fmt: skip
    tried = text(client.post(mapping, {**chosen, "do": "preview"}))
    assert "1 real record, nothing written" in tried
    assert re.search(r"<code[^>]*> ?pro ?</code", tried)
    assert not Attribute.objects.filter(source="toy").exists()
    answer = client.post(mapping, {**chosen, "do": "run"})
    assert answer.url == at("connection", project, connection.pk)
    run_all_jobs()
    page = text(client.get(answer.url))
    assert Attribute.objects.get(source="toy", key="crm_plan").name == "Plan"
    assert "Done" in page
    data = text(client.get(at("user_profile", project, maya.pk) + "?tab=data"))
    assert "https://toy.example/contacts/1" in data
    assert at("connection", project, connection.pk) in data


def test_nothing_chosen_is_refused_and_what_was_typed_stays(client, project, vendor):
    connection, _ = connected(project)
    sent = {
        "objects": "contacts",
        "match_property": "plan",
        "match_on": "native.user_id",
        "schedule": "6h",
        "do": "run",
    }
    answer = client.post(at("connection_mapping", project, connection.pk), sent)
    assert answer.status_code == 422
    assert "Choose at least one property." in text(answer)
    assert '<option value="native.user_id" selected>' in answer.content.decode()


def test_vendor_that_is_away_says_so_instead_of_a_form(client, project, vendor):
    connection, made = connected(project)
    made.faults = [VendorAway("Toy does not answer.")]
    answer = client.get(at("connection_mapping", project, connection.pk))
    assert answer.status_code == 502
    assert "Toy does not answer." in text(answer)


def test_problems_are_found_downloaded_and_tried_again(client, project, vendor, maya):
    connection = read_connection(project)
    here = at("connection", project, connection.pk)
    assert "No user has this email" in text(client.get(here))
    assert "nobody@example.com" not in text(client.get(here + "?kind=failed"))
    assert "nobody@example.com" in text(client.get(here + "?q=nobody"))
    lines = b"".join(client.get(at("connection_problems", project, connection.pk) + "?kind=failed").streaming_content)
    assert lines.decode().splitlines()[1].startswith("failed,contacts,1,u1@example.com,seats,")
    person = user(project, user_id="u2", email="nobody@example.com")
    problem = SyncProblem.objects.get(kind="unmatched")
    client.post(at("connection_act", project, connection.pk), {"do": "again", "problem": problem.pk})
    run_all_jobs()
    assert SyncRun.objects.order_by("-pk")[0].read == 1
    assert "nobody@example.com" not in text(client.get(here + "?kind=unmatched"))
    assert EndUser.objects.get(pk=person.pk).attributes


@pytest.mark.parametrize("do", ["run", "full", "pause", "test", "cancel", "again", "nonsense", "resume"])
def test_each_act_leads_back_with_words(client, project, vendor, maya, do):
    connection = read_connection(project)
    answer = client.post(at("connection_act", project, connection.pk), {"do": do}, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == at("connection", project, connection.pk)


def test_leaving_asks_with_the_number_of_users_and_does_as_told(client, project, vendor, maya):
    connection = read_connection(project)
    assert "1 user has values from Toy CRM" in text(client.get(at("connection_leave", project, connection.pk)))
    client.post(at("connection_act", project, connection.pk), {"do": "disconnect", "values": "remove"})
    run_all_jobs()
    assert not Connection.objects.exists()
    assert not EndUser.objects.get(pk=maya.pk).attributes


@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        ("paused", "", "Toy CRM is paused, so changes there do not arrive."),
        (
            "broken",
            "The token was revoked.",
            "Toy CRM is broken, so changes there do not arrive: The token was revoked.",
        ),
        ("active", "Toy does not answer.", "The last run of Toy CRM failed: Toy does not answer."),
    ],
)
def test_trouble_is_said_where_the_values_are_used(client, project, vendor, maya, now, state, error, said):
    connection = read_connection(project)
    attribute = Attribute.objects.get(source="toy", key="plan")
    rule = {"combinator": "and", "rules": [{"field": "toy.plan", "operator": "is", "value": "Pro"}]}
    segment = create_segment(project, {"name": "Pro"}, rule=rule, static=False, by=Author(None, "A"), now=now)
    places = [
        at("user_profile", project, maya.pk) + "?tab=data", at("value_detail", project, maya.pk, attribute.ref),
        at("attribute_edit", project, attribute.pk), at("segment", project, segment.pk),
    ]  # fmt: skip
    for place in places:
        assert said not in text(client.get(place)), place
    Connection.objects.filter(pk=connection.pk).update(state=state, error=error)
    for place in places:
        assert said in text(client.get(place)), place


def test_value_whose_connection_is_gone_or_reads_it_no_more_says_so(client, project, vendor, maya):
    connection = read_connection(project)
    place = at("value_detail", project, maya.pk, Attribute.objects.get(source="toy", key="plan").ref)
    assert "Synced" in text(client.get(place))
    connection.delete()
    assert "No Toy CRM connection exists in this project" in text(client.get(place))


def test_pages_ask_the_same_however_many_there_are(client, project, vendor, maya, django_assert_max_num_queries):
    connection = read_connection(project)
    for name in ("Second", "Third"):
        Connection.objects.create(project=project, connector="toy", name=name)
    for number in range(60):
        SyncProblem.objects.create(
            run=connection.runs.get(), kind="unmatched", object="contacts", record=f"r{number}", reason="No.", user=maya
        )
    with django_assert_max_num_queries(14):
        client.get(at("integrations", project))
    with django_assert_max_num_queries(20):
        client.get(at("connection", project, connection.pk))


def test_failing_log_in_of_a_reconnect_keeps_the_old_credentials(client, project, vendor, maya):
    connection = read_connection(project)
    before = connection.credentials
    answer = client.post(at("connection_credentials", project, connection.pk), {"token": "bad"})
    assert answer.status_code == 422
    assert Connection.objects.get(pk=connection.pk).credentials == before
