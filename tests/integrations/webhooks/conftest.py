"""Webhooks at real servers on this machine, and what the worker does with what waits for them."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import Webhook, WebhookOutbox
from integrations.webhooks import making
from integrations.webhooks.dispatch import Dispatcher
from integrations.webhooks.kinds import KINDS
from integrations.webhooks.making import Wanted
from tests.integrations.outside.servers import says, serving
from tests.users.api.conftest import Api
from users.accounts.keys import SCOPES, create_key


@pytest.fixture(autouse=True)
def _this_machine_may_be_called(settings):
    settings.ALLOW_PRIVATE_CONNECTIONS = True


@pytest.fixture
def api(project):
    _, secret = create_key(project, "Billing", list(SCOPES), None)
    return Api(project, secret)


def webhook(project, url="https://hooks.example.com/in", events=tuple(KINDS), **filters):
    """A webhook and its secret."""
    return making.create(project, Wanted(url, list(events), **filters), None)


def happened(project):
    """The events that were noted, in order: their kinds and bodies."""
    rows = WebhookOutbox.objects.filter(project_id=project.pk).order_by("pk").values_list("kind", "body")
    return [(kind, json.loads(body)["data"]) for kind, body in rows]


def kinds(project):
    return [kind for kind, _ in happened(project)]


@pytest.fixture
def endpoint():
    """A server that answers 200 until a test says otherwise."""
    with serving(says(200, b"ok")) as made:
        yield made


@pytest.fixture
def clock(monkeypatch):
    """The dispatcher's time, which a test moves on."""

    class Clock:
        ahead = timedelta(0)

        def now(self):
            return real() + self.ahead

        def pass_by(self, **time):
            self.ahead += timedelta(**time)

    made, real = Clock(), timezone.now
    monkeypatch.setattr("integrations.webhooks.dispatch.timezone.now", made.now)
    monkeypatch.setattr("integrations.webhooks.sending.time.time", lambda: made.now().timestamp())
    return made


@pytest.fixture
def deliver(db):
    """Send all that is due, as the worker's thread does. Each call is a new worker."""

    def act():
        dispatcher = Dispatcher()
        dispatcher()

    return act


def got(endpoint):
    """What a server was sent: (type, user_id), in order of arrival."""
    bodies = [json.loads(item.body) for item in endpoint.got]
    return [(body["type"], body["data"].get("user", {}).get("user_id")) for body in bodies]


def state(hook: Webhook):
    hook.refresh_from_db()
    return hook.state, hook.paused_why
