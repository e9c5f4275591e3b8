"""The Users list: every sort pages through everybody once; search; filters; counts; columns; bulk."""

import base64
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import SERVER, ProjectFactory, member, user
from tests.reading import html_of
from users.finding.filters import filtered_users
from users.finding.listing import SORTS, decode_cursor, order_of, read_page
from users.finding.search import needle_of, search
from users.jobs import start_job
from users.jobs.machinery import run_all_jobs
from users.models import Attribute, EndUser, Figure, Job, ProjectPreference, UserTag
from users.models.end_user import all_users
from users.registry.attributes import bump_version
from users.showing.columns import known_columns, order_by
from users.showing.highlight import highlight
from users.writing.calls import Call, TagChange
from users.writing.identify import identify, identify_batch
from users.writing.tagging import tag_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


# A text that looks like a number is none, and texts are sorted whatever their case.
ATTRIBUTES = [
    {"plan": "pro", "seats": 12, "paid": True, "since": "2024-06-15"},
    {"plan": "Pro", "seats": 5, "paid": False},
    {"plan": "123", "seats": -0.5, "since": "2024-06-15T10:00:00Z"},
    {"plan": 'a "quoted" \\ one', "seats": 2**53, "paid": True, "since": "2023-01-01"},
    {"seats": 12.5, "paid": False},
    {"plan": "Éclair"},
    {},
]


@pytest.fixture
def crowd(project, now):
    """Forty users with ties and gaps in every column."""
    calls = []
    for number in range(40):
        name = None if number % 5 == 0 else f"Name {number % 7}"
        calls.append(Call(
            user_id=None if number % 4 == 0 else f"u{number}", jimer_id=f"j{number}", name=name,
            email=None if number % 3 == 0 else f"p{number % 9}@x.io", language=["en", "fr", None][number % 3],
            activity=number % 6 != 0, timestamp=now - timedelta(minutes=number % 8),
            attributes=ATTRIBUTES[number % len(ATTRIBUTES)],
        ))  # fmt: skip
    identify_batch(project, calls, SERVER, now)
    return project


DOCUMENTS = [f"custom.{key}" for key in ATTRIBUTES[0]]


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in (*SORTS, *DOCUMENTS) for sign in ("", "-")])
def test_every_sort_pages_through_everybody_once_there_and_back(crowd, sort):
    crowd.refresh_from_db()  # attributes were defined
    order = order_by(known_columns(crowd), sort)
    rows, cursor, pages = [], "", []
    while True:
        found = read_page(all_users(crowd), order, cursor, 7)
        pages.append([row.pk for row in found.rows])
        rows += found.rows
        assert len(pages) < 9, "pages end"
        if not found.next:
            break
        cursor = found.next
    assert sorted(row.pk for row in rows) == sorted(all_users(crowd).values_list("pk", flat=True))
    values = [order.value_of(row) for row in rows]
    filled = [value for value in values if value is not None]
    assert values == filled + [None] * (len(values) - len(filled)), "empty ones come last"
    assert filled == sorted(filled, reverse=order.descending)
    back, previous = [pages[-1]], found.previous
    while previous:
        found = read_page(all_users(crowd), order, previous, 7)
        back.insert(0, [row.pk for row in found.rows])
        assert len(back) < 9
        previous = found.previous
    assert back == pages


def test_what_has_no_order_or_would_tell_a_secret_is_no_order(crowd, client):
    user(crowd, "u1", attributes={"rooms": ["a"], "salary": 5})
    Attribute.objects.filter(key="salary").update(sensitive=True)
    Attribute.objects.filter(source="native", key="email").update(sensitive=True)
    bump_version(crowd.pk)
    crowd.refresh_from_db()
    known = known_columns(crowd)
    usual = order_of("-last_activity")
    for sort in ("custom.rooms", "custom.salary", "-custom.salary", "email", "custom.gone", "native.email", "x", ""):
        assert order_by(known, sort) == usual
    assert order_by(known, "-custom.seats").document == "attributes"


@pytest.mark.parametrize("sort", ["created", "-sessions"])
def test_a_cursor_without_a_value_means_nothing_where_all_have_one(crowd, sort):
    cursor = base64.urlsafe_b64encode(b'{"v":null,"i":1,"b":false}').decode()
    assert read_page(all_users(crowd), sort, cursor, 7).rows == read_page(all_users(crowd), sort, "", 7).rows


