"""The dry run: what the import would do to everybody in the file, without doing it."""

import time
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations.imports import steps
from integrations.imports.lines import Line, Lines, who
from integrations.imports.options import Options, options_of
from integrations.imports.records import Unreadable
from integrations.imports.stream import stream_of
from integrations.models import Import, ImportProblem
from users.jobs import register
from users.models import CUSTOM, Job
from users.registry.attributes import Definition, Registry, registry_of
from users.writing.calls import Answer, Refused
from users.writing.rehearse import rehearse

SLICE: Final = 500
SECONDS: Final = 2.0  # of one chunk
SHOWN: Final = 50  # users whose before and after are kept


def words(job: Job) -> str:
    return f"Trying out {job.params.get('name', 'an import')}"


def planned(registry: Registry, options: Options) -> Registry:
    """The registry with the attributes that the run would define; theirs have ids below zero."""
    new = [column for column in options.columns if not column.is_native and registry.find(column.field) is None]
    made = [
        Definition(-number, CUSTOM, column.key, column.type, column.key, False, False, False)
        for number, column in enumerate(new, 1)
    ]
    return Registry([*registry.all(), *made])


@register("import_dry_run", words=words, own_transactions=True)
def chunk(job: Job, now: datetime) -> bool:
    """params: {"import": id, "name": the file's}. Nothing is written but the import's own row and its problems."""
    found = Import.objects.select_related("project").filter(pk=job.params["import"]).first()
    if found is None or found.state != Import.State.RUNNING or found.step != Import.Step.DRY_RUN:
        return True
    options = options_of(found.options)
    registry = planned(registry_of(found.project), options)
    lines = Lines(found, found.project, options, registry)
    ids = [column.at for column in lines.ids.values() if column]
    until = time.monotonic() + SECONDS
    try:
        stream = stream_of(found)
        while time.monotonic() < until:
            items = stream.take(SLICE, ids)
            if not items:
                steps.end(found, Import.State.DRAFT, now, total=found.done)
                return True
            check(found, lines, lines.made_of(items), registry, now)
    except Unreadable as unreadable:
        steps.end(found, Import.State.FAILED, now, error=str(unreadable))
        return True
    except steps.Stopped:
        return True
    job.progress = found.done
    return False


def check(found: Import, lines: Lines, made: list[Line], registry: Registry, now: datetime) -> None:
    calls = [call for line in made for call in line.calls]
    answers = iter(rehearse(found.project, calls, steps.origin_of(found), now, registry))
    counts: dict[str, Any] = {**(found.checked or steps.NOTHING)}
    shown = list(counts.get("sample", []))
    for line in made:
        results = [next(answers) for _ in line.calls]
        counts[outcome(lines, line, results)] += 1
        counts["rows"] += 1
        if len(shown) < SHOWN and not line.problems:
            shown += [row for result in results if (row := before_and_after(line, result, registry, lines))]
    counts["sample"] = shown[:SHOWN]
    with transaction.atomic():
        write_problems(found, lines, made)
        steps.move_on(found, len(made), checked=counts)


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
