"""Save as segment: the number of the list is the number of the segment, or the page says what is left out."""

import json
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from segments.counting.audience import audience, count_audience
from segments.language.rules import parse
from segments.language.scope import scope_of
from segments.showing.from_list import converted
from tests.factories import SERVER, member, user
from tests.reading import html_of
from users.finding.filters import filtered_users
from users.writing.calls import Call
from users.writing.identify import identify

pytestmark = pytest.mark.django_db
IDENTIFIED = json.dumps({"combinator": "or", "rules": [{"field": "native.name", "operator": "is_set"}]})


@pytest.fixture
def people(project):
    user(project, "u1", name="Maya", attributes={"plan": "Pro"})
    user(project, "u2", attributes={"seats": 3, "plan": "Pro"})
    user(project, "u3", name="Sam")
    user(project, "u4", name="Kim", attributes={"seats": 1})
    identify(project, Call(user_id="u4", attributes={"seats": None}), SERVER, timezone.now())
    return project


@pytest.mark.parametrize("rule", ["", IDENTIFIED])
def test_the_source_filter_becomes_part_of_the_rule(people, rule):
    made = converted(people, rule, "custom", "")
    assert made.left_out == []
    tree = parse(json.loads(made.rule), scope_of(people))
    listed = filtered_users(people, f"source=custom&rule={rule}")
    assert count_audience(audience(people, tree)) == listed.count() == (1 if rule else 2)


@pytest.mark.parametrize(("source", "search", "words"), [
    ("", "maya", "The search for “maya” is no part of it"), ("hubspot", "", ""), ("nonsense", "", ""), ("native", "", ""),
])  # fmt: skip
def test_what_a_rule_cannot_say_is_said(people, source, search, words):
    made = converted(people, IDENTIFIED, source, search)
    assert made.rule == IDENTIFIED
    assert words in " ".join(made.left_out)


def test_what_is_no_rule_stays_as_it_was_typed(people):
    for text in ("{", "[1]", '"x"'):
        made = converted(people, text, "custom", "")
        assert made.rule == text
        assert made.left_out


def test_the_button_carries_all_filters_and_the_page_says_what_it_left_out(people):
    client = Client()
    client.force_login(member(people, "editor"))
    listed = client.get(reverse("users_list", args=[people.slug]), {"source": "custom", "q": "maya"})
    assert "1</strong> user" in listed.content.decode()  # the list was searched by it
    link = unescape(re.search(r'data-save-rule href="([^"]+)"([^>]*)', html_of(listed)).group(1))
    page = client.get(link).content.decode()
    assert "The search for “maya” is no part of it" in page
    rule = json.loads(unescape(re.search(r'id="segment-rule" value="([^"]*)"', page).group(1)))
    assert {part["field"] for part in rule["rules"][0]["rules"]} == {"custom.plan", "custom.seats"}
