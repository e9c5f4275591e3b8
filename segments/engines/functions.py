"""Functions that SQLite gets from Python where its own decide otherwise. PostgreSQL needs none."""

import json
from typing import Any

from segments.language.pattern_engine import found


def matches(pattern: str, ignore_case: int, value: Any) -> int | None:
    if not isinstance(value, str):
        return None
    return int(found(pattern, bool(ignore_case), value))


def compare(left: Any, right: str) -> int | None:
    """-1, 0 or 1 for two numbers as JSON text: SQLite's own reading of decimals is off in the last place."""
    if left is None:
        return None
    first, second = json.loads(left), json.loads(right)
    if isinstance(first, bool) or not isinstance(first, int | float):
        return None
    return (first > second) - (first < second)


def add_functions(connection: Any, **kwargs: Any) -> None:
    """Receiver of connection_created."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("jimo_matches", 3, matches, deterministic=True)
        connection.connection.create_function("jimo_compare", 2, compare, deterministic=True)
