"""Calls refused before the write path saw them: they are in the ingest log all the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from users.api.callers import Caller
from users.api.errors import ApiError
from users.writing.calls import Call, Refused
from users.writing.ingest_log import record_refused

EXPLAINED = (413, 422)


def log_refusal(
    caller: Caller, kind: str, now: datetime, error: ApiError, *, sent: Any = None, target: int | None = None
) -> None:
    """A line for one call. `sent` is its body, of which the ids are kept; `target` the user in its address."""
    log_refusals(caller, now, [(refused_call(kind, sent, target), error)])


def log_refusals(caller: Caller, now: datetime, refusals: Sequence[tuple[Call, ApiError]]) -> None:
    lines = [
        (call, Refused(error.message, code=error.code, details=error.details))
        for call, error in refusals
        if error.status in EXPLAINED
    ]
    record_refused(caller.project, caller.origin, now, lines)


def refused_call(kind: str, sent: Any, target: int | None = None) -> Call:
    ids = sent if isinstance(sent, Mapping) else {}
    return Call(user_id=ids.get("user_id"), jimer_id=ids.get("jimer_id"), target=target, kind=kind)
