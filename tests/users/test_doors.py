"""Every door that takes a password: guesses are slowed, hashing holds nobody up, races end in words."""

import logging
import threading
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from jimo_site.logging import without_address
from tests.factories import PASSWORD, AccountFactory, member, user
from users.accounts import hashing
from users.accounts.access_links import make_link
from users.api import rate_limit
from users.models import AccessLink, Account, ProjectMember

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LOCAL = "203.0.113.7"


@pytest.fixture(autouse=True)
def _one_minute_without_tries(monkeypatch):
    rate_limit._allowances.clear()
    monkeypatch.setattr(rate_limit, "time", SimpleNamespace(time=lambda: 1_700_000_000.0))


def try_at(path, email, password, address=LOCAL, **more):
    form = {"email": email, "username": email, "password": password, **more}
    return Client().post(path, form, REMOTE_ADDR=address)


def is_slowed(response):
    return "Too many tries" in response.content.decode()


def test_one_password_for_many_emails_is_slowed():
    AccountFactory(email="last@example.com")
    answers = [try_at("/sign-in/", f"p{number}@example.com", "wrong") for number in range(30)]
    assert not any(is_slowed(answer) for answer in answers)
    last = try_at("/sign-in/", "last@example.com", PASSWORD)
    assert is_slowed(last)
    assert "Try again in 40 s." in last.content.decode()
    assert try_at("/sign-in/", "last@example.com", PASSWORD, "203.0.113.8").status_code == 302


def test_many_addresses_for_one_email_are_slowed_and_a_network_is_one_address():
    AccountFactory(email="sam@example.com")
    near = [try_at("/sign-in/", "sam@example.com", "wrong", f"2001:db8:1:2::{number:x}") for number in range(12)]
    assert is_slowed(near[-1])
    far = [try_at("/sign-in/", "sam@example.com", "wrong", f"198.51.100.{number}") for number in range(60)]
    assert is_slowed(far[-1])
    assert not is_slowed(far[10])


def test_the_admin_has_no_door_of_its_own():
    boss = AccountFactory(email="boss@example.com", is_superuser=True, is_staff=True)
    for _ in range(12):
        answer = try_at("/admin/login/?next=/admin/users/", "boss@example.com", "wrong")
        assert answer["Location"] == "/sign-in/?next=%2Fadmin%2Fusers%2F"
    assert try_at(answer["Location"], "boss@example.com", PASSWORD, next="/admin/")["Location"] == "/admin/"
    client = Client()
    client.force_login(boss)
    assert client.get("/admin/").status_code == 200
    client.force_login(AccountFactory())
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_current_password_is_no_other_door():
    account = AccountFactory(email="sam@example.com")
    client = Client()
    client.force_login(account)
    form = {"current": "wrong", "password": "another good password 7"}
    answers = [client.post("/account/password/", form, REMOTE_ADDR=LOCAL) for _ in range(11)]
    assert "not your current password" in answers[0].content.decode()
    assert is_slowed(answers[-1])
    assert is_slowed(try_at("/sign-in/", "sam@example.com", PASSWORD))


@pytest.mark.parametrize("kind", ["INVITE", "RESET"])
def test_a_link_is_no_way_to_have_passwords_hashed_for_ever(project, kind, monkeypatch):
    by = member(project, "admin")
    account = member(project, "viewer", email="sam@example.com") if kind == "RESET" else None
    link = {"project": project, "email": "sam@example.com", "by": by, "now": timezone.now()}
    token = make_link(AccessLink.Kind[kind], **link, **({} if account else {"role": "viewer"}))
    monkeypatch.setattr("users.views.access.accept_invitation", refuse)
    monkeypatch.setattr("users.views.access.use", refuse)
    form = {"name": "Sam", "password": "another good password 7"}
    answers = []
    for _ in range(11):
        answers.append(Client().post(f"/link/{token}/", form, REMOTE_ADDR=LOCAL))
        Account.objects.filter(email="sam@example.com", pk__gt=account.pk if account else by.pk).delete()
    assert [answer.status_code for answer in answers[:10]] == [410] * 10
    assert is_slowed(answers[-1])


