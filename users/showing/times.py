"""Times in templates."""

from django import template

from users.ground.times import clock, day_month, when

register = template.Library()
register.simple_tag(clock)
register.simple_tag(when)
register.filter(day_month)


@register.filter
def zone_words(zone: str) -> str:
    """Europe/Paris is "Paris time"; UTC stays."""
    place = zone.rpartition("/")[2].replace("_", " ")
    return f"{place} time" if "/" in zone else place
