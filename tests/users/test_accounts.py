"""Signing in, projects, members, invitation and reset links, keys, settings, my account."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests.factories import PASSWORD, SNIPPET, AccountFactory, ProjectFactory, member, user
from users.api import rate_limit
from users.ground.secrets import decrypt, encrypt
from users.jobs.machinery import run_all_jobs
from users.models import AccessLink, Account, ApiKey, Attribute, Project, ProjectMember
from users.writing import call_counts
from users.writing.calls import Call, Origin
from users.writing.identify import identify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries_yet():
    rate_limit._allowances.clear()


def signed_in(account):
    client = Client()
    client.force_login(account)
    return client


class TestTheFirstSteps:
    def test_without_accounts_the_start_says_how_to_make_one(self):
        html = Client().get("/").content.decode()
        assert "createsuperuser" in html

    def test_with_accounts_it_asks_to_sign_in(self):
        AccountFactory()
        assert Client().get("/")["Location"] == "/sign-in/"

    def test_without_a_project_it_asks_for_the_first(self):
        client = signed_in(AccountFactory())
        assert client.get("/")["Location"] == "/projects/new/"
        assert "Create your first project" in client.get("/projects/new/").content.decode()
        response = client.post("/projects/new/", {"name": "Acme", "time_zone": "Europe/Paris"})
        project = Project.objects.get()
        assert response["Location"] == f"/p/{project.slug}/users/"
        assert project.members.get().role == "admin"
        assert Attribute.objects.filter(project=project, source="native").count() == 10

    def test_it_leads_back_to_the_last_project(self):
        account = AccountFactory()
        for name in ("A", "B"):
            ProjectMember.objects.create(project=ProjectFactory(name=name), account=account, role="viewer")
        client = signed_in(account)
        client.get("/p/b/users/")
        assert client.get("/")["Location"] == "/p/b/users/"


class TestSigningIn:
    def test_by_email_ignoring_case_and_back_to_where_one_was(self):
        AccountFactory(email="sam@example.com")
        form = {"email": "Sam@Example.com", "password": PASSWORD, "next": "/account/"}
        assert Client().post("/sign-in/", form)["Location"] == "/account/"

    def test_never_to_another_site(self):
        AccountFactory(email="sam@example.com")
        form = {"email": "sam@example.com", "password": PASSWORD, "next": "https://evil.example/"}
        assert Client().post("/sign-in/", form)["Location"] == "/"

    def test_a_wrong_password_says_so_and_keeps_the_email(self):
        AccountFactory(email="sam@example.com")
        response = Client().post("/sign-in/", {"email": "sam@example.com", "password": "wrong"})
        assert response.status_code == 422
        assert "do not fit together" in response.content.decode()
        assert "sam@example.com" in response.content.decode()

    def test_guessing_is_slowed_down(self):
        AccountFactory(email="sam@example.com")
        for _ in range(12):
            response = Client().post("/sign-in/", {"email": "sam@example.com", "password": "wrong"})
        assert "Too many tries" in response.content.decode()

    def test_signing_out_needs_a_post(self):
        client = signed_in(AccountFactory())
        assert client.get("/sign-out/").status_code == 405
        client.post("/sign-out/")
        assert client.get("/account/").status_code == 302


class TestMembers:
    @pytest.fixture
    def admin(self, project):
        return member(project, "admin")

    def invite(self, project, admin, email="new@example.com", role="editor"):
        html = (
            signed_in(admin)
            .post(f"/p/{project.slug}/settings/members/invite/", {"email": email, "role": role}, follow=True)
            .content.decode()
        )
        return re.search(r"http://testserver(/link/[\w-]+/)", html).group(1)

    def test_an_invitation_makes_an_account_and_works_once(self, project, admin):
        link = self.invite(project, admin)
        client = Client()
        assert "Join" in client.get(link).content.decode()
        assert client.post(link, {"name": "New", "password": "short"}).status_code == 422
        response = client.post(link, {"name": "New", "password": "a long enough one"})
        assert response["Location"] == f"/p/{project.slug}/users/"
        assert project.members.get(account__email="new@example.com").role == "editor"
        assert Client().get(link).status_code == 410

    def test_somebody_with_an_account_signs_in_first(self, project, admin):
        other = AccountFactory(email="has@example.com")
        link = self.invite(project, admin, "Has@example.com", "viewer")
        assert f'href="/sign-in/?next={link}"' in Client().get(link).content.decode()
        somebody_else = signed_in(admin).get(link).content.decode()
        assert f"you are signed in as {admin.email}" in somebody_else
        assert 'action="/sign-out/"' in somebody_else
        signed_in(other).post(link)
        assert project.members.get(account=other).role == "viewer"

    def test_links_end_after_seven_days_when_withdrawn_and_when_made_anew(self, project, admin):
        first = self.invite(project, admin)
        second = self.invite(project, admin)
        assert "withdrawn" in Client().get(first).content.decode()
        AccessLink.objects.update(expires=timezone.now() - timedelta(seconds=1))
        assert "seven days" in Client().get(second).content.decode()
        third = self.invite(project, admin)
        pk = AccessLink.objects.latest("pk").pk
        signed_in(admin).post(f"/p/{project.slug}/settings/members/links/{pk}/revoke/")
        assert Client().get(third).status_code == 410
        assert Client().get("/link/nonsense/").status_code == 410

    def test_tokens_are_not_stored(self, project, admin):
        token = self.invite(project, admin).split("/")[2]
        assert token not in str(AccessLink.objects.values())

    def test_the_last_admin_stays(self, project, admin):
        mine = project.members.get(account=admin)
        client = signed_in(admin)
        for url, data in ((f"{mine.pk}/role/", {"role": "viewer"}), (f"{mine.pk}/remove/", {})):
            html = client.post(f"/p/{project.slug}/settings/members/{url}", data, follow=True).content.decode()
            assert "last admin" in html
            assert project.members.get(account=admin).role == "admin"
        member(project, "admin")
        client.post(f"/p/{project.slug}/settings/members/{mine.pk}/role/", {"role": "viewer"})
        assert project.members.get(account=admin).role == "viewer"

    def reset_link(self, project, admin, person):
        url = f"/p/{project.slug}/settings/members/{person.pk}/reset/"
        html = signed_in(admin).post(url, follow=True).content.decode()
        return re.search(r"http://testserver(/link/[\w-]+/)", html).group(1)

    def test_a_reset_link_sets_a_new_password(self, project, admin):
        other = project.members.get(account=member(project, "viewer"))
        link = self.reset_link(project, admin, other)
        assert Client().post(link, {"password": "another long one"}).status_code == 302
        assert Account.objects.get(pk=other.account_id).check_password("another long one")
        assert Client().get(link).status_code == 410

    def test_nobody_takes_over_an_account_of_another_project(self, project, admin):
        elsewhere = member(ProjectFactory(), "admin")
        here = ProjectMember.objects.create(project=project, account=elsewhere, role="viewer")
        html = (
            signed_in(admin).post(f"/p/{project.slug}/settings/members/{here.pk}/reset/", follow=True).content.decode()
        )
        assert "has access elsewhere" in html
        assert not AccessLink.objects.filter(kind="reset").exists()

    @pytest.mark.parametrize("since", ["elsewhere", "superuser", "removed", "inactive"])
    def test_a_reset_link_ends_with_what_the_admin_might_do(self, project, admin, since):
        account = member(project, "viewer")
        there = project.members.get(account=account)
        link = self.reset_link(project, admin, there)
        if since == "elsewhere":
            ProjectMember.objects.create(project=ProjectFactory(), account=account, role="viewer")
        elif since == "removed":
            signed_in(admin).post(f"/p/{project.slug}/settings/members/{there.pk}/remove/")
        else:
            Account.objects.filter(pk=account.pk).update(
                is_superuser=since == "superuser", is_active=since != "inactive"
            )
        assert Client().post(link, {"password": "another long one"}).status_code == 410
        assert Account.objects.get(pk=account.pk).check_password(PASSWORD)

    def test_joining_another_project_withdraws_reset_links(self, project, admin):
        account = member(project, "viewer", email="two@example.com")
        self.reset_link(project, admin, project.members.get(account=account))
        other = ProjectFactory()
        signed_in(account).post(self.invite(other, member(other, "admin"), "two@example.com"))
        assert AccessLink.objects.get(kind="reset").revoked

    def test_a_reload_neither_invites_again_nor_shows_the_link(self, project, admin):
        client, page = signed_in(admin), f"/p/{project.slug}/settings/members/"
        answer = client.post(f"{page}invite/", {"email": "new@example.com", "role": "viewer"})
        assert (answer.status_code, answer["Location"]) == (302, page)
        assert "testserver/link/" in client.get(page).content.decode()
        assert "testserver/link/" not in client.get(page).content.decode()


class TestKeys:
    def test_a_secret_is_shown_once_and_stored_hashed(self, project):
        client = signed_in(member(project, "admin"))
        form = {"name": "Billing", "scopes": ["ingest", "read"]}
        response = client.post(f"/p/{project.slug}/settings/keys/", form, follow=True)
        secret = re.search(r"jimo_sk_[\w-]{43}", response.content.decode()).group()
        assert response["Cache-Control"] == "no-store"
        assert secret not in client.get(f"/p/{project.slug}/settings/keys/").content.decode()
        assert secret not in str(ApiKey.objects.values())
        call = Client().post(
            "/api/v1/identify",
            '{"user_id": "u1"}',
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {secret}",
        )
        assert call.status_code == 200
        client.post(f"/p/{project.slug}/settings/keys/{ApiKey.objects.get().pk}/revoke/")
        call = Client().get("/api/v1/users", HTTP_AUTHORIZATION=f"Bearer {secret}")
        assert call.status_code == 401

    def test_a_second_rotation_asks_before_the_former_secret_stops(self, project):
        client, page = signed_in(member(project, "admin")), f"/p/{project.slug}/settings/keys/"
        client.post(page, {"name": "Billing", "scopes": ["read"]})
        key = ApiKey.objects.get()
        for sent, moves in (({}, True), ({}, False), ({"end_former": "1"}, True)):
            before = ApiKey.objects.get().secret_hash
            html = client.post(f"{page}{key.pk}/rotate/", sent, follow=True).content.decode()
            assert (ApiKey.objects.get().secret_hash != before) == moves
            assert ('role="alert"' in html) != moves
            assert ("copy the secret now" in html) == moves

    def test_a_key_needs_a_name_and_known_scopes(self, project):
        client = signed_in(member(project, "admin"))
        for form in ({"name": "", "scopes": ["read"]}, {"name": "A", "scopes": ["everything"]}, {"name": "A"}):
            assert client.post(f"/p/{project.slug}/settings/keys/", form).status_code == 422
        assert not ApiKey.objects.exists()


class TestProjectSettings:
    def test_saving(self, project):
        client = signed_in(member(project, "admin"))
        form = {
            "name": "New name",
            "time_zone": "Asia/Tokyo",
            "origins": "https://App.example.com/\nhttp://localhost:3000",
            "anonymous_days": "30",
        }
        client.post(f"/p/{project.slug}/settings/project/", form)
        project.refresh_from_db()
        assert (project.name, project.time_zone, project.anonymous_days) == ("New name", "Asia/Tokyo", 30)
        assert project.allowed_origins == ["https://app.example.com", "http://localhost:3000"]
        assert project.version > 1

    @pytest.mark.parametrize(
        ("typed", "zone"),
        [("Paris", "Europe/Paris"), ("munich", "Europe/Berlin"), ("japan", "Asia/Tokyo"), ("Sao Paulo", "America/Sao_Paulo"),
         ("america/new_york", "America/New_York"), ("utc", "UTC"), ("Asia/Calcutta", "Asia/Calcutta")],
    )  # fmt: skip
    def test_a_city_or_country_names_its_time_zone(self, project, typed, zone):
        client = signed_in(member(project, "admin"))
        client.post(f"/p/{project.slug}/settings/project/", {"name": "A", "time_zone": typed})
        project.refresh_from_db()
        assert project.time_zone == zone

    @pytest.mark.parametrize("typed", ["Atlantis", "United States"])
    def test_what_names_no_single_zone_is_an_error_at_its_field(self, project, typed):
        client = signed_in(member(project, "admin"))
        response = client.post(f"/p/{project.slug}/settings/project/", {"name": "A", "time_zone": typed})
        assert response.status_code == 422
        assert "is no time zone" in response.content.decode()

    @pytest.mark.parametrize(
        "origins",
        [
            "app.example.com",
            "ftp://x.example",
            "https://x.example/path",
            "https://x.example:port",
            "https://u@x.example",
        ],
    )
    def test_bad_origins(self, project, origins):
        client = signed_in(member(project, "admin"))
        form = {"name": "A", "time_zone": "UTC", "origins": origins}
        response = client.post(f"/p/{project.slug}/settings/project/", form)
        assert response.status_code == 422
        assert "is no origin" in response.content.decode()

    def test_editors_read_and_may_not_save(self, project):
        client = signed_in(member(project, "editor"))
        assert client.get(f"/p/{project.slug}/settings/project/").status_code == 200
        assert client.post(f"/p/{project.slug}/settings/project/", {"name": "X"}).status_code == 403

    def test_deleting_asks_for_the_name(self, project):
        user(project, "u1")
        client = signed_in(member(project, "admin"))
        client.post(f"/p/{project.slug}/settings/project/delete/", {"name": "wrong"})
        project.refresh_from_db()
        assert project.deleting_since is None
        client.post(f"/p/{project.slug}/settings/project/delete/", {"name": project.name})
        assert client.get(f"/p/{project.slug}/users/").status_code == 404
        run_all_jobs()
        assert not Project.objects.exists()


class TestMyAccount:
    def test_name_theme_shortcuts(self):
        account = AccountFactory()
        client = signed_in(account)
        client.post("/account/", {"name": "Ada"})
        client.post("/account/theme/", {"theme": "dark"})
        account.refresh_from_db()
        assert (account.name, account.theme, account.single_key_shortcuts) == ("Ada", "dark", False)
        html = client.get("/account/").content.decode()
        assert 'data-theme="dark"' in html
        assert "data-no-shortcuts" in html

    def test_it_is_in_the_frame_of_the_last_project(self, project):
        account = member(project, "viewer")
        html = signed_in(account).get("/account/").content.decode()
        assert f'href="/p/{project.slug}/users/"' in html
        assert "Viewer" in html
        assert 'aria-label="Main"' in signed_in(AccountFactory()).get("/account/").content.decode(), "without a project"

    def test_a_new_password_ends_other_sessions(self):
        account = AccountFactory()
        here, elsewhere = signed_in(account), signed_in(account)
        here.post("/account/password/", {"current": PASSWORD, "password": "a long enough one"})
        assert elsewhere.get("/account/").status_code == 302
        assert here.get("/account/").status_code == 200

    def test_the_password_needs_the_current_one(self):
        account = AccountFactory()
        client = signed_in(account)
        assert client.post("/account/password/", {"current": "x", "password": "a long enough one"}).status_code == 422
        assert client.post("/account/password/", {"current": PASSWORD, "password": "short"}).status_code == 422
        client.post("/account/password/", {"current": PASSWORD, "password": "a long enough one"})
        assert client.get("/account/").status_code == 200, "still signed in"
        account.refresh_from_db()
        assert account.check_password("a long enough one")

    def test_the_theme_of_somebody_signed_out_is_a_cookie(self):
        client = Client()
        client.post("/account/theme/", {"theme": "light"})
        assert 'data-theme="light"' in client.get("/help/").content.decode()
        assert client.post("/account/theme/", {"theme": "pink"}).status_code == 422


def test_create_member(project, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("a long enough one\n"))
    call_command("create_member", "Sam@example.com", project=str(project.public_id), role="admin", password_stdin=True)
    assert project.members.get().role == "admin"
    assert Account.objects.get(email="sam@example.com").check_password("a long enough one")
    with pytest.raises(CommandError, match="no project"):
        call_command("create_member", "x@example.com", project="nope")
    monkeypatch.setattr("sys.stdin", StringIO("short\n"))
    with pytest.raises(CommandError, match="too short"):
        call_command("create_member", "x@example.com", project=str(project.public_id), password_stdin=True)


def test_secrets_are_encrypted_with_the_secret_key(settings):
    token = encrypt("secret")
    assert "secret" not in token
    assert decrypt(token) == "secret"
    settings.SECRET_KEY = "another" * 10
    with pytest.raises(ValueError, match="another key"):
        decrypt(token)


class TestInstall:
    @pytest.fixture
    def page(self, project):
        client = signed_in(member(project, "admin"))
        return lambda part="": client.get(f"/p/{project.slug}/settings/install/{part}").content.decode()

    def test_the_last_call_is_the_newest_of_any_writer_but_hands_and_syncs(self, project, page, now):
        assert "No call yet" in page("last-call/")
        identify(project, Call(jimer_id="b", activity=True), SNIPPET, now - timedelta(minutes=9))
        user(project, "maya", name="Maya", now=now - timedelta(minutes=5))
        by_hand = Origin("member", None, "Alex")
        identify(project, Call(user_id="maya", attributes={"plan": "Pro"}), by_hand, now - timedelta(minutes=1))
        html = page("last-call/")
        assert "5 min ago" in html
        assert "Server key &quot;Billing&quot;" in html
        assert "It was about" in html

    def test_a_call_that_changed_nothing_counts_too(self, project, page, now):
        user(project, "maya", now=now - timedelta(hours=3))
        user(project, "maya", now=now - timedelta(minutes=10))
        call_counts.flush()
        assert "10 min ago" in page("last-call/") or "11 min ago" in page("last-call/")

    def test_the_code_works_as_it_stands_and_the_curl_changes_something(self, project, page):
        user(project, "maya", attributes={"plan": "Team"})
        html = page()
        assert html.count("// Your signed-in user\nvar user = {") == 6, "steps 2 to 4, to read and to copy"
        assert (
            "&quot;user_id&quot;: &quot;maya&quot;, &quot;attributes&quot;: {&quot;plan&quot;: &quot;Pro&quot;}" in html
        )
