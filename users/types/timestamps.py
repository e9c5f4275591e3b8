"""Times on the wire and in documents: ISO 8601 in, epoch milliseconds inside."""

from datetime import UTC, datetime


def to_ms(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000 + 0.5)


def from_ms(milliseconds: int) -> datetime:
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def iso(moment: datetime | None) -> str | None:
    """As the API writes times: UTC, milliseconds, Z."""
    if moment is None:
        return None
    utc = moment.astimezone(UTC)
    return f"{utc.year:04}-{utc:%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"
