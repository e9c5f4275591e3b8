"""Numbers, moments, JSON and addresses that somebody sends are read alike on every page, nonsense as nothing."""

import base64
import json

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from tests.factories import PASSWORD, AccountFactory, member, user
from users.database.value_json import read_json
from users.ground.parameters import moment, whole_number

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LARGEST = 2**63 - 1
BEYOND = [str(LARGEST + 1), "9" * 30, "9" * 5000]
NO_NUMBERS = ["²", "٣", "-1", "1.0", "", " 1", "+1", "1_0", *BEYOND]


@pytest.fixture
def admin(project):
    client = Client(raise_request_exception=False)
    client.force_login(member(project, "admin"))
    return client


@pytest.fixture
def superuser(db):
    client = Client(raise_request_exception=False)
    client.force_login(AccountFactory(is_superuser=True, is_staff=True))
    return client


def addresses(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        yield from addresses(pattern.url_patterns, route) if hasattr(pattern, "url_patterns") else [route]


def test_no_page_takes_a_number_that_no_row_can_have():
    pages = [route for route in addresses(get_resolver().url_patterns) if route.startswith("p/")]
    assert len(pages) > 50
    assert not [route for route in pages if "<int:" in route]


@pytest.mark.parametrize("number", [*BEYOND, str(LARGEST)])
def test_a_row_that_cannot_be_is_not_there(admin, project, number):
    person = user(project)
    for address in (
        f"users/{person.pk}/merges/{number}/undo/",
        f"users/{number}/merges/1/undo/",
        f"segments/1/users/{number}/",
    ):
        assert admin.post(f"/p/{project.slug}/{address}").status_code == 404


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_none(text):
    assert whole_number(text) is None


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_parameters_that_name_rows_take_nonsense_for_nothing(admin, project, number):
    person = user(project, attributes={"plan": "Pro"})
    page = reverse("users_list", args=[project.slug])
    assert admin.get(page, {"open": number}).status_code == 200
    assert admin.get(reverse("bulk_tag_options", args=[project.slug]), {"ids": number}).status_code == 200
    assert (
        admin.post(reverse("value_restore", args=[project.slug, person.pk, "name"]) + f"?change={number}").status_code
        == 404
    )
    for before in (f"2024-06-15T12:00:00+00:00_{number}", f"{number}_1"):
        assert (
            admin.get(
                reverse("user_profile", args=[project.slug, person.pk]), {"tab": "history", "before": before}
            ).status_code
            == 200
        )


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2024-06-15",
        "2024-06-15T12:00:00",
        "10000-01-01",
        "soon",
        "",
        "²",
    ],
)
def test_moments_that_no_database_has_are_none(admin, project, text):
    assert moment(text) is None
    person = user(project)
    for address, before in (
        ("ingest_log", f"{text}~1~1"),
        ("ingest_log", f"{text}~1~²"),
        ("user_profile", f"{text}_1"),
    ):
        page = reverse(address, args=[project.slug, *([person.pk] if address == "user_profile" else [])])
        assert admin.get(page, {"tab": "history", "before": before}).status_code == 200


