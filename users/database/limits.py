"""No rule may run for minutes: a time limit on the statements inside."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import OperationalError, connection, transaction

LONGEST_COUNT: Final = 10.0  # seconds that a page or call waits for a count
STEPS: Final = 20_000  # of SQLite's virtual machine between two looks at the clock

CANCELED: Final = "57014"  # PostgreSQL's query_canceled

_clock = threading.local()  # `end`: when what this thread decides must be done; `work_end`: the same in its own work


class OutOfTime(Exception):
    """What was decided in Python was stopped. On SQLite its statement fails with it."""


class TookTooLong(Exception):
    """The statement was stopped."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"This took longer than {seconds:g} seconds and was stopped. Make the rule simpler, or save it: a segment is computed in the background."
        )
        self.seconds = seconds


def look_at_clock() -> None:
    """Raise OutOfTime if the time is up. What may take long in Python asks this in between."""
    end, work_end = getattr(_clock, "end", None), getattr(_clock, "work_end", None)
    if (end is not None and time.monotonic() > end) or (work_end is not None and time.thread_time() > work_end):
        raise OutOfTime


@contextmanager
def thinking_limit(seconds: float) -> Iterator[None]:
    """Stop what is decided in Python inside, in this thread. Raises TookTooLong."""
    outer = getattr(_clock, "end", None)
    end = time.monotonic() + seconds
    _clock.end = end if outer is None else min(end, outer)
    try:
        yield
    except OutOfTime:
        raise TookTooLong(seconds) from None
    finally:
        _clock.end = outer


@contextmanager
def work_limit(seconds: float) -> Iterator[None]:
    """As thinking_limit, but of the work of this thread: what it waits for others meanwhile is not its fault."""
    _clock.work_end = time.thread_time() + seconds
    try:
        yield
    except OutOfTime:
        raise TookTooLong(seconds) from None
    finally:
        _clock.work_end = None


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
        # Between two looks of the database, functions of Python may run for long.
        with thinking_limit(seconds):
            yield
    except OperationalError as error:
        stopped = "interrupted" in str(error) or ("user-defined function" in str(error) and time.monotonic() > end)
        if stopped:
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
        # A time-out that comes as its statement ends stops the next one, which is told that somebody asked for it.
        if getattr(error.__cause__, "sqlstate", "") == CANCELED:
            raise TookTooLong(seconds) from None
        raise
