"""The measurements for one database; started by tests.benchmarks."""

import itertools
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from jimo_site.serving.processes import web_process  # noqa: E402
from segments.models import Membership, Segment  # noqa: E402
from tests.benchmarks import audiences, bare, load  # noqa: E402
from users.accounts.keys import SCOPES, create_key  # noqa: E402
from users.accounts.projects import create_project  # noqa: E402
from users.ground.long_running import settle  # noqa: E402
from users.jobs.machinery import run_all  # noqa: E402
from users.models import Account, EndUser, Project, ProjectMember  # noqa: E402
from users.writing.calls import Call, Origin  # noqa: E402
from users.writing.identify import identify, identify_batch  # noqa: E402

SERVER = Origin("key", None, "Bench")
SMALL = 1000
WIDTH = 80
FIRST = ["Ada", "Maya", "Omar", "Lena", "Noah", "Sara", "Ivan", "Zoë", "Kim", "Hugo"]
LAST = ["Lindqvist", "Okoye", "Martin", "Silva", "Chen", "Novak", "Haddad", "Weber", "Rossi", "Park"]


def attributes(number: int) -> dict[str, Any]:
    return {
        "plan": ["Free", "Starter", "Pro", "Enterprise"][number % 4], "role": ["admin", "member"][number % 2],
        "signup_date": f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}", "team_size": number % 500, "trial": number % 3 == 0,
        "feature_usage": ["boards", "reports", "api"][: number % 4], "company": f"Company {number % 5000}",
        "country": ["FR", "SE", "US", "BR"][number % 4], "mrr": number % 900, "score": number / 7,
    }  # fmt: skip


def fill(project: Project, count: int) -> float:
    """Users through the write path, in batches; returns users a second."""
    now, start = timezone.now(), time.perf_counter()
    for first in range(0, count, 500):
        calls = [
            Call(user_id=f"user-{number}", name=f"{FIRST[number % 10]} {LAST[number // 10 % 10]}{number % 997}",
                 email=f"user{number}@company{number % 5000}.example", language="en", attributes=attributes(number), activity=True,
                 timestamp=now - timezone.timedelta(seconds=number * 7))
            for number in range(first, min(first + 500, count))
        ]  # fmt: skip
        identify_batch(project, calls, SERVER, now)
    return count / (time.perf_counter() - start)


def pairs(rounds: int, left: Callable[[], float], right: Callable[[], float]) -> float:
    """The median ratio of two rates, measured in turn."""
    return statistics.median(left() / right() for _ in range(rounds))


def milliseconds(call: Callable[[], Any], times: int = 15) -> float:
    call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


@contextmanager
def served() -> Iterator[int]:
    """One web process, as `serve` starts it, on the port that it yields."""
    port = 18900 + os.getpid() % 1000
    server = subprocess.Popen(web_process("--port", str(port)))
    try:
        wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def over_http(project: Project, secret: str, seconds: float, rounds: int) -> list[tuple[str, str, str]]:
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
        rates: dict[str, list[float]] = {name: [] for name in kinds}
        for _ in range(rounds):
            for name, kind in kinds.items():
                rates[name].append(load.rate(port, kind, seconds))
        rows = []
        for name, aim in (("new", 0.7), ("changed", 0.7), ("unchanged", 1.2)):
            ratio = statistics.median(mine / base for mine, base in zip(rates[name], rates["bare"], strict=True))
            rows.append((f"identify over HTTP, {name}, against a bare upsert view", f"{ratio:.2f}", f"{aim} or more"))
        rows.append(("the bare view itself", f"{statistics.median(rates['bare']):.0f} calls/s", ""))
        return rows


def wait(port: int) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def batches(project: Project, rounds: int) -> tuple[str, str, str]:
    counter = itertools.count()

    def ours() -> float:
        start = time.perf_counter()
        for _ in range(10):
            first = next(counter) * 100
            calls = [Call(user_id=f"batch-{first + n}", attributes=attributes(first + n)) for n in range(100)]
            identify_batch(project, calls, SERVER, timezone.now())
        return 1000 / (time.perf_counter() - start)

    def raw() -> float:
        start = time.perf_counter()
        for _ in range(10):
            first = next(counter) * 100
            bare.upsert([(f"raw-{first + n}", json.dumps(attributes(first + n))) for n in range(100)])
        return 1000 / (time.perf_counter() - start)

    ours(), raw()
    return (
        "a batch of 100 new users against the driver's multi-row upsert",
        f"{pairs(rounds, ours, raw):.2f}",
        "0.3 or more",
    )


