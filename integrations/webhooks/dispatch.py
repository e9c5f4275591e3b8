"""Sending what is due, in a thread of each worker: which endpoints are this worker's, what waits for them, and what
came of it.

An endpoint is served by one worker at a time, by a lease, which is what keeps the order of a user's events. A worker
that dies leaves what it had sent but not written down to be sent again by the next: at least once.
"""

import time
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.crypto import get_random_string

from integrations.models import Delivery, Webhook
from integrations.models.webhooks import WAITING, message_id
from integrations.webhooks.planning import plan
from integrations.webhooks.queues import HOLD_AFTER, Queue
from integrations.webhooks.recording import record
from integrations.webhooks.sending import Item, Result, Target
from integrations.webhooks.signing import secrets_of
from users.jobs import machinery

LEASE: Final = timedelta(seconds=30)
READ: Final = 500  # deliveries of one endpoint at once
FEW: Final = 200  # in memory: time to read more
BATCH: Final = 500  # results of one transaction
GATHERED: Final = 0.05  # seconds
LOOK: Final = 0.2  # seconds between two looks for what is due, while something is under way
ENDING: Final = 11.0  # seconds for what is under way when the worker ends: a little more than one call


class Dispatcher:
    def __init__(self) -> None:
        self.name = get_random_string(12)
        self.results: SimpleQueue[Result] = SimpleQueue()
        self.queues: dict[int, Queue] = {}
        self.unsettled: list[Result] = []  # not in the database yet
        self.looked = 0.0

    def __call__(self) -> None:
        """Send until nothing is due or the worker ends. Whatever it raises, it can be called again."""
        while not machinery.stopping.is_set():
            self.settle()
            planned = plan(timezone.now())
            if planned or time.monotonic() - self.looked >= LOOK or not self.queues:
                self.look(timezone.now())
            if not self.queues and not planned:
                return
            self.gather()
        self.end()

    def gather(self) -> None:
        """Wait a moment for results, and take those that come soon after the first."""
        until = time.monotonic() + LOOK
        while len(self.unsettled) < BATCH and (left := until - time.monotonic()) > 0:
            try:
                self.unsettled.append(self.results.get(timeout=left))
            except Empty:
                return
            until = min(until, time.monotonic() + GATHERED) if len(self.unsettled) == 1 else until

    def settle(self) -> None:
        if not self.unsettled:
            return
        record(self.unsettled)
        done, self.unsettled = self.unsettled, []
        for queue in self.queues.values():
            queue.settle([result for result in done if result.item.webhook == queue.webhook])

    def look(self, now: datetime) -> None:
        """Take what is due, and let go of endpoints for which nothing is."""
        self.looked = time.monotonic()
        due = {webhook.pk: webhook for webhook in due_webhooks(self.name, now)}
        for pk, webhook in due.items():
            if self.lease(webhook, now):
                queue = self.queues.get(pk) or self.queues.setdefault(pk, Queue(pk, self.results))
                self.fill(queue, webhook, now)
        for pk, queue in list(self.queues.items()):
            if pk not in due:
                queue.close()
            if queue.size == 0:
                del self.queues[pk]
                self.release(pk)
            else:
                queue.feed()

    def lease(self, webhook: Webhook, now: datetime) -> bool:
        """Whether this worker has the endpoint for a while."""
        if webhook.leased_by == self.name and webhook.lease_until and webhook.lease_until > now + LEASE / 2:
            return True
        mine = Webhook.objects.filter(free_for(self.name, now), pk=webhook.pk)
        return bool(mine.update(leased_by=self.name, lease_until=now + LEASE))

    def release(self, pk: int) -> None:
        Webhook.objects.filter(pk=pk, leased_by=self.name).update(lease_until=None)

    def fill(self, queue: Queue, webhook: Webhook, now: datetime) -> None:
        if queue.closed:  # waits until what was under way is settled; then a new queue begins
            return
        queue.target, queue.failures = target_of(webhook, now), webhook.failures if not queue.size else queue.failures
        if queue.size < FEW:
            most = READ + queue.size if queue.failures < HOLD_AFTER else queue.size + 1
            items = due_items(webhook, most, now)
            queue.add(items)
            if not items:
                postpone(webhook, now)

    def end(self) -> None:
        """The worker ends: wait for what is under way, and write down what came of it."""
        until = time.monotonic() + ENDING
        for queue in self.queues.values():
            queue.close()
        while any(queue.size for queue in self.queues.values()) and time.monotonic() < until:
            self.gather()
            self.settle()
        for pk in list(self.queues):
            self.release(pk)
        self.queues.clear()


def free_for(name: str, now: datetime) -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=now) | Q(leased_by=name)


def due_webhooks(name: str, now: datetime) -> list[Webhook]:
    """Endpoints that this worker may serve and for which something is due. Tests reach paused and held ones too."""
    waiting = Delivery.objects.filter(WAITING, webhook=OuterRef("pk"), next_at__lte=now)
    flows = Q(state=Webhook.State.ACTIVE) & (Q(held_until=None) | Q(held_until__lte=now))
    wanted = (Q(Exists(waiting)) & flows) | Q(Exists(waiting.filter(test=True)))
    alive = Q(project__deleting_since=None)
    return list(Webhook.objects.filter(wanted, alive, free_for(name, now)).order_by("pk"))


def earlier_ones(now: datetime) -> QuerySet[Delivery]:
    """Of the outer delivery's user at its endpoint: earlier deliveries that are to be tried again later."""
    same = {"webhook": OuterRef("webhook"), "user_id": OuterRef("user_id"), "pk__lt": OuterRef("pk")}
    return Delivery.objects.filter(WAITING, next_at__gt=now, **same)


def postpone(webhook: Webhook, now: datetime) -> None:
    """What is due and waits for an earlier one is due when that one is: the endpoint is not looked at until then."""
    earlier = earlier_ones(now)
    blocked = Delivery.objects.filter(WAITING, Exists(earlier), webhook=webhook, next_at__lte=now, test=False)
    blocked.update(next_at=Subquery(earlier.order_by("-next_at").values("next_at")[:1]))


def due_items(webhook: Webhook, most: int, now: datetime) -> list[Item]:
    """In the order of events, without those of users for whom an earlier one is to be tried again later."""
    rows = Delivery.objects.filter(WAITING, webhook=webhook, next_at__lte=now)
    rows = rows.filter(Q(test=True) | ~Exists(earlier_ones(now)))
    if webhook.state != Webhook.State.ACTIVE or (webhook.held_until and webhook.held_until > now):
        rows = rows.filter(test=True)
    found = rows.order_by("pk").annotate(body=F("event__body"), at=F("event__at"))[:most]
    return [
        Item(webhook.pk, pk, user, message_id(event, int(at.timestamp())), body.encode(), test)
        for pk, user, event, body, at, test in found.values_list("pk", "user_id", "event_id", "body", "at", "test")
    ]


def target_of(webhook: Webhook, now: datetime) -> Target:
    try:
        return Target(webhook.url, secrets_of(webhook, now))
    except ValueError:
        return Target(webhook.url, (), "The secret cannot be read: SECRET_KEY has changed. Rotate the secret.")
