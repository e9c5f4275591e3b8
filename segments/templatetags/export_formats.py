"""What exports can be written here."""

from django import template

from segments.sheets import parquet

register = template.Library()


@register.simple_tag
def parquet_is_possible() -> bool:
    return parquet.is_possible()
