"""Lines for calls with something to explain: what was rejected, stale, converted or refused, and why."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings

from users.database.contention import beside_the_call
from users.models import EndUser, IngestEntry, Project
from users.types.fitting import is_valid_text, printable
from users.writing.blocking import blocked_ids
from users.writing.calls import Answer, Call, Changed, Origin, Refused, UnknownUser
from users.writing.refused_ids import id_text


def short_id(value: Any) -> str:
    """An id as it would be kept, cut to what a line holds and without what no database takes."""
    return printable(id_text(value) or "")[:255]


def log_entry(
    project_id: int, call: Call, origin: Origin, now: datetime, *, user: int | None = None,
    written_at: datetime | None = None, verdicts: list[dict[str, Any]] | None = None, error: str = "",
) -> IngestEntry:  # fmt: skip
    outcome = IngestEntry.Outcome.REFUSED if error else IngestEntry.Outcome.PARTLY
    return IngestEntry(
        project_id=project_id, user_id=user, received_at=now, written_at=written_at, call=call.kind, outcome=outcome,
        origin_kind=origin.kind, origin_id=origin.id, origin_label=origin.label, sent_user_id=short_id(call.user_id),
        sent_jimer_id=short_id(call.jimer_id), error=printable(error), verdicts=verdicts or [],
    )  # fmt: skip


def record_refused(
    project: Project, origin: Origin, now: datetime, results: Sequence[tuple[Call, Answer | Refused]]
) -> None:
    """Lines of the calls that were refused, in a transaction of their own: the calls themselves left nothing."""
    refusals = [
        (call, result)
        for call, result in results
        if isinstance(result, Refused) and not isinstance(result, Changed | UnknownUser)
    ]
    if not refusals:
        return
    with beside_the_call(settings.LOCK_WAIT):
        calls = fit_to_keep(project, [call for call, _ in refusals])
        IngestEntry.objects.bulk_create(
            log_entry(
                project.pk, call, origin, now, user=call.target, error=refused.message,
                verdicts=refused_paths(refused),
            )
            for call, (_, refused) in zip(calls, refusals, strict=True)
        )  # fmt: skip


def fit_to_keep(project: Project, calls: list[Call]) -> list[Call]:
    """The calls without the ids of erased people, which must not come back, not even here, and without users that
    are gone."""
    sent = {call_id for call in calls for value in (call.user_id, call.jimer_id) if (call_id := id_text(value))}
    blocked = blocked_ids(project, {value for value in sent if is_valid_text(value)}) if sent else set()
    targets = {call.target for call in calls if call.target is not None}
    there = set(EndUser.objects.filter(project=project, pk__in=targets).values_list("pk", flat=True)) if targets else ()
    kept = []
    for call in calls:
        if blocked & {id_text(call.user_id), id_text(call.jimer_id)}:
            call = replace(call, user_id=None, jimer_id=None)
        kept.append(call if call.target is None or call.target in there else replace(call, target=None))
    return kept


def refused_paths(refused: Refused) -> list[dict[str, Any]]:
    return [
        {
            "attribute": printable(detail.get("path", "")),
            "verdict": "refused",
            "reason": printable(detail.get("message", "")),
            "sent": "",
        }
        for detail in refused.details
    ]
