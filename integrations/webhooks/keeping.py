"""What is forgotten: deliveries after 30 days, and all that was told of a user who is erased."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from integrations.models import Delivery, WebhookEvent, WebhookOutbox
from integrations.models.webhooks import WAITING
from integrations.webhooks.outbox import erased
from users.models import Project

KEPT: Final = timedelta(days=30)
AT_ONCE: Final = 500
ERASED: Final = "The user was erased."


def forget_old_events(now: datetime) -> None:
    """Events of more than 30 days ago, with their deliveries. By key, which ascends with time: no index more."""
    while True:
        oldest = list(WebhookEvent.objects.order_by("pk").values_list("pk", "at")[:AT_ONCE])
        old = [pk for pk, at in oldest if at < now - KEPT]
        WebhookEvent.objects.filter(pk__in=old).delete()
        if len(old) < AT_ONCE:
            return


def forget_people(project: Project, users: Iterable[int]) -> None:
    """Within the transaction that erases them: bodies and answers go, what waits is not sent, and those who want to
    know are told by their ids."""
    users = list(users)
    # First of all: where these are being planned, it waits, and what follows finds the deliveries.
    WebhookOutbox.objects.filter(project_id=project.pk, user_id__in=users).delete()
    mine = Delivery.objects.filter(webhook__project=project, user_id__in=users)
    events = list(mine.values_list("event_id", flat=True))
    now = timezone.now()
    mine.filter(WAITING).update(state=Delivery.State.CANCELLED, error=ERASED, ended=now)
    mine.update(attempts=[])
    WebhookEvent.objects.filter(pk__in=events).update(body="")
    erased(project, users, now)
