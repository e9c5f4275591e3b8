"""What webhooks add to the apps below: called once, when all apps are loaded."""

from datetime import timedelta

from integrations.models import WebhookEvent
from integrations.webhooks import keeping
from integrations.webhooks.dispatch import Dispatcher
from integrations.webhooks.help import PAGE
from integrations.webhooks.outbox import Outbox
from integrations.webhooks.uses import uses
from users.background.periodic import Duty
from users.extend import (
    Loop,
    NavigationEntry,
    belongings,
    duties,
    erasers,
    help_pages,
    loops,
    navigation,
    outboxes,
    used_by,
)
from users.showing.navigation import SETTINGS


def wire() -> None:
    outboxes.add("webhooks", Outbox())
    belongings.add("webhook_events", WebhookEvent)
    erasers.add("webhooks", keeping.forget_people)
    duties.add("forget_deliveries", Duty(timedelta(hours=1), keeping.forget_old_events))
    loops.add("webhooks", Loop("deliveries", 0.5, Dispatcher))
    used_by.add("webhooks", uses)
    help_pages.add("webhooks", PAGE)
    pages = ("webhook", "webhook_new", "webhook_edit", "webhook_delivery")
    navigation.add("webhooks", NavigationEntry(SETTINGS, "Webhooks", "webhooks", "webhooks.manage", "bolt", pages))
