"""Imports and exports: against calls with the same users, against the bare database, and how much memory they take.

python -m tests.benchmarks.files import|dry-run|export PROJECT COUNT     prints the kilobytes that it took
"""

import csv
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import django

if __name__ == "__main__":
    django.setup()

from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from integrations.imports import dry_run, making, running, steps
from integrations.models import Import
from segments.sheets.export import columns_of
from segments.sheets.people import CHUNK, Layout, picked
from segments.sheets.writers import WRITERS
from tests.benchmarks import load
from tests.benchmarks.people import SERVER, attributes
from tests.benchmarks.served import served
from users.jobs.machinery import claim_job, run_chunk
from users.models import EndUser, Job, Project
from users.registry.attributes import registry_of

type Row = tuple[str, str, str]
BATCH = 500
AT_ONCE = 1.0  # seconds of each before it is another's turn: a machine that slows down slows all of them


def table(name: str, count: int) -> Path:
    """A CSV file of so many users with ten attributes each."""
    path = Path(settings.IMPORTS_DIR) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        write = csv.writer(file)
        write.writerow(["user_id", *attributes(0)])
        for number in range(count):
            cells = [json.dumps(cell) if isinstance(cell, list) else cell for cell in attributes(number).values()]
            write.writerow([f"{name}-{number}", *cells])
    return path


def draft(project: Project, path: Path) -> Import:
    with path.open("rb") as file:
        pieces = iter(lambda: file.read(65_536), b"")
        found, columns = making.make(project, path.name, pieces, SERVER, timezone.now())
    path.unlink()
    making.choose(found, columns, {})
    return found


class Stepwise:
    """A job that goes on for a while at a time, as a worker works on it."""

    def __init__(self, found: Import, start: Callable[..., None]) -> None:
        start(found, None, timezone.now())
        job = claim_job(found.job_id or 0, timezone.now())
        assert job is not None
        self.job, self.found, self.seconds = job, found, 0.0

    def go_on(self) -> bool:
        start = time.perf_counter()
        run_chunk(self.job)
        self.seconds += time.perf_counter() - start
        return self.job.state == Job.State.RUNNING

    def rate(self) -> float:
        self.found.refresh_from_db()
        return self.found.done / self.seconds


def imports(project: Project, secret: str, rows: int) -> list[Row]:
    """In turns until the run is through: the run, the dry run of another such file, and batches over HTTP."""
    running.SECONDS = dry_run.SECONDS = AT_ONCE  # type: ignore[misc]
    real = Stepwise(draft(project, table("run.csv", rows)), steps.start_run)
    tried = Stepwise(draft(project, table("dry.csv", rows * 4)), steps.start_dry_run)
    numbers = itertools.count()

    def batch() -> bytes:
        first = next(numbers) * BATCH
        calls = [
            {"type": "identify", "user_id": f"batch-{number}", "attributes": attributes(number)}
            for number in range(first, first + BATCH)
        ]
        return load.request_bytes("/api/v1/batch", json.dumps({"batch": calls}).encode(), secret)

    with served() as port:
        load.rate(port, batch, 0.5, 1)
        batches: list[float] = []
        while real.go_on():
            tried.go_on()
            batches.append(load.rate(port, batch, AT_ONCE, 1) * BATCH)
        if tried.job.state == Job.State.RUNNING:
            steps.cancel(tried.found, timezone.now())
    by_batch, by_run, by_dry_run = statistics.mean(batches), real.rate(), tried.rate()
    what = f"import of {rows:,} new users, ten columns, against /api/v1/batch over one connection"
    return [
        (what, f"{by_run / by_batch:.2f} ({by_run:.0f} users/s)", "0.8 or more"),
        (f"the batches themselves, {BATCH} users each", f"{by_batch:.0f} users/s", ""),
        (
            "dry run of such a file against the run",
            f"{by_dry_run / by_run:.2f} ({by_dry_run:.0f} users/s)",
            "2 or more",
        ),
    ]


def fields(project: Project) -> list[str]:
    custom = [f"custom.{key}" for key in attributes(0)]
    return ["native.user_id", "native.name", "native.email", *(key for key in custom if registry_of(project).find(key))]


def written_by_us(project: Project, most: int | None = None) -> float:
    people = picked(project, {"query": QueryDict("")})
    start, columns = time.perf_counter(), columns_of(project, fields(project))
    with Path(os.devnull).open("w", newline="") as file:
        # A line of the header, then a piece for each page.
        for piece in islice(WRITERS["csv"](people, columns, Layout()), most and most // CHUNK + 1):
            file.write(piece)
    return time.perf_counter() - start


def written_bare(project: Project) -> float:
    """COPY to nowhere; on SQLite what the driver fetches, through csv.writer."""
    refs = [item.ref for item in columns_of(project, fields(project))][3:]
    on_postgres = connection.vendor == "postgresql"
    each = "u.attributes ->> '{}'" if on_postgres else "json_extract(u.attributes, '$.\"{}\"')"
    columns = ", ".join(["u.user_id", "u.name", "u.email", *(each.format(ref) for ref in refs)])
    query = f"SELECT {columns} FROM users_enduser u WHERE u.project_id = {project.pk} AND u.merged_into_id IS NULL"
    connection.ensure_connection()
    start = time.perf_counter()
    if on_postgres:
        copied = f"COPY ({query} ORDER BY u.id) TO STDOUT (FORMAT csv)"
        with Path(os.devnull).open("wb") as file, connection.connection.cursor() as cursor, cursor.copy(copied) as copy:
            for piece in copy:
                file.write(piece)
    else:
        with Path(os.devnull).open("w", newline="") as file:
            csv.writer(file).writerows(connection.connection.execute(f"{query} ORDER BY u.id"))
    return time.perf_counter() - start


def exports(project: Project, rounds: int) -> list[Row]:
    count = EndUser.objects.filter(project=project, merged_into=None).count()
    written_by_us(project), written_bare(project)
    pairs = [(written_by_us(project), written_bare(project)) for _ in range(rounds)]
    ratio = statistics.median(bare / mine for mine, bare in pairs)
    mine = statistics.median(mine for mine, _ in pairs)
    base = "COPY TO" if connection.vendor == "postgresql" else "the driver and csv.writer"
    what = f"export of {count:,} users, ten columns and three, against {base}"
    return [(what, f"{ratio:.2f} ({count / mine:.0f} users/s)", "0.3 or more")]


def memory(project: Project, rows: int) -> list[Row]:
    """At `rows` and at ten times as many, each in a process of its own."""
    found = []
    for what in ("import", "dry-run", "export"):
        peaks = [peak(what, project, count) for count in (rows, rows * 10)]
        said = f"peak memory of the {what.replace('-', ' ')} of {rows * 10:,} users against that of {rows:,}"
        found.append((said, f"{peaks[1] / peaks[0]:.2f} ({peaks[1] / 1024:.0f} MB)", "1.1 at most"))
    return found


def peak(what: str, project: Project, count: int) -> int:
    """In kilobytes."""
    command = [sys.executable, "-m", "tests.benchmarks.files", what, str(project.pk), str(count)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def act(what: str, project: Project, count: int) -> None:
    if what == "export":
        written_by_us(project, count)
        return
    begin = steps.start_run if what == "import" else steps.start_dry_run
    work = Stepwise(draft(project, table(f"{what}-{count}.csv", count)), begin)
    while work.go_on():
        pass


if __name__ == "__main__":
    act(sys.argv[1], Project.objects.get(pk=sys.argv[2]), int(sys.argv[3]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
