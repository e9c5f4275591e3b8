"""Undoing an import: what it replaced comes back, unless something newer came. What is left alone is said."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from integrations.imports import steps
from integrations.imports.options import options_of
from integrations.models import Import, ImportedRow, ImportProblem
from segments.membership.lists import change_some
from segments.models import Segment
from users.jobs import register
from users.models import AttributeChange, EndUser, Job, OriginKind
from users.registry.attributes import registry_of
from users.writing.calls import Answer, Call, Origin
from users.writing.erase import erase_user
from users.writing.identify import identify_batch
from users.writing.tags import take_back_call
from users.writing.take_back import back_of

SLICE: Final = 50  # rows of one transaction: erasing costs more than writing
SEEN: Final = "The user was created by this import and has been written to since, so they stay."
MERGED: Final = "The user was merged with another one since; what came with the merge stays."


def words(job: Job) -> str:
    return f"Undoing the import of {job.params.get('name', 'a file')}"


@register(
    "import_undo", words=words, own_transactions=True, about="imports", lane="imports", in_turns=True,
    on_retry=steps.go_on_with,
)  # fmt: skip
def chunk(job: Job, now: datetime) -> bool:
    """params: {"import": id, "name": the file's, "by": [kind, id, label]}. From the last row to the first."""
    found = Import.objects.select_related("project").filter(pk=job.params["import"]).first()
    if found is None or found.state != Import.State.RUNNING or found.step != Import.Step.UNDO:
        return True
    rows = found.rows.select_related("user").order_by("-pk")
    if found.undone["at"]:
        rows = rows.filter(pk__lt=found.undone["at"])
    batch = distinct(list(rows[:SLICE]))
    if not batch:
        steps.end(found, Import.State.UNDONE, now)
        return True
    kind, origin_id, label = job.params["by"]
    try:
        take_back(found, batch, Origin(kind, origin_id, f"{label}, undoing {found.name}"[:255]), now)
    except steps.Stopped:
        return True
    job.progress = found.done
    return False


def distinct(rows: list[ImportedRow]) -> list[ImportedRow]:
    """Up to a row of a user who came before: what was written first is taken back last, and on its own."""
    seen: set[int] = set()
    for at, row in enumerate(rows):
        if row.user_id in seen:
            return rows[:at]
        seen.add(row.user_id)
    return rows


def take_back(found: Import, rows: list[ImportedRow], origin: Origin, now: datetime) -> None:
    changes = AttributeChange.objects.in_bulk([row.change for row in rows if row.change])
    counts: dict[str, Any] = {**found.undone, "at": rows[-1].pk}
    left: list[ImportProblem] = []
    with transaction.atomic():
        off_the_list(found, rows, now)
        touched = touched_since(found, [row.user_id for row in rows if row.created])
        calls: list[tuple[ImportedRow, Call]] = []
        for row in rows:
            if row.created and row.user_id not in touched:
                erase_user(found.project, row.user_id)
                counts["removed"] += 1
                continue
            if row.created:
                left.append(problem(found, row, "", SEEN))
            calls += calls_for(found, row, changes, left)
        answers = identify_batch(found.project, [call for _, call in calls], origin, now) if calls else []
        restored: set[int] = set()
        for (row, _), answer in zip(calls, answers, strict=True):
            if not isinstance(answer, Answer):
                left.append(problem(found, row, "native.tags", answer.message))
                continue
            left += [problem(found, row, item["attribute"], item["reason"]) for item in answer.rejected]
            if answer.changed:
                restored.add(row.pk)
        counts["restored"] += len(restored)
        counts["left"] += len({item.line for item in left})
        ImportProblem.objects.bulk_create(left)
        steps.move_on(found, len(rows), undone=counts)


def calls_for(
    found: Import, row: ImportedRow, changes: dict[int, AttributeChange], left: list[ImportProblem]
) -> list[tuple[ImportedRow, Call]]:
    change = changes.get(row.change or 0)
    if change is None:
        return []
    if row.user.merged_into_id or change.written_for_id:
        left.append(problem(found, row, "", MERGED))
        return []
    known = registry_of(found.project)
    refs = [ref for ref in change.changes if known.by_ref(ref) and ref not in ("user_id", "jimer_id", "tags")]
    backs = [back for ref in refs if (back := back_of(change, ref))]
    made = [(row, Call(target=row.user_id, takes_all_back=backs, kind="import"))] if backs else []
    if "tags" in change.changes and back_of(change, "tags"):
        made.append((row, take_back_call(row.user_id, change)))
    return made


def problem(found: Import, row: ImportedRow, column: str, reason: str) -> ImportProblem:
    return ImportProblem(
        run=found, step=Import.Step.UNDO, line=row.line, column=column, reason=reason, user_id=row.user_id
    )


def touched_since(found: Import, users: list[int]) -> set[int]:
    """Of those whom the import created: who was active, or written to by anybody else."""
    if not users:
        return set()
    others = AttributeChange.objects.filter(user_id__in=users).exclude(
        origin_kind=OriginKind.IMPORT, origin_id=found.pk
    )
    active = EndUser.objects.filter(Q(sessions__gt=0) | Q(last_activity__isnull=False), pk__in=users)
    merged = EndUser.objects.filter(Q(merged_into__isnull=False) | Q(merges__isnull=False), pk__in=users)
    ids = [rows.values_list(name, flat=True) for rows, name in ((others, "user_id"), (active, "pk"), (merged, "pk"))]
    return {pk for found_ids in ids for pk in found_ids}


def off_the_list(found: Import, rows: list[ImportedRow], now: datetime) -> None:
    listed = sorted({row.user_id for row in rows if row.listed})
    segment_id = options_of(found.options).segment
    if listed and segment_id:
        segment = Segment.objects.filter(pk=segment_id, project=found.project, static=True).first()
        if segment:
            change_some(segment, listed, False, now)
