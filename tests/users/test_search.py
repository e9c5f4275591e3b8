"""What is shown of a user is found by typing or pasting it, whatever it is written in, and marked where it is found."""

import unicodedata
from importlib import import_module
from urllib.parse import quote

import pytest
from django.apps import apps
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import SERVER, ProjectFactory, member, user
from tests.users.api.conftest import Api
from users.accounts.keys import create_key
from users.finding.search import matching_filter, needle_of, search
from users.ground.text_forms import REMOVED, is_blank
from users.jobs.machinery import run_all_jobs
from users.models import Attribute, EndUser, Job, Merge, SearchTerm
from users.showing.highlight import highlight
from users.writing.calls import Call
from users.writing.identify import identify, identify_batch
from users.writing.merge import undo_merge
from users.writing.search_terms import plain_letter

pytestmark = pytest.mark.django_db
QUIET = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

ALPHABETS = [
    "aeiouxyzAEIOU", "łŁøØđĐþÞħĦæÆßẞœŋıİğş", "éÅñç\u0301\u0323\u0308", "आईकखगघतनमरशस\u093e\u093f\u0940\u094d\u0902\u0903",
    "தமிழ்நாடுகா", "山田太郎美咲李小龍", "ヤマダたろうー・", "김민수박지영", "สมชายใจดี", "محمدعليأإى", "ΑλέξανδροςΣ", "'’ʼ-._@+,;()<>\"&/´`",
    "🦊👩🏽\u200d💻", "\u200b\u00ad\u2060\ufe0f", "ﬁŉǆ№½ﷺＶＩＰ", "019_",
]  # fmt: skip
any_letter = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
words = st.one_of([st.text(alphabet, min_size=1, max_size=8) for alphabet in ALPHABETS]) | st.text(
    any_letter, max_size=6
)
glued = st.lists(words, min_size=1, max_size=3).map("".join)
texts = st.lists(glued, min_size=1, max_size=4).map(" ".join).filter(lambda text: not is_blank(text))


def first_letters(word):
    """As far as its third letter: accents and what nobody sees are no letters of their own."""
    count = 0
    for place, letter in enumerate(word):
        count += unicodedata.category(letter)[0] != "M" and ord(letter) not in REMOVED
        if count == 3:
            return word[: place + 1]
    return word


def typings(text):
    parts = [part for part in text.split() if not is_blank(part)]
    return {text, f"  {text}\t", *parts, *map(first_letters, parts)}


@pytest.mark.slow
@QUIET
@given(name=texts)
def test_any_name_is_found_by_what_is_shown_of_it(project, name):
    person = user(project, name=name)
    for typed in typings(name):
        assert person.pk in search(project, typed), typed


@pytest.mark.slow
@QUIET
@given(local=glued, domain=glued)
def test_any_email_is_found_by_what_is_shown_of_it(project, local, domain):
    email = f"{local}@{domain}"
    person = user(project, email=email)
    with_signs = (
        {domain, f"@{domain}", f"<{email}>"} if any(map(str.isalpha, set(domain) - {"\u02bc", "\u02bb"})) else set()
    )
    for typed in typings(email) | with_signs:
        assert person.pk in search(project, typed), typed


@pytest.mark.slow
@QUIET
@given(ident=texts.filter(lambda text: len(text) < 200))
def test_any_id_is_found_whole_with_blanks_around_it(project, now, ident):
    answer = identify(project, Call(jimer_id=f"j{ident}"), SERVER, now)
    for typed in (f"j{ident}", f" j{ident}\n"):
        assert answer.user in search(project, typed), typed


@pytest.mark.parametrize(("name", "typed"), [
    ("Jean-Paul Sartre", "Jean-Paul"), ("Jean-Paul Sartre", "jean paul"), ("Maya Lindqvist", "Lindqvist, Maya"),
    ("Maya Lindqvist", '"Maya"'), ("Maya Lindqvist", "(maya lind)"), ("Maya Lindqvist", "Maya – Lindqvist"),
    ("Sinéad O'Connor", "o'connor"), ("Sinéad O'Connor", "oconnor"), ("Sinéad O’Connor", "O'Con"), ("Sinéad O'Connor", "connor"),
    ("Łukasz Żak", "lukasz zak"), ("Søren Ærø", "soren aero"), ("Đặng Þór", "dang thor"), ("Ħal Strauß", "hal strauss"),
    ("Strauss", "Strauß"), ("Işıl İnan", "isil inan"), ("Işıl İnan", "IŞIL"), ("ISIL", "ışıl"),
    ("प्रिया शर्मा", "प्रिया"), ("प्रिया शर्मा", "शर्म"), ("தமிழ் செல்வி", "செல்"), ("山田太郎", "太郎"), ("李小龍", "小龍"),
    ("ヤマダ・タロウ", "タロウ"), ("김민수", "민수"), ("田中Jun", "jun"), ("🦊 Fox", "🦊"), ("J.R.R. Tolkien", "J.R.R. Tolkien"),
])  # fmt: skip
def test_names_as_they_are_typed(project, name, typed):
    person = user(project, name=name, email="someone@else.example")
    user(project, "u2", name="Someone Else")
    assert search(project, typed) == [person.pk]
    assert list(EndUser.objects.filter(matching_filter(project, typed))) == [person]


