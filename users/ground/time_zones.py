"""Time zones by the names in use today, without the aliases that are kept for old systems, and by what is in them."""

import unicodedata
import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from users.ground.cities import CITIES, COUNTRIES

AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
UTC: Final = "UTC"


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone and what people call it: its own city, its countries, further cities that go by it."""

    name: str
    city: str
    countries: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()

    @property
    def also(self) -> str:
        return "; ".join((*self.countries, *self.cities))


def day_of(moment: datetime, zone: str) -> date:
    """The day on which a moment is in a zone, given by name."""
    return moment.astimezone(zoneinfo.ZoneInfo(zone)).date()


@cache
def all_names() -> frozenset[str]:
    """Every name that the system knows, aliases too: found once in a process, by opening each of hundreds of files."""
    return frozenset(zoneinfo.available_timezones())


@cache
def zone_choices() -> list[Zone]:
    """UTC and a zone of each country, from the system's table; where there is none, every name with an area."""
    countries = countries_of_zones() or {name: [] for name in all_names() if name.split("/")[0] in AREAS}
    zones = [Zone(UTC, UTC, (), ("GMT", "Coordinated Universal Time"))]
    for name in sorted(countries.keys() & all_names()):
        city = name.rsplit("/", 1)[-1].replace("_", " ")
        zones.append(Zone(name, city, tuple(countries[name]), CITIES.get(name, ())))
    return zones


def countries_of_zones() -> dict[str, list[str]]:
    """The countries of each zone that one of them has as its own; {} without the system's table."""
    named = {code: name for code, (name, *_) in rows_of("iso3166.tab")}
    made: dict[str, list[str]] = {}
    for code, (_, name, *_) in rows_of("zone.tab"):
        country = named.get(code, "")
        made[name] = [part for part in (country, *COUNTRIES.get(code, ())) if part]
    return made


def rows_of(table: str) -> list[tuple[str, list[str]]]:
    """Code and further columns of each row of a table of the system's zones; [] where it has none."""
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / table
        if path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
            return [(first, rest) for first, *rest in cells]
    return []


def find_zone(text: str) -> str | None:
    """The zone that is called so, whole: by its name, a city or a country; None if none is, or if several are."""
    if text in all_names():
        return text
    called = plain_name(text)
    for names in (lambda zone: (zone.name, zone.city, *zone.cities), lambda zone: zone.countries):
        found = [zone.name for zone in zone_choices() if called in map(plain_name, names(zone))]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def plain_name(text: str) -> str:
    """As people type it: without case, accents and underscores."""
    letters = unicodedata.normalize("NFD", text.strip().replace("_", " ").casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
