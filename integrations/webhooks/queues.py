"""What waits for one endpoint, in memory, and the threads that send it: never two at once of one user.

The dispatcher's thread adds and settles; sending threads take and finish. None of the latter touches the database.
"""

from collections import deque
from collections.abc import Iterable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final

from integrations.webhooks.sending import Item, Result, Target, send
from users.jobs.machinery import stopping

AT_ONCE: Final = 8  # calls to one endpoint
HOLD_AFTER: Final = 5  # failures in a row: the endpoint is left alone for a while


class Queue:
    def __init__(self, webhook: int, results: SimpleQueue[Result]) -> None:
        self.webhook, self.results = webhook, results
        self.target = Target("", ())
        self.known: set[int] = set()  # deliveries that are here, or sent and not settled yet
        self.stuck: set[int] = set()  # users whose delivery failed: not settled yet
        self.failures = 0  # in a row
        self.closed = False
        self._lock: Final = Lock()
        self._chains: dict[int, deque[Item]] = {}  # of each user, in order; the first may be under way
        self._ready: deque[int] = deque()  # users whose first is not under way
        self._threads = 0

    @property
    def size(self) -> int:
        return len(self.known)

    @property
    def most(self) -> int:
        """Calls at once. An endpoint that fails again and again is tried by one."""
        return 1 if self.failures >= HOLD_AFTER else AT_ONCE

    def add(self, items: Iterable[Item]) -> None:
        """In the order in which each user's are to arrive."""
        with self._lock:
            for item in items:
                if item.delivery in self.known or item.user in self.stuck:
                    continue
                self.known.add(item.delivery)
                if chain := self._chains.get(item.user):
                    chain.append(item)
                else:
                    self._chains[item.user] = deque([item])
                    self._ready.append(item.user)

    def feed(self) -> None:
        """Have as many threads at work as there is work for, up to the limit."""
        with self._lock:
            wanted = 0 if self.closed else min(self.most - self._threads, len(self._ready))
            self._threads += max(wanted, 0)
        for _ in range(wanted):
            Thread(target=self._work, name=f"webhook-{self.webhook}", daemon=True).start()

    def close(self) -> None:
        """Send nothing more: what is not under way is forgotten here, and waits in the database."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        self.closed = True
        for user in self._ready:
            self.known -= {item.delivery for item in self._chains.pop(user)}
        self._ready.clear()

    def settle(self, results: Iterable[Result]) -> None:
        """These results are in the database."""
        with self._lock:
            for result in results:
                self.known.discard(result.item.delivery)
                self.stuck.discard(result.item.user)

    def _work(self) -> None:
        while (item := self._take()) is not None:
            result = send(self.target, item)
            self._finish(item, result)
            self.results.put(result)

    def _take(self) -> Item | None:
        with self._lock:
            if self.closed or stopping.is_set() or not self._ready or self._threads > self.most:
                self._threads -= 1
                return None
            return self._chains[self._ready.popleft()][0]

    def _finish(self, item: Item, result: Result) -> None:
        with self._lock:
            chain = self._chains[item.user]
            chain.popleft()
            if result.ok:
                self.failures = 0
            elif not item.test:
                self.failures += 1
                self.stuck.add(item.user)
            if not result.ok or self.closed:  # later ones of this user wait until this one has arrived
                self.known -= {later.delivery for later in chain}
                chain.clear()
            if chain:
                self._ready.append(item.user)
            else:
                del self._chains[item.user]
            if self.failures >= HOLD_AFTER and not result.ok and not item.test:
                self._close()
