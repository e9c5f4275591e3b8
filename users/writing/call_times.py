"""When a call says it was written."""

from datetime import UTC, datetime, timedelta
from typing import Any

from users.types.date import stored_date
from users.writing.calls import Refused


def written_at(timestamp: Any, now: datetime, sent_at: Any = None) -> datetime:
    """When a call says it was written, never after it was received. Raises Refused for what is no time.

    With `sent_at`, the sender's clock when it sent the call, the age that this clock shows counts and not the clock,
    which may be wrong by days.
    """
    if timestamp is None:
        return now
    moment = moment_of(timestamp, "timestamp")
    if sent_at is not None:
        moment = now - max(moment_of(sent_at, "sent_at") - moment, timedelta(0))
    return min(moment, now)


def moment_of(value: Any, path: str) -> datetime:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    stored = stored_date(value) if isinstance(value, str) else None
    if stored is None:
        message = f"{path} is not a time. Send ISO 8601 with offset, such as 2026-03-05T14:30:00Z."
        raise Refused(message, code="bad_timestamp", details=[{"path": path, "message": message}])
    return datetime.fromisoformat(stored if "T" in stored else f"{stored}T00:00:00+00:00")
