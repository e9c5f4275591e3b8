"""Drawings from the library of icons."""

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags.heroicons import heroicon_outline


@lru_cache(maxsize=256)
def icon(name: str, size: int = 16) -> SafeString:
    """A heroicon, for decoration: whoever uses it puts words beside it or an aria-label around it."""
    return mark_safe(heroicon_outline(str(name), size=size, **{"aria-hidden": "true"}))  # noqa: S308  the library's own SVG
