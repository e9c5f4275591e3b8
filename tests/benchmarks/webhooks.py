"""Webhooks: what ten of them cost an identify that changes something, and how many deliveries one worker makes."""

import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from integrations.models import Delivery, Webhook, WebhookOutbox
from integrations.webhooks import making
from integrations.webhooks.dispatch import Dispatcher
from integrations.webhooks.kinds import KINDS
from integrations.webhooks.making import Wanted
from tests.benchmarks import load
from tests.benchmarks.people import SERVER, SMALL, attributes, fill
from tests.benchmarks.served import served
from users.accounts.keys import SCOPES, create_key
from users.accounts.projects import create_project
from users.models import Account, Project
from users.registry.attributes import bump_version
from users.writing.calls import Call
from users.writing.identify import identify, identify_batch

type Row = tuple[str, str, str]
TEN = 10
SENT = 5000


def measure(account: Account, seconds: float, rounds: int) -> list[Row]:
    project = create_project("Webhooks")
    fill(project, SMALL)
    secret = create_key(project, "Bench", list(SCOPES), account)[1]
    return [*cost(project, secret, seconds, rounds), deliveries(project)]


def set_webhooks(project: Project, count: int) -> None:
    """So many, with what happened before forgotten."""
    WebhookOutbox.objects.all().delete()
    Webhook.objects.filter(project=project).delete()
    bump_version(project.pk)
    for number in range(count):
        making.create(project, Wanted(f"https://example.com/{number}", list(KINDS)), None)


def cost(project: Project, secret: str, seconds: float, rounds: int) -> list[Row]:
    """Changed values with none, one and ten webhooks, in turns: over HTTP by one connection, and the write path alone."""
    counter = itertools.count()

    def person() -> dict[str, object]:
        n = next(counter)
        return {"user_id": f"user-{n % SMALL}", "attributes": attributes(n + 1) | {"n": n}}

    def here() -> float:
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            identify(project, Call(**person()), SERVER, timezone.now())
            done += 1
        return done / (time.perf_counter() - began)

    rows = []
    with served() as port:

        def there() -> float:
            return load.rate(
                port, lambda: load.request_bytes("/api/v1/identify", json.dumps(person()).encode(), secret), seconds, 1
            )

        for how, rate in (("over HTTP", there), ("the write path alone", here)):
            rates: dict[int, list[float]] = {0: [], 1: [], TEN: []}
            for _ in range(rounds):
                for count in rates:
                    set_webhooks(project, count)
                    rate()  # fills the caches of the project's new version
                    rates[count].append(rate())
            for count in (1, TEN):
                pairs = zip(rates[0], rates[count], strict=True)
                ratio = statistics.median(none / some for none, some in pairs)
                name = f"identify that changes values, {how}, {count} webhook{'s' if count > 1 else ''}, against none"
                rows.append((name, f"{ratio:.2f} x ({statistics.median(rates[0]):.0f} calls/s)", "1.10 x at most"))
    return rows


def deliveries(project: Project) -> Row:
    """From changes of a thousand users to answers that are written down, by one worker's thread."""
    settings.ALLOW_PRIVATE_CONNECTIONS = True
    port = 17900 + os.getpid() % 1000
    sink = subprocess.Popen([sys.executable, str(Path(__file__).with_name("sink.py")), str(port)])
    try:
        set_webhooks(project, 0)
        hook, _ = making.create(project, Wanted(f"http://127.0.0.1:{port}/", ["user.updated"]), None)
        for start in range(0, SENT, 100):
            calls = [
                Call(user_id=f"user-{n % SMALL}", attributes={"score": n + 0.5}) for n in range(start, start + 100)
            ]
            identify_batch(project, calls, SERVER, timezone.now())
        began = time.perf_counter()
        Dispatcher()()
        taken = time.perf_counter() - began
        sent = Delivery.objects.filter(webhook=hook, state=Delivery.State.SENT).count()
        assert sent == SENT, sent
        return (f"{SENT:,} deliveries to one endpoint, one worker", f"{sent / taken:.0f} deliveries/s", "500 or more")
    finally:
        sink.terminate()
        sink.wait(5)
