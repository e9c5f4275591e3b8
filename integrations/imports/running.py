"""The run: slices of the file, each in one transaction with what says how far the import is.

A worker that dies leaves whole slices, and the next one goes on behind the last.
"""

import time
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations.imports import steps
from integrations.imports.dry_run import outcome, write_problems
from integrations.imports.lines import Line, Lines
from integrations.imports.options import Options, options_of
from integrations.imports.records import Unreadable
from integrations.imports.stream import close, stream_of
from integrations.models import Import, ImportedRow
from segments.membership.lists import change_some
from segments.models import Segment
from users.jobs import register
from users.models import CUSTOM, Job
from users.registry.attributes import AlreadyDefined, define, registry_of
from users.types.fitting import Misfit
from users.writing.calls import Answer, Refused
from users.writing.identify import identify_batch
from users.writing.store import insert_rows

SLICE: Final = 100  # records of one transaction
SECONDS: Final = 2.0  # of one chunk


def words(job: Job) -> str:
    return f"Importing {job.params.get('name', 'a file')}"


@register(
    "import_run", words=words, own_transactions=True, about="imports", lane="imports", in_turns=True, can_cancel=True,
    on_cancel=steps.stop_with, on_retry=steps.go_on_with,
)  # fmt: skip
def chunk(job: Job, now: datetime) -> bool:
    """params: {"import": id, "name": the file's}."""
    found = Import.objects.select_related("project").filter(pk=job.params["import"]).first()
    if found is None or found.state != Import.State.RUNNING or found.step != Import.Step.RUN:
        return True
    options = options_of(found.options)
    try:
        if not found.done:
            define_new(found, options, now)
        lines = Lines(found, found.project, options, registry_of(found.project))
        ids = [column.at for column in lines.ids.values() if column]
        stream = stream_of(found)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            items = stream.take(SLICE, ids)
            if not items:
                steps.end(found, Import.State.DONE, now, total=found.done)
                return True
            # A quarter of the time goes by outside the transaction: who waits for SQLite's one lock gets it then.
            write_slice(found, lines, lines.made_of(items), options, now)
    except (Unreadable, Misfit) as wrong:
        steps.end(found, Import.State.FAILED, now, error=str(wrong))
        return True
    except steps.Stopped:
        close(found)
        return True
    except BaseException:
        close(found)  # the stream is ahead of what was written
        raise
    job.progress, job.total = found.done, found.total
    return False


def define_new(found: Import, options: Options, now: datetime) -> None:
    """Define the attributes that are new, with the types that were chosen. Raises Misfit where no more may be."""
    known = registry_of(found.project)
    for column in options.columns:
        if not column.is_native and known.find(column.field) is None:
            try:
                define(found.project, source=CUSTOM, key=column.key, type_name=column.type, now=now)
            except AlreadyDefined:
                continue  # somebody was faster; what does not fit their type is refused by line


def write_slice(found: Import, lines: Lines, made: list[Line], options: Options, now: datetime) -> None:
    calls = [call for line in made for call in line.calls]
    counts: dict[str, Any] = {**steps.NOTHING, **found.counts}
    with transaction.atomic():
        answers = iter(identify_batch(found.project, calls, steps.origin_of(found), now) if calls else ())
        results = [(line, [next(answers) for _ in line.calls]) for line in made]
        listed = put_on_list(found, options, results, now)
        for line, answered in results:
            counts[with_list(outcome(lines, line, answered), answered, listed)] += 1
            counts["rows"] += 1
        insert_rows(
            ImportedRow._meta.db_table, "run_id, line, user_id, change, created, listed",
            [
                (found.pk, line.number, answer.user, answer.change, answer.created, answer.user in listed)
                for line, answered in results
                for answer in answered
                if isinstance(answer, Answer) and (answer.change or answer.created or answer.user in listed)
            ],
        )  # fmt: skip
        write_problems(found, lines, made)
        steps.move_on(found, len(made), counts=counts)


def put_on_list(
    found: Import, options: Options, results: list[tuple[Line, list[Answer | Refused]]], now: datetime
) -> set[int]:
    """Put everybody of the slice on the import's list; returns those who were not on it. A list that is gone is none."""
    if options.segment is None:
        return set()
    segment = Segment.objects.filter(pk=options.segment, project=found.project, static=True).first()
    users = {answer.user for _, answered in results for answer in answered if isinstance(answer, Answer)}
    return set(change_some(segment, sorted(users), True, now)) if segment and users else set()


def with_list(counted: str, answered: list[Answer | Refused], listed: set[int]) -> str:
    on_it = any(isinstance(answer, Answer) and answer.user in listed for answer in answered)
    return "changed" if counted == "unchanged" and on_it else counted
