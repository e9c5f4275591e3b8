"""The dry run: what the import would do to everybody in the file, without doing it."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations.imports import steps
from integrations.imports.earlier import Earlier, beside
from integrations.imports.files import path_of
from integrations.imports.lines import Line, Lines, who
from integrations.imports.options import Options, options_of
from integrations.imports.records import Bad, Record, Unreadable
from integrations.imports.stream import close, stream_of
from integrations.models import Import, ImportProblem
from segments.models import Membership
from users.jobs import register
from users.models import CUSTOM, Job
from users.registry.attributes import Registry, registry_of
from users.writing.calls import Answer, Refused
from users.writing.rehearse import rehearse, with_new

SLICE: Final = 500
SECONDS: Final = 2.0  # of one chunk
SHOWN: Final = 50  # users whose before and after are kept


def words(job: Job) -> str:
    return f"Trying out {job.params.get('name', 'an import')}"


@register(
    "import_dry_run", words=words, own_transactions=True, lane="imports", in_turns=True, can_cancel=True,
    on_cancel=steps.stop_with, on_retry=steps.go_on_with,
)  # fmt: skip
def chunk(job: Job, now: datetime) -> bool:
    """params: {"import": id, "name": the file's}. Nothing is written but the import's own row and its problems."""
    found = Import.objects.select_related("project").filter(pk=job.params["import"]).first()
    if found is None or found.state != Import.State.RUNNING or found.step != Import.Step.DRY_RUN:
        return True
    options = options_of(found.options)
    new = [(column.key, column.type) for column in options.columns if not column.is_native]
    registry = with_new(registry_of(found.project), CUSTOM, new)
    lines = Lines(found, found.project, options, registry)
    ids = [column.at for column in lines.ids.values() if column]
    until = time.monotonic() + SECONDS
    try:
        stream = stream_of(found)
        with Earlier(path_of(found), found.done) as earlier:
            while time.monotonic() < until:
                items = stream.take(SLICE, ids)
                if not items:
                    steps.end(found, Import.State.DRAFT, now, total=found.done)
                    beside(path_of(found)).unlink(missing_ok=True)
                    return True
                check(found, lines, items, registry, earlier, now)
    except Unreadable as unreadable:
        steps.end(found, Import.State.FAILED, now, error=str(unreadable))
        return True
    except steps.Stopped:
        close(found)
        return True
    except BaseException:
        close(found)  # the stream is ahead of what was counted
        raise
    job.progress = found.done
    return False


def check(
    found: Import, lines: Lines, items: list[Record | Bad], registry: Registry, earlier: Earlier, now: datetime
) -> None:
    made = lines.made_of(items)
    before, repeats = come_before(lines, made, earlier)
    calls = [call for line in (*before, *made) for call in line.calls]
    answers = iter(rehearse(found.project, calls, steps.origin_of(found), now, registry))
    results = [[next(answers) for _ in line.calls] for line in (*before, *made)][len(before) :]
    missing = missing_on_list(lines.options, results)
    counts: dict[str, Any] = {**(found.checked or steps.NOTHING)}
    shown = list(counts.get("sample", []))
    kept: list[tuple[int, Record, list[str]]] = []
    for at, (item, line, answered) in enumerate(zip(items, made, results, strict=True)):
        counted = outcome(lines, line, answered)
        new_there = lines.options.segment is not None and line.number not in repeats and missing(answered)
        counts["changed" if counted == "unchanged" and new_there else counted] += 1
        counts["rows"] += 1
        if isinstance(item, Record) and not line.problems:
            kept.append((found.done + at, item, lines.names(line)))
        if len(shown) < SHOWN and not line.problems:
            shown += [row for result in answered if (row := before_and_after(line, result, registry, lines))]
    counts["sample"] = shown[:SHOWN]
    earlier.keep(kept)
    with transaction.atomic():
        write_problems(found, lines, made)
        steps.move_on(found, len(made), checked=counts)


def come_before(lines: Lines, made: list[Line], earlier: Earlier) -> tuple[list[Line], set[int]]:
    """The earlier lines about the same users, to be decided first, and the numbers of those that repeat them."""
    places = {line.number: earlier.of(lines.names(line)) for line in made if line.calls}
    before = lines.made_of(earlier.records(sorted({at for found in places.values() for at in found})))
    repeats = {number for number, found in places.items() if found}
    by_name = {name: line for line in reversed(before) for name in lines.names(line)}
    for line in [*before, *made] if before else ():
        first = next((by_name[name] for name in lines.names(line) if name in by_name), line) if line.calls else line
        if first is not line:
            lines.follow(line, first)
    return before, repeats


def missing_on_list(
    options: Options, results: list[list[Answer | Refused]]
) -> Callable[[list[Answer | Refused]], bool]:
    """Whether one of the users that a line names is not on the import's list yet."""
    users = {answer.user for answered in results for answer in answered if isinstance(answer, Answer)}
    listed = Membership.objects.filter(segment=options.segment, user_id__in=users) if options.segment else None
    known = set(listed.values_list("user_id", flat=True)) if listed is not None else set()
    return lambda answered: any(isinstance(answer, Answer) and answer.user not in known for answer in answered)


def outcome(lines: Lines, line: Line, results: list[Answer | Refused]) -> str:
    """Which count the line goes to; what was refused becomes its problems."""
    for result in results:
        if isinstance(result, Refused):
            line.problems += lines.problems_of(line, result, line.targets[0] if line.targets else None)
    if line.problems:
        return "failed"
    answers = [result for result in results if isinstance(result, Answer)]
    if any(answer.created for answer in answers):
        return "created"
    return "changed" if any(answer.changed for answer in answers) else "unchanged"


def write_problems(found: Import, lines: Lines, made: list[Line]) -> None:
    failing = [line for line in made if line.problems]
    if not failing:
        return
    users = who(found.project, [line for line in failing if len(line.cells) >= len(found.columns)], lines)
    ImportProblem.objects.bulk_create(
        ImportProblem(
            run=found, step=found.step, line=line.number, column=problem.column, value=problem.value.replace("\x00", "\ufffd"),
            reason=problem.reason, user_id=problem.user or users.get(line.number),
        )
        for line in failing
        for problem in line.problems
    )  # fmt: skip


def before_and_after(line: Line, result: Answer | Refused, registry: Registry, lines: Lines) -> dict[str, Any] | None:
    if not isinstance(result, Answer) or not (result.created or result.changed):
        return None
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for ref, what in result.changed.items():
        if ref == "tags":
            after["native.tags"] = what["added"]
        elif definition := registry.by_ref(ref):
            if "p" in what:
                before[definition.field] = definition.shown(what["p"])
            after[definition.field] = definition.shown(what.get("n"))
    who = result.user_id or result.jimer_id
    return {"line": line.number, "user": who, "created": result.created, "before": before, "after": after}
