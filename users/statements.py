"""How hand-written statements are run.

On PostgreSQL planning the hot path's joined SELECT takes several times as long as running it, so short statements
are bound and prepared by the server, once a connection. Long ones (a batch) are bound here: the server takes no
more than 65,535 parameters, and their texts differ with the number of rows.
"""

from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from typing import Any, Final

from django.db import connection

type Statement = tuple[str, Sequence[Any]]

MOST_BOUND: Final = 120  # parameters


def cursor_for(parameters: Sequence[Any]) -> Any:
    """A cursor for one statement with these parameters."""
    if connection.vendor != "postgresql" or len(parameters) > MOST_BOUND:
        return connection.cursor()
    from django.db.backends.postgresql.base import ServerBindingCursor  # imports psycopg, which SQLite needs not

    connection.close_if_health_check_failed()
    connection.ensure_connection()
    # What connection.cursor() does, with the other kind of cursor: the option for it would be for the ORM too.
    return connection._prepare_cursor(ServerBindingCursor(connection.connection))  # type: ignore[attr-defined, call-arg]


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


def fetch_each(statements: Sequence[Statement]) -> list[list[Any]]:
    """The rows of each statement, run one after the other; on PostgreSQL sent together, in one round trip."""
    with ExitStack() as stack:
        cursors = [stack.enter_context(cursor_for(())) for _ in statements]
        pipeline = connection.connection.pipeline() if connection.vendor == "postgresql" else nullcontext()
        with connection.wrap_database_errors, pipeline:
            for cursor, (sql, parameters) in zip(cursors, statements, strict=True):
                cursor.execute(sql, parameters)
            return [list(cursor.fetchall()) for cursor in cursors]
