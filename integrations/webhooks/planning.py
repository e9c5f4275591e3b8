"""From what happened to what is to be sent: a delivery for each webhook that wants an event, in the order of events."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import F

from integrations.models import Delivery, Webhook, WebhookEvent, WebhookOutbox
from integrations.models.webhooks import WAITING
from users.database.statements import fetch

AT_ONCE: Final = 500
MOST_WAITING: Final = 100_000  # for one webhook; what happens while so many wait is not told
PLANNING: Final = 7022  # an advisory lock: two workers at once would mix up the order


def plan(now: datetime) -> int:
    """Plan the next events; returns how many there were."""
    if not WebhookOutbox.objects.exists():  # asked often, and takes no lock
        return 0
    with transaction.atomic():
        if connection.vendor == "postgresql" and not fetch("SELECT pg_try_advisory_xact_lock(%s)", [PLANNING])[0][0]:
            return 0
        # Locked: who is erased meanwhile waits, and then finds the deliveries.
        rows = list(WebhookOutbox.objects.select_for_update().order_by("pk")[:AT_ONCE])
        wanted = {pk for row in rows for pk in hooks_of(row)}
        here = set(Webhook.objects.filter(pk__in=wanted).values_list("pk", flat=True))
        full = {pk for pk in here if is_full(pk)}
        made = [
            Delivery(webhook_id=hook, event_id=row.pk, user_id=row.user_id, next_at=now, created=now)
            for row in rows
            for hook in hooks_of(row)
            if hook in here - full
        ]
        told = {item.event_id for item in made}
        WebhookEvent.objects.bulk_create(event_of(row) for row in rows if row.pk in told)
        Delivery.objects.bulk_create(made)
        WebhookOutbox.objects.filter(pk__in=[row.pk for row in rows]).delete()
        for pk in full:
            count_dropped(pk, sum(pk in hooks_of(row) for row in rows))
    return len(rows)


def hooks_of(row: WebhookOutbox) -> list[int]:
    return [int(pk) for pk in row.hooks.split(",")]


def event_of(row: WebhookOutbox) -> WebhookEvent:
    return WebhookEvent(
        id=row.pk, project_id=row.project_id, user_id=row.user_id, kind=row.kind, at=row.at, body=row.body
    )


def plan_test(project_id: int, webhook: int, kind: str, body: str, now: datetime) -> Delivery:
    """A delivery for one webhook, at once, with a key of the outbox as all have."""
    fields = {"project_id": project_id, "user_id": 0, "kind": kind, "at": now, "body": body}
    with transaction.atomic():
        row = WebhookOutbox.objects.create(**fields, hooks=str(webhook))
        row_id = row.pk
        WebhookOutbox.objects.filter(pk=row_id).delete()
        event = WebhookEvent.objects.create(id=row_id, **fields)
        return Delivery.objects.create(webhook_id=webhook, event=event, user_id=0, test=True, next_at=now, created=now)


def is_full(webhook: int) -> bool:
    return Delivery.objects.filter(WAITING, webhook=webhook).order_by("next_at")[MOST_WAITING:].exists()


def count_dropped(webhook: int, events: int) -> None:
    Webhook.objects.filter(pk=webhook).update(dropped=F("dropped") + events)
