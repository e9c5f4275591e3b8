"""Which types the items of a list attribute have: what is typed in by hand becomes one of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from users.database.limits import TookTooLong, time_limit
from users.models import NATIVE, Project
from users.models.end_user import all_users
from users.registry.attributes import Definition
from users.types.fitting import Misfit, kind_of
from users.types.in_sql import Extract, HasRef
from users.types.string import String
from users.types.table import TYPES

SAMPLE: Final = 2000  # users, the newest, whose lists are looked at
PATIENCE: Final = 0.3  # seconds


def item_types(project: Project, definition: Definition) -> list[str]:
    """Of string, number and boolean those that the items have, commonest first.

    Empty where there are no items, or where finding out takes too long.
    """
    if definition.source == NATIVE:
        return [String.name]
    rows = all_users(project).filter(HasRef("attributes", definition.ref)).order_by("-pk")
    try:
        with time_limit(PATIENCE):
            lists = list(rows.values_list(Extract(definition.ref), flat=True)[:SAMPLE])
    except TookTooLong:
        return []
    return commonest(item for items in lists if isinstance(items, list) for item in items)


def commonest(items: Iterable[Any]) -> list[str]:
    return [kind for kind, _ in Counter(map(kind_of, items)).most_common()]


def typed_item(text: str, types: Sequence[str]) -> Any:
    """What was typed as an item of the first of these types that it can be, else as the text that it is."""
    for name in types:
        try:
            return TYPES[name].coerce(TYPES[name].parse(text))
        except Misfit:
            continue
    return text
