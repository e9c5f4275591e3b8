"""No rule may run for minutes: a time limit on the statements inside."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import OperationalError, connection, transaction

LONGEST_COUNT: Final = 10.0  # seconds that a page or call waits for a count
STEPS: Final = 20_000  # of SQLite's virtual machine between two looks at the clock


class TookTooLong(Exception):
    """The statement was stopped."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"This took longer than {seconds:g} seconds and was stopped. Make the rule simpler, or save it: a segment is computed in the background."
        )
        self.seconds = seconds


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop statements that run longer. Nothing may be written inside."""
    if connection.vendor == "postgresql":
        with within_postgres(seconds):
            yield
        return
    connection.ensure_connection()
    end = time.monotonic() + seconds
    connection.connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    try:
        yield
    except OperationalError as error:
        if "interrupted" in str(error):
            raise TookTooLong(seconds) from None
        raise
    finally:
        connection.connection.set_progress_handler(None, 0)


@contextmanager
def within_postgres(seconds: float) -> Iterator[None]:
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(max(int(seconds * 1000), 1))])
            yield
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if "statement timeout" in str(error):
            raise TookTooLong(seconds) from None
        raise
