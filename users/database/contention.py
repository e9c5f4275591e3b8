"""Many who write at once: how long each waits, who goes next, and what is said to those who cannot be served.

Two writers that meet (a deadlock, two first sights of one id, a lock that is not let go) are nobody's mistake. The
write path tries twice as everybody else does and then waits its turn, with the project to itself; all others start
over by hand. Whatever is left after LONGEST is Busy: 503 with Retry-After, in the API and on pages.

SQLite has one write lock, and those who write in one process take turns at it (jimo_site/sqlite/turns.py). Where
somebody outside holds it, whoever waits keeps others waiting too: once a whole wait went by in which no write of this
process got through, callers wait a moment only, until one gets through again.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, Error, IntegrityError, OperationalError, connection, transaction

from users.database.statements import execute

log = logging.getLogger("users.contention")

LONGEST: Final = 10.0  # seconds from a call's first step until it is answered, one way or the other
RETRY_AFTER: Final = 2  # seconds
SHORTEST_WAIT: Final = 0.05  # seconds
LONGEST_IDLE: Final = 120.0  # seconds that a transaction may hold its locks without asking anything
AS_EVER: Final = nullcontext()
A_MOMENT: Final = 0.3  # seconds
ASIDE: Final = 0.2  # seconds that a call waits to write down what it can do without

# Deadlock, serialization, a lock waited for too long, a row made or removed by somebody else meanwhile.
POSTGRES_STATES: Final = frozenset({"40P01", "40001", "55P03", "23505", "23503"})
SQLITE_NAMES: Final = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_CONSTRAINT_UNIQUE",
    "SQLITE_CONSTRAINT_PRIMARYKEY",
    "SQLITE_CONSTRAINT_FOREIGNKEY",
)


BUSY: Final = "Too many are writing the same thing just now. Nothing was stored; try again in a moment."


class Busy(OperationalError):
    """Others held what this call needed for as long as it may wait. Nothing of it is stored."""

    def __init__(self) -> None:
        super().__init__(BUSY)


def is_contention(error: BaseException) -> bool:
    """Whether the database refused because others write too, not because of what was written."""
    if isinstance(error, Busy):
        return True
    if not isinstance(error, OperationalError | IntegrityError):
        return False
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in POSTGRES_STATES:
        return True
    if (getattr(cause, "sqlite_errorname", None) or "").startswith(SQLITE_NAMES):
        return True
    return cause is None and isinstance(error, IntegrityError)  # a message id that was answered meanwhile, store.py


def waited_in_vain(error: BaseException) -> bool:
    """Whether a whole wait for a lock is over, so that another try would most likely wait as long again."""
    cause = error.__cause__
    name = getattr(cause, "sqlite_errorname", None) or ""
    return getattr(cause, "sqlstate", None) == "55P03" or name.startswith("SQLITE_BUSY")


_through = 0.0  # when a write of this process last had the lock
_held = False  # since then, a whole wait went by


def got_through() -> None:
    """A write has the lock."""
    global _through, _held
    _through, _held = time.monotonic(), False


def nobody_gets_through() -> bool:
    """Asked after a whole wait: whether it was for a lock that somebody outside holds."""
    global _held
    if connection.vendor == "sqlite" and time.monotonic() - _through > settings.LOCK_WAIT * 0.9:
        _held = True
    return _held


def limit_waits(sender: Any, connection: Any, **kwargs: Any) -> None:
    """Receiver of connection_created. On SQLite `timeout` of the settings says the same."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET lock_timeout = {int(settings.LOCK_WAIT * 1000)}; "
                f"SET idle_in_transaction_session_timeout = {int(LONGEST_IDLE * 1000)}"
            )


def set_wait(seconds: float) -> None:
    milliseconds = int(max(seconds, SHORTEST_WAIT) * 1000)
    if connection.vendor == "postgresql":
        execute(f"SET lock_timeout = {milliseconds}", [])
    else:
        connection.set_lock_wait(milliseconds)  # type: ignore[attr-defined]  # jimo_site/sqlite


@contextmanager
def lock_wait(seconds: float) -> Iterator[None]:
    """Within, a statement waits so long for a lock, where the connection has no transaction around this."""
    if connection.in_atomic_block:
        yield
        return
    set_wait(min(seconds, settings.LOCK_WAIT))
    try:
        yield
    finally:
        with suppress(Error):  # a connection that broke meanwhile is made anew
            set_wait(settings.LOCK_WAIT)


@contextmanager
def beside_the_call(seconds: float = ASIDE) -> Iterator[None]:
    """For what a call notes beside its work, in statements of its own: it neither fails the call nor keeps it long.

    On SQLite these meet whoever writes just now, on PostgreSQL only who writes the same row.
    """
    if connection.in_atomic_block:
        yield
        return
    try:
        with lock_wait(seconds) if connection.vendor == "sqlite" else nullcontext():
            yield
    except DatabaseError as error:
        log.info("Not noted: %s", type(error).__name__)


def with_retries[**P, R](write: Callable[P, R]) -> Callable[P, R]:
    """For a function that is one transaction and leaves nothing when it fails: others in its way cost it time."""

    @wraps(write)
    def patiently(*args: P.args, **kwargs: P.kwargs) -> R:
        patience = Patience()
        while True:
            try:
                with patience.waits():
                    done = write(*args, **kwargs)
                got_through()
                return done
            except (IntegrityError, OperationalError) as passing:
                patience.bear(passing)

    return patiently


class Patience:
    """How often, and until when, one call is tried."""

    TRIES: Final = 2  # side by side with all others
    TURNS: Final = 6

    def __init__(self, since: float | None = None) -> None:
        self.end = (time.monotonic() if since is None else since) + LONGEST
        self.failed = 0

    @property
    def in_turn(self) -> bool:
        """Whether the next try has the project to itself."""
        return self.failed >= self.TRIES

    def waits(self) -> AbstractContextManager[None]:
        """Around a try: a first one waits as every statement does, a turn for what is left of the time."""
        if _held:
            return lock_wait(A_MOMENT)
        return lock_wait(self.end - time.monotonic()) if self.in_turn else AS_EVER

    def bear(self, error: Exception) -> None:
        """A try failed: returns when it is time for the next, or raises the error, or Busy."""
        of_the_database = isinstance(error, DatabaseError)
        if of_the_database and not is_contention(error):
            raise error
        if isinstance(error, OperationalError) and transaction.get_connection().in_atomic_block:
            raise error  # somebody else's transaction around this one is broken
        whole_wait = waited_in_vain(error)
        self.failed = max(self.failed + 1, self.TRIES if whole_wait else 0)
        if whole_wait and nobody_gets_through():
            raise Busy from error
        if time.monotonic() >= self.end - SHORTEST_WAIT or self.failed >= self.TRIES + self.TURNS:
            log.warning("Gave up a call after %s tries: %s", self.failed, type(error).__name__)
            raise Busy from error
        time.sleep(min(0.01 * self.failed, 0.05))
