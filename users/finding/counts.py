"""How many users a list has: exact to 10,000, then "10,000+" until the background count arrives."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import QueryDict

from users.database.limits import TookTooLong, time_limit
from users.extend import user_filters
from users.finding.figures import count_name, figure, is_recent
from users.finding.listing import COUNT_EXACT, bounded_count
from users.jobs import start_job
from users.models import EndUser, Figure, Job, Project
from users.models.end_user import all_users

FRESH_SECONDS = 300
PATIENCE = 0.3  # seconds that a page waits for its count
LITTLE_PATIENCE = 0.05  # of one that is known to be long


@dataclass(frozen=True, slots=True)
class Count:
    text: str
    number: int  # what "all that match" says; at least this many
    at: datetime | None = None  # when it was counted, if not just now


@dataclass(frozen=True, slots=True)
class WhoCounts:
    """Users with and without a User ID: exact to 10,000, or 10,001 for any more."""

    identified: int
    anonymous: int

    @property
    def everybody(self) -> int:
        return min(self.identified + self.anonymous, COUNT_EXACT + 1)

    def texts(self) -> dict[str, str]:
        """{"identified": "1,234", "anonymous": "10,000+"}."""
        counts = {"identified": self.identified, "anonymous": self.anonymous}
        return {name: f"{count:,}" if count <= COUNT_EXACT else f"{COUNT_EXACT:,}+" for name, count in counts.items()}


def who_counts(project: Project) -> WhoCounts:
    users = all_users(project)
    return WhoCounts(*(bounded_count(users.filter(user_id_folded__isnull=is_null)) for is_null in (False, True)))


def slow_to_match(query: str) -> bool:
    """Whether the list is narrowed by what no index serves, so that even 10,000 may be many to count."""
    given = QueryDict(query)
    return any(given.get(name) for name in user_filters.all())


def count_within(queryset: QuerySet[EndUser], seconds: float) -> int | None:
    """The bounded count, or None where it takes too long for a page."""
    try:
        with time_limit(seconds):
            return bounded_count(queryset)
    except TookTooLong:
        return None


def shown_count(
    project: Project, queryset: QuerySet[EndUser], query: str, *, slow: bool = False, known: int | None = None
) -> Count:
    """`slow`: it is known to be long, so that only the first who asks waits, and not for long. `known`: the bounded
    count, where it is."""
    if known is not None:
        exact: int | None = known
    elif slow:
        found = figure(project, count_name(queryset))
        if is_under_way(project, found, query):
            return in_background(found, None)
        exact = count_within(queryset, LITTLE_PATIENCE)
    else:
        exact = count_within(queryset, PATIENCE) if slow_to_match(query) else bounded_count(queryset)
    if exact is not None and exact <= COUNT_EXACT:
        return Count(f"{exact:,}", exact)
    found = figure(project, count_name(queryset))
    if not is_under_way(project, found, query):
        start_job(project, "count_users", {"query": query})
    return in_background(found, exact)


def is_under_way(project: Project, found: Figure | None, query: str) -> bool:
    """Whether the background counts it or did so lately."""
    counting = Job.objects.filter(
        project=project, kind="count_users", state__in=["queued", "running"], params__query=query
    )
    return is_recent(found, FRESH_SECONDS) or counting.exists()


def in_background(found: Figure | None, exact: int | None) -> Count:
    """What the background counted, or what is known until it has."""
    if found is None:
        return Count("10,000+", COUNT_EXACT + 1) if exact else Count("Counting", 0)
    return Count(f"{found.value:,}", found.value, found.computed_at)
