"""Parts that are the same on every page: rendered once a process. Sixty addresses of static files took a twentieth of
a page's time."""

from functools import cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string

register = template.Library()


@cache
def rendered(name: str) -> str:
    return render_to_string(name)


@register.simple_tag
def fixed(name: str) -> str:
    """A template without inputs. With DEBUG each time anew: it may have been edited."""
    return render_to_string(name) if settings.DEBUG else rendered(name)
