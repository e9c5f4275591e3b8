import time
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3.base import DatabaseWrapper as Framework

from jimo_site.sqlite.turns import turns
from users.database.contention import waited_in_vain

LOOK = 0.001  # seconds between two looks at a lock that another process holds


class DatabaseWrapper(Framework):
    """A transaction begins in its turn, and waits for it and for other processes as long as any statement does."""

    _wait = 0  # milliseconds
    _has_turn = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._wait = int(conn_params["timeout"] * 1000)
        return super().get_new_connection(conn_params)

    def set_lock_wait(self, milliseconds: int) -> None:
        """How long a statement, or the beginning of a transaction, waits for the write lock."""
        self.ensure_connection()
        self.connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
        self._wait = milliseconds

    def _start_transaction_under_autocommit(self) -> None:
        self.ensure_connection()
        end = time.monotonic() + self._wait / 1000
        if not self._has_turn:  # something that looks at statements may have one of its own run before this one
            self._has_turn = turns.take(self._wait / 1000)
        try:
            self.connection.execute("PRAGMA busy_timeout = 0")
            try:
                self._begin(end)
            finally:
                self.connection.execute(f"PRAGMA busy_timeout = {self._wait}")
        except BaseException:
            self._give_turn()
            raise

    def _begin(self, end: float) -> None:
        while True:
            try:
                super()._start_transaction_under_autocommit()  # type: ignore[misc]
                return
            except OperationalError as error:
                if not waited_in_vain(error) or time.monotonic() >= end:
                    raise
            time.sleep(LOOK)

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._ended()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._ended()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _ended(self) -> None:
        if self.connection is None or not self.connection.in_transaction:  # a commit that failed leaves it open
            self._give_turn()

    def _give_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            turns.give()
