"""Putting the users of a selection on a list, in the background, and undoing that: only what it really changed."""

from datetime import datetime

from segments.membership.lists import change_some
from segments.models import Segment
from users.background.bulk import CHUNK, next_users
from users.jobs import Undo, register
from users.models import Job, JobItem


def adding(job: Job) -> str:
    return f"Adding users to {job.params.get('name', 'a list')}"


def list_of(job: Job) -> Segment | None:
    """The list, unless it was deleted meanwhile."""
    return Segment.objects.filter(pk=job.params["segment"], project=job.project, static=True).first()


@register(
    "fill_list",
    words=adding,
    about="lists",
    undo=Undo("undo_fill_list", "segments.edit"),
    counts_changes=True,
    can_cancel=True,
)
def fill_chunk(job: Job, now: datetime) -> bool:
    """params: {"ids" or "query", "segment": id of a list, "name": its name when this began}."""
    segment = list_of(job)
    if segment is None:
        return True
    ids = next_users(job)
    added = change_some(segment, ids, True, now)
    job.result["changed"] = job.result.get("changed", 0) + len(added)
    JobItem.objects.bulk_create([JobItem(job=job, user_id=pk, detail={}) for pk in added], ignore_conflicts=True)
    job.progress += len(ids)
    job.cursor = ids[-1] if ids else job.cursor
    return len(ids) < CHUNK


@register("undo_fill_list", words="Taking the users off the list again", about="lists", counts_changes=True)
def undo_chunk(job: Job, now: datetime) -> bool:
    assert job.undoes is not None
    segment = list_of(job.undoes)
    if segment is None:
        return True
    items = list(JobItem.objects.filter(job=job.undoes, pk__gt=job.cursor or 0).order_by("pk")[:CHUNK])
    taken = change_some(segment, sorted(item.user_id for item in items), False, now)
    job.result["changed"] = job.result.get("changed", 0) + len(taken)
    job.progress += len(items)
    job.cursor = items[-1].pk if items else job.cursor
    return len(items) < CHUNK