@pytest.mark.parametrize("cursor", ["x", "e30", "bnVsbA", "eyJ2IjoxLCJpIjotMX0", "💥", "a" * 5000])
def test_a_cursor_that_was_tampered_with_is_the_first_page(crowd, cursor):
    assert decode_cursor(cursor, order_of("-last_activity")) is None
    assert read_page(all_users(crowd), "-last_activity", cursor, 7).rows


class TestSearch:
    @pytest.fixture
    def people(self, project, snippet, now):
        user(project, "usr-1042", name="Zoë Ångström", email="zoe.a@harbor-labs.example")
        user(project, "b", name="Maya Lindqvist", jimer_id="laptop77")
        identify(project, Call(jimer_id="oldphone", attributes={"x": 1}), snippet, now)
        identify(project, Call(jimer_id="oldphone", user_id="b"), snippet, now)
        user(project, "c", name="Strauß O'Brien")
        return project

    @pytest.mark.parametrize(
        ("text", "found"),
        [("zoe", "usr-1042"), ("ÅNG", "usr-1042"), ("angstr zoe", "usr-1042"), ("harbor", "usr-1042"), ("zoe.a@har", "usr-1042"),
         ("1042", "usr-1042"), ("usr-10", "usr-1042"), ("may", "b"), ("laptop", "b"), ("oldph", "b"), ("maya lind", "b"),
         ("strauss", "c"), ("o'brien", "c"), ("brien", "c"), ("aya", None), ("maya zoe", None), ("  ", None), ("%", None)],
    )  # fmt: skip
    def test_starts_of_words_of_names_emails_and_all_ids(self, people, text, found):
        expected = [] if found is None else [EndUser.objects.get(user_id=found).pk]
        assert search(people, text) == expected

    def test_a_renamed_user_is_found_by_the_new_name_only(self, people):
        user(people, "b", name="Nadia")
        assert search(people, "nad")
        assert not search(people, "maya")

    def test_another_project_is_not_searched(self, people):
        assert search(ProjectFactory(), "maya") == []

    def test_the_page_says_which_former_id_it_was(self, people):
        client = Client()
        client.force_login(member(people, "viewer"))
        html = client.get(f"/p/{people.slug}/users/?q=oldphone").content.decode()
        assert "formerly <mark>oldphone</mark>" in html

    def test_the_page_says_which_jimer_id_it_was(self, people):
        client = Client()
        client.force_login(member(people, "viewer"))
        html = client.get(f"/p/{people.slug}/users/?q=laptop").content.decode()
        assert "Jimer ID <mark>laptop</mark>77" in html

    def test_nothing_found_says_where_search_looks(self, people):
        client = Client()
        client.force_login(member(people, "viewer"))
        html = client.get(f"/p/{people.slug}/users/?q=<script>x").content.decode()
        assert "Search looks at the start of names, emails and ids." in html
        assert "<script>x" not in html


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [("Maya Lind", "li", "Maya <mark>Li</mark>nd"), ("<b>May</b>", "may", "&lt;b&gt;<mark>May</mark>&lt;/b&gt;"),
     ("Ångström", "ang", "<mark>Ång</mark>ström"), ("Strauß", "strauss", "<mark>Strauß</mark>"), ("Sam", "x", "Sam")],
)  # fmt: skip
def test_highlighting_escapes_what_people_sent(text, typed, marked):
    assert highlight(text, needle_of(typed)) == marked


