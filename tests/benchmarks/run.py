"""The measurements for one database; started by tests.benchmarks."""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from segments.models import Membership, Segment  # noqa: E402
from tests.benchmarks import audiences, bare, files, ingest, syncs, webhooks  # noqa: E402
from tests.benchmarks.people import SERVER, SMALL, attributes, fill  # noqa: E402
from tests.benchmarks.served import served  # noqa: E402
from users.accounts.keys import SCOPES, create_key  # noqa: E402
from users.accounts.projects import create_project  # noqa: E402
from users.ground.long_running import settle  # noqa: E402
from users.jobs.machinery import run_all_jobs  # noqa: E402
from users.models import Account, EndUser, Project, ProjectMember  # noqa: E402
from users.writing.calls import Call  # noqa: E402
from users.writing.identify import identify_batch  # noqa: E402

WIDTH = 80


def milliseconds(call: Callable[[], Any], times: int = 15) -> float:
    call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


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
    run_all_jobs(600)
    with served() as port:
        show(audiences.over_http(port, pairs[0], pairs[1], seconds, rounds, attributes))


def of_files(account: Account, rows: int, rounds: int) -> None:
    project = create_project("Files")
    secret = create_key(project, "Bench", list(SCOPES), account)[1]
    show(files.imports(project, secret, rows))
    show(syncs.syncs(project, secret, rows))
    show(files.memory(project, rows))
    show(files.exports(project, rounds))


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
    parts, rows_of_files = sys.argv[5].split(","), int(sys.argv[6])
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
    if "ingest" in parts:
        show(ingest.over_http(small, secret, seconds, rounds))
        show(ingest.batches(small, rounds))
    client = Client()
    client.force_login(account)
    settle()  # as the server and the worker do
    if "pages" in parts:
        show(pages(fresh, large, client, users))
    if "files" in parts:
        of_files(account, rows_of_files, rounds)
    if "webhooks" in parts:
        show(webhooks.measure(account, seconds, rounds))
    if "segments" in parts:
        segments(large, account, client, seconds, rounds)


if __name__ == "__main__":
    main()
