"""Attributes of different sources that mean the same thing and say something else."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from users.types.table import TYPES

IGNORED = re.compile(r"[\s_-]+")


class Valued(Protocol):
    """What is compared: a row of the Data tab will do."""

    ref: str
    source: str
    key: str
    type: str
    value: object


def same_key(key: str) -> str:
    """Keys are one when they differ only in case, spaces, _ and -."""
    return IGNORED.sub("", key.casefold())


def differing[T: Valued](rows: Iterable[T]) -> dict[str, list[T]]:
    """ref -> the attributes of other sources with this key and another value."""
    groups: dict[str, list[T]] = defaultdict(list)
    for row in rows:
        if row.value is not None:
            groups[same_key(row.key)].append(row)
    found = {}
    for group in groups.values():
        for row in group:
            others = [other for other in group if other.source != row.source and text_of(other) != text_of(row)]
            if others:
                found[row.ref] = others
    return found


def text_of(row: Valued) -> str:
    kind = TYPES.get(row.type)
    return kind.raw(row.value) if kind else str(row.value)  # type: ignore[arg-type]
