"""Times as people read them: relative, with the exact time and zone on hover, focus and tap."""

import re
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString

from users.ground.markup import markup

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def instant(stored: str) -> datetime:
    return datetime.fromisoformat(stored)


def day_text(day: str) -> str:
    """2024-06-15 as 15 Jun 2024: that day, never shifted by a zone."""
    year, month, number = day.split("-")
    return f"{int(number)} {MONTHS[int(month) - 1]} {int(year)}"


def exact_text(moment: datetime) -> str:
    """In the zone of the project whose page this is."""
    try:
        local = timezone.localtime(moment)
    except (OverflowError, ValueError):  # the first and last days of the calendar have no other zone
        local = moment
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H:%M:%S} {local.tzname()}"


def relative_text(moment: datetime, now: datetime) -> str:
    seconds = (now - moment).total_seconds()
    past = seconds >= 0
    for size, unit, limit in ((1, "s", 60), (60, "min", 3600), (3600, "h", 86400), (86400, "d", 86400 * 30)):
        if abs(seconds) < limit:
            if size == 1:
                return "just now" if abs(seconds) < 10 else (f"{int(abs(seconds))} s ago" if past else "in a moment")
            count = int(abs(seconds) // size)
            return f"{count} {unit} ago" if past else f"in {count} {unit}"
    local = moment if moment.year in (1, 9999) else timezone.localtime(moment)
    text = f"{local.day} {MONTHS[local.month - 1]}"
    return text if local.year == timezone.localtime(now).year else f"{text} {local.year}"


IN_UTC = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")


def local_times(text: str) -> str:
    """A sentence that was written down with times in UTC, with those of the page's zone. Nothing else may be in it."""
    return IN_UTC.sub(lambda found: exact_text(datetime.fromisoformat(f"{found[1]}+00:00")), text)


def when(moment: datetime | None, exact: bool = False) -> SafeString:
    """A <time> element, kept fresh by js/relative-time.js; an em dash without a time."""
    if moment is None:
        return SafeString('<span class="value--absent" aria-label="never">—</span>')
    iso = moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    full = exact_text(moment)
    if exact:
        return markup('<time datetime="{}">{}</time>', iso, full)
    return markup(
        '<time datetime="{}" data-relative data-tip="{}" tabindex="0">{}</time>',
        iso,
        full,
        relative_text(moment, timezone.now()),
    )


def clock(moment: datetime) -> SafeString:
    """The time of day under the heading of its day, with the whole on hover, focus and tap."""
    iso = moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    local = f"{timezone.localtime(moment):%H:%M}"
    return markup('<time datetime="{}" data-tip="{}" tabindex="0">{}</time>', iso, exact_text(moment), local)


def day_month(moment: Any) -> str:
    """3 May, or 3 May 2024 in another year."""
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment).date()
    assert isinstance(moment, date)
    text = f"{moment.day} {MONTHS[moment.month - 1]}"
    return text if moment.year == timezone.localdate().year else f"{text} {moment.year}"
