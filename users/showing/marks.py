"""Icons, source marks, initials and tags, as they look everywhere."""

from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django_simple_icons.templatetags.simple_icons import simple_icon

from users.extend import sources
from users.ground.icons import icon
from users.ground.markup import markup
from users.models import Project
from users.registry.naming import initials, shown_name
from users.showing.links import users_tagged, writer_page

register = template.Library()
register.simple_tag(icon)


@register.filter
@lru_cache(maxsize=64)
def tile(slug: str) -> SafeString:
    source = sources.get(slug)
    if source is None:
        return SafeString("")
    if source.simple_icon:
        drawing = mark_safe(simple_icon(source.simple_icon, size=14, **{"aria-hidden": "true"}))  # noqa: S308
    elif source.icon:
        drawing = markup('<img src="{}" alt="" width="14" height="14">', static(source.icon))
    else:
        return SafeString("")
    return markup('<span class="source__tile">{}</span>', drawing)


@register.filter
def source_name(slug: str) -> str:
    source = sources.get(slug)
    return source.name if source else slug


@register.simple_tag
@lru_cache(maxsize=64)
def source_mark(slug: str) -> SafeString:
    """Logo and name; native is a label. Never colour or logo alone."""
    source = sources.get(slug)
    name = source.name if source else slug
    if slug == "native":
        return markup('<span class="source"><span class="source__label">{}</span></span>', name)
    return markup('<span class="source source--{}">{}<span>{}</span></span>', slug, tile(slug), name)


@register.simple_tag
def source_tiles(slugs: list[str]) -> SafeString:
    """Only the logos, where a column has no room; the names are their text for readers and on hover."""
    parts = []
    for slug in slugs:
        source = sources.get(slug)
        name = source.name if source else slug
        parts.append(markup(
            '<span class="source source--{}" data-tip="{}">{}<span class="sr-only">{}</span></span>', slug, name, tile(slug), name,
        ))  # fmt: skip
    return markup('<span class="sources">{}</span>', SafeString(" ".join(parts)))


@register.simple_tag(takes_context=True)
def avatar(context: Any, user: Any, large: bool = False) -> SafeString:
    return avatar_html(user, context.get("project"), large)


def avatar_html(user: Any, project: Project | None, large: bool = False) -> SafeString:
    color = sum(str(user.pk).encode()) % 6
    size = " avatar--large" if large else ""
    return markup(
        '<span class="avatar avatar--{}{}" aria-hidden="true">{}</span>', color, size, initials(user, project)
    )


@register.filter
def shown(user: Any, project: Project) -> str:
    """Name, email, or "Anonymous hONp"."""
    return shown_name(user, project)


@register.simple_tag
def tag_chip(tag: Any) -> SafeString:
    return markup('<span class="tag tag--{}"><span>{}</span></span>', tag.color, tag.name)


@register.simple_tag(takes_context=True)
def address(context: Any, **changes: Any) -> str:
    """This page's address with some parameters changed; None takes one out. Paging starts anew."""
    parameters = context["request"].GET.copy()
    parameters.pop("cursor", None)
    for name, value in changes.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return conditional_escape(f"?{parameters.urlencode()}")


@register.simple_tag(takes_context=True)
def tagged(context: Any, name: str) -> str:
    """The address of the users with this tag."""
    return users_tagged(context["project"], name)


@register.simple_tag(takes_context=True)
def writer_address(context: Any, kind: str, origin: int | None) -> str:
    """The page of the key or member that wrote something; empty where there is none for this reader."""
    return writer_page(context["project"], context["can"], kind, origin)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """A value by a key that is not a constant."""
    return mapping.get(key)
