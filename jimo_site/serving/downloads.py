"""Long answers: the application writes them to a spool on disk at its own pace, readers take them at theirs.

Granian's streams take whatever they are given into memory; a file it reads only as fast as its reader takes it. So a
long answer is given to it as a named pipe, and one thread for all of them fills the pipes from the spools.
"""

import fcntl
import os
import select
import shutil
import struct
import tempfile
import termios
import threading
import time
from collections.abc import Callable
from typing import IO, Any, Final

PIECE: Final = 64 * 1024  # bytes
PATIENCE: Final = 15.0  # seconds that a reader may take nothing
MOST: Final = 64  # at once, in one process
TICK: Final = 0.1  # seconds


class Gone(Exception):
    """Nobody reads this answer any more."""


class Download:
    def __init__(self, path: str, abort: Callable[[], None], wake: Callable[[], None]) -> None:
        self.path, self.abort, self.wake = path, abort, wake
        self.spool: IO[bytes] = tempfile.TemporaryFile(prefix="jimo-answer-", buffering=0)  # noqa: SIM115
        os.mkfifo(path, 0o600)
        # For both ends: there is no reader yet, and without one the pipe could not be opened for writing alone.
        self.pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.has_reader = False
        self.written = self.sent = 0
        self.moved_at = time.monotonic()
        self.finished = self.failed = self.gone = False

    # What the application's thread does.

    def write(self, part: bytes) -> None:
        if self.gone:
            raise Gone
        self.spool.write(part)
        if self.written == self.sent:
            self.moved_at = time.monotonic()  # it had all there was
        self.written += len(part)
        self.wake()

    def finish(self, *, failed: bool = False) -> None:
        self.failed, self.finished = failed, True
        self.wake()

    # What the thread of all downloads does.

    def pump(self, now: float) -> bool:
        """Move what can be moved; False when the download is over."""
        if self.failed:
            self.abort()
            return False
        try:
            while self.sent < self.written:
                moved = os.write(self.pipe, os.pread(self.spool.fileno(), PIECE, self.sent))
                self.sent, self.moved_at = self.sent + moved, now
        except BlockingIOError:
            pass
        except OSError:  # the reader went away
            return False
        if not unread(self.pipe):
            self.meet_reader()
            if self.finished and self.sent == self.written:
                return False
            self.moved_at = now
        if now - self.moved_at > PATIENCE:
            self.abort()
            return False
        return True

    def meet_reader(self) -> None:
        """All was read, so there is a reader: from now on a write fails when it has gone."""
        if not self.has_reader and self.sent:
            writing = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            os.close(self.pipe)
            self.pipe, self.has_reader = writing, True

    def close(self) -> None:
        self.gone = True
        os.close(self.pipe)
        os.unlink(self.path)
        self.spool.close()


def unread(pipe: int) -> int:
    """Bytes that wait in the pipe."""
    return int(struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"))[0])


class Downloads(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="downloads", daemon=True)
        self.folder = tempfile.mkdtemp(prefix="jimo-downloads-")
        self.running: list[Download] = []
        self.lock = threading.Lock()
        self.count = 0
        self.woken, self.waker = os.pipe()
        os.set_blocking(self.woken, False)
        os.set_blocking(self.waker, False)

    def begin(self, proto: Any, status: int, headers: list[tuple[str, str]], abort: Callable[[], None]) -> Download:
        """Answer with what will be written. Raises Gone when too many are being read already."""
        with self.lock:
            if len(self.running) >= MOST:
                raise Gone
            self.count += 1
            download = Download(os.path.join(self.folder, str(self.count)), abort, self.wake)
            self.running.append(download)
        proto.response_file(status, headers, download.path)
        return download

    def wake(self) -> None:
        try:
            os.write(self.waker, b"\0")
        except BlockingIOError:  # it is awake
            pass

    def run(self) -> None:
        while True:
            self.wait()
            now = time.monotonic()
            for download in list(self.running):
                if not download.pump(now):
                    with self.lock:
                        self.running.remove(download)
                    download.close()

    def wait(self) -> None:
        """Until a pipe takes more, an application has written more, or a moment has passed."""
        full = [one.pipe for one in self.running if one.sent < one.written]
        select.select([self.woken], full, [], TICK if self.running else None)
        try:
            os.read(self.woken, 65536)
        except BlockingIOError:
            pass

    def clean_up(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
