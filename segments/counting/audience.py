"""Counting and listing the users of a rule: the only door to audience queries, whatever engine answers them.

count(rule), page(rule, order, cursor), ids(rule).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from segments.engines.complexity import answerable
from segments.engines.sql import Compiler
from segments.language.reads import Holds
from segments.language.rules import Condition, Group
from segments.models import Membership, Segment
from users.database.limits import LONGEST_COUNT
from users.finding.listing import Page, read_page_patiently
from users.finding.listing import read_page as listed
from users.models import EndUser, Project
from users.models.end_user import all_users


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
        return users if self.rule is None else users.filter(Holds(self.where(self.rule)))


def audience(project: Project, rule: Group | Condition | None, now: datetime | None = None) -> Audience:
    return Audience(project, rule, now or timezone.now())


def count_audience(found: Audience, seconds: float = LONGEST_COUNT) -> int:
    """How many users match. Raises TookTooLong, as all of these, or its TooComplex."""
    with answerable(seconds):
        return found.rows().order_by().count()


def sample_audience(found: Audience, size: int = 5, seconds: float = LONGEST_COUNT) -> list[EndUser]:
    return audience_page(found, "-last_activity", "", size, seconds=seconds).rows


def audience_page(found: Audience, sort: str, cursor: str, size: int, seconds: float = LONGEST_COUNT) -> Page:
    """One keyset page. Raises TookTooLong."""
    if found.rule is None:
        return listed(found.rows(), sort, cursor, size)
    with answerable():
        return read_page_patiently(found.rows(), sort, cursor, size, seconds)


def stored_members(segment: Segment) -> QuerySet[EndUser]:
    """The stored members."""
    held = Membership.objects.filter(segment=segment).values("user_id")
    return all_users(segment.project).filter(pk__in=held)
