"""Unchanged calls per minute: counted in the process, appended now and then as deltas, never a row per call."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Final

from users.database.contention import beside_the_call
from users.models import CallCount, Project

FLUSH_SECONDS: Final = 5

type Counted = tuple[int, datetime, str, int | None]  # project, minute, OriginKind, its id

_counts: Counter[Counted] = Counter()
_lock = Lock()
_flushed = 0.0


def note_unchanged(project_id: int, origin_kind: str, origin_id: int | None, now: datetime, count: int = 1) -> None:
    """Count calls that changed nothing; whoever comes first after five seconds writes what all have counted."""
    global _flushed
    minute = now.replace(second=0, microsecond=0)
    with _lock:
        _counts[project_id, minute, origin_kind, origin_id] += count
        due = abs(now.timestamp() - _flushed) >= FLUSH_SECONDS
        if due:
            _flushed = now.timestamp()
    if due:
        flush()


def flush() -> None:
    """Write what was counted; what cannot be written now stays counted."""
    with _lock:
        taken = dict(_counts)
        _counts.clear()
    written = False
    try:
        with beside_the_call():
            write_counts(taken)
            written = True
    finally:
        if not written:
            with _lock:
                _counts.update(taken)


def write_counts(taken: Mapping[Counted, int]) -> None:
    there = set(Project.objects.filter(pk__in={key[0] for key in taken}).values_list("pk", flat=True))
    CallCount.objects.bulk_create(
        CallCount(project_id=project, minute=minute, origin_kind=kind, origin_id=origin, unchanged=count)
        for (project, minute, kind, origin), count in taken.items()
        if project in there
    )
