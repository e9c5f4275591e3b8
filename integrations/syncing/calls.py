"""A record as a call of the write path: who writes, to whom, what, and from when it counts."""

from collections.abc import Sequence
from datetime import datetime

from integrations.models import Connection, PropertyMapping
from integrations.syncing.matching import Match
from integrations.syncing.values import written_values
from users.models import OriginKind
from users.writing.calls import Call, Origin


def origin_of(connection: Connection) -> Origin:
    return Origin(OriginKind.SYNC, connection.pk, connection.name)


def call_of(connection: Connection, match: Match, mappings: Sequence[PropertyMapping], now: datetime) -> Call:
    """Of a match with a user, or one that makes one. A vendor's clock that is ahead does not win for ever."""
    return Call(
        **match.call(connection.match_on), source=connection.connector, kind="sync", timestamp=min(match.record.at, now),
        attributes=written_values(match.record.values, mappings, connection.empty),
    )  # fmt: skip
