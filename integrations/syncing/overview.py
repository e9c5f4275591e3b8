"""What pages say of connections: the last run of each, and how a connection is."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from integrations.models import Connection, SyncRun


def with_last_run(rows: QuerySet[Connection]) -> list[Any]:
    """The connections, each with `last_run` (SyncRun or None): two statements however many there are."""
    newest = SyncRun.objects.filter(connection=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    found: list[Any] = list(rows.annotate(last_run_id=Subquery(newest)))
    runs = SyncRun.objects.in_bulk([row.last_run_id for row in found if row.last_run_id])
    for row in found:
        row.last_run = runs.get(row.last_run_id)
    return found
