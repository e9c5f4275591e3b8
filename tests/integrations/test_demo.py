"""The demo is what it promises, and the same on every build."""

import re
from collections import Counter
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.demo.build import build, everything, happened
from integrations.demo.moments import Writers
from integrations.demo.people import people
from integrations.models import Connection, Import
from integrations.syncing.links import link_of
from users.accounts.projects import create_project
from users.finding.listing import read_page
from users.models import Account, AttributeChange, EndUser, IngestEntry, Merge, OriginKind, Project
from users.registry.attributes import registry_of
from users.showing import profile
from users.writing.calls import Origin, TagChange
from users.writing.edits import member_origin
from users.writing.tagging import tag_user

CLOCK = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def demo():
    return build(CLOCK, people_count=120)


def tab(demo, person):
    tags = [item.tag.name for item in person.user_tags.all()]
    return profile.build(person, registry_of(demo.project), tags=tags, slug=demo.project.slug)


def test_the_showcase_user_has_everything(demo):
    maya = demo.showcase
    assert maya.name == "Maya Lindqvist"
    data = tab(demo, maya)
    assert len(data.rows) == 40
    assert Counter(row.source for row in data.rows) == {"native": 10, "custom": 18, "hubspot": 7, "salesforce": 5}
    assert {row.field for row in data.rows if row.others} == {"custom.plan", "hubspot.plan"}
    assert Counter(row.refusal.verdict for row in data.rows if row.refusal) == {"rejected": 1, "stale": 1}
    assert maya.user_tags.count() == 6
    assert Merge.objects.filter(survivor=maya, undone_at=None).count() == 1
    kinds = set(AttributeChange.objects.filter(user=maya).values_list("origin_kind", flat=True))
    assert kinds == {"snippet", "key", "import", "sync", "member"}


def test_an_import_of_three_bad_lines_is_there(demo):
    found = Import.objects.get()
    assert (found.state, found.counts["failed"], found.problems.count()) == ("done", 3, 3)
    assert found.counts["rows"] == found.total > 100
    assert AttributeChange.objects.filter(received_at__gt=CLOCK).count() == 0
    assert found.finished <= CLOCK


def test_nothing_is_of_the_future():
    nobody = Origin(OriginKind.SNIPPET, None, "Snippet")
    planned = list(everything(list(people(CLOCK)), CLOCK, Writers(*[nobody] * 7)))
    assert max(moment.at for moment in planned) > CLOCK
    done = happened(planned, CLOCK)
    assert done[-1].at <= CLOCK
    assert len(done) > 0.95 * len(planned)


def test_she_is_the_first_of_the_default_list(demo):
    rows = EndUser.objects.filter(project=demo.project, merged_into=None)
    assert read_page(rows, "-last_activity", "", 5).rows[0] == demo.showcase


def test_the_extremes_are_there(demo):
    many = EndUser.objects.get(user_id="usr_metrics")
    assert len(tab(demo, many).rows) == 400
    unusual = EndUser.objects.get(user_id="usr_unusual")
    assert {len(value) for value in unusual.attributes.values() if isinstance(value, str)} >= {700, 0}
    assert EndUser.objects.filter(user_id=None, merged_into=None).count() >= 300
    assert IngestEntry.objects.count() > 2


def test_the_extremes_do_not_drown_everybody_else(demo):
    data = tab(demo, demo.showcase)
    assert len(data.unset) < 20
    assert len(registry_of(demo.project).of_source("custom")) < 40


def test_keys_are_as_old_as_what_was_written_with_them(demo):
    for key in demo.project.api_keys.all():
        first = AttributeChange.objects.filter(origin_kind="key", origin_id=key.pk).earliest("received_at")
        assert key.created < first.received_at
        assert key.last_used <= CLOCK


@pytest.mark.parametrize(("role", "offered"), [(0, True), (2, False)], ids=["admin", "viewer"])
def test_the_tour_offers_what_the_role_allows_and_ticks_for_each_member(demo, role, offered):
    client = Client()
    account = Account.objects.get(email=demo.logins[role][0])
    client.force_login(account)
    tag_user(demo.project, demo.showcase.pk, TagChange(add=["new"]), member_origin(account), timezone.now())
    tour = {item.text: item.done for item in client.get(reverse("users_list", args=["fernhill"])).context["tour"]}
    assert tour.get("Add a tag", False) == offered
    assert not tour["Run the curl"]


def test_the_cast_is_the_same_on_every_build():
    first, second = list(people(CLOCK)), list(people(CLOCK))
    assert first == second
    assert len(first) >= 2000
    assert len({person.email for person in first}) == len(first)
    assert (CLOCK - min(person.signed_up for person in first)).days > 500


def test_the_install_page_names_her(demo, settings):
    settings.DEMO = True
    client = Client()
    client.force_login(Account.objects.get(email=demo.logins[0][0]))
    html = client.get(reverse("install", args=[demo.project.slug])).content.decode()
    assert "usr_maya" in html
    assert str(demo.project.public_id) in html
    assert re.search(r'href="/demo-product/"\s+target="_blank"\s+rel="noopener"', html)
    other = create_project("Acme", owner=Account.objects.get(email=demo.logins[0][0]))
    assert "/demo-product/" not in client.get(reverse("install", args=[other.slug])).content.decode()
    assert client.get("/demo-product/").status_code == 200
    settings.DEMO = False
    assert client.get("/demo-product/").status_code == 404


def test_the_command_prints_where_to_go_and_builds_once(demo):
    out = StringIO()
    call_command("build_demo", stdout=out)
    assert "email: alex@fernhill.example" in out.getvalue()
    assert "password: " in out.getvalue()
    assert f"/users/{demo.showcase.pk}/" in out.getvalue()
    assert Project.objects.count() == 1


def test_it_never_goes_into_a_database_with_other_data(project):
    with pytest.raises(CommandError, match="other data"):
        call_command("build_demo")
    with pytest.raises(CommandError, match="ISO"):
        call_command("build_demo", now="yesterday")


def test_the_connection_has_one_record_that_fails_and_some_of_nobody(settings):
    settings.ALLOW_PRIVATE_CONNECTIONS, settings.DEMO_CRM_URL = True, "http://127.0.0.1:9"
    made = build(CLOCK, people_count=40)
    connection = Connection.objects.get(project=made.project)
    run = connection.runs.get()
    assert (connection.state, run.state, run.failed) == ("active", "done", 1)
    assert run.matched
    assert run.unmatched
    assert link_of(connection).base_url == "http://127.0.0.1:9"
    maya = tab(made, made.showcase)
    assert any(
        row.source == "hubspot" and row.fix.record.startswith("http://127.0.0.1:9/contacts/") for row in maya.rows
    )