def pages(small: Project, large: Project, client: Client, size: int) -> list[tuple[str, str, str]]:
    rows = []

    def get(project: Project, address: str) -> Callable[[], Any]:
        url = f"/p/{project.slug}/{address}"

        def fetch() -> None:
            response = client.get(url, HTTP_HOST="127.0.0.1")
            assert response.status_code == 200, (url, response.status_code)

        return fetch

    def profile(project: Project, user_id: str) -> str:
        return f"users/{EndUser.objects.get(project=project, user_id=user_id).pk}/"

    names = {
        "the Users page": lambda project: "users/",
        "the Users page, sorted by name": lambda project: "users/?sort=name",
        "the search box, a common word": lambda project: "users/?q=may",
        "the search box, two words": lambda project: "users/?q=maya+lind",
        "the search box, an email": lambda project: "users/?q=user77@company77",
        "a profile": lambda project: profile(project, "user-77"),
    }
    for name, address in names.items():
        at_small, at_large = milliseconds(get(small, address(small))), milliseconds(get(large, address(large)))
        rows.append(
            (
                f"{name} at {size:,} users",
                f"{at_large:.0f} ms, {at_large / at_small:.2f} x at {SMALL:,}",
                "100 ms, 2 x at most",
            )
        )
    many = {f"metric_{number}": number for number in range(195)}
    identify_batch(small, [Call(user_id="many", attributes={f"{half}{key}": value for key, value in many.items()}) for half in "ab"],
                   SERVER, timezone.now())  # fmt: skip
    taken = milliseconds(get(small, profile(small, "many")))
    rows.append(("the Data tab with 400 attributes", f"{taken:.0f} ms", "150 ms at most"))
    return rows


def segments(large: Project, account: Account, client: Client, seconds: float, rounds: int) -> None:
    found, one_count = audiences.counts(large, rounds)
    show(found)
    key = create_key(large, "Beside", list(SCOPES), account)[1]
    with served() as port:
        show(audiences.one_pass(large, one_count, port, key))
    show(audiences.first_pages(large, client, one_count))
    pairs = []
    for name in ("Without segments", "With segments"):
        project = create_project(name)
        fill(project, SMALL)
        pairs.append((project, create_key(project, "Bench", list(SCOPES), account)[1]))
    audiences.make_segments(pairs[1][0])
    run_all(600)
    with served() as port:
        show(audiences.over_http(port, pairs[0], pairs[1], seconds, rounds, attributes))


def show(rows: list[tuple[str, str, str]]) -> None:
    """At once: a run that is cut short tells what it had measured."""
    for what, result, aim in rows:
        print(f"{what:{WIDTH}}  {result:32}  {aim}", flush=True)


def filled(users: int) -> Project:
    """The project with all those users, of an earlier run where it was kept."""
    done = f"Large, {users:,}"
    found = Project.objects.filter(name=done).first()
    if found:
        Membership.objects.filter(segment__project=found).delete()
        Segment.objects.filter(project=found).delete()
        return found
    large = create_project("Large")
    speed = fill(large, users)
    show([(f"filling {users:,} users with 10 attributes each", f"{speed:.0f} users/s", "")])
    if connection.vendor == "postgresql":  # what its autovacuum does a little later
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    Project.objects.filter(pk=large.pk).update(name=done)
    return large


def main() -> None:
    name, users, seconds, rounds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    call_command("migrate", verbosity=0)
    bare.create_table()
    print(f"\n{name}\n{'measured':{WIDTH}}  {'result':32}  aim")
    large = filled(users)
    account = Account.objects.get_or_create(email="bench@example.com", defaults={"is_superuser": True})[0]
    small, fresh = create_project("Small"), create_project("Fresh")
    for project in (small, fresh, large):
        ProjectMember.objects.get_or_create(project=project, account=account, defaults={"role": "admin"})
        if project != large:
            fill(project, SMALL)
    _, secret = create_key(small, "Bench", list(SCOPES), account)
    show(over_http(small, secret, seconds, rounds))
    show([batches(small, rounds)])
    client = Client()
    client.force_login(account)
    settle()  # as the server and the worker do
    show(pages(fresh, large, client, users))
    segments(large, account, client, seconds, rounds)


if __name__ == "__main__":
    main()
