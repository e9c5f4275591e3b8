"""The pages of webhooks: for admins alone, with a state that is told, a secret that is shown once, and what was sent."""

import json
import re

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import Delivery, Webhook
from integrations.webhooks import making
from integrations.webhooks.examples import example
from integrations.webhooks.kinds import KINDS
from integrations.webhooks.uses import uses
from segments.models import Segment
from tests.factories import ProjectFactory, member, user
from tests.integrations.outside.servers import says
from tests.integrations.webhooks.conftest import happened, webhook
from users.models import Project
from users.writing.calls import TagChange

pytestmark = pytest.mark.django_db
FORM = {"url": "https://example.com/hooks", "events": ["user.created"], "name": "Billing"}


class Pages:
    def __init__(self, project, role="admin"):
        self.project, self.client = project, Client()
        self.client.force_login(member(project, role))

    def path(self, path):
        return f"/p/{self.project.slug}/settings/webhooks/{path}"

    def get(self, path="", **query):
        return self.client.get(self.path(path), query)

    def post(self, path="", **form):
        return self.client.post(self.path(path), form)


@pytest.fixture
def pages(project):
    return Pages(project)


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_project_without_webhooks_says_what_they_are_for(pages):
    assert "No webhooks yet" in text(pages.get())


def test_make_one_and_see_its_secret_once(pages):
    made = pages.post("new/", **FORM)
    hook = Webhook.objects.get()
    assert made["Location"] == pages.path(f"{hook.pk}/")
    first = pages.get(f"{hook.pk}/")
    secret = re.search(r"whsec_[\w+/=]+", first.content.decode())[0]
    assert "no-store" in first["Cache-Control"]
    assert "whsec_" not in pages.get(f"{hook.pk}/").content.decode()
    assert "Nothing sent yet" in text(pages.get(f"{hook.pk}/"))
    assert secret not in hook.secret
    pages.post(f"{hook.pk}/act/", do="rotate")
    again = pages.get(f"{hook.pk}/")
    assert "another 24 hours" in text(again)
    assert secret not in again.content.decode()
    assert "Billing" in text(pages.get())


def test_a_form_that_is_refused_says_why_and_keeps_what_was_typed(pages, settings):
    settings.ALLOW_PRIVATE_CONNECTIONS = False
    response = pages.post("new/", url="http://10.0.0.1/x", name="Billing")
    assert response.status_code == 422
    assert "Choose at least one event." in text(response)
    assert 'value="http://10.0.0.1/x"' in response.content.decode()
    response = pages.post("new/", url="http://10.0.0.1/x", events=["user.created"])
    assert (response.status_code, Webhook.objects.count()) == (422, 0)
    assert "10.0.0.1 is a private address" in text(response)


def test_filters_are_offered_kept_and_said(pages):
    user(pages.project, "u1", attributes={"plan": "Pro"}, tags=TagChange(add=["vip"]))
    pro = Segment.objects.create(project=pages.project, name="Pro accounts", static=True)
    filters = {"attributes": ["custom.plan"], "tags": ["vip"], "segments": [str(pro.pk)]}
    pages.post("new/", **FORM, **filters)
    hook = Webhook.objects.get()
    shown = text(pages.get(f"{hook.pk}/"))
    assert all(name in shown for name in ("plan (Custom)", "vip", "Pro accounts"))
    form = pages.get(f"{hook.pk}/edit/").content.decode()
    assert len(re.findall(r"<input[^>]*checked", form)) == 4
    pages.post(f"{hook.pk}/edit/", **FORM)
    hook.refresh_from_db()
    assert (hook.attributes, hook.tags, hook.segments) == ([], [], [])


def test_who_uses_an_attribute_a_tag_and_a_segment(pages):
    user(pages.project, "u1", attributes={"plan": "Pro"}, tags=TagChange(add=["VIP"]))
    pro = Segment.objects.create(project=pages.project, name="Pro", static=True)
    hook, _ = webhook(pages.project, attributes=["custom.plan"], tags=["vip"], segments=[pro.pk])
    link = ("hooks.example.com", pages.path(f"{hook.pk}/"))
    assert uses(pages.project) == {"custom.plan": [link], "tag:vip": [link], f"segment:{pro.pk}": [link]}
    tags = pages.client.get(f"/p/{pages.project.slug}/data/tags/").content.decode()
    assert link[1] in tags
    segment = pages.client.get(f"/p/{pages.project.slug}/segments/{pro.pk}/?tab=uses").content.decode()
    assert link[1] in segment


@pytest.mark.django_db(transaction=True)
def test_deliveries_with_their_request_and_answer(pages, endpoint, deliver):
    endpoint.answer = says(500, b"<b>broken</b>")
    hook, _ = webhook(pages.project, endpoint.url, ["user.created"])
    maya = user(pages.project, "u1", name="Maya")
    deliver()
    listed = pages.get(f"{hook.pk}/")
    assert "Failing" in text(listed)
    assert "Maya" in text(listed)
    assert f"/users/{maya.pk}/" in listed.content.decode()
    row = Delivery.objects.get()
    one = pages.get(f"{hook.pk}/deliveries/{row.pk}/").content.decode()
    assert "&lt;b&gt;broken&lt;/b&gt;" in one
    assert row.event.message_id in one
    assert "webhook-signature: v1," in one
    assert "&quot;Maya&quot;" in one
    endpoint.answer = says(200)
    pages.post(f"{hook.pk}/act/", do="resend")
    deliver()
    assert "Delivered" in text(pages.get(f"{hook.pk}/", state="sent"))
    assert "No delivery is like that" in text(pages.get(f"{hook.pk}/", state="failed"))
    pages.post(f"{hook.pk}/deliveries/{row.pk}/resend/")
    deliver()
    assert len(endpoint.got) == 3


