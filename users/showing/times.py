"""Times in templates."""

from django import template

from users.ground.times import clock, day_month, when

register = template.Library()
register.simple_tag(clock)
register.simple_tag(when)
register.filter(day_month)
