"""Questions that may take seconds (counts and lists by a rule): so many at once in a process, the others wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from users.database.limits import TookTooLong

AT_ONCE: Final = 2
LONGEST_WAIT: Final = 5.0  # seconds
RETRY_AFTER: Final = 5

# Not a lock: so many ask the database at the same time, and nothing that is short needs a place.
_places = threading.BoundedSemaphore(AT_ONCE)


class TooManyQuestions(TookTooLong):
    """No place came free in time: 429 with Retry-After."""

    def __init__(self) -> None:
        Exception.__init__(
            self, f"{AT_ONCE} other questions that take long are being answered. Try again in a few seconds."
        )


@contextmanager
def dear_question() -> Iterator[None]:
    """Ask inside. Raises TooManyQuestions."""
    if not _places.acquire(timeout=LONGEST_WAIT):
        raise TooManyQuestions
    try:
        yield
    finally:
        _places.release()
