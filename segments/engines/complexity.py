"""Rules that a database will not take: how to tell, and what to say."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Final

from django.db import DatabaseError, DataError

from users.database.limits import TookTooLong, time_limit
from users.database.questions import dear_question

TOO_COMPLEX: Final = (
    "The database cannot decide this rule: it is too complex. Use simpler patterns or fewer conditions."
)


class TooComplex(TookTooLong):
    """The statement was refused, and would be again."""

    def __init__(self) -> None:
        Exception.__init__(self, TOO_COMPLEX)


def is_too_complex(error: DatabaseError) -> bool:
    """Whether trying again is in vain: not a lock, a lost connection or a time limit."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode == sqlite3.SQLITE_ERROR
    # Of PostgreSQL's classes of errors, 54 is "program limit exceeded".
    return isinstance(error, DataError) or str(getattr(cause, "sqlstate", "")).startswith("54")


@contextmanager
def answerable(seconds: float | None = None, *, somebody_waits: bool = True) -> Iterator[None]:
    """Statements on a rule, within `seconds` where they are given; those that somebody waits for take their turn.
    Raises TookTooLong, or its TooComplex or TooManyQuestions."""
    try:
        with dear_question() if somebody_waits else nullcontext():
            if seconds is None:
                yield
            else:
                with time_limit(seconds):
                    yield
    except DatabaseError as error:
        if is_too_complex(error):
            raise TooComplex from None
        raise