@pytest.mark.parametrize(
    "position",
    [
        {"v": 1, "i": float("inf"), "b": False}, {"v": float("inf"), "i": 1, "b": False}, {"v": float("nan"), "i": 1, "b": True}, {"v": "\ud800", "i": 1, "b": False},
        {"v": "\x00", "i": 1, "b": False}, {"v": "9999-12-31T23:59:59-14:00", "i": 1, "b": False}, {"v": [], "i": 1, "b": True}, {"v": "a", "i": 2**63, "b": True}, [1],
    ],
)  # fmt: skip
@pytest.mark.parametrize("sort", ["name", "sessions", "-last_activity"])
def test_a_cursor_that_was_tampered_with_is_the_first_page(admin, project, position, sort):
    user(project, name="Maya")
    cursor = base64.urlsafe_b64encode(json.dumps(position).encode()).decode()
    response = admin.get(reverse("users_list", args=[project.slug]), {"cursor": cursor, "sort": sort})
    assert (response.status_code, b"Maya" in response.content) == (200, True)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        '["\\ud800"]',
        '{"\\ud800": 1}',
        '["\\u0000"]',
        "[NaN]",
        "[1e999]",
        f"[{'9' * 5000}]",
        "[",
        "",
    ],
)
def test_json_that_cannot_be_stored_is_refused(admin, project, text):
    with pytest.raises(ValueError):
        read_json(text)
    person = user(project, attributes={"plan": "Pro"})
    assert admin.post(reverse("bulk_tag", args=[project.slug]), {"ids": person.pk, "add": text}).status_code == 400
    assert admin.get(reverse("users_list", args=[project.slug]), {"who": "identified", "rule": text}).status_code == 302
    expected = admin.post(
        reverse("value_edit", args=[project.slug, person.pk, "name"]), {"value": "Maya", "expected": text}
    )
    assert expected.status_code == 422


def test_json_may_speak_of_escapes():
    assert read_json('["\\\\u0000"]') == ["\\u0000"]


@pytest.mark.parametrize(
    "sent",
    ["é", "home", "sign_in", "a.b", "//evil.example", "/\\evil.example", "///evil.example", "javascript:alert(1)", "http:///evil", "http://[", "\n//evil.example",
     "mailto:a@b.example", "https:evil.example", "\x00", "http://evil.example/", "{{ 7 }}"],
)  # fmt: skip
def test_who_signs_in_is_led_nowhere_else(db, sent):
    account = AccountFactory()
    client = Client(raise_request_exception=False)
    response = client.post("/sign-in/", {"email": account.email, "password": PASSWORD, "next": sent})
    assert (response.status_code, response["Location"]) == (302, "/")
    again = client.get("/sign-in/", {"next": sent})
    assert (again.status_code, again["Location"]) == (302, "/")
    theme = client.post("/account/theme/", {"theme": "dark"}, headers={"Referer": sent.encode().decode("latin-1")})
    assert (theme.status_code, theme["Location"]) == (302, "/")


@pytest.mark.parametrize("sent", ["/é", "/p/x/users/?q=é", "http://testserver/help/"])
def test_who_signs_in_goes_on_where_they_were(client, sent):
    client.force_login(AccountFactory())
    response = client.get("/sign-in/", {"next": sent})
    assert (response.status_code, response["Location"].isascii()) == (302, True)
    assert response["Location"] != "/"


def test_a_long_rule_survives_the_sign_in(client, project):
    response = client.get(reverse("users_list", args=[project.slug]), {"rule": "x" * 20_000})
    assert response.status_code == 302
    assert "x" * 20_000 in response["Location"]


@pytest.mark.parametrize("model", ["enduser", "provenance", "identity", "project", "account", "usertag", "attribute"])
@pytest.mark.parametrize("number", ["²", *BEYOND[:2], str(LARGEST), "é", "x"])
def test_the_django_admin_has_no_such_row(superuser, model, number):
    for act in ("change", "delete", "history"):
        assert 300 <= superuser.get(f"/admin/users/{model}/{number}/{act}/").status_code < 500


@pytest.mark.parametrize(
    "query", ["_to_field=", "_to_field=x", "account=%C3%A9", "project=99999999999999999999", "o=x.y", "p=99999999999999999999", "user__exact=99999999999999999999", "id__in=x"]
)  # fmt: skip
def test_parameters_that_the_django_admin_cannot_read_are_no_mistake_of_ours(superuser, project, query):
    person = user(project)
    for address in (
        "provenance/",
        "projectmember/",
        "projectmember/add/",
        f"enduser/{person.pk}/delete/",
        f"provenance/{person.pk}/change/",
    ):
        assert superuser.get(f"/admin/users/{address}?{query}").status_code < 500
    assert superuser.post("/admin/users/projectmember/add/", dict([query.split("=")])).status_code < 500
