"""How hand-written statements are run.

On PostgreSQL planning the hot path's joined SELECT takes several times as long as running it, so short statements
are bound and prepared by the server, once a connection. Long ones (a batch) are bound here: the server takes no
more than 65,535 parameters, and their texts differ with the number of rows. On SQLite the framework's cursor takes
longer than most of these statements, so they go to the driver's own.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections

SHORT: Final = 8_000  # letters of a statement that is asked again and again
MOST_BOUND: Final = 120  # parameters


def fetch(sql: str, parameters: Sequence[Any]) -> list[Any]:
    """The rows of a statement."""
    return run_statement(sql, parameters, lambda cursor: list(cursor.fetchall()))


def execute(sql: str, parameters: Sequence[Any]) -> int:
    """Run a statement that answers no rows. Returns how many it touched."""
    return run_statement(sql, parameters, lambda cursor: int(cursor.rowcount))


def run_statement[T](sql: str, parameters: Sequence[Any], answer: Callable[[Any], T]) -> T:
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "sqlite" and not (database.queries_logged or database.execute_wrappers):
        database.ensure_connection()
        database.validate_no_broken_transaction()
        with database.wrap_database_errors:
            return answer(database.connection.execute(driver_text(sql), parameters))
    with cursor_for(database, parameters) as cursor:
        cursor.execute(sql, parameters)
        return answer(cursor)


def driver_text(sql: str) -> str:
    """With the driver's placeholders."""
    return kept_text(sql) if len(sql) < SHORT else sql.replace("%s", "?")


@lru_cache(maxsize=128)
def kept_text(sql: str) -> str:
    return sql.replace("%s", "?")


def cursor_for(database: Any, parameters: Sequence[Any]) -> Any:
    """A cursor for one statement with these parameters."""
    if database.vendor != "postgresql" or len(parameters) > MOST_BOUND:
        return database.cursor()
    from django.db.backends.postgresql.base import ServerBindingCursor  # imports psycopg, which SQLite needs not

    database.close_if_health_check_failed()
    database.ensure_connection()
    # What database.cursor() does, with the other kind of cursor: the option for it would be for the ORM too.
    return database._prepare_cursor(ServerBindingCursor(database.connection))  # type: ignore[call-arg]
