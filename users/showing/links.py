"""Addresses of the Users page, narrowed, and of those who write."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from users.extend import value_filters
from users.models import OriginKind, Project
from users.types.table import TYPES


def users_with(project: Project, field: str, type_name: str, value: Any = None) -> str:
    """Those with exactly this stored value; of a list, with all of these items. Without a value, those with any."""
    stored = None if value is None else TYPES[type_name].coerce(value)
    given = {name: text for say in value_filters.all().values() for name, text in say(field, type_name, stored).items()}
    return f"{reverse('users_list', args=[project.slug])}?{urlencode(given)}"


def users_tagged(project: Project, name: str) -> str:
    return users_with(project, "native.tags", "list", [name])


def writer_page(project: Project, can: frozenset[str], kind: str, origin: int | None) -> str:
    """Where the key or member that wrote something is shown, to those who may look there; else empty."""
    if origin is None:
        return ""
    if kind == OriginKind.KEY and "keys.manage" in can:
        return f"{reverse('keys', args=[project.slug])}#key-{origin}"
    if kind == OriginKind.MEMBER and "members.manage" in can:
        return f"{reverse('members', args=[project.slug])}#member-{origin}"
    return ""
