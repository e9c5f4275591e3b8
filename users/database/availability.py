"""The database away: stopped, hanging, cut off, out of room. What is said then, and how a hanging one is noticed.

A stopped PostgreSQL refuses, and what refuses is told at once. One that hangs keeps whoever asked it, for ever: the
kernel at its end goes on acknowledging. So each process asks it now and then in a thread of its own, with a deadline;
while that fails requests are refused before they ask, and the connections of those who did ask are cut.
"""

import asyncio
import logging
import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Final
from weakref import WeakSet

from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger("users.availability")

AWAY: Final = "The database cannot be reached just now. Nothing is lost; try again in a few seconds."
FULL: Final = "The database's disk is full. What was sent is not stored; try again when there is room."
RETRY_AFTER: Final = 5  # seconds
EVERY: Final = 0.5  # seconds between two looks
DEADLINE: Final = 2.0  # seconds for an answer
LOOKS_UNTIL_CUT: Final = 2  # that fail one after the other: a database that is slow for a moment loses nobody's work
QUIET: Final = 10.0  # seconds between two lines in the log that say the same

# Classes and states of PostgreSQL: connection, resources, system; being stopped or started; a replica.
CLASSES: Final = ("08", "53", "58")
STATES: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25006"})
SQLITE_NAMES: Final = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")


class Away(OperationalError):
    """Refused before the database was asked: it did not answer when last looked at."""

    def __init__(self) -> None:
        super().__init__(AWAY)


def is_away(error: BaseException) -> bool:
    """Whether it is the database that could not be reached or had no room, whatever was asked of it."""
    if isinstance(error, Away | InterfaceError):
        return True
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    if state:
        return state.startswith(CLASSES) or state in STATES
    if name := getattr(cause, "sqlite_errorname", None):
        return name.startswith(SQLITE_NAMES)
    return isinstance(error, OperationalError) and type(cause).__module__.startswith("psycopg")


def away_words(error: BaseException) -> str:
    """What is said of an error that `is_away`. Noted in the log, though not once for each who asked."""
    log_failure(type(error.__cause__ or error).__name__)
    cause = error.__cause__
    full = getattr(cause, "sqlstate", None) == "53100" or getattr(cause, "sqlite_errorname", None) == "SQLITE_FULL"
    return FULL if full else AWAY


_noted = 0.0


def log_failure(what: str) -> None:
    global _noted
    if time.monotonic() - _noted > QUIET:
        _noted = time.monotonic()
        log.warning("The database is away: %s", what)


def is_known_away() -> bool:
    """Without asking it."""
    return _watch is not None and _watch.failed > 0


_connections: WeakSet[Any] = WeakSet()
_watch: "Watch | None" = None


def remember_connection(sender: Any, connection: Any, **kwargs: Any) -> None:
    """Receiver of connection_created."""
    _connections.add(connection)


def watch_database() -> None:
    """In processes that go on: look after a database that may hang. SQLite has nobody who could."""
    global _watch
    if connection.vendor == "postgresql" and _watch is None:
        _watch = Watch()
        _watch.start()


class Watch(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="database", daemon=True)
        self.failed = 0  # looks, one after the other
        self.looks = 0  # that were let go of
        self.connection: Any = None

    def run(self) -> None:
        asyncio.run(self.look_for_ever())

    async def look_for_ever(self) -> None:
        while True:
            look = asyncio.ensure_future(self.look(self.looks))
            look.add_done_callback(ignore_outcome)
            # Not wait_for: psycopg answers being cancelled by asking the server to cancel, and waits for that.
            await asyncio.wait({look}, timeout=DEADLINE)
            error = look.exception() if look.done() else TimeoutError()
            if error is None:
                self.failed = 0
            else:
                self.failed += 1
                log_failure(type(error).__name__)
                self.let_go()
                if isinstance(error, TimeoutError) and self.failed >= LOOKS_UNTIL_CUT:
                    cut_connections()
            await asyncio.sleep(EVERY)

    async def look(self, number: int) -> None:
        held = self.connection
        if held is None:
            from psycopg import AsyncConnection  # only where it is PostgreSQL

            held = await AsyncConnection.connect(**connection_parameters(), autocommit=True)
            if number != self.looks:  # it took so long that others look by now
                await held.close()
                return
            self.connection = held
        await held.execute("SELECT 1")

    def let_go(self) -> None:
        """Of the connection, and of the look that waits for its answer: that one ends as its line is cut."""
        self.looks += 1
        held, self.connection = self.connection, None
        if held is not None:
            with suppress(Exception):
                cut_connection(held.pgconn)


def connection_parameters() -> dict[str, Any]:
    """For a connection beside those of the framework."""
    of_the_framework = {"cursor_factory", "context", "prepare_threshold"}
    return {name: value for name, value in connection.get_connection_params().items() if name not in of_the_framework}


def cut_connections() -> None:
    """Whoever waits for an answer on one of them is told that it will not come."""
    for held in list(_connections):
        with suppress(Exception):  # some were closed meanwhile
            cut_connection(held.connection.pgconn)


def cut_connection(connection: Any) -> None:
    with socket.socket(fileno=os.dup(connection.socket)) as line:
        line.shutdown(socket.SHUT_RDWR)


def ignore_outcome(look: "asyncio.Future[None]") -> None:
    """Nobody asks any more what became of it."""
    if not look.cancelled():
        look.exception()
