"""Bodies on their way in: spooled as they come, without a thread that waits, at a least speed and up to a size."""

import io
import tempfile
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from typing import IO, Any, Final

PATIENCE: Final = (
    10.0  # seconds for a body, or for as much of it as LEAST_SPEED makes in that time; then for as much more
)
LEAST_SPEED: Final = 4096  # bytes a second
IN_ONE_PIECE: Final = 64 * 1024  # bytes; a body that says it is no larger is awaited whole
IN_MEMORY: Final = 512 * 1024  # bytes; what is larger goes to a file
CONTEXT: Final = copy_context()
READ_OUT: Final = 8 * 1024 * 1024  # bytes too many that are still read: a caller in the middle of sending hears nothing


class Incoming:
    """One body. `then(self)` is called once, on any thread, when it is whole, too large, too slow or broken off."""

    __slots__ = (
        "broken",
        "disk_full",
        "empty_parts",
        "late",
        "length",
        "lock",
        "marked",
        "marked_at",
        "most",
        "proto",
        "received",
        "settled",
        "spool",
        "then",
        "waiting_for",
    )  # fmt: skip

    def __init__(self, proto: Any, length: int | None, most: int, then: Callable[["Incoming"], None]) -> None:
        self.proto, self.length, self.most, self.then = proto, length, most, then
        self.marked_at = time.monotonic()
        self.received = self.marked = 0
        self.late = self.broken = self.disk_full = False
        self.spool: IO[bytes] = io.BytesIO()
        self.waiting_for: Any = None
        self.empty_parts = 0
        self.settled = False
        self.lock = threading.Lock()

    @property
    def too_large(self) -> bool:
        return self.received > self.most or (self.length or 0) > self.most

    def start(self) -> None:
        if self.length is not None and self.length <= IN_ONE_PIECE:
            self.waiting_for = waiting_for = self.proto()
            waiting_for.add_done_callback(self.whole, context=CONTEXT)
        else:
            aiter(self.proto)
            self.await_part()

    def whole(self, future: Any) -> None:
        try:
            data = future.result()
        except Exception:  # the caller went away
            self.settle(broken=True)
            return
        self.received, self.spool = len(data), io.BytesIO(data)
        self.settle()

    def await_part(self) -> None:
        proto = self.proto
        if proto is None:  # given up meanwhile
            return
        try:
            self.waiting_for = waiting_for = anext(proto)
        except StopAsyncIteration:
            # The end is one empty part; an error, which is not told apart otherwise, is one more before it.
            short = self.length is not None and self.received < self.length
            self.settle(broken=short or self.empty_parts > 1)
            return
        waiting_for.add_done_callback(self.part, context=CONTEXT)

    def part(self, future: Any) -> None:
        try:
            data = future.result()
        except Exception:
            self.settle(broken=True)
            return
        try:
            more = self.keep(data)
        except OSError:
            self.disk_full = True
            more = False
        if more:
            self.await_part()
        else:
            self.settle()

    def keep(self, data: bytes) -> bool:
        """Whether to read on."""
        self.empty_parts = 0 if data else self.empty_parts + 1
        self.received += len(data)
        if self.received > self.most:
            self.spool = io.BytesIO()
            return self.received <= self.most + READ_OUT
        if isinstance(self.spool, io.BytesIO) and self.received > IN_MEMORY:
            file = tempfile.TemporaryFile(prefix="jimo-body-")  # noqa: SIM115  closed with the request
            file.write(self.spool.getvalue())
            self.spool = file
        self.spool.write(data)
        return True

    def is_late(self, now: float) -> bool:
        if now - self.marked_at <= PATIENCE:
            return False
        enough = self.received - self.marked >= LEAST_SPEED * PATIENCE
        self.marked_at, self.marked = now, self.received
        return not enough

    def give_up(self) -> None:
        """Too slow: whatever still comes is not waited for."""
        waiting_for = self.waiting_for
        if self.settle(late=True):
            waiting_for.cancel()

    def settle(self, *, late: bool = False, broken: bool = False) -> bool:
        with self.lock:
            if self.settled:
                return False
            self.settled, self.late, self.broken = True, late, broken
        # Granian keeps the connection until nobody can read its body any more.
        self.proto = self.waiting_for = None
        self.spool.seek(0)
        self.then(self)
        return True