@pytest.mark.parametrize("typed", [
    "@harborlabs.example", "maya@harborlabs.example", "Maya Lindqvist <maya@harborlabs.example>", "harborlabs",
    "maya@harbor", "MAYA@HARBORLABS.EXAMPLE", "usr-10", "usr-1042", "  usr-1042 ", "1042", "usr_1042 ", "Anonymous lapt",
])  # fmt: skip
def test_emails_and_ids_as_they_are_pasted(project, typed):
    person = user(project, "usr-1042", name="Maya Lindqvist", email="maya@harborlabs.example", jimer_id="laptop")
    user(project, "usr-2042", name="May Lind", email="may@labs.example")
    assert search(project, typed) == [person.pk]


def test_a_user_with_many_ids_is_found_by_name_email_user_id_and_the_newest_ids(project, now):
    ids = [f"{number:08x}-29b{number % 10}-41d4-a716-4466554400{number % 100:02}" for number in range(40)]
    calls = [
        Call(user_id="the-user", jimer_id=ident, name="Maya Lindqvist", email="maya@harbor.example") for ident in ids
    ]
    identify_batch(project, calls, SERVER, now)
    person = EndUser.objects.get(user_id="the-user")
    for typed in ("maya", "lindq", "maya@harbor", "the-user", ids[-1][:6], ids[0][:8], *ids, f" {ids[3]} "):
        assert search(project, typed) == [person.pk], typed
    assert SearchTerm.objects.filter(user=person).count() < 80


def test_every_word_of_the_longest_name_and_email_is_found(project, now):
    """Many of them in one batch too: a statement takes only so many parameters."""
    words = [f"{number:x}" for number in range(0x300, 0x3AF)]
    calls = [
        Call(user_id=f"u{number}", name=" ".join(words), email=f"{'.'.join(words)[:690]}@x.io") for number in range(60)
    ]
    assert {answer.user is None for answer in identify_batch(project, calls, SERVER, now)} == {False}
    person = EndUser.objects.get(user_id="u7")
    for typed in (words[-1], f"{words[-1]} u7", person.name, person.email, f"{person.name} u7"):
        assert person.pk in search(project, typed), typed[:20]


def test_common_words_do_not_hide_who_is_meant(project, now, monkeypatch):
    """Of each word only the first are read; what was pasted whole is found all the same."""
    people = [Call(user_id=f"usr-{number}", email=f"john.smith{number}@mail.example") for number in range(1000, 1040)]
    identify_batch(project, people, SERVER, now)
    monkeypatch.setattr("users.finding.search.MOST_READ", 5)
    for number in (1000, 1039):
        person = EndUser.objects.get(user_id=f"usr-{number}")
        for typed in (f"usr-{number}", person.email, f"<{person.email}>"):
            assert search(project, typed)[:1] == [person.pk], typed


def test_common_words_find_someone_though_the_first_of_each_lack_the_other(project, now, monkeypatch):
    people = [Call(user_id=f"a{number}", name=f"Maya Aa{number}") for number in range(20)]
    people += [Call(user_id=f"b{number}", name=f"Aaron Lind{number}") for number in range(20)]
    identify_batch(project, people, SERVER, now)
    both = user(project, "both", name="Maya Lindqvist")
    monkeypatch.setattr("users.finding.search.MOST_READ", 10)
    assert search(project, "lindq, maya") == [both.pk]
    assert search(project, "lin maya") == [both.pk]
    assert search(project, "lin maya aaron") == []


def test_of_common_words_each_user_is_found_once_and_no_ids_are_read_in_vain(
    project, now, monkeypatch, django_assert_num_queries
):
    """However many words of theirs begin alike, and though the first who have one lack the other."""
    people = [Call(user_id=f"a{number}", name=f"Maya{number} Mayb{number}") for number in range(10)]
    people += [Call(user_id=f"b{number}", name=f"Maya{number} Mayb{number} Linda{number} Lindb{number} Lindc{number} "
                    f"Lindd{number}") for number in range(10)]  # fmt: skip
    identify_batch(project, people, SERVER, now)
    monkeypatch.setattr("users.finding.search.MOST_READ", 40)
    search(project, "may lind")
    for most, found in ((15, 10), (4, 4)):
        monkeypatch.setattr("users.finding.search.MOST_IN_COMMON", most)
        with django_assert_num_queries(6):  # is it an id, email, name; are many called one word, the other; who both
            users = search(project, "may lind")
        assert len(users) == len(set(users)) == found
        assert all("Lind" in user.name for user in EndUser.objects.filter(pk__in=users))


