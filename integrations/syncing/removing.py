"""Values that a connection wrote and that count no more: of records that are gone, and when it is disconnected."""

from collections.abc import Iterable
from datetime import datetime

from integrations.models import Connection
from integrations.syncing.calls import origin_of
from users.models import EndUser, OriginKind, Provenance
from users.models.documents import Entries
from users.registry.attributes import registry_of
from users.types.timestamps import from_ms
from users.writing.calls import Call
from users.writing.identify import identify_batch


def take_off(connection: Connection, users: Iterable[int], now: datetime) -> int:
    """Remove the values that these users have from the connection; returns how many users lost any.

    Only values that it wrote itself: another connection of the same vendor keeps its own. The removal has the time of
    the value that it removes, so that a record that comes back unchanged brings its values again.
    """
    survivors = survivors_of(users)
    if not survivors:
        return 0
    registry = registry_of(connection.project)
    definitions = registry.of_source(connection.connector)
    calls = []
    for row in Provenance.objects.filter(user__in=survivors).order_by("pk"):
        entries = {item.key: row.values[item.ref] for item in definitions if wrote(connection, row.values, item.ref)}
        if entries:
            newest = max(entry["t"] for entry in entries.values())
            calls.append(Call(
                target=row.pk, source=connection.connector, kind="sync", attributes=dict.fromkeys(entries),
                timestamp=from_ms(newest),
            ))  # fmt: skip
    if calls:
        identify_batch(connection.project, calls, origin_of(connection), now)
    return len(calls)


def wrote(connection: Connection, entries: Entries, ref: str) -> bool:
    """Whether the value of this attribute is there and was written by the connection."""
    entry = entries.get(ref)
    return bool(entry and not entry.get("x") and entry["k"] == OriginKind.SYNC and entry["o"] in (connection.pk, None))


def survivors_of(users: Iterable[int]) -> set[int]:
    """The users; those who were merged as who they are now."""
    found, asked = set(), set(users)
    while asked:
        rows = list(EndUser.objects.filter(pk__in=asked).values_list("pk", "merged_into"))
        found |= {pk for pk, merged in rows if merged is None}
        asked = {merged for _, merged in rows if merged is not None}
    return found
