"""The help: each page in the frame with its contents, and found by what it says."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import member
from users.showing.help_articles import Entry, article_of, snippet
from users.views.help_pages import entries

pytestmark = pytest.mark.django_db
SLUGS = list(entries())


def page(address):
    return Client().get(address).content.decode()


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_has_its_place_contents_and_neighbours(slug):
    html = page(reverse("help_page", args=[slug]))
    marked = re.findall(r'href="([^"]+)"\s+aria-current="page"', html)
    assert reverse("help_page", args=[slug]) in marked
    anchors = set(re.findall(r'<h[23] id="([^"]+)"', html)) - {"keys-title"}  # the frame's list of keys
    assert anchors
    assert anchors == set(re.findall(r'class="sidebar__link[^"]*"\s+href="#([^"]+)"', html))
    assert ('rel="prev"' in html) == (slug != SLUGS[0])
    assert 'rel="next"' in html
    assert html.count("<pre") == html.count("data-copy="), "code that copies"


def test_the_index_says_what_each_page_is_about():
    html = page("/help/")
    for entry in entries().values():
        assert entry.description
        assert entry.description in html
    assert reverse("api_docs") in html


def test_members_see_their_own_project_beside_it(client, project):
    client.force_login(member(project, "viewer"))
    for address in ("/help/", "/help/types/", reverse("api_docs")):
        assert f'href="/p/{project.slug}/users/"' in client.get(address).content.decode(), address
    assert f'href="/p/{project.slug}/users/"' not in page("/help/")


@pytest.mark.parametrize(
    ("query", "address"),
    [("removing a value", "/help/types/#removing-a-value"), ("$SET_ONCE", "/help/identify/#operations"),
     ("hubspot", "/help/sources/#the-sources"), ("in_last", "/help/segments/#rules")],
)  # fmt: skip
def test_search_leads_to_the_section_that_says_it(query, address):
    html = Client().get("/help/", {"q": query}).content.decode()
    assert f'href="{address}"' in html
    assert "<mark>" in html


@pytest.mark.parametrize("query", ["zebra crossing", "'; drop", "<zebra>", "\x00", "a" * 5000, "(", "é" * 90])
def test_what_is_nowhere_says_so(query):
    response = Client().get("/help/", {"q": query})
    assert response.status_code == 200
    assert "Nothing in the help matches" in response.content.decode() or not query.strip("\x00(")
    assert "<zebra>" not in response.content.decode()


def test_a_snippet_stands_around_the_word_and_is_escaped():
    text = f"{'before ' * 40}a <script> here {'after ' * 40}"
    shown = snippet(text, ["script"])
    assert "&lt;<mark>script</mark>&gt;" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 300


def test_two_headings_of_one_name_have_an_anchor_each(monkeypatch):
    drawn = "<h2>Same</h2><p>one</p><h2>Same</h2><p>two</p>"
    monkeypatch.setattr("users.showing.help_articles.render_to_string", lambda *args: drawn)
    article = article_of(Entry("x", "X", "", "x.html", dict))
    assert [section.anchor for section in article.contents] == ["same", "same-2"]
    assert 'id="same-2"' in article.html
