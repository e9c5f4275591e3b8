"""Records that a vendor says have changed, read by a run of their own as soon as no other run is on.

What was told waits as a job. A further message joins it while it waits, so many messages make few runs.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction

from integrations.models import Connection, SyncRun
from integrations.syncing.runs import NotNow, current_run, start_run
from users.jobs import Later, register, start_job
from users.models import Job

KIND: Final = "records_told"
MOST: Final = 5_000  # records that wait; beyond that the next run by schedule finds what changed
AGAIN: Final = 3.0  # seconds until it is tried again while another run is on


@register(KIND, words="Reading records that changed", lane="syncs")
def chunk(job: Job, now: datetime) -> bool | Later:
    """params: {"connection": id, "ids": [[object, record], ...]}."""
    connection = Connection.objects.select_related("project").filter(pk=job.params["connection"]).first()
    if connection is None or connection.state != Connection.State.ACTIVE:
        return True  # the first run after it is active again finds what changed
    if current_run(connection) is not None:
        return Later(AGAIN)
    try:
        start_run(connection, SyncRun.Trigger.EVENT, now, only=[(pair[0], pair[1]) for pair in job.params["ids"]])
    except NotNow:
        return Later(AGAIN)
    return True


def tell(connection: Connection, ids: Iterable[tuple[str, str]]) -> None:
    """These records (object, id) changed at the vendor."""
    told = [list(pair) for pair in ids]
    if not told or connection.state != Connection.State.ACTIVE:
        return
    with transaction.atomic():
        # A job that is being worked on has read its params already.
        waiting = Job.objects.select_for_update().filter(
            project=connection.project_id, kind=KIND, state=Job.State.QUEUED, params__connection=connection.pk
        )
        job = waiting.order_by("pk").first()
        if job is None:
            start_job(connection.project, "records_told", {"connection": connection.pk, "ids": unique(told)})
        else:
            ids_of_all = unique([*job.params["ids"], *told])[:MOST]
            Job.objects.filter(pk=job.pk).update(params={**job.params, "ids": ids_of_all})


def unique(pairs: list[list[str]]) -> list[list[str]]:
    return [list(pair) for pair in dict.fromkeys((pair[0], pair[1]) for pair in pairs)]
