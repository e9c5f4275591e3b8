"""Lines for calls with something to explain: what was rejected, stale, converted or refused, and why."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from users.calls import Call, Origin, Refused
from users.models import IngestEntry, Project
from users.types import printable


def short(value: Any) -> str:
    """An id as it was sent, cut to what a line holds and without what no database takes."""
    if value is None:
        return ""
    return printable(str(value))[:255]


def entry(
    project_id: int, call: Call, origin: Origin, now: datetime, *, user: int | None = None,
    written_at: datetime | None = None, verdicts: list[dict[str, Any]] | None = None, error: str = "",
) -> IngestEntry:  # fmt: skip
    outcome = IngestEntry.Outcome.REFUSED if error else IngestEntry.Outcome.PARTLY
    return IngestEntry(
        project_id=project_id, user_id=user, received_at=now, written_at=written_at, call=call.kind, outcome=outcome,
        origin_kind=origin.kind, origin_id=origin.id, origin_label=origin.label, sent_user_id=short(call.user_id),
        sent_jimer_id=short(call.jimer_id), error=printable(error), verdicts=verdicts or [],
    )  # fmt: skip


def record_refused(project: Project, call: Call, origin: Origin, now: datetime, refused: Refused) -> None:
    """A refused call's line, in a transaction of its own: the call itself left nothing."""
    if refused.code == "blocked":  # the ids of erased people must not come back, not even here
        call = replace(call, user_id=None, jimer_id=None)
    verdicts = [
        {
            "attribute": printable(detail.get("path", "")),
            "verdict": "refused",
            "reason": printable(detail.get("message", "")),
            "sent": "",
        }
        for detail in refused.details
    ]
    entry(project.pk, call, origin, now, error=refused.message, verdicts=verdicts).save(force_insert=True)
