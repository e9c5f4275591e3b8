"""Webhooks: addresses that are told what happens to users, what happened, and what became of telling it."""

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from users.database.value_json import ValueDecoder
from users.ground.text_forms import check_visible


class Webhook(models.Model):
    """An endpoint. `events` are kinds of integrations/webhooks/kinds.py; filters hold ids, empty ones narrow nothing.

    Secrets are encrypted (users/ground/secrets.py); both are valid until `former_until`. `failures` counts in a row,
    `held_until` keeps an endpoint that fails again and again from being called without end. The worker that sends
    to it holds a lease.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"

    class Why(models.TextChoices):
        MEMBER = "member", "Paused by hand"
        FAILED = "failed", "Paused after a week of failed retries"
        GONE = "gone", "Paused because it answered 410 Gone"

    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=80, blank=True, validators=[check_visible])
    url = models.TextField()
    events = models.JSONField(default=list, decoder=ValueDecoder)
    attributes = models.JSONField(default=list, decoder=ValueDecoder, blank=True)
    tags = models.JSONField(default=list, decoder=ValueDecoder, blank=True)
    segments = models.JSONField(default=list, decoder=ValueDecoder, blank=True)
    secret = models.TextField()
    former_secret = models.TextField(blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=6, choices=State, default=State.ACTIVE)
    paused_why = models.CharField(max_length=6, choices=Why, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    held_until = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)  # of the last answer, or of none
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    dropped = models.BigIntegerField(default=0)  # events that found too many others waiting
    leased_by = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.name or urlsplit(self.url).netloc


class WebhookOutbox(models.Model):
    """Something that happened to a user, written in the transaction in which it happened, until it is planned.

    `body` is what is sent, to the letter; `hooks` the ids of webhooks that want it, with commas. There is no key but
    its own, and nothing that it belongs to: each would cost every identify.
    """

    project_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    body = models.TextField()
    hooks = models.TextField()

    def __str__(self) -> str:
        return f"{self.kind} of user {self.user_id}"


class WebhookEvent(models.Model):
    """What happened, once its deliveries are rows. It has the key that it had in the outbox.

    The user is no foreign key: that a user was erased is told after the row is gone.
    """

    id = models.BigIntegerField(primary_key=True)
    project = models.ForeignKey("users.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    user_id = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    body = models.TextField()  # empty once the user was erased

    def __str__(self) -> str:
        return f"{self.kind} of user {self.user_id}"

    @property
    def message_id(self) -> str:
        """The same for each endpoint and each try."""
        return message_id(self.pk, int(self.at.timestamp()))


def message_id(pk: int, seconds: int) -> str:
    """With the time in it, so that a number that a restored database gives again is no repetition to receivers."""
    return f"msg_{seconds:x}_{pk}"


WAITING: Final = Q(state="waiting")


class Delivery(models.Model):
    """One event for one webhook. `attempts` is the history, oldest first: {"at", "status", "ms", "error",
    "signature", "answer", "cut"}."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Delivered"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Not sent"  # the user was erased

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    user_id = models.BigIntegerField(db_index=True)
    test = models.BooleanField(default=False)  # sent to paused webhooks too, and tried once
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)  # since it was last started
    next_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.TextField(blank=True)
    ms = models.PositiveIntegerField(null=True, blank=True)
    attempts = models.JSONField(default=list, decoder=ValueDecoder)
    created = models.DateTimeField()
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["webhook", "-id"], name="delivery_by_webhook"),
            models.Index(fields=["webhook", "state", "-id"], name="delivery_by_state"),
            models.Index(fields=["webhook", "next_at"], condition=WAITING, name="delivery_due"),
            models.Index(fields=["webhook", "user_id", "id"], condition=WAITING, name="delivery_order"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"
