"""How far a run is: what it read, how fast, and what is left."""

from datetime import datetime
from typing import Any

from integrations.models import SyncRun


def progress_of(run: SyncRun, now: datetime) -> dict[str, Any]:
    """{"done": records, "total": records or None, "left": records or None, "per_second": records or None}."""
    seconds = ((run.finished or now) - run.started).total_seconds() if run.started else 0
    rate = round(run.read / seconds, 1) if seconds >= 1 and run.read else None
    total = run.read + run.left if run.left is not None else None
    return {"done": run.read, "total": total, "left": run.left, "per_second": rate}