class TestThePage:
    @pytest.fixture
    def client(self, crowd):
        client = Client()
        client.force_login(member(crowd, "admin"))
        return client

    def get(self, client, project, query=""):
        return client.get(f"/p/{project.slug}/users/{query}", follow=True)

    def test_query_count_does_not_grow(self, client, crowd, django_assert_max_num_queries):
        self.get(client, crowd)
        with django_assert_max_num_queries(14):
            self.get(client, crowd)

    def test_what_is_searched_for_asks_for_nothing_around_it(self, client, crowd, django_assert_max_num_queries):
        self.get(client, crowd)
        address = f"/p/{crowd.slug}/users/?q=name"
        with django_assert_max_num_queries(13):
            response = client.get(address, headers={"HX-Request": "true", "HX-Target": "div#results"})
        assert response.content.decode().count("data-row=") == 32
        assert response.context["count"].number == 32

    def test_the_quick_filters_say_how_many_they_find(self, client, crowd):
        html = html_of(self.get(client, crowd))
        assert re.search(r'data-count="30"\s*>\s*Identified', html)
        assert re.search(r'data-count="10"\s*>\s*Anonymous', html)

    @pytest.mark.parametrize("sort", SORTS)
    def test_no_row_asks_for_itself_whatever_it_shows(self, client, crowd, sort, django_assert_max_num_queries, now):
        for person in all_users(crowd)[:3]:
            tag_user(crowd, person.pk, TagChange(add=["vip", "early"]), SERVER, now)
        user(crowd, "u1", attributes={"plan": "Pro"})
        client.post(f"/p/{crowd.slug}/users/columns/", {"columns": list(known_columns(crowd))})
        with django_assert_max_num_queries(15):
            html = self.get(client, crowd, f"?sort={sort}").content.decode()
        assert html.count("data-row=") == 40
        assert html.count("tag--") >= 6

    @pytest.mark.parametrize(("column", "read"), [("native.language", False), ("custom.plan", True)])
    def test_documents_are_read_where_a_column_shows_one(self, client, crowd, column, read):
        user(crowd, "u1", attributes={"plan": "Gold"})
        client.post(f"/p/{crowd.slug}/users/columns/", {"columns": [column]})
        with CaptureQueriesContext(connection) as asked:
            html = self.get(client, crowd).content.decode()
        page = next(item["sql"] for item in asked if '"last_activity" DESC' in item["sql"])
        assert ('"attributes"' in page, "Gold" in html) == (read, read)
        assert '"folded"' not in page

    @pytest.mark.parametrize(
        ("query", "count"),
        [("", 40), ("?who=identified", 30), ("?who=anonymous", 10), ("?language=EN", 14), ("?active=1", 33), ("?active=never", 7),
         ("?source=hubspot", 0), ("?has=native.language&value=fr", 13), ("?has=custom.nope&value=1", 0)],
    )  # fmt: skip
    def test_filters(self, client, crowd, query, count):
        response = self.get(client, crowd, query)
        assert response.context["count"].number == count

    def test_a_search_that_finds_too_many_says_so_and_bulk_reaches_all(self, client, crowd, monkeypatch):
        monkeypatch.setattr("users.finding.search.find_users.__defaults__", (5,))
        response = self.get(client, crowd, "?q=name")
        assert len(response.context["page"].rows) == 5
        assert response.context["count"].number == 32
        assert "Only the first 5 that the search found are listed. Type more to narrow it." in response.content.decode()
        assert filtered_users(crowd, "q=name").count() == 32

    def test_two_common_words_find_who_has_both(self, crowd, monkeypatch):
        """However common each word is: here of both words only the first terms are read."""
        from users.finding import search as module

        for number in range(30):
            user(crowd, f"both{number}", name=f"Maya{number} Lind{number}")
            user(crowd, f"one{number}", name=f"Maya{number} Chen")
        everybody = set(module.search(crowd, "maya lind"))
        assert len(everybody) == 30
        monkeypatch.setattr(module, "MOST_READ", 20)
        monkeypatch.setattr(module, "READ_AT_ONCE", 7)
        some = module.search(crowd, "maya lind")
        assert some
        assert set(some) <= everybody
        assert module.search(crowd, "maya lind29") == module.search(crowd, "lind29")

    def test_users_with_this_value(self, crowd, now):
        values = {"text": "Pro", "number": 1e300, "flag": True, "day": "2024-06-15", "list": ["a", 1]}
        identify(crowd, Call(user_id="has", attributes=values), SERVER, now)
        for key, text in [
            ("text", "Pro"),
            ("number", "1e300"),
            ("flag", "true"),
            ("day", "2024-06-15"),
            ("list", '["a", 1]'),
        ]:
            rows = filtered_users(crowd, f"has=custom.{key}&value={text.replace('+', '%2B')}")
            assert [row.user_id for row in rows] == ["has"], key
        assert not filtered_users(crowd, "has=custom.text&value=pro").exists()

    def test_columns_are_remembered_for_this_member_and_project(self, client, crowd):
        client.post(f"/p/{crowd.slug}/users/columns/", {"columns": ["native.language", "nonsense"]})
        assert ProjectPreference.objects.get().columns == ["native.language"]
        heads = [head["label"] for head in self.get(client, crowd).context["table"].heads.values()]
        assert heads == ["User", "Language"]
        chooser = client.get(f"/p/{crowd.slug}/users/columns/").context
        assert [column.label for column, _ in chooser["columns_shown"]] == ["Language"]
        assert "Language" not in [column.label for _, columns in chooser["known"] for column in columns]
        reset = {"reset": "1", "query": "q=na&sort=-sessions&cursor=x"}
        kept = client.post(f"/p/{crowd.slug}/users/columns/", reset)["Location"]
        assert kept.endswith("?q=na&sort=-sessions")
        assert len(self.get(client, crowd).context["table"].heads) == 6

    def test_counts_are_exact_to_a_bound_then_come_from_the_background(self, client, crowd, monkeypatch):
        from users.finding import counts, listing

        monkeypatch.setattr(listing, "COUNT_EXACT", 10)
        monkeypatch.setattr(counts, "COUNT_EXACT", 10)
        assert self.get(client, crowd).context["count"].text == "10,000+"
        run_all_jobs()
        assert Figure.objects.filter(name__startswith="count:").count() == 1
        assert self.get(client, crowd).context["count"].text == "40"

    def test_an_empty_project_gets_started(self, db):
        project = ProjectFactory()
        client = Client()
        client.force_login(member(project, "viewer"))
        html = self.get(client, project).content.decode()
        assert "Waiting for your first identify" in html
        assert str(project.public_id) in html
        assert "HX-Refresh" not in client.get(f"/p/{project.slug}/users/waiting/")
        user(project, "u1")
        assert client.get(f"/p/{project.slug}/users/waiting/")["HX-Refresh"] == "true"

    def test_sources_are_a_filter_of_their_own(self, client, crowd):
        html = self.get(client, crowd, "?sort=name").content.decode()
        assert 'href="?sort=name&amp;source=hubspot"' in html


