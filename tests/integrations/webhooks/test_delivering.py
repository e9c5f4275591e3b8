"""Each event arrives at least once, signed, in order per user; endpoints that fail hold up nobody else."""

import json
import threading
import time
from datetime import timedelta

import pytest
import standardwebhooks
from django.db import connection
from django.utils import timezone

from integrations.models import Delivery, Webhook, WebhookEvent, WebhookOutbox
from integrations.webhooks import dispatch, making, planning, signing
from integrations.webhooks.keeping import forget_old_events
from integrations.webhooks.making import NotNow
from tests.factories import user
from tests.integrations.outside.servers import says, serving, waits
from tests.integrations.webhooks.conftest import got, state, webhook
from users.jobs import machinery
from users.writing.erase import erase_user

# Several threads, and statements that lock: on the real database, not within one transaction.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
UPDATES = ["user.created", "user.updated"]
REFUSED = "http://127.0.0.1:9/"  # nobody listens there


def change(project, user_id, number):
    user(project, user_id, attributes={"n": number}, now=timezone.now())


def states(hook):
    return list(Delivery.objects.filter(webhook=hook).order_by("pk").values_list("state", flat=True))


def test_an_event_arrives_signed_by_the_specification(project, endpoint, deliver):
    hook, secret = webhook(project, endpoint.url)
    user(project, "u1", name="Zoë 😀", attributes={"plan": "Pro"})
    deliver()
    assert got(endpoint) == [("user.created", "u1"), ("user.identified", "u1")]
    for item in endpoint.got:
        body = standardwebhooks.Webhook(secret).verify(item.body, item.headers)
        assert body["data"]["user"]["name"] == "Zoë 😀"
        assert item.headers["content-type"] == "application/json"
    assert states(hook) == ["sent", "sent"]
    first = Delivery.objects.order_by("pk")[0]
    assert (first.status, first.attempts[0]["answer"], first.tries) == (200, "ok", 1)
    assert endpoint.got[0].headers["webhook-id"] == first.event.message_id
    deliver()
    assert len(endpoint.got) == 2


def test_after_a_rotation_both_secrets_are_good_for_a_day(project, endpoint, deliver, clock):
    hook, old = webhook(project, endpoint.url, UPDATES)
    new = signing.rotate(hook, timezone.now())
    user(project, "u1")
    deliver()
    for secret in (old, new):
        standardwebhooks.Webhook(secret).verify(endpoint.got[0].body, endpoint.got[0].headers)
    hook.refresh_from_db()
    assert len(signing.secrets_of(hook, timezone.now() + timedelta(hours=23, minutes=59))) == 2
    assert signing.secrets_of(hook, timezone.now() + timedelta(hours=24, minutes=1)) == (new,)
    assert old not in hook.secret + hook.former_secret


def test_retries_end_in_a_pause_that_says_so(project, endpoint, deliver, clock):
    endpoint.answer = says(500, b"broken")
    hook, _ = webhook(project, endpoint.url, UPDATES)
    user(project, "u1")
    deliver()
    for tries, wait in enumerate((1, 3, 24, 72, 168), 1):
        assert len(endpoint.got) == tries
        clock.pass_by(hours=wait, minutes=-1)
        deliver()
        assert (len(endpoint.got), state(hook)[0]) == (tries, "active")
        clock.pass_by(minutes=2)
        deliver()
    assert len({item.headers["webhook-id"] for item in endpoint.got}) == 1
    assert (states(hook), state(hook)) == (["failed"], ("paused", "failed"))
    row = Delivery.objects.get()
    assert [attempt["status"] for attempt in row.attempts] == [500] * 6
    assert row.attempts[0]["answer"] == "broken"
    endpoint.answer = says(200)
    with pytest.raises(NotNow, match="paused"):
        making.resend(hook, row, clock.now())
    change(project, "u1", 2)
    deliver()
    assert len(endpoint.got) == 6
    making.resume(hook, clock.now())
    deliver()
    assert got(endpoint)[6:] == [("user.updated", "u1")]
    making.resend_failed(hook, clock.now())
    deliver()
    assert (got(endpoint)[7:], states(hook)) == ([("user.created", "u1")], ["sent", "sent"])


def test_gone_pauses_at_once(project, endpoint, deliver):
    endpoint.answer = says(410)
    hook, _ = webhook(project, endpoint.url, UPDATES)
    user(project, "u1")
    deliver()
    assert state(hook) == ("paused", "gone")


