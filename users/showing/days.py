"""Lines of time under their days."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from users.ground.times import day_text


def by_day[T](lines: Iterable[T], moment_of: Callable[[T], datetime], now: datetime) -> list[tuple[str, list[T]]]:
    """The lines under their days, in the zone of the page and in the order that they have: Today, 15 Jun 2024."""
    today = timezone.localdate(now)
    days: dict[date, list[T]] = {}
    for line in lines:
        days.setdefault(timezone.localdate(moment_of(line)), []).append(line)
    names = {today: "Today", today - timedelta(days=1): "Yesterday"}
    return [(names.get(day) or day_text(day.isoformat()), found) for day, found in days.items()]
