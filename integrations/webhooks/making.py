"""What members and keys do to webhooks: make, change, pause, resume, test, send again. One way for pages and API."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from integrations.models import Delivery, Webhook
from integrations.outside.calls import checked_url
from integrations.outside.errors import NotAllowed
from integrations.webhooks.kinds import KINDS, TEST
from integrations.webhooks.planning import plan_test
from integrations.webhooks.signing import new_secret
from segments.models import Segment
from users.ground.secrets import encrypt
from users.ground.text_forms import same_look
from users.models import Account, Attribute, Project, Tag
from users.registry.attributes import bump_version
from users.types.table import compact
from users.types.timestamps import iso

MOST: Final = 50  # webhooks of a project
MOST_PICKED: Final = 200  # of one filter


class BadWebhook(Exception):
    """`errors` is [{"path", "message"}]."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


class NotNow(Exception):
    """The webhook's state does not allow it; says what to do."""


@dataclass(slots=True)
class Wanted:
    """What a webhook is to be. Attributes are FIELDs, tags names, segments ids, as people and calls write them."""

    url: str
    events: list[str]
    name: str = ""
    attributes: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)


def checked(project: Project, wanted: Wanted) -> dict[str, Any]:
    """The fields as they are stored. Raises BadWebhook with all that is wrong."""
    errors: list[dict[str, str]] = []
    try:
        checked_url(wanted.url)
    except NotAllowed as reason:
        errors.append({"path": "url", "message": str(reason)})
    if not wanted.events:
        errors.append({"path": "events", "message": "Choose at least one event."})
    for position, kind in enumerate(wanted.events):
        if kind not in KINDS:
            message = f"There is no event {kind[:40]!r}. The events are {', '.join(KINDS)}."
            errors.append({"path": f"events[{position}]", "message": message})
    filters = {
        "attributes": picked("attributes", wanted.attributes, attributes_by_field(project), "attribute", errors),
        "tags": picked("tags", wanted.tags, tags_by_name(project, wanted.tags), "tag", errors, fold=same_look),
        "segments": picked("segments", wanted.segments, segments_by_id(project), "segment", errors),
    }
    if errors:
        raise BadWebhook(errors)
    events = [kind for kind in KINDS if kind in wanted.events]
    return {"name": wanted.name.strip(), "url": wanted.url.strip(), "events": events, **filters}


def attributes_by_field(project: Project) -> dict[Any, int]:
    return {item.field: item.pk for item in Attribute.objects.filter(project=project)}


def tags_by_name(project: Project, names: Iterable[str]) -> dict[Any, int]:
    rows = Tag.objects.filter(project=project, folded__in=[same_look(str(name)) for name in names])
    return dict(rows.values_list("folded", "pk"))


def segments_by_id(project: Project) -> dict[Any, int]:
    return {pk: pk for pk in Segment.objects.filter(project=project).values_list("pk", flat=True)}


def picked(
    path: str,
    names: Iterable[Any],
    known: Mapping[Any, int],
    what: str,
    errors: list[dict[str, str]],
    *,
    fold: Any = None,
) -> list[int]:
    found: list[int] = []
    names = list(names)
    if len(names) > MOST_PICKED:
        errors.append({"path": path, "message": f"Choose {MOST_PICKED} at most, or none, which means all."})
        return found
    for position, name in enumerate(names):
        pk = known.get(fold(name) if fold else name)
        if pk is None:
            errors.append({"path": f"{path}[{position}]", "message": f"There is no {what} {str(name)[:60]!r}."})
        elif pk not in found:
            found.append(pk)
    return found


def create(project: Project, wanted: Wanted, by: Account | None) -> tuple[Webhook, str]:
    """The webhook and its secret, which is shown this once. Raises BadWebhook."""
    fields = checked(project, wanted)
    if Webhook.objects.filter(project=project).count() >= MOST:
        raise BadWebhook([{"path": "url", "message": f"A project has {MOST} webhooks at most. Delete one first."}])
    secret = new_secret()
    with transaction.atomic():
        webhook = Webhook.objects.create(project=project, secret=encrypt(secret), created_by=by, **fields)
        bump_version(project.pk)  # from the next write on
    return webhook, secret


