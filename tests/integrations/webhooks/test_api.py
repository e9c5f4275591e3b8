"""The calls of webhooks: what they take, refuse and answer, and that secrets come out once."""

import pytest
import standardwebhooks
from django.utils import timezone

from integrations.models import Delivery, Webhook
from integrations.webhooks import making
from segments.models import Segment
from tests.factories import ProjectFactory, user
from tests.integrations.outside.servers import says
from tests.integrations.webhooks.conftest import kinds, webhook
from users.accounts.keys import create_key
from users.writing.calls import TagChange

pytestmark = pytest.mark.django_db
GOOD = {"url": "https://example.com/hooks", "events": ["user.created", "user.updated"]}


def test_make_read_change_and_delete(api):
    user(api.project, "u1", attributes={"plan": "Free"}, tags=TagChange(add=["VIP"]))
    pro = Segment.objects.create(project=api.project, name="Pro", static=True)
    filters = {"attributes": ["custom.plan"], "tags": ["vip"], "segments": [pro.pk]}
    made = api.post("webhooks", {**GOOD, **filters, "name": "Billing"})
    assert made.status_code == 201
    assert made.body["secret"].startswith("whsec_")
    assert {name: made.body[name] for name in filters} == {**filters, "tags": ["VIP"]}
    path = f"webhooks/{made.body['id']}"
    assert "secret" not in api.get(path).body
    assert [row["name"] for row in api.get("webhooks").body["results"]] == ["Billing"]
    changed = api.call("PATCH", path, {"events": ["tag.added"], "tags": []}).body
    assert (changed["events"], changed["tags"], changed["attributes"]) == (["tag.added"], [], ["custom.plan"])
    assert api.call("PATCH", path, {"paused": True}).body["paused_why"] == "member"
    assert api.call("PATCH", path, {"paused": False}).body["paused"] is False
    rotated = api.call("PATCH", path, {"rotate_secret": True}).body
    assert rotated["secret"] not in (made.body["secret"], None)
    assert rotated["former_secret_until"]
    assert api.call("DELETE", path).status_code == 204
    assert api.get(path).status_code == 404


def test_what_is_changed_counts_from_the_next_write_on(api):
    made = api.post("webhooks", GOOD).body
    user(api.project, "u1")
    api.call("PATCH", f"webhooks/{made['id']}", {"events": ["user.identified"]})
    user(api.project, "u2")
    api.call("DELETE", f"webhooks/{made['id']}")
    user(api.project, "u3")
    assert kinds(api.project) == ["user.created", "user.identified"]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"url": "ftp://example.com"}, "url"), ({"url": None}, "url"), ({"events": []}, "events"),
        ({"events": ["user.created", "nope"]}, "events[1]"), ({"events": "user.created"}, "events"),
        ({"attributes": ["custom.nope"]}, "attributes[0]"), ({"tags": ["nope"]}, "tags[0]"),
        ({"segments": [99]}, "segments[0]"), ({"segments": ["x"]}, "segments"), ({"nme": "x"}, "nme"),
    ],
)  # fmt: skip
def test_a_wrong_member_is_refused_by_its_path_and_nothing_is_kept(api, more, path):
    response = api.post("webhooks", {**GOOD, **more})
    assert response.status_code == 422, response.body
    assert response.body["error"]["details"][0]["path"] == path
    assert Webhook.objects.count() == 0


def test_private_addresses_are_refused_as_they_are_typed(api, settings):
    settings.ALLOW_PRIVATE_CONNECTIONS = False
    response = api.post("webhooks", {**GOOD, "url": "http://10.0.0.1/"})
    assert "private address" in response.body["error"]["details"][0]["message"]


def test_another_project_and_a_narrow_key_get_nothing(api):
    other, _ = webhook(ProjectFactory())
    for method, path in (
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/deliveries"), ("POST", "/deliveries/1/resend"),
    ):  # fmt: skip
        arguments = [{}] if method in ("PATCH", "POST") else []
        assert api.call(method, f"webhooks/{other.pk}{path}", *arguments).status_code == 404
    _, secret = create_key(api.project, "Narrow", ["read", "ingest"], None)
    assert api.post("webhooks", GOOD, key=secret).body["error"]["code"] == "missing_scope"


def test_there_are_so_many_webhooks_at_most(api, monkeypatch):
    monkeypatch.setattr(making, "MOST", 1)
    assert [api.post("webhooks", GOOD).status_code for _ in range(2)] == [201, 422]


@pytest.mark.django_db(transaction=True)
def test_deliveries_and_sending_again(api, endpoint, deliver):
    made = api.post("webhooks", {**GOOD, "url": endpoint.url}).body
    path = f"webhooks/{made['id']}/deliveries"
    endpoint.answer = says(500, b"no")
    user(api.project, "u1", email="maya@example.com")
    deliver()
    [row] = api.get(path).body["results"]
    assert (row["state"], row["tries"], row["status"], row["attempts"][0]["answer"]) == ("waiting", 1, 500, "no")
    assert row["next_try"]
    assert row["body"]["data"]["user"]["email"] == "maya@example.com"
    endpoint.answer = says(200)
    again = api.post(f"{path}/{row['id']}/resend", {})
    assert (again.status_code, again.body["state"], again.body["tries"]) == (202, "waiting", 0)
    assert api.post(f"{path}/{row['id']}/resend", {}).status_code == 409
    deliver()
    assert [item["state"] for item in api.get(f"{path}?state=sent").body["results"]] == ["sent"]
    assert api.get(f"{path}?state=failed").body["results"] == []
    standardwebhooks.Webhook(made["secret"]).verify(endpoint.got[1].body, endpoint.got[1].headers)
    api.call("PATCH", f"webhooks/{made['id']}", {"paused": True})
    assert "Resume" in api.post(f"{path}/{row['id']}/resend", {}).body["error"]["message"]
    _, secret = create_key(api.project, "Narrow", ["integrations"], None)
    narrow = api.get(path, key=secret).body["results"][0]
    assert (narrow["body"], {attempt["answer"] for attempt in narrow["attempts"]}) == (None, {""})


def test_deliveries_come_in_pages(api):
    hook, _ = webhook(api.project)
    for _ in range(3):
        making.send_test(hook, timezone.now())
    first = api.get(f"webhooks/{hook.pk}/deliveries?limit=2").body
    ids = [row["id"] for row in first["results"]]
    rest = api.get(first["next"].split("/api/v1/")[1]).body
    ids += [row["id"] for row in rest["results"]]
    assert ids == sorted(Delivery.objects.values_list("pk", flat=True), reverse=True)
    assert rest["next"] is None
