"""Addresses of the Users page, narrowed."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from users.extend import value_filters
from users.models import Project
from users.types.table import TYPES


def users_with(project: Project, field: str, type_name: str, value: Any = None) -> str:
    """Those with exactly this stored value; of a list, with all of these items. Without a value, those with any."""
    stored = None if value is None else TYPES[type_name].coerce(value)
    given = {name: text for say in value_filters.all().values() for name, text in say(field, type_name, stored).items()}
    return f"{reverse('users_list', args=[project.slug])}?{urlencode(given)}"
