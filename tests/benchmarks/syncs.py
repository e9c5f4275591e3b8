"""Runs of a connection: users a second against /api/v1/batch with the same users, in turns. The vendor costs nothing."""

import itertools
import json
import statistics
import time
from datetime import UTC, datetime

from django.utils import timezone

from integrations.connectors import registry as found_connectors
from integrations.connectors.base import Ask, Connector, Json, Link, Page, Property, Record
from integrations.models import SyncRun
from integrations.syncing.choices import keep_choices, read_choices
from integrations.syncing.connecting import connect
from integrations.syncing.links import link_of
from integrations.syncing.runs import start_run
from tests.benchmarks import load
from tests.benchmarks.people import attributes
from tests.benchmarks.served import served
from users.extend import Source
from users.jobs.machinery import claim_job, run_chunk
from users.models import Job, Project

type Row = tuple[str, str, str]
BATCH, PAGE, AT_ONCE = 500, 100, 1.0
MODIFIED = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Contacts(Connector):
    """So many contacts with ten properties each, made as they are asked for."""

    slug = "bench"
    source = Source("bench", "Bench", icon="icons/mark.svg")
    description = "Contacts of this process."
    match_property, match_on = "id", "native.user_id"
    listed = False
    count = 0

    def check(self, link: Link) -> Json:
        return {"account": "Bench"}

    def properties(self, link: Link, objects: object) -> list[Property]:
        return [Property(name, name) for name in ("id", *attributes(0))]

    def page(self, link: Link, ask: Ask, position: Json) -> Page:
        begin = position.get("from", 0)
        end = min(begin + PAGE, self.count)
        records = [
            Record("contacts", str(number), MODIFIED, {"id": f"sync-{number}", **attributes(number)})
            for number in range(begin, end)
        ]
        return Page(records, {"from": end} if end < self.count else None, left=self.count - end)


def syncs(project: Project, secret: str, count: int) -> list[Row]:
    """The first run over so many contacts, each a new user; batches over HTTP in between."""
    found_connectors.connectors.cache_clear()
    Contacts.count, now = count, timezone.now()
    found = found_connectors.connectors()["bench"]
    connection = connect(project, found, {}, now)
    keys = [{"property": name} for name in attributes(0)]
    link = link_of(connection)
    keep_choices(
        connection, found, read_choices(connection, found, link, {"create_users": True, "properties": keys}), now
    )
    run = start_run(connection, SyncRun.Trigger.MEMBER, now)
    job = claim_job(run.job.pk if run.job else 0, now)
    assert job is not None
    numbers = itertools.count()

    def batch() -> bytes:
        first = next(numbers) * BATCH
        calls = [
            {"type": "identify", "user_id": f"beside-{number}", "attributes": attributes(number)}
            for number in range(first, first + BATCH)
        ]
        return load.request_bytes("/api/v1/batch", json.dumps({"batch": calls}).encode(), secret)

    seconds, batches = 0.0, []
    with served() as port:
        load.rate(port, batch, 0.5, 1)
        while job.state == Job.State.RUNNING:
            until = time.perf_counter() + AT_ONCE
            while job.state == Job.State.RUNNING and time.perf_counter() < until:
                start = time.perf_counter()
                run_chunk(job)
                seconds += time.perf_counter() - start
            batches.append(load.rate(port, batch, AT_ONCE, 1) * BATCH)
    by_batch, by_run = statistics.mean(batches), count / seconds
    what = (
        f"first sync of {count:,} contacts, ten properties, each a new user, against /api/v1/batch over one connection"
    )
    return [(what, f"{by_run / by_batch:.2f} ({by_run:.0f} users/s)", "0.8 or more")]
