"""What came of tries, written down: delivered, to be tried again, or failed for good, which pauses the webhook."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction

from integrations.models import Delivery, Webhook
from integrations.webhooks.queues import HOLD_AFTER
from integrations.webhooks.sending import Result
from users.types.timestamps import iso

RETRIES: Final = (timedelta(hours=1), timedelta(hours=3), timedelta(days=1), timedelta(days=3), timedelta(days=7))
LONGEST_HOLD: Final = timedelta(minutes=5)
MOST_ATTEMPTS: Final = 20  # kept of one delivery, the latest
GONE: Final = 410
CHANGED: Final = ["state", "tries", "next_at", "status", "error", "ms", "attempts", "ended"]


def record(results: Sequence[Result]) -> None:
    """In one transaction, under lock: a delivery may have been cancelled, or be gone, since it was read."""
    by_delivery = {result.item.delivery: result for result in results}
    with transaction.atomic():
        # Webhooks before deliveries, as those who resend or delete take them.
        hooks = {result.item.webhook for result in results}
        webhooks = list(Webhook.objects.select_for_update().filter(pk__in=hooks).order_by("pk"))
        rows = list(Delivery.objects.select_for_update().filter(pk__in=by_delivery).order_by("pk"))
        for row in rows:
            note(row, by_delivery[row.pk])
        # With all columns, as a statement that updates many rows is an insert that finds them.
        Delivery.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=CHANGED)
        for webhook in webhooks:
            mine = [(row, by_delivery[row.pk]) for row in rows if row.webhook_id == webhook.pk]
            note_webhook(webhook, sorted(mine, key=lambda tried: tried[1].at))
            webhook.save(update_fields=["state", "paused_why", "paused_at", "failures", "held_until", "last_at",
                                        "last_status", "last_error"])  # fmt: skip


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def note(row: Delivery, result: Result) -> None:
    at = moment(result.at)
    if row.state == Delivery.State.CANCELLED:
        return
    attempt = result.attempt(iso(at) or "")
    row.attempts = [*row.attempts, attempt][-MOST_ATTEMPTS:]
    row.status, row.error, row.ms = result.status, result.error, result.ms
    if row.state != Delivery.State.WAITING:
        return
    row.tries += 1
    if result.ok:
        row.state, row.ended = Delivery.State.SENT, at
    elif row.test or row.tries > len(RETRIES) or result.status == GONE:
        row.state, row.ended = Delivery.State.FAILED, at
    else:
        row.next_at = at + RETRIES[row.tries - 1]


def note_webhook(webhook: Webhook, tried: Iterable[tuple[Delivery, Result]]) -> None:
    """What the endpoint's last answers say of it, oldest first."""
    for row, result in tried:
        at = moment(result.at)
        webhook.last_at, webhook.last_status, webhook.last_error = at, result.status, result.error
        if result.ok:
            webhook.failures, webhook.held_until = 0, None
        elif not row.test:
            webhook.failures += 1
            if webhook.failures >= HOLD_AFTER:
                webhook.held_until = at + hold(webhook.failures)
            if row.state == Delivery.State.FAILED and webhook.state == Webhook.State.ACTIVE:
                why = Webhook.Why.GONE if result.status == GONE else Webhook.Why.FAILED
                webhook.state, webhook.paused_why, webhook.paused_at = Webhook.State.PAUSED, why, at


def hold(failures: int) -> timedelta:
    """How long an endpoint is left alone: 5 seconds, twice as long each time, 5 minutes at most."""
    return min(timedelta(seconds=5 * 2 ** min(failures - HOLD_AFTER, 10)), LONGEST_HOLD)