class TestBulk:
    def tag(self, project, **params):
        job = start_job(project, "bulk_tag", {"query": "", "add": [], "remove": [], **params})
        run_all_jobs()
        job.refresh_from_db()
        assert job.state == Job.State.DONE
        return job

    def test_undo_removes_only_what_it_added(self, crowd):
        first = user(crowd, "u1")
        self.tag(crowd, ids=[first.pk], add=["vip"])
        job = self.tag(crowd, add=["VIP"])
        assert UserTag.objects.count() == 40
        assert job.result["changed"] == 39
        start_job(crowd, "undo_bulk_tag", {}, undoes=job)
        run_all_jobs()
        assert list(UserTag.objects.values_list("user_id", flat=True)) == [first.pk]

    def test_a_filter_limits_it(self, crowd):
        self.tag(crowd, query="who=anonymous", add=["visitor"])
        assert UserTag.objects.count() == 10

    def test_the_page_of_options_says_all_some_or_none(self, crowd):
        people = list(all_users(crowd).values_list("pk", flat=True)[:2])
        self.tag(crowd, ids=people[:1], add=["some"])
        self.tag(crowd, ids=people, add=["all"])
        self.tag(crowd, ids=[all_users(crowd).last().pk], add=["none"])
        client = Client()
        client.force_login(member(crowd, "editor"))
        url = f"/p/{crowd.slug}/users/tag-options/?ids={','.join(map(str, people))}"
        assert {item["name"]: item["has"] for item in client.get(url).json()} == {
            "some": "some",
            "all": "all",
            "none": "none",
        }

    def test_erasing_needs_the_right_number(self, crowd):
        people = list(all_users(crowd).values_list("pk", flat=True)[:3])
        client = Client()
        client.force_login(member(crowd, "admin"))
        url = f"/p/{crowd.slug}/users/erase/"
        client.post(url, {"ids": ",".join(map(str, people)), "number": "2"})
        run_all_jobs()
        assert all_users(crowd).count() == 40
        client.post(url, {"ids": ",".join(map(str, people)), "number": "3"})
        run_all_jobs()
        assert all_users(crowd).count() == 37