@pytest.mark.django_db(transaction=True)
def test_a_test_leads_to_its_delivery_which_asks_until_it_is_there(pages, endpoint, deliver):
    hook, _ = webhook(pages.project, endpoint.url)
    address = pages.post(f"{hook.pk}/act/", do="test")["Location"]
    assert 'hx-trigger="every 1s"' in pages.client.get(address).content.decode()
    deliver()
    after = pages.client.get(address)
    assert "Delivered" in text(after)
    assert "hx-trigger" not in after.content.decode().split('id="delivery"')[1][:300]


def test_a_webhook_that_failed_for_good_says_so_and_what_to_do(pages):
    hook, _ = webhook(pages.project)
    Webhook.objects.filter(pk=hook.pk).update(
        state="paused", paused_why="failed", paused_at=timezone.now(), last_error="hooks.example.com did not answer in time.", failures=6
    )  # fmt: skip
    shown = text(pages.get(f"{hook.pk}/"))
    assert "Paused after a week of failed retries" in shown
    assert "did not answer in time" in shown
    assert "Paused" in text(pages.get())
    pages.post(f"{hook.pk}/act/", do="resume")
    assert "Active" in text(pages.get(f"{hook.pk}/"))
    pages.post(f"{hook.pk}/act/", do="pause")
    assert "What happens meanwhile waits" in text(pages.get(f"{hook.pk}/"))
    assert pages.post(f"{hook.pk}/act/", do="delete")["Location"] == pages.path("")
    assert Webhook.objects.count() == 0


def test_queries_do_not_grow_with_deliveries(pages, django_assert_max_num_queries):
    hook, _ = webhook(pages.project)
    pages.get(f"{hook.pk}/")
    for _ in range(30):
        making.send_test(hook, timezone.now())
    with django_assert_max_num_queries(16):
        pages.get(f"{hook.pk}/")
    with django_assert_max_num_queries(10):
        pages.get("")


@pytest.mark.parametrize("path", ["", "new/", "{pk}/", "{pk}/edit/", "{pk}/deliveries/{delivery}/"])
def test_other_roles_are_refused_in_words_and_other_projects_are_not_there(project, path):
    hook, _ = webhook(project)
    path = path.format(pk=hook.pk, delivery=making.send_test(hook, timezone.now()).pk)
    for role in ("viewer", "editor"):
        response = Pages(project, role).get(path)
        assert response.status_code == 403
        assert "see or change its webhooks" in text(response)
    stranger = Pages(ProjectFactory())
    stranger.project = Project.objects.get(pk=stranger.project.pk)
    if "{" not in path and path not in ("", "new/"):
        assert stranger.get(path).status_code == 404
        assert stranger.post(f"{hook.pk}/act/", do="delete").status_code == 404
    assert Webhook.objects.count() == 1


def test_deliveries_come_in_pages(pages):
    hook, _ = webhook(pages.project)
    for _ in range(53):
        making.send_test(hook, timezone.now())
    first = pages.get(f"{hook.pk}/").content.decode()
    last = re.search(r"after=(\d+)", first)[1]
    assert len(re.findall(r'id="delivery-\d+"', pages.get(f"{hook.pk}/", after=last).content.decode())) == 3


def test_the_help_page_shows_events_as_they_are(project, client):
    """Each example has the very members that a real event has."""
    pro = Segment.objects.create(project=project, name="Pro", static=True)
    webhook(project)
    from segments.membership.lists import add_members, remove_members
    from tests.factories import SERVER, SNIPPET
    from users.writing.calls import Call
    from users.writing.erase import erase_user
    from users.writing.identify import identify

    now = timezone.now()
    maya = user(project, "u1", name="Maya", attributes={"plan": "Free"}, tags=TagChange(add=["vip"]))
    identify(project, Call(user_id="u1", attributes={"plan": "Pro"}, tags=TagChange(remove=["vip"])), SERVER, now)
    add_members(pro, [maya.pk], now)
    remove_members(pro, [maya.pk], now)
    identify(project, Call(jimer_id="v1"), SNIPPET, now)
    identify(project, Call(jimer_id="v1", user_id="u1"), SERVER, now)
    real = dict(happened(project))
    erase_user(project, maya.pk)
    real |= dict(happened(project))
    assert real.keys() == KINDS.keys()
    for kind, data in real.items():
        shown = example(kind)["data"]
        assert data.keys() == shown.keys(), kind
        assert set(data["user"]) == set(shown["user"]), kind
    page = client.get("/help/webhooks/").content.decode()
    for kind in KINDS:
        assert f"&quot;type&quot;: &quot;{kind}&quot;" in page or json.dumps(kind) in page
