"""How hand-written statements are run.

On PostgreSQL planning the hot path's joined SELECT takes several times as long as running it, so short statements
are bound and prepared by the server, once a connection. Long ones (a batch) are bound here: the server takes no
more than 65,535 parameters, and their texts differ with the number of rows.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections

MOST_BOUND: Final = 120  # parameters


def cursor_for(parameters: Sequence[Any]) -> Any:
    """A cursor for one statement with these parameters."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql" or len(parameters) > MOST_BOUND:
        return database.cursor()
    from django.db.backends.postgresql.base import ServerBindingCursor  # imports psycopg, which SQLite needs not

    database.close_if_health_check_failed()
    database.ensure_connection()
    # What database.cursor() does, with the other kind of cursor: the option for it would be for the ORM too.
    return database._prepare_cursor(ServerBindingCursor(database.connection))  # type: ignore[attr-defined, call-arg]


def fetch(sql: str, parameters: Sequence[Any]) -> list[Any]:
    """The rows of a statement."""
    with cursor_for(parameters) as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def execute(sql: str, parameters: Sequence[Any]) -> int:
    """Run a statement that answers no rows. Returns how many it touched."""
    with cursor_for(parameters) as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)