def refuse(*_):
    raise ValidationError("used")


def test_two_passwords_are_hashed_at_once_and_others_do_not_wait_for_ever(settings, monkeypatch):
    settings.PASSWORD_HASHERS = ["users.accounts.hashing.TurnTakingArgon2"]
    AccountFactory(email="sam@example.com")
    monkeypatch.setattr(hashing, "LONGEST_WAIT", 0.05)
    with hashing.place():
        assert try_at("/sign-in/", "sam@example.com", PASSWORD).status_code == 302
        with hashing.place():
            for path in ("/sign-in/", "/sign-in/?next=/admin/"):
                answer = try_at(path, "sam@example.com", PASSWORD)
                assert answer.status_code == 503
                assert int(answer["Retry-After"]) > 0
            assert Client().get("/sign-in/").status_code == 200
    assert try_at("/sign-in/", "sam@example.com", PASSWORD).status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("existing", [False, True])
def test_an_invitation_sent_six_times_at_once_makes_one_member(project, existing):
    by = member(project, "admin")
    email = "new@example.com"
    account = AccountFactory(email=email) if existing else None
    token = make_link(AccessLink.Kind.INVITE, project=project, email=email, by=by, now=timezone.now(), role="viewer")
    path = f"/link/{token}/"
    codes, start = [], threading.Barrier(6)
    clients = [Client(raise_request_exception=False) for _ in range(6)]
    for client in clients:
        if account:
            client.force_login(account)

    def accept(client):
        start.wait()
        codes.append(client.post(path, {"name": "New", "password": "a rather good one 9"}).status_code)
        connection.close()

    threads = [threading.Thread(target=accept, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(codes) < 500, codes
    assert Account.objects.filter(email=email).count() == 1
    assert ProjectMember.objects.filter(project=project, account__email=email).count() == 1


def test_the_command_does_not_demote_a_last_admin(project):
    admin = member(project, "admin")
    with pytest.raises(CommandError, match="last admin"):
        call_command("create_member", admin.email, project=str(project.public_id), role="viewer")
    member(project, "admin")
    call_command("create_member", admin.email, project=str(project.public_id), role="viewer")
    assert ProjectMember.objects.get(account=admin).role == "viewer"


def pages(project, person):
    """Every address that needs the project's name at most, and one user's."""
    for pattern in get_resolver().url_patterns:
        yield from addresses(pattern, "/", {"slug": project.slug, "pk": person.pk})


def addresses(pattern, before, known):
    text = str(pattern.pattern)
    for name, value in known.items():
        for kind in ("str:", "slug:", "int:", ""):
            text = text.replace(f"<{kind}{name}>", str(value))
    if hasattr(pattern, "url_patterns"):
        for inner in pattern.url_patterns:
            yield from addresses(inner, before + text, known)
    elif not any(sign in text for sign in "<(^"):
        yield before + text


def test_nothing_personal_is_kept_by_browsers(project):
    person = user(project, "u1", name="Maya")
    client = Client(raise_request_exception=False)
    client.force_login(AccountFactory(is_superuser=True, is_staff=True))
    seen = 0
    for path in pages(project, person):
        answer = client.get(path)
        if answer.status_code == 200 and not path.startswith("/static/"):
            assert "no-store" in answer["Cache-Control"], path
            seen += 1
    assert seen > 20
    assert "no-store" in client.get(f"/p/{project.slug}/users/{person.pk}/")["Cache-Control"]


def test_refusals_log_no_ids(project, caplog):
    person = user(project, "u1")
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(member(project, "admin"))
    path = f"/p/{project.slug}/users/{person.pk}/tags/"
    with caplog.at_level(logging.DEBUG):
        assert client.post(path, {"add": "x"}).status_code == 403
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("django.security")]
    assert logged
    assert all("CSRF" in line for line in logged)
    assert not any(path in line or project.slug in line for line in logged)
    error = logging.LogRecord("django.request", logging.ERROR, "", 1, "%s: %s", ("Internal Server Error", path), None)
    assert without_address(error)
    assert error.getMessage() == "Internal Server Error: an address"
