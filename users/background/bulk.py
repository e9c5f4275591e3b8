"""Tagging, untagging and erasing many users, and undoing a tagging: only what it really changed."""

from datetime import datetime
from typing import Any

from users.finding.filters import filtered_users
from users.jobs import Undo, register
from users.models import AttributeChange, EndUser, Job, JobItem, OriginKind, Tag, UserTag
from users.writing.calls import Answer, Call, Changed, Origin, TagChange
from users.writing.erase import erase_user
from users.writing.identify import identify_batch
from users.writing.tags import take_back_call

CHUNK = 100


def origin_of(job: Job) -> Origin:
    by = job.created_by
    return Origin(OriginKind.MEMBER, by.pk if by else None, by.display_name if by else "Jimo")


def next_users(job: Job) -> list[int]:
    """The next selected users by id: given ones, or all that match the list's query."""
    assert job.project is not None
    last = job.cursor or 0
    if "ids" in job.params:
        rows = EndUser.objects.filter(project=job.project, merged_into=None, pk__in=job.params["ids"])
    else:
        rows = filtered_users(job.project, job.params["query"])
    return list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK])


@register(
    "bulk_tag",
    words="Tagging users",
    about="tags",
    undo=Undo("undo_bulk_tag", "tags.edit"),
    counts_changes=True,
    can_cancel=True,
)
def tag_chunk(job: Job, now: datetime) -> bool:
    """params: {"ids" or "query", "add": [names], "remove": [names]}."""
    ids = next_users(job)
    change = TagChange(add=job.params.get("add", []), remove=job.params.get("remove", []))
    change_tags(job, [(pk, change) for pk in ids], now, remember=True)
    job.progress += len(ids)
    job.cursor = ids[-1] if ids else job.cursor
    return len(ids) < CHUNK


def change_tags(job: Job, changes: list[tuple[int, TagChange]], now: datetime, *, remember: bool) -> None:
    if not changes or job.project is None:
        return
    calls = [(pk, Call(target=pk, tags=change, kind="tags")) for pk, change in changes]
    make_calls(job, calls, now, remember=remember)


def make_calls(job: Job, calls: list[tuple[int, Call]], now: datetime, *, remember: bool) -> None:
    assert job.project is not None
    answers = identify_batch(job.project, [call for _, call in calls], origin_of(job), now)
    items = []
    for (pk, _), answer in zip(calls, answers, strict=True):
        if isinstance(answer, Changed):
            continue  # nothing is left to undo of what the job did to this user
        if not isinstance(answer, Answer):
            job.result["refused"] = job.result.get("refused", 0) + 1
            job.result["reason"] = answer.message
        elif changed := answer.changed.get("tags"):
            job.result["changed"] = job.result.get("changed", 0) + 1
            items.append(JobItem(job=job, user_id=pk, detail={**changed, "change": answer.change}))
    if remember:
        JobItem.objects.bulk_create(items, ignore_conflicts=True)


@register("undo_bulk_tag", words="Undoing the tagging", about="tags", counts_changes=True)
def undo_chunk(job: Job, now: datetime) -> bool:
    items = list(JobItem.objects.filter(job=job.undoes, pk__gt=job.cursor or 0).order_by("pk")[:CHUNK])
    written = AttributeChange.objects.in_bulk([item.detail["change"] for item in items if "change" in item.detail])
    calls = []
    for item in items:
        change = written.get(item.detail.get("change"))
        opposite = TagChange(add=item.detail["removed"], remove=item.detail["added"])
        fallback = Call(target=item.user_id, tags=opposite, kind="tags")  # of a job that began before items knew more
        calls.append((item.user_id, take_back_call(item.user_id, change) if change else fallback))
    if calls and job.project:
        make_calls(job, calls, now, remember=False)
    job.progress += len(items)
    job.cursor = items[-1].pk if items else job.cursor
    return len(items) < CHUNK


@register("bulk_erase", words="Erasing users", in_turns=True, can_cancel=True)
def erase_chunk(job: Job, now: datetime) -> bool:
    """params: {"ids"}: a page of users at most."""
    assert job.project is not None
    pending: list[Any] = job.params["ids"][job.progress : job.progress + 20]
    for pk in pending:
        erase_user(job.project, pk)
    job.progress += len(pending)
    return job.progress >= len(job.params["ids"])


def taking_off(job: Job) -> str:
    return f"Taking {job.params.get('name', 'the tag')} off its users"


@register("delete_tag", words=taking_off, about="tags", counts_changes=True)
def delete_tag_chunk(job: Job, now: datetime) -> bool:
    """params: {"tag": id, "name"}. Users lose it one chunk after the other, each with a line of history."""
    tag = Tag.objects.filter(pk=job.params["tag"], project=job.project).first()
    if tag is None:
        return True
    # By cursor, not "the first that still have it": a user whose call is refused would come up for ever.
    tagged = UserTag.objects.filter(tag=tag, user_id__gt=job.cursor or 0).order_by("user_id")
    users = list(tagged.values_list("user_id", flat=True)[:CHUNK])
    here = set(EndUser.objects.filter(pk__in=users, merged_into=None).values_list("pk", flat=True))
    change_tags(job, [(pk, TagChange(remove=[tag.name])) for pk in users if pk in here], now, remember=False)
    UserTag.objects.filter(tag=tag, user_id__in=[pk for pk in users if pk not in here]).delete()
    job.progress += len(users)
    job.cursor = users[-1] if users else job.cursor
    if len(users) < CHUNK:
        tag.delete()
        return True
    return False
