"""Lanes: each kind of request has places of its own, so that no kind keeps the others from being served.

A request takes a place when all of its body is there. Where the places of its lane are taken it waits in the lane's
queue, without a thread, until a place is free: whoever leaves one takes the next along. It does not wait for ever.
"""

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

LONGEST_WAIT: Final = 10.0  # seconds in a queue
LONGEST_QUEUE: Final = 512  # requests

# What may take seconds: exports, previews, rules given in a call, lists by rule, what superusers look through.
LONG: Final = re.compile(
    r"/export(-users)?/?$|/exports/\d+/file/$|/preview/?$|^/api/v1/evaluate$|^/admin/(?!login)|^/api/schema/"
)
LONG_QUERY: Final = re.compile(r"(^|&)(rule|filter)=")


@dataclass(slots=True)
class Job:
    """`run` answers the request; `refuse` says that too many are waiting."""

    run: Callable[[], None]
    refuse: Callable[[], None]
    since: float = field(default_factory=time.monotonic)


class Lane:
    def __init__(self, name: str, places: int) -> None:
        self.name, self.places = name, places
        self.taken = 0
        self.queue: deque[Job] = deque()
        self.lock = threading.Lock()

    def enter(self, job: Job) -> None:
        """Run the job now, on this thread, and then whoever waits; or leave it in the queue; or refuse it."""
        with self.lock:
            waits = self.taken >= self.places
            refused = waits and len(self.queue) >= LONGEST_QUEUE
            if not waits:
                self.taken += 1
            elif not refused:
                self.queue.append(job)
        if refused:
            job.refuse()
        if waits:
            return
        following: Job | None = job
        while following is not None:
            try:
                following.run()
            finally:
                following = self.next()

    def next(self) -> Job | None:
        with self.lock:
            if self.queue:
                return self.queue.popleft()
            self.taken -= 1
            return None

    def refuse_late(self, now: float) -> None:
        """Those who have waited too long, oldest first."""
        late = []
        with self.lock:
            while self.queue and now - self.queue[0].since > LONGEST_WAIT:
                late.append(self.queue.popleft())
        for job in late:
            job.refuse()


class Lanes:
    """Which lane a request goes."""

    def __init__(self, calls: int, reads: int = 3, pages: int = 4, forms: int = 2, long: int = 2) -> None:
        self.calls, self.reads = Lane("calls", calls), Lane("reads", reads)
        self.pages, self.forms = Lane("pages", pages), Lane("forms", forms)
        self.long = Lane("long", long)
        self.all = (self.calls, self.reads, self.pages, self.forms, self.long)

    @property
    def places(self) -> int:
        return sum(lane.places for lane in self.all)

    def lane_of(self, method: str, path: str, query: str) -> Lane:
        if LONG.search(path) or (query and LONG_QUERY.search(query)):
            return self.long
        if method in ("GET", "HEAD", "OPTIONS"):
            return self.reads if is_call(path) else self.pages  # programs read without a pause, people wait for a page
        return self.calls if is_call(path) else self.forms


def is_call(path: str) -> bool:
    """Whether it is answered in the API's shape."""
    return path.startswith("/api/")
