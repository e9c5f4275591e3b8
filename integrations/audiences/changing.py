"""Records put into an audience and taken out, at the vendor and then here."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from integrations.audiences.belonging import Belonging
from integrations.connectors.base import Connector, Link
from integrations.models import Audience, PlacedRecord


class Stopped(Exception):
    """The audience was removed meanwhile."""


class Changer:
    """The vendor is told first: a worker that dies in between tells it again, which does no harm."""

    def __init__(self, audience: Audience, found: Connector, link: Link, now: datetime) -> None:
        self.audience, self.found, self.link, self.now = audience, found, link, now
        self.belonging = Belonging(audience, found)
        self.added = self.removed = 0

    def decide(self, records: Collection[str]) -> None:
        """Each of these is in or out as its user is in the segment or not."""
        wanted = self.belonging.wanted(records)
        placed = set(self.audience.placed.filter(record__in=records).values_list("record", flat=True))
        self.change(sorted(wanted - placed), sorted(placed - wanted))

    def change(self, add: Sequence[str], remove: Sequence[str], mark: int = 0) -> None:
        for some, others in in_batches(add, remove, self.found.audience_batch):
            failed = dict(self.found.change_audience(self.link, self.audience.vendor_id, some, others))
            self.keep([one for one in some if one not in failed], [*others, *failed], failed, mark)

    def keep(self, added: Sequence[str], removed: Sequence[str], failed: dict[str, str], mark: int) -> None:
        with transaction.atomic():
            mine = Audience.objects.select_for_update().filter(pk=self.audience.pk)
            if not mine.exists():
                raise Stopped
            known = self.audience.placed.filter(record__in=added)
            again = known.update(at=self.now, seen=mark)
            PlacedRecord.objects.bulk_create(
                [PlacedRecord(audience=self.audience, record=one, at=self.now, seen=mark) for one in added],
                ignore_conflicts=True,
            )
            gone, _ = self.audience.placed.filter(record__in=removed).delete()
            fields = {"there": F("there") + len(added) - again - gone}
            if failed:
                fields["failed"] = F("failed") + len(failed)
                mine.update(failed_reason=next(iter(failed.values())))
            mine.update(**fields)
        self.added += len(added)
        self.removed += len(removed) - len(failed)


def in_batches(add: Sequence[str], remove: Sequence[str], size: int) -> Iterator[tuple[list[str], list[str]]]:
    todo = [(one, True) for one in add] + [(one, False) for one in remove]
    for begin in range(0, len(todo), size):
        some = todo[begin : begin + size]
        yield [one for one, is_new in some if is_new], [one for one, is_new in some if not is_new]