def change(webhook: Webhook, wanted: Wanted) -> None:
    """Raises BadWebhook. What waits already goes to the new address."""
    fields = checked(webhook.project, wanted)
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(**fields)
        if fields["url"] != webhook.url:
            Webhook.objects.filter(pk=webhook.pk).update(failures=0, held_until=None)
        bump_version(webhook.project_id)
    webhook.refresh_from_db()


def delete(webhook: Webhook) -> None:
    """With its deliveries, in transactions short enough for SQLite's one writer; nothing more is noted for it."""
    bump_version(webhook.project_id)
    while pks := list(Delivery.objects.filter(webhook=webhook).values_list("pk", flat=True)[:500]):
        Delivery.objects.filter(pk__in=pks).delete()
    with transaction.atomic():
        webhook.delete()
        bump_version(webhook.project_id)


def pause(webhook: Webhook, now: datetime) -> None:
    """What happens meanwhile waits, until it is resumed or 30 days old."""
    mine = Webhook.objects.filter(pk=webhook.pk, state=Webhook.State.ACTIVE)
    mine.update(state=Webhook.State.PAUSED, paused_why=Webhook.Why.MEMBER, paused_at=now)
    webhook.refresh_from_db()


def resume(webhook: Webhook, now: datetime) -> None:
    """What waited is sent at once, also what was to be tried again later."""
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(
            state=Webhook.State.ACTIVE, paused_why="", paused_at=None, failures=0, held_until=None
        )
        Delivery.objects.filter(webhook=webhook, state=Delivery.State.WAITING, next_at__gt=now).update(
            next_at=now, tries=0
        )
    webhook.refresh_from_db()


def resend(webhook: Webhook, delivery: Delivery, now: datetime) -> None:
    """Send the same event again, with the same id. Raises NotNow."""
    if webhook.state == Webhook.State.PAUSED:
        raise NotNow("This webhook is paused. Resume it, then send again.")
    if delivery.state == Delivery.State.CANCELLED or not delivery.event.body:
        raise NotNow("The user was erased: there is nothing left to send.")
    if delivery.state == Delivery.State.WAITING and delivery.tries == 0:
        raise NotNow("This delivery waits to be sent already.")
    mine = Delivery.objects.filter(webhook=webhook, user_id=delivery.user_id, state=Delivery.State.WAITING)
    with transaction.atomic():
        mine.filter(next_at__gt=now).update(next_at=now)  # what waited for this one
        Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.WAITING, tries=0, next_at=now, ended=None)
    delivery.refresh_from_db()


def failed_ones(webhook: Webhook) -> QuerySet[Delivery]:
    """Deliveries that failed for good, and those that failed and are to be tried again later."""
    retrying = Q(state=Delivery.State.WAITING, tries__gt=0)
    return Delivery.objects.filter(Q(state=Delivery.State.FAILED) | retrying, webhook=webhook, test=False)


def resend_failed(webhook: Webhook, now: datetime) -> int:
    """All that failed, in their order. Raises NotNow."""
    if webhook.state == Webhook.State.PAUSED:
        raise NotNow("This webhook is paused. Resume it, then send again.")
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(failures=0, held_until=None)
        failed = list(failed_ones(webhook).exclude(event__body="").values_list("pk", flat=True))
        for start in range(0, len(failed), 500):
            Delivery.objects.filter(pk__in=failed[start : start + 500]).update(
                state=Delivery.State.WAITING, tries=0, next_at=now, ended=None
            )
        mine = Delivery.objects.filter(webhook=webhook, state=Delivery.State.WAITING, next_at__gt=now)
        mine.update(next_at=now)  # what waited for these
        return len(failed)


def send_test(webhook: Webhook, now: datetime) -> Delivery:
    """An event that says what it is, tried once, also while the webhook is paused."""
    project = webhook.project
    body = {
        "type": TEST, "timestamp": iso(now),
        "data": {"project_id": str(project.public_id), "message": f"A test from {project.name}."},
    }  # fmt: skip
    return plan_test(project.pk, webhook.pk, TEST, compact(body), now)
