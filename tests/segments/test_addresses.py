"""The Users page is narrowed by one language, rules: old parameters lead to it, and the product's links speak it."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlparse

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import SERVER, member, user
from users.finding.filters import filtered_users
from users.jobs.machinery import run_all_jobs
from users.models import Job, Tag, UserTag
from users.registry.attributes import registry_of
from users.writing.calls import Refused, TagChange
from users.writing.tagging import tag_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(project):
    found = Client()
    found.force_login(member(project, "editor"))
    return found


@pytest.fixture
def people(project, now):
    held = {"plan": "Pro", "seats": 9, "rooms": ["a", 1], "since": "2024-06-15", "on": True, "none": [], "big": 1e300}
    first = user(project, "u0", name="Maya", email="M@x.io", language="fr", attributes=held)
    for number in range(1, 5):
        user(project, f"u{number}", attributes={"plan": "pro", "seats": number})
    tag_user(project, first.pk, TagChange(add=["Vip"]), SERVER, now)
    return project


def in_words(n):
    return {"n": n, "unit": "day"}


# An address of old, the condition that it means, and how many it selects; None where it means nothing.
OLD = [
    ("who=identified", {"field": "native.user_id", "operator": "is_set"}, 5),
    ("who=anonymous", {"field": "native.user_id", "operator": "is_not_set"}, 0),
    ("who=nobody", {"field": "native.user_id", "operator": "nobody"}, None),
    ("tag=vip", {"field": "native.tags", "operator": "includes", "value": "vip"}, 1),
    ("language=fr", {"field": "native.language", "operator": "is", "value": "fr"}, 1),
    ("active=7", {"field": "native.last_activity", "operator": "in_last", "value": in_words(7)}, 0),
    ("active=quiet30", {"field": "native.last_activity", "operator": "more_than_ago", "value": in_words(30)}, 0),
    ("active=never", {"field": "native.last_activity", "operator": "is_not_set"}, 5),
    ("active=x", {"field": "native.last_activity", "operator": "x"}, None),
    ("has=custom.seats&value=9", {"field": "custom.seats", "operator": "is", "value": 9}, 1),
    ("has=custom.none&value=[]", {"field": "custom.none", "operator": "is_empty"}, 1),
    ("has=custom.nope&value=1", {"field": "custom.nope", "operator": "is", "value": "1"}, None),
    ("segment=1234567", {"field": "segment", "operator": "is_in", "value": 1234567}, None),
]
EACH_OLD = pytest.mark.parametrize(("old", "condition", "count"), OLD, ids=[old for old, _, _ in OLD])


@EACH_OLD
def test_each_old_parameter_leads_to_a_rule(client, people, old, condition, count):
    page = client.get(f"/p/{people.slug}/users/?{old}&q=&sort=name", follow=True)
    [(address, status)] = page.redirect_chain
    given = {name: values[0] for name, values in parse_qs(urlparse(address).query).items()}
    assert (status, given.pop("sort")) == (302, "name")
    assert json.loads(given.pop("rule")) == {"combinator": "and", "rules": [condition]}
    assert not given
    assert (page.context["problem"] is None) == (count is not None)
    assert page.context["count"].number == (count or 0)


@EACH_OLD
def test_a_job_reads_an_old_query_alike(client, people, old, condition, count):
    """What means nothing is refused: left out, it would select everybody."""
    if count is None:
        with pytest.raises(Refused):
            filtered_users(people, old)
    else:
        assert filtered_users(people, old).count() == count
    asked = {"all": "1", "query": old, "add": '["picked"]', "remove": "[]"}
    answer = client.post(f"/p/{people.slug}/users/tag/", asked)
    assert answer.status_code == (200 if count else 400)
    if count:
        assert parse_qs(Job.objects.get().params["query"]).keys() == {"rule"}
        run_all_jobs()
    assert UserTag.objects.filter(tag__name="picked").count() == (count or 0)
    offered = client.get(f"/p/{people.slug}/users/tag-options/", {"all": "1", "query": old})
    assert "Vip" in [item["name"] for item in offered.json()]


def test_an_old_parameter_joins_the_rule_that_is_there(client, people):
    seats = {"field": "custom.seats", "operator": "gt", "value": 2}
    old = {"rule": json.dumps({"combinator": "and", "rules": [seats]}), "who": "identified", "source": "custom"}
    page = client.get(f"/p/{people.slug}/users/", old, follow=True)
    assert json.loads(page.context["rule"])["rules"] == [seats, {"field": "native.user_id", "operator": "is_set"}]
    assert page.context["source"] == "custom"
    assert page.context["count"].number == 3


@pytest.mark.parametrize("field", [
    "custom.plan", "custom.seats", "custom.rooms", "custom.since", "custom.on", "custom.none", "custom.big",
    "native.name", "native.email", "native.language", "native.user_id", "native.jimer_id", "native.sessions", "tags",
])  # fmt: skip
def test_the_links_to_users_alike_say_rule(client, people, field):
    """Each finds whom it started from, and nobody whose value is another."""
    person = people.end_users.get(user_id="u0")
    Tag.objects.update(user_count=1, counted_at=timezone.now())
    page = "data/tags/" if field == "tags" else (
        f"users/{person.pk}/values/{registry_of(people).find(field).ref}/?menu=1"
    )  # fmt: skip
    html = unescape(client.get(f"/p/{people.slug}/{page}").content.decode())
    [link] = set(re.findall(rf'href="(/p/{people.slug}/users/\?[^"]*)"', html))
    assert list(parse_qs(urlparse(link).query)) == ["rule"]
    found = client.get(link)
    assert found.status_code == 200
    assert found.context["problem"] is None
    ids = [row.user_id for row in found.context["page"].rows]
    assert ids == ["u0"] if field != "native.sessions" else "u0" in ids
