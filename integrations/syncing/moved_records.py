"""Records whose user became known, is another one now or went: audiences decide about these anew."""

from collections.abc import Iterable

from integrations.models import Audience, Connection, SyncedRecord, TouchedRecord


def records_moved(connection: Connection, rows: Iterable[SyncedRecord]) -> None:
    """Within the transaction that moves them."""
    touch(connection.pk, [row.record for row in rows])


def people_go(users: Iterable[int]) -> None:
    """Before these users are erased, as long as it is known which records are theirs."""
    rows = SyncedRecord.objects.filter(user__in=list(users), connection__audiences__isnull=False).distinct()
    of_connection: dict[int, list[str]] = {}
    for connection, record in rows.values_list("connection_id", "record"):
        of_connection.setdefault(connection, []).append(record)
    for connection, records in of_connection.items():
        touch(connection, records)


def touch(connection: int, records: list[str]) -> None:
    if not records:
        return
    for audience in Audience.objects.filter(connection=connection).values_list("pk", flat=True):
        TouchedRecord.objects.bulk_create(TouchedRecord(audience_id=audience, record=record) for record in records)