def test_later_events_of_a_user_wait_for_the_one_that_is_tried_again(project, endpoint, deliver, clock):
    hook, _ = webhook(project, endpoint.url, UPDATES)
    user(project, "u1")
    user(project, "u2")
    deliver()
    endpoint.answer = lambda handler: handler.say(500 if b'"u1"' in handler.endpoint.got[-1].body else 200)
    for number in range(4):
        change(project, "u1", number)
        change(project, "u2", number)
    before = len(endpoint.got)
    deliver()
    told = got(endpoint)[before:]
    assert told.count(("user.updated", "u1")) == 1
    assert told.count(("user.updated", "u2")) == 4
    endpoint.answer = says(200)
    change(project, "u1", 9)
    deliver()
    assert len(got(endpoint)) == before + 5
    clock.pass_by(hours=1, minutes=1)
    deliver()
    numbers = [json.loads(item.body)["data"]["changes"]["custom.n"]["after"] for item in endpoint.got[before + 5 :]]
    assert numbers == [0, 1, 2, 3, 9]
    assert set(states(hook)) == {"sent"}


def test_the_events_of_a_user_arrive_in_order_while_others_are_sent_at_once(project, endpoint, deliver):
    def slow(handler):
        time.sleep(0.01)
        handler.say(200)

    endpoint.answer = slow
    webhook(project, endpoint.url, UPDATES)
    for number in range(12):
        for name in ("u1", "u2", "u3"):
            change(project, name, number)
    deliver()
    numbers = {name: [] for name in ("u1", "u2", "u3")}
    for item in endpoint.got:
        data = json.loads(item.body)["data"]
        value = data["attributes"]["custom.n"] if "attributes" in data else data["changes"]["custom.n"]["after"]
        numbers[data["user"]["user_id"]].append(value)
    assert list(numbers.values()) == [list(range(12))] * 3


def test_a_dead_and_a_slow_endpoint_hold_up_nobody_and_are_left_alone_for_a_while(project, endpoint, deliver):
    dead, _ = webhook(project, REFUSED, UPDATES)
    with serving(waits) as slow:
        stuck, _ = webhook(project, slow.url, UPDATES)
        webhook(project, endpoint.url, UPDATES)
        for number in range(40):
            user(project, f"u{number}")
        thread = threading.Thread(target=in_a_worker, args=[deliver])
        thread.start()
        until = time.monotonic() + 8
        while len(endpoint.got) < 40 and time.monotonic() < until:
            time.sleep(0.02)
        assert len(endpoint.got) == 40
        assert 1 <= len(slow.got) <= 8
        slow.over.set()
        thread.join(20)
    dead.refresh_from_db()
    assert 5 <= dead.failures <= 12
    assert dead.held_until > timezone.now() - timedelta(seconds=30)
    assert Delivery.objects.filter(webhook=dead, tries=0).count() >= 28
    assert "refuses connections" in dead.last_error
    assert stuck.failures == 0


def in_a_worker(act):
    try:
        act()
    finally:
        connection.close()


def test_a_worker_that_died_leaves_what_it_did_not_write_down_to_the_next(project, endpoint, clock, deliver):
    webhook(project, endpoint.url, UPDATES)
    user(project, "u1")
    dying = dispatch.Dispatcher()
    planning.plan(timezone.now())
    dying.look(clock.now())
    dying.gather()  # sent, and the process ends here
    assert len(endpoint.got) == 1
    deliver()
    assert len(endpoint.got) == 1  # its lease still holds
    clock.pass_by(seconds=31)
    deliver()
    assert len(endpoint.got) == 2
    assert endpoint.got[0].headers["webhook-id"] == endpoint.got[1].headers["webhook-id"]
    assert Delivery.objects.get().state == "sent"


def test_a_worker_that_is_asked_to_end_writes_down_what_was_under_way(project, endpoint, deliver):
    def ends(handler):
        machinery.stopping.set()
        handler.say(200)

    endpoint.answer = ends
    hook, _ = webhook(project, endpoint.url, UPDATES)
    user(project, "u1")
    change(project, "u1", 1)
    try:
        deliver()
    finally:
        machinery.stopping.clear()
    assert states(hook) == ["sent", "waiting"]
    hook.refresh_from_db()
    assert hook.lease_until is None


def test_paused_webhooks_get_later_what_happened_meanwhile(project, endpoint, deliver):
    hook, _ = webhook(project, endpoint.url, UPDATES)
    making.pause(hook, timezone.now())
    user(project, "u1")
    deliver()
    assert (got(endpoint), states(hook), state(hook)) == ([], ["waiting"], ("paused", "member"))
    making.resume(hook, timezone.now())
    deliver()
    assert got(endpoint) == [("user.created", "u1")]


