"""The demo's webhooks: one that answers, at the demo's own server, and one that is down since eleven days."""

from datetime import datetime, timedelta
from typing import Any, Final

from integrations.models import Delivery, Webhook, WebhookEvent, WebhookOutbox
from integrations.webhooks import making
from integrations.webhooks.making import Wanted
from integrations.webhooks.outbox import Writer
from integrations.webhooks.planning import event_of
from integrations.webhooks.recording import RETRIES
from integrations.webhooks.wanted import hooks_now
from users.models import Account, AttributeChange, EndUser, Project
from users.types.timestamps import iso

DOWN: Final = "http://127.0.0.1:9/fernhill"  # nobody listens there
PUBLIC: Final = "https://example.com/"
HISTORY: Final = 30  # changes that were told
REFUSED: Final = "127.0.0.1 refuses connections at port 9."
ANSWER: Final = '{"received": true}'
TOLD: Final = [
    "user.created",
    "user.identified",
    "user.updated",
    "tag.added",
    "tag.removed",
    "segment.entered",
    "segment.left",
]


def build_webhooks(project: Project, owner: Account, base: str, now: datetime) -> None:
    answering, _ = making.create(project, Wanted(PUBLIC, TOLD, "Customer portal"), owner)
    down, _ = making.create(project, Wanted(PUBLIC, ["user.updated"], "Old warehouse", ["custom.plan"]), owner)
    # On this machine, which is refused where members type it in: `make demo` lets it through when it is called.
    Webhook.objects.filter(pk=answering.pk).update(url=f"{base}/demo-product/webhook/")
    Webhook.objects.filter(pk=down.pk).update(url=DOWN)
    began = now - sum(RETRIES, timedelta()) - timedelta(hours=6)
    Webhook.objects.filter(pk__in=[answering.pk, down.pk]).update(created=began - timedelta(days=3))
    events = note_history(project, now)
    deliveries = [answered(answering, event, place) for place, event in enumerate(events)]
    deliveries.append(given_up(down, note_old(project, began), began))
    Delivery.objects.bulk_create(deliveries)
    last = max((event.at for event in events), default=now)
    Webhook.objects.filter(pk=answering.pk).update(last_at=last + timedelta(seconds=1), last_status=200)
    Webhook.objects.filter(pk=down.pk).update(
        state=Webhook.State.PAUSED, paused_why=Webhook.Why.FAILED, failures=6, last_error=REFUSED,
        paused_at=now - timedelta(hours=6), last_at=now - timedelta(hours=6),
    )  # fmt: skip


def note_history(project: Project, now: datetime) -> list[WebhookEvent]:
    """What the outbox would have noted of the latest changes."""
    rows = AttributeChange.objects.filter(project=project, user__merged_into=None, received_at__lte=now)
    latest = list(rows.select_related("user").order_by("-received_at", "-pk")[:HISTORY])
    for change in reversed(latest):
        note(project, change, change.received_at)
    return planned(project)


def note(project: Project, change: Any, at: datetime) -> None:
    project.refresh_from_db(fields=["version"])
    writer = Writer(project.pk, project.version, hooks_now(project.pk), at)
    writer.draft(writer.profile(change.user), change)
    writer.write()


def note_old(project: Project, at: datetime) -> WebhookEvent:
    user = EndUser.objects.filter(project=project, user_id__isnull=False, merged_into=None).earliest("pk")
    project.refresh_from_db(fields=["version"])
    writer = Writer(project.pk, project.version, hooks_now(project.pk), at)
    plan = writer.registry.find("custom.plan")
    assert plan is not None
    changes = {"custom.plan": {"before": "Free", "after": "Team"}}
    told = {"changes": changes, "origin": {"kind": "key", "label": "Billing"}}
    writer.add("user.updated", writer.profile(user), told, [plan.ref])
    writer.write()
    return planned(project)[0]


def planned(project: Project) -> list[WebhookEvent]:
    """What is in the outbox, without deliveries of now."""
    rows = WebhookOutbox.objects.filter(project_id=project.pk).order_by("pk")
    events = WebhookEvent.objects.bulk_create([event_of(row) for row in rows])
    rows.delete()
    return events


def attempt(at: datetime, status: int | None, ms: int, error: str = "", answer: str = "") -> dict[str, Any]:
    signed = "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
    return {
        "at": iso(at), "status": status, "ms": ms, "error": error, "signature": signed, "answer": answer, "cut": False,
    }  # fmt: skip


def answered(webhook: Webhook, event: WebhookEvent, place: int) -> Delivery:
    ms, at = 18 + place * 7 % 40, event.at + timedelta(milliseconds=400)
    return Delivery(
        webhook=webhook, event=event, user_id=event.user_id, state=Delivery.State.SENT, tries=1, next_at=event.at,
        status=200, ms=ms, attempts=[attempt(at, 200, ms, answer=ANSWER)], created=event.at, ended=at,
    )  # fmt: skip


def given_up(webhook: Webhook, event: WebhookEvent, began: datetime) -> Delivery:
    """Tried as often as can be, which paused the webhook."""
    times = [began + sum(RETRIES[:number], timedelta()) for number in range(len(RETRIES) + 1)]
    return Delivery(
        webhook=webhook, event=event, user_id=event.user_id, state=Delivery.State.FAILED, tries=len(times), next_at=began,
        error=REFUSED, ms=2, attempts=[attempt(at, None, 2, REFUSED) for at in times], created=began, ended=times[-1],
    )  # fmt: skip
