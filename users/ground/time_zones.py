"""Time zones by the names in use today, without the aliases that are kept for old systems."""

import zoneinfo
from datetime import date, datetime
from functools import cache
from pathlib import Path

AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def day_of(moment: datetime, zone: str) -> date:
    """The day on which a moment is in a zone, given by name."""
    return moment.astimezone(zoneinfo.ZoneInfo(zone)).date()


@cache
def all_names() -> frozenset[str]:
    """Every name that the system knows, aliases too: found once in a process, by opening each of hundreds of files."""
    return frozenset(zoneinfo.available_timezones())


@cache
def choices() -> list[str]:
    """UTC and a zone of each country, from the system's table; where there is none, every name with an area."""
    names = named_by_countries() or {name for name in all_names() if name.split("/")[0] in AREAS}
    return ["UTC", *sorted(names & all_names())]


def named_by_countries() -> set[str]:
    for folder in zoneinfo.TZPATH:
        table = Path(folder) / "zone.tab"
        if table.is_file():
            lines = table.read_text(encoding="utf-8").splitlines()
            return {line.split("\t")[2] for line in lines if line and not line.startswith("#")}
    return set()
