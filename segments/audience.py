"""Counting and listing the users of a rule: the only door to audience queries, whatever engine answers them.

count(rule), page(rule, order, cursor), ids(rule). A page is looked for in the order of an index, which is quick where
many match; where that takes longer than a moment, the few that match are found first and sorted then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from segments.limits import LONGEST_COUNT, TookTooLong, time_limit
from segments.models import Membership, Segment
from segments.rules import Condition, Group
from segments.sql import Compiler
from users.filters import all_users
from users.listing import Page
from users.listing import page as listed
from users.models import EndUser, Project

IN_ORDER: Final = 0.04  # seconds to find a page along the index
FEW: Final = 20_000  # ids that are sorted after they were found


@dataclass(frozen=True, slots=True)
class Audience:
    """The users of a rule in a project at one moment, or of everybody where there is no rule."""

    project: Project
    rule: Group | Condition | None
    now: datetime

    def where(self, rule: Group | Condition) -> Any:
        return Compiler(self.project.pk, ZoneInfo(self.project.time_zone), self.now).where(rule)

    def rows(self) -> QuerySet[EndUser]:
        users = all_users(self.project)
        return users if self.rule is None else users.filter(self.where(self.rule))


def audience(project: Project, rule: Group | Condition | None, now: datetime | None = None) -> Audience:
    return Audience(project, rule, now or timezone.now())


def count(found: Audience, seconds: float = LONGEST_COUNT) -> int:
    """How many users match. Raises TookTooLong."""
    with time_limit(seconds):
        return found.rows().order_by().count()


def sample(found: Audience, size: int = 5, seconds: float = LONGEST_COUNT) -> list[EndUser]:
    return page(found, "-last_activity", "", size, seconds=seconds).rows


def page(
    found: Audience, sort: str, cursor: str, size: int, *, rows: QuerySet[EndUser] | None = None,
    seconds: float = LONGEST_COUNT,
) -> Page:  # fmt: skip
    """One keyset page; `rows` are the audience's rows narrowed or prefetched further. Raises TookTooLong."""
    narrowed = found.rows() if rows is None else rows
    if found.rule is None:
        return listed(narrowed, sort, cursor, size)
    try:
        with time_limit(IN_ORDER):
            return listed(narrowed, sort, cursor, size)
    except TookTooLong:
        pass
    with time_limit(seconds):
        few = list(narrowed.order_by().prefetch_related(None).values_list("pk", flat=True)[: FEW + 1])
        if len(few) > FEW:
            return listed(narrowed, sort, cursor, size)
        among = all_users(found.project).filter(pk__in=few)
        return listed(among.prefetch_related(*narrowed._prefetch_related_lookups), sort, cursor, size)  # type: ignore[attr-defined]


def members(segment: Segment) -> QuerySet[EndUser]:
    """The stored members."""
    held = Membership.objects.filter(segment=segment).values("user_id")
    return all_users(segment.project).filter(pk__in=held)


def ids(rows: QuerySet[EndUser], after: int = 0, chunk: int = 2000) -> Iterator[list[int]]:
    """Their ids in chunks, ascending."""
    while True:
        found = list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:chunk])
        if found:
            yield found
            after = found[-1]
        if len(found) < chunk:
            return
