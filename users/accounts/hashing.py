"""Passwords are hashed slowly on purpose, so two at once in a process: others are served meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.contrib.auth.hashers import Argon2PasswordHasher

from users.database.contention import Busy

AT_ONCE: Final = 2
LONGEST_WAIT: Final = 5.0  # seconds

_places = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def place() -> Iterator[None]:
    """Raises Busy, which is 503 with Retry-After at every door."""
    if not _places.acquire(timeout=LONGEST_WAIT):
        raise Busy
    try:
        yield
    finally:
        _places.release()


class TurnTakingArgon2(Argon2PasswordHasher):
    """The framework's, whose hashes it reads and writes."""

    def encode(self, password: str, salt: str) -> str:
        with place():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with place():
            return super().verify(password, encoded)
