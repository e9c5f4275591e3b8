"""Counts of the admin with their thousands grouped, as on the product's pages; ids stay as they are typed."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import IntegerField, Model

NO_COUNTS = ("origin_id", "window", "change", "line")  # numbers that name something


def is_count(model: type[Model], name: Any) -> bool:
    if not isinstance(name, str) or name in NO_COUNTS:
        return False
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return isinstance(field, IntegerField) and not field.primary_key and not field.choices


def grouped(model: type[Model], names: Iterable[Any]) -> list[Any]:
    """Names of columns, or what shows one with its thousands grouped in place of a name."""
    return [column_of(model, name) if is_count(model, name) else name for name in names]


def column_of(model: type[Model], name: str) -> Callable[[Model], str | None]:
    @admin.display(description=model._meta.get_field(name).verbose_name, ordering=name)  # type: ignore[union-attr]
    def shown(row: Model) -> str | None:
        number = getattr(row, name)
        return None if number is None else f"{number:,}"

    shown.__name__ = name
    return shown
