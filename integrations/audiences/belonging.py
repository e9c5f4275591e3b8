"""Who belongs into an audience: records of the vendor whose user is in the segment."""

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, QuerySet

from integrations.connectors.base import Connector
from integrations.models import Audience, SyncedRecord
from segments.models import Membership
from users.models import EndUser


class Belonging:
    """Asked for some records or users at a time. Those who were merged count as who they are now."""

    def __init__(self, audience: Audience, found: Connector) -> None:
        self.audience, self.object = audience, found.audience_object

    def known(self) -> QuerySet[SyncedRecord]:
        return SyncedRecord.objects.filter(connection=self.audience.connection_id, object=self.object)

    def members(self) -> QuerySet[Membership]:
        return Membership.objects.filter(segment=self.audience.segment_id)

    def records_of(self, users: Iterable[int]) -> set[str]:
        """The records that are about these users, also about those who became one of them."""
        found = asked = set(users)
        while asked:
            asked = set(EndUser.objects.filter(merged_into__in=asked).values_list("pk", flat=True)) - found
            found = found | asked
        return set(self.known().filter(user__in=found).values_list("record", flat=True))

    def wanted(self, records: Collection[str]) -> set[str]:
        """Those of the records that belong into the audience now."""
        if not records:
            return set()
        rows = self.known().filter(record__in=records, user__isnull=False)
        user_of: dict[str, int] = {row.record: row.user_id for row in rows if row.user_id is not None}
        now_is = survivors(user_of.values())
        inside = set(self.members().filter(user__in=set(now_is.values())).values_list("user_id", flat=True))
        return {record for record, user in user_of.items() if now_is.get(user) in inside}

    def absent(self) -> int:
        """Members without a record at the vendor."""
        mine = self.known().filter(user=OuterRef("user"))
        return self.members().filter(~Exists(mine)).count()


def survivors(users: Iterable[int]) -> dict[int, int]:
    """Each user, to who that is after merges."""
    now_is = {user: user for user in users}
    asked = set(now_is)
    while asked:
        rows = EndUser.objects.filter(pk__in=asked, merged_into__isnull=False).only("merged_into")
        into = {row.pk: row.merged_into_id for row in rows if row.merged_into_id is not None}
        now_is = {user: into.get(other, other) for user, other in now_is.items()}
        asked = set(into.values())
    return now_is
