"""A vendor's values as ours: labels instead of internal names, and empty told from not asked."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from integrations.models import PropertyMapping

NOTHING: Final[tuple[Any, ...]] = ("", None, [])


def is_empty(value: Any) -> bool:
    return value in NOTHING or (isinstance(value, str) and not value.strip())


def labelled(value: Any, options: Mapping[str, str]) -> Any:
    """The label of an enumeration's value; what the vendor does not list stays as it is."""
    if isinstance(value, list):
        return [labelled(item, options) for item in value]
    return options.get(value, value) if isinstance(value, str) else value


def written_values(values: Mapping[str, Any], mappings: Sequence[PropertyMapping], empty: str) -> dict[str, Any]:
    """key -> value for the write path. None removes, where empty values do; else empty ones are left out."""
    found: dict[str, Any] = {}
    for mapping in mappings:
        value = values.get(mapping.property)
        if not is_empty(value):
            found[mapping.key] = labelled(value, mapping.options)
        elif empty == "remove":
            found[mapping.key] = None
    return found