def test_a_merge_and_its_undo_move_what_people_are_found_by(project, snippet, now):
    identify(project, Call(jimer_id="phone-77", name="Nadia"), snippet, now)
    person = user(project, "u1", name="Maya")
    identify(project, Call(jimer_id="phone-77", user_id="u1"), snippet, now)
    assert search(project, "phone-77") == search(project, "maya") == [person.pk]
    undo_merge(project, Merge.objects.get(), SERVER, now)
    (absorbed,) = search(project, "nadia")
    assert search(project, "phone-77") == [absorbed] != [person.pk]


def test_sensitive_names_and_emails_are_found_by_nothing(project):
    user(project, "u1", name="Maya Lindqvist", email="maya@harbor.example")
    Attribute.objects.filter(project=project, key__in=("name", "email")).update(sensitive=True)
    project.version += 1
    project.save()
    for typed in ("maya", "Maya Lindqvist", "maya@harbor.example"):
        assert search(project, typed) == []
    assert search(project, "u1")


class TestRebuilding:
    """Databases from before are searched as new ones once the job of the migration has run."""

    def test_terms_are_written_anew_for_all_projects(self, project):
        other = ProjectFactory()
        people = [
            user(place, f"u{number}", name=f"Łukasz{number} Jean-Paul")
            for place in (project, other)
            for number in range(3)
        ]
        before = set(SearchTerm.objects.values_list("user", "term"))
        SearchTerm.objects.all().delete()
        SearchTerm.objects.create(project=project, user=people[0], term="łukasz0")
        import_module("users.migrations.0008_search_terms_as_typed").write_anew(apps, None)
        run_all_jobs()
        assert set(SearchTerm.objects.values_list("user", "term")) == before
        job = Job.objects.get(kind="search_terms")
        assert (job.state, job.progress) == ("done", 6)

    def test_what_is_right_already_is_not_written(self, project):
        user(project, "u1", name="Maya")
        kept = set(SearchTerm.objects.values_list("pk", flat=True))
        Job.objects.create(kind="search_terms")
        run_all_jobs()
        assert set(SearchTerm.objects.values_list("pk", flat=True)) == kept

    def test_a_new_database_has_nothing_to_do(self, project):
        import_module("users.migrations.0008_search_terms_as_typed").write_anew(apps, None)
        assert not Job.objects.filter(kind="search_terms").exists()


@pytest.mark.parametrize(("text", "typed", "marked"), [
    ("Jean-Paul", "jean-p", "<mark>Jean-P</mark>aul"), ("Jean-Paul", "paul jean", "<mark>Jean</mark>-<mark>Paul</mark>"),
    ("O'Connor", "oconn", "<mark>O&#x27;Conn</mark>or"), ("O'Connor", "conn", "O&#x27;<mark>Conn</mark>or"),
    ("Łukasz", "luk", "<mark>Łuk</mark>asz"), ("Ærø", "aer", "<mark>Ær</mark>ø"), ("山田太郎", "太", "山田<mark>太</mark>郎"),
    ("शर्मा", "शर", "<mark>शर्</mark>मा"), ("e\u0301ric", "er", "<mark>e\u0301r</mark>ic"), ("🦊 Fox", "🦊", "<mark>🦊</mark> Fox"),
    ("maya@harbor.example", "@harbor.ex", "maya@<mark>harbor.ex</mark>ample"), ("김민수", "민", "김<mark>민</mark>수"),
])  # fmt: skip
def test_what_was_found_is_marked(text, typed, marked):
    assert highlight(text, needle_of(typed)) == marked


@QUIET
@given(name=texts)
def test_marks_leave_the_text_as_it_is(name):
    for typed in typings(name):
        html = highlight(name, needle_of(typed))
        assert html.replace("<mark>", "").replace("</mark>", "") == highlight(name, None)
        assert "<mark>" in html or not any(map(plain_letter, "".join(typed.split()))), "accents alone are not marked"


def test_the_list_and_the_api_search_alike(project):
    api = Api(project, create_key(project, "Billing", ["read"], None)[1])
    person = user(project, "usr-1042", name="Sinéad O'Connor", email="sinead@harbor.example")
    user(project, "usr-2042", name="Connie")
    client = Client()
    client.force_login(member(project, "viewer"))
    for typed in ("o'connor", "Connor, Sinéad", '"sinead"', "@harbor.example", " usr-1042 "):
        listed = api.get(f"users?search={quote(typed)}").body["results"]
        assert [row["user_id"] for row in listed] == ["usr-1042"], typed
        page = client.get(f"/p/{project.slug}/users/?q={quote(typed)}")
        assert [row.pk for row in page.context["page"].rows] == [person.pk], typed
        assert page.context["count"].number == 1
        assert "<mark>" in page.content.decode()
