"""Turns at SQLite's write lock: within a process, who came first writes first.

SQLite itself looks now and then whether its lock is free, each writer for itself and ever more seldom, so that those
who have waited longest come last. Here one writer of the process looks, and often; the others wait for their turn.
"""

import threading
from collections import deque


class Turns:
    def __init__(self) -> None:
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()
        self._guard = threading.Lock()  # held for a few instructions, never while the database is asked

    def take(self, seconds: float) -> bool:
        """Wait so long for the turn; whether it is the caller's, who then has to give it back."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=max(seconds, 0)):
            return True
        with self._guard:
            if mine not in self._waiting:  # it was handed over just now
                return True
            self._waiting.remove(mine)
            return False

    def give(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


turns = Turns()
