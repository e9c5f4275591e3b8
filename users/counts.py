"""How many users a list has: exact to 10,000, then "10,000+" until the background count arrives."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from users.figures import count_name, figure, is_recent
from users.jobs import start
from users.limits import TookTooLong, time_limit
from users.listing import COUNT_EXACT, bounded_count
from users.models import EndUser, Job, Project

FRESH_SECONDS = 300
PATIENCE = 0.3  # seconds that a page waits for its count


@dataclass(frozen=True, slots=True)
class Count:
    text: str
    number: int  # what "all that match" says; at least this many
    at: datetime | None = None  # when it was counted, if not just now


def shown_count(project: Project, queryset: QuerySet[EndUser], query: str) -> Count:
    try:
        with time_limit(PATIENCE):
            exact = bounded_count(queryset)
    except TookTooLong:
        exact = None
    if exact is not None and exact <= COUNT_EXACT:
        return Count(f"{exact:,}", exact)
    found = figure(project, count_name(queryset))
    waiting = Job.objects.filter(
        project=project, kind="count_users", state__in=["queued", "running"], params__query=query
    )
    if not is_recent(found, FRESH_SECONDS) and not waiting.exists():
        start(project, "count_users", {"query": query})
    if found is None:
        return Count("10,000+", COUNT_EXACT + 1) if exact else Count("Counting", 0)
    return Count(f"{found.value:,}", found.value, found.computed_at)
