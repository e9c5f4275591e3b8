"""What a request is about is deleted by somebody else while it is being answered."""

import json

import pytest
from django.test import Client

from tests.factories import member, user
from tests.fuzz.meanwhile import meanwhile
from users.accounts.keys import SCOPES, create_key
from users.models import EndUser, ProjectMember, Tag
from users.writing.erase import erase_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def statuses(client, method, address, body, setting_up, **headers):
    """The answers when it goes before the first statement, the second, and so on, until it is too late."""
    found = []
    for at in range(60):
        path, act = setting_up()
        with meanwhile(at, act) as happening:
            response = client.generic(method, address.format(path), body, **headers)
        found.append(response.status_code)
        if not happening.done:
            return found
    raise AssertionError("It never ended.")


@pytest.fixture
def admin(project):
    client = Client(raise_request_exception=False)
    client.force_login(member(project, "admin"))
    return client


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("POST", "users/{}/tags", {"tags": ["vip"]}), ("DELETE", "users/{}/tags", {"tags": ["vip"]}), ("GET", "users/{}", None),
        ("PATCH", "users/{}", {"attributes": {"plan": "Pro"}}), ("DELETE", "users/{}", None), ("GET", "users/{}/segments", None),
    ],
)  # fmt: skip
def test_calls_about_a_user_who_is_erased_meanwhile(project, method, address, body):
    _, secret = create_key(project, "Billing", list(SCOPES), None)

    def setting_up():
        person = user(project, f"u{EndUser.objects.count()}")
        return person.user_id, lambda: erase_user(project, person.pk)

    key = {"HTTP_AUTHORIZATION": f"Bearer {secret}", "content_type": "application/json"}
    client = Client(raise_request_exception=False)
    found = statuses(client, method, f"/api/v1/{address}", json.dumps(body) if body else "", setting_up, **key)
    assert (found[0], found[-1] < 300) == (404, True)
    assert set(found) <= {200, 204, 404}


def test_pages_about_a_row_that_is_deleted_meanwhile(project, admin):
    def a_user():
        person = user(project, f"u{EndUser.objects.count()}", name="Maya")
        return person.pk, lambda: erase_user(project, person.pk)

    def a_tag():
        tag = Tag.objects.create(project=project, name="vip", folded=f"vip{Tag.objects.count()}")
        return tag.pk, tag.delete

    def a_member():
        account = member(project, "viewer")
        return account.memberships.get().pk, ProjectMember.objects.filter(account=account).delete

    form = {"content_type": "application/x-www-form-urlencoded"}
    for address, body, setting_up in (
        ("users/{}/values/name/edit/", "value=Mia&expected=%22Maya%22", a_user),
        ("data/tags/{}/", "name=big&color=red", a_tag),
        ("settings/members/{}/role/", "role=editor", a_member),
    ):
        found = statuses(admin, "POST", f"/p/{project.slug}/{address}", body, setting_up, **form)
        assert set(found) <= {200, 204, 302, 404, 409, 422}, (address, found)
        assert 404 in found
