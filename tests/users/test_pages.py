"""Every address of the dashboard, tried by everyone: strangers, each role, from another project, signed out."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from segments.defining.edit import Author, create_segment
from tests.factories import ProjectFactory, member, user
from tests.integrations.imports.sample import draft
from tests.integrations.syncing.toy import connected
from users.accounts.access_links import make_link
from users.accounts.keys import create_key
from users.accounts.roles import PERMISSIONS, RANK
from users.jobs import start_job
from users.models import AccessLink, Attribute, Merge, ProjectMember, Tag
from users.writing.calls import Call
from users.writing.identify import identify

pytestmark = pytest.mark.django_db

PAGES_OF_A_PROJECT = "p/<slug:slug>/"
# Forms and fragments that answer only to POST.
ONLY_POST = {
    "users_columns", "bulk_tag", "bulk_erase", "user_erase", "user_tags", "user_tags_undo", "value_remove", "value_restore", "value_reveal",
    "value_pin", "data_order", "merge_undo", "attribute_delete", "tag_new", "tag_edit", "tag_delete", "key_rotate", "key_revoke",
    "member_invite", "member_role", "member_remove", "member_reset", "link_revoke", "project_delete", "job_undo", "dismiss", "work_retry", "work_cancel",
    "import_reading", "import_start", "import_act", "connection_act", "connection_audiences", "webhook_act", "webhook_resend", "segment_preview", "segment_user", "segment_duplicate", "segment_archive", "segment_delete", "bulk_add_to_list",
}  # fmt: skip


def patterns(resolver, prefix="") -> Iterator[tuple[str, URLPattern]]:
    for item in resolver.url_patterns:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from patterns(item, route)
        else:
            yield route, item


def project_pages():
    return [(route, item) for route, item in patterns(get_resolver()) if route.startswith(PAGES_OF_A_PROJECT)]


def a_webhook(project, admin):
    """And what it was sent, with an answer."""
    from integrations.models import Delivery
    from integrations.webhooks import making

    now = timezone.now()
    wanted = making.Wanted("https://example.com/hooks", ["user.updated"])
    hook, _ = making.create(project, wanted, admin)
    tested = making.send_test(hook, now)
    answer = {"at": "2026-03-05T14:30:00.000Z", "status": 500, "ms": 1234, "error": "It answered 500.", "signature": "v1,",
              "answer": "no", "cut": False}  # fmt: skip
    Delivery.objects.filter(pk=tested.pk).update(
        state="failed", status=500, ms=1234, tries=1, attempts=[answer], test=False
    )
    return {"webhook": hook.pk, "delivery": tested.pk}


@pytest.fixture
def world(project, snippet, server, now):
    """A project with one of everything that an address can name."""
    person = user(project, "u1", name="Maya", attributes={"plan": "Pro"})
    identify(project, Call(jimer_id="b", attributes={"x": 1}), snippet, now)
    identify(project, Call(jimer_id="b", user_id="u1"), snippet, now)
    identify(project, Call(target=person.pk, tags=None), server, now)
    tag = Tag.objects.create(project=project, name="vip", folded="vip")
    admin = member(project)
    key, _ = create_key(project, "Billing", ["ingest"], admin)
    make_link(
        AccessLink.Kind.INVITE, project=project, email="new@example.com", by=admin, now=timezone.now(), role="viewer"
    )
    attribute = Attribute.objects.get(project=project, key="plan")
    rule = {"combinator": "and", "rules": [{"field": "custom.plan", "operator": "is", "value": "Pro"}]}
    segment = create_segment(project, {"name": "Pro"}, rule=rule, static=False, by=Author(admin, "Admin"), now=now)
    return {
        "slug": project.slug, "person": person.pk, "ref": attribute.ref, "merge_pk": Merge.objects.get().pk,
        "attribute": attribute.pk, "tag": tag.pk, "key": key.pk, "member": ProjectMember.objects.get(account=admin).pk,
        "link": AccessLink.objects.get().pk, "job": start_job(project, "bulk_tag", {"ids": []}).pk,
        "segment": segment.pk, "import": draft(project).pk,
        "connection": connected(project)[0].pk, **a_webhook(project, admin),
    }  # fmt: skip


def kwargs_for(route, name, world):
    """What fills the address. A new one that nothing here fills is an error on purpose."""
    subject = {
        "users": "person", "attributes": "attribute", "tags": "tag", "keys": "key", "members": "member", "jobs": "job",
        "segments": "segment", "imports": "import", "integrations": "connection", "work": "job",
        "exports": "job", "webhooks": "webhook",
    }  # fmt: skip
    part = next((key for key in subject if re.search(rf"/{key}/<row:pk>", route)), None)
    kwargs = {"slug": world["slug"]}
    if "links/<row:pk>" in route:
        kwargs["pk"] = world["link"]
    elif "<row:pk>" in route:
        assert part, f"{name} ({route}) names something that the fixture does not have"
        kwargs["pk"] = world[subject[part]]
    if "<slug:vendor>" in route:
        kwargs["vendor"] = "toy"
    if "<row:user>" in route:
        kwargs["user"] = world["person"]
    if "<row:delivery>" in route:
        kwargs["delivery"] = world["delivery"]
    if "<row:number>" in route:
        kwargs["number"] = 1
    if "<str:ref>" in route:
        kwargs["ref"] = world["ref"]
    if "<row:merge_pk>" in route:
        kwargs["merge_pk"] = world["merge_pk"]
    return kwargs


def call(client, name, url):
    return client.post(url) if name in ONLY_POST else client.get(url)


def signed_in(account):
    client = Client(raise_request_exception=True)
    client.force_login(account)
    return client


def test_every_page_of_a_project_says_what_it_needs():
    for route, item in project_pages():
        assert getattr(item.callback, "permission", None) in PERMISSIONS, route


@pytest.mark.parametrize("role", [*RANK, "stranger", "nobody"])
def test_every_page_answers_each_role_as_the_table_says(world, project, role):
    # One fixture serves many posts: those that take it apart come last, and only admins reach them.
    client = Client()
    if role == "stranger":
        client = signed_in(member(ProjectFactory(), "admin"))
    elif role != "nobody":
        client = signed_in(member(project, role))
    last = (
        "user_erase",
        "attribute_delete",
        "tag_delete",
        "member_remove",
        "key_revoke",
        "project_delete",
        "merge_undo",
        "segment_delete",
    )
    pages = sorted(project_pages(), key=lambda page: page[1].name in last)
    for route, item in pages:
        url = reverse(item.name, kwargs=kwargs_for(route, item.name, world))
        response = call(client, item.name, url)
        least, _ = PERMISSIONS[item.callback.permission]
        if role == "nobody":
            assert response.status_code == 302, url
            assert response["Location"].startswith("/sign-in/"), url
        elif role == "stranger":
            assert response.status_code == 404, url
        elif RANK[role] < RANK[least]:
            assert response.status_code == 403, url
            assert "Ask an admin" in response.content.decode()
        else:
            assert response.status_code in (200, 204, 302, 400, 404, 409, 422), (url, response.status_code)
            assert response.status_code != 404 or item.name in (
                "value_restore",
                "job_undo",
                "user_tags",
                "user_tags_undo",
                "export_file",  # for who asked for it alone
                *last,
            ), url


def test_another_projects_things_are_404(world, project):
    other = ProjectFactory()
    client = signed_in(member(other, "admin"))
    for route, item in project_pages():
        kwargs = kwargs_for(route, item.name, world)
        if "<row:pk>" not in route:
            continue
        url = reverse(item.name, kwargs={**kwargs, "slug": other.slug})
        assert call(client, item.name, url).status_code == 404, url


def test_fragments_answer_401_when_the_session_is_over(world):
    url = reverse("user_profile", kwargs={"slug": world["slug"], "pk": world["person"]})
    response = Client().get(url, HTTP_HX_REQUEST="true")
    assert response.status_code == 401
    assert b"<form" not in response.content


def test_superusers_see_every_project(world):
    from tests.factories import AccountFactory

    client = signed_in(AccountFactory(is_superuser=True, is_staff=True))
    assert client.get(reverse("keys", args=[world["slug"]])).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/sign-in/",
        "/help/",
        "/help/sources/",
        "/help/identify/",
        "/help/types/",
        "/help/roles/",
        "/help/search/",
        "/help/?q=remove",
        "/api/docs/",
        "/styleguide/",
        "/healthz",
        "/readyz",
    ],
)
def test_public_pages(world, url):
    response = Client().get(url, follow=True)
    assert response.status_code == 200
    assert b"style=" not in response.content
    assert b"<script>" not in response.content


def test_pages_have_a_strict_policy_and_nothing_inline(world, project):
    client = signed_in(member(project, "admin"))
    for route, item in project_pages():
        if item.name in ONLY_POST:
            continue
        response = client.get(reverse(item.name, kwargs=kwargs_for(route, item.name, world)))
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            html = response.content.decode()
            assert " style=" not in html, route
            assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>(?!\s*&)", html), route
            assert not re.search(r"\son[a-z]+=", html), route
            assert "'unsafe" not in response["Content-Security-Policy"]


def test_unknown_addresses_lead_back(world, project):
    response = signed_in(member(project, "viewer")).get("/p/nope/users/")
    assert response.status_code == 404
    assert b"Back to the" in response.content


def test_an_address_that_no_page_has_is_in_the_frame_for_members_only(project):
    client = Client()
    client.force_login(member(project, "viewer"))
    inside = client.get(f"/p/{project.slug}/nothing/")
    assert inside.status_code == 404
    assert 'aria-label="Main"' in inside.content.decode()
    other = ProjectFactory(name="Somebody else's")
    strange = client.get(f"/p/{other.slug}/nothing/")
    assert strange.status_code == 404
    assert f"/p/{project.slug}/users/" in strange.content.decode(), "their own frame, to go on from"
    assert f"/p/{other.slug}/" not in strange.content.decode()
    assert 'aria-label="Main"' not in Client().get(f"/p/{other.slug}/nothing/").content.decode()


def test_a_mistake_of_ours_looks_like_the_rest(project, monkeypatch):
    monkeypatch.setattr("users.views.tags.uses_in", lambda project: 1 / 0)
    client = Client(raise_request_exception=False)
    client.force_login(member(project, "viewer"))
    response = client.get(f"/p/{project.slug}/data/tags/")
    assert response.status_code == 500
    html = response.content.decode()
    assert "Something went wrong on our side" in html
    assert "Back to the start" in html
    assert "Try again" in html
    assert "css/base.css" in html