def test_a_test_reaches_a_paused_webhook_and_says_nothing_of_its_health(project, endpoint, deliver):
    hook, secret = webhook(project, endpoint.url)
    making.pause(hook, timezone.now())
    user(project, "u1")
    making.send_test(hook, timezone.now())
    deliver()
    assert got(endpoint) == [("webhook.test", None)]
    standardwebhooks.Webhook(secret).verify(endpoint.got[0].body, endpoint.got[0].headers)
    endpoint.answer = says(500)
    making.send_test(hook, timezone.now())
    deliver()
    hook.refresh_from_db()
    assert (hook.failures, states(hook)) == (0, ["sent", "waiting", "waiting", "failed"])


def test_too_many_waiting_events_are_counted_and_not_kept(project, endpoint, deliver, monkeypatch):
    monkeypatch.setattr(planning, "MOST_WAITING", 2)
    hook, _ = webhook(project, endpoint.url, UPDATES)
    making.pause(hook, timezone.now())
    for name in ("u1", "u2", "u3"):
        user(project, name)
        deliver()
    user(project, "u4")
    deliver()
    hook.refresh_from_db()
    assert (hook.dropped, len(states(hook)), WebhookEvent.objects.count()) == (1, 3, 3)


def test_an_erased_user_leaves_neither_body_nor_answer(project, endpoint, deliver):
    endpoint.answer = says(200, b"thanks, maya@example.com")
    hook, _ = webhook(project, endpoint.url)
    maya = user(project, "u1", email="maya@example.com")
    deliver()
    making.pause(hook, timezone.now())
    change(project, "u1", 1)
    deliver()
    change(project, "u1", 2)
    erase_user(project, maya.pk)
    assert "maya@example.com" not in str(
        [*WebhookEvent.objects.values(), *WebhookOutbox.objects.values(), *Delivery.objects.values()]
    )
    assert states(hook) == ["sent", "sent", "cancelled"]
    making.resume(hook, timezone.now())
    deliver()
    assert got(endpoint)[2:] == [("user.deleted", "u1")]
    with pytest.raises(NotNow, match="erased"):
        making.resend(hook, Delivery.objects.order_by("pk")[0], timezone.now())


def test_what_is_erased_while_it_is_sent_stays_erased(project, endpoint, deliver):
    def erases(handler):
        Delivery.objects.all().delete()
        connection.close()
        handler.say(200)

    endpoint.answer = erases
    webhook(project, endpoint.url, UPDATES)
    user(project, "u1")
    deliver()
    assert Delivery.objects.count() == 0


def test_deleting_a_webhook_takes_its_deliveries_along(project, endpoint, deliver):
    hook, _ = webhook(project, endpoint.url, UPDATES)
    user(project, "u1")
    deliver()
    user(project, "u2")
    making.delete(hook)
    deliver()
    assert (Webhook.objects.count(), Delivery.objects.count()) == (0, 0)
    assert WebhookOutbox.objects.count() == 0


def test_deliveries_are_forgotten_after_thirty_days(project, endpoint, deliver):
    webhook(project, endpoint.url, UPDATES)
    user(project, "u1")
    deliver()
    user(project, "u2")
    deliver()
    WebhookEvent.objects.filter(body__contains='"u1"').update(at=timezone.now() - timedelta(days=31))
    forget_old_events(timezone.now())
    assert [row.event.kind for row in Delivery.objects.select_related("event")] == ["user.created"]
    assert '"u2"' in WebhookEvent.objects.get().body


def test_a_private_address_is_never_called(project, endpoint, deliver, settings):
    hook, _ = webhook(project, endpoint.url, UPDATES)
    settings.ALLOW_PRIVATE_CONNECTIONS = False
    user(project, "u1")
    deliver()
    assert endpoint.got == []
    assert "127.0.0.1 is a private address" in Delivery.objects.get().error
    assert hook.pk


def test_a_redirect_is_a_failure_with_advice(project, endpoint, deliver):
    endpoint.answer = says(302, location="http://127.0.0.1:9/")
    webhook(project, endpoint.url, UPDATES)
    user(project, "u1")
    deliver()
    assert "redirect" in Delivery.objects.get().error
    assert len(endpoint.got) == 1


def test_a_secret_that_cannot_be_read_is_said(project, endpoint, deliver):
    hook, _ = webhook(project, endpoint.url, UPDATES)
    Webhook.objects.filter(pk=hook.pk).update(secret="gAAAA-of-another-key")
    user(project, "u1")
    deliver()
    assert "Rotate the secret" in Delivery.objects.get().error
