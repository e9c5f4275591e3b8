"""Calls over HTTP against a bare view, and a batch against the driver that writes the very same rows."""

import itertools
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from tests.benchmarks import load
from tests.benchmarks.people import SERVER, SMALL, attributes
from tests.benchmarks.served import served
from users.models import Project
from users.writing.calls import Call
from users.writing.identify import identify, identify_batch

AIMS = {"new": 1.1, "changed": 1.3, "unchanged": 1.8}
type Row = tuple[str, str, str]


def over_http(project: Project, secret: str, seconds: float, rounds: int) -> list[Row]:
    with served() as port:
        counter = itertools.count()
        person = {"user_id": "same", "name": "Ada Park", "attributes": attributes(1)}
        identify(project, Call(**person), SERVER, timezone.now())

        def make(path: str, body: Callable[[int], dict[str, Any]]) -> Callable[[], bytes]:
            return lambda: load.request_bytes(path, json.dumps(body(next(counter))).encode(), secret)

        kinds = {
            "bare": make("/bare", lambda n: {"user_id": f"bare-{n}", "attributes": attributes(n)}),
            "new": make("/api/v1/identify", lambda n: {"user_id": f"new-{n}", "name": "Ada Park", "attributes": attributes(n)}),
            "changed": make("/api/v1/identify", lambda n: {"user_id": f"user-{n % SMALL}", "attributes": attributes(n + 1) | {"n": n}}),
            "unchanged": make("/api/v1/identify", lambda n: person),
        }  # fmt: skip
        for kind in kinds.values():
            load.rate(port, kind, 0.5)
        rows = []
        for connections in (load.CONNECTIONS, 1):
            rates: dict[str, list[float]] = {name: [] for name in kinds}
            for _ in range(rounds):
                for name, kind in kinds.items():
                    rates[name].append(load.rate(port, kind, seconds, connections))
            how = f"{connections} connection{'s' if connections > 1 else ''}"
            for name, aim in AIMS.items():
                ratio = statistics.median(mine / base for mine, base in zip(rates[name], rates["bare"], strict=True))
                wanted = f"{aim} or more" if connections > 1 else ""
                mine = f"{ratio:.2f} ({statistics.median(rates[name]):.0f} calls/s)"
                rows.append((f"identify over HTTP, {how}, {name}, against a bare upsert view", mine, wanted))
            rows.append((f"the bare view itself, {how}", f"{statistics.median(rates['bare']):.0f} calls/s", ""))
        return rows


def batches(project: Project, rounds: int) -> list[Row]:
    """A batch of 100 new users against the statements that it writes, sent by the driver alone."""
    counter = itertools.count()

    def calls() -> list[Call]:
        first = next(counter) * 100
        return [Call(user_id=f"batch-{first + n}", attributes=attributes(first + n)) for n in range(100)]

    def ours() -> float:
        these = [calls() for _ in range(10)]
        start = time.perf_counter()
        for some in these:
            identify_batch(project, some, SERVER, timezone.now())
        return time.perf_counter() - start

    def theirs() -> float:
        taken = 0.0
        for _ in range(10):
            statements = writes_of(project, calls())
            start = time.perf_counter()
            with transaction.atomic():
                for statement in statements:
                    connection.connection.cursor().execute(*statement)
            taken += time.perf_counter() - start
        return taken

    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    mine = statistics.median(mine for mine, _ in pairs)
    ratio = statistics.median(driver / mine for mine, driver in pairs)
    what = "a batch of 100 new users against the driver writing the very same rows"
    return [(what, f"{ratio:.2f} ({mine * 1000:.0f} us a user)", "0.5 or more")]


def writes_of(project: Project, calls: list[Call]) -> list[tuple[str, Any]]:
    """The statements of a batch, which is taken back: they can be sent again as they are."""
    statements: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(("INSERT", "UPDATE", "DELETE")):
            text = sql.replace("%s", "?") if connection.vendor == "sqlite" else sql
            statements.append((text, params))
        return execute(sql, params, many, context)

    before = sequences()
    with transaction.atomic():
        with connection.execute_wrapper(note):
            identify_batch(project, calls, SERVER, timezone.now())
        transaction.set_rollback(True)
    for name, value in before.items():
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(%s, %s)", [name, value])
    return statements


def sequences() -> dict[str, int]:
    """Where PostgreSQL's stand: a rollback leaves them behind, and rows name each other by these numbers."""
    if connection.vendor != "postgresql":
        return {}
    found = {}
    with connection.cursor() as cursor:
        for table in ("users_enduser", "users_attributechange"):
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
            name = cursor.fetchone()[0]
            cursor.execute(f"SELECT last_value FROM {name}")
            found[name] = cursor.fetchone()[0]
    return found
