"""The application's answer, on its way out: in one piece when it is short, else as a download."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from jimo_site.serving.downloads import Download, Downloads, Gone
from jimo_site.serving.refused import FAILED, TOO_MANY, refuse
from users.database.availability import away_words, is_away
from users.database.contention import BUSY, is_contention

log = logging.getLogger("users.serving")

SHORT: Final = 256 * 1024  # bytes of a stream that are gathered before they are sent
SOON: Final = 1.0  # seconds

type Headers = list[tuple[str, str]]


class Answer:
    """What the application said with start_response."""

    def __init__(self, closes: bool) -> None:
        self.status = 500
        self.headers: Headers = []
        self.closes = closes

    def __call__(self, status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
        self.status = int(status[:3])
        # Granian ends the process's thread over a letter that no header may have.
        self.headers = [(name, value if value.isascii() else ascii_of(value)) for name, value in headers]
        if self.closes or self.status in (408, 413):
            self.headers.append(("connection", "close"))
        return refuse_to_write


def ascii_of(value: str) -> str:
    return value.encode("ascii", "replace").decode()


def refuse_to_write(data: bytes) -> object:
    raise NotImplementedError("Applications return their answer; write() of WSGI is for those older than that.")


def answer(
    proto: Any, environ: dict[str, Any], application: Any, downloads: Downloads, abort: Callable[[], None],
    closes: bool = False,
) -> None:  # fmt: skip
    """Run the application and hand over what it answers. `abort` hangs up on the caller."""
    started = Answer(closes)
    body = application(environ, started)
    try:
        if environ["REQUEST_METHOD"] == "HEAD":
            proto.response_empty(started.status, started.headers)
        elif getattr(body, "streaming", True):
            stream(proto, environ, started, iter(body), downloads, abort)
        else:
            proto.response_bytes(started.status, started.headers, b"".join(body))
    finally:
        if hasattr(body, "close"):
            body.close()


def stream(
    proto: Any, environ: dict[str, Any], started: Answer, parts: Iterator[bytes], downloads: Downloads,
    abort: Callable[[], None],
) -> None:  # fmt: skip
    try:
        gathered, ended = gather(parts)
    except Exception as error:
        refuse(proto, environ["PATH_INFO"], said_of(error, environ["PATH_INFO"]))
        return
    if ended:
        proto.response_bytes(started.status, started.headers, gathered)
        return
    try:
        download = downloads.begin(proto, started.status, started.headers, abort)
    except Gone:
        refuse(proto, environ["PATH_INFO"], TOO_MANY)
        return
    write_all(download, gathered, parts)


def said_of(error: Exception, path: str) -> tuple[int, str, str]:
    """What the application's own middleware would have said, had it still been there."""
    if is_contention(error):
        return 503, "busy", BUSY
    if is_away(error):
        return 503, "unavailable", away_words(error)
    log.error("An answer failed before it began: %s", path.split("/")[1:2], exc_info=error)
    return FAILED


def gather(parts: Iterator[bytes]) -> tuple[bytes, bool]:
    """(the beginning, whether that is all)"""
    gathered, size, end = [], 0, time.monotonic() + SOON
    for part in parts:
        gathered.append(part)
        size += len(part)
        if size > SHORT or time.monotonic() > end:
            return b"".join(gathered), False
    return b"".join(gathered), True


def write_all(download: Download, beginning: bytes, parts: Iterator[bytes]) -> None:
    """A reader of an answer that breaks off must see that it did: the connection is cut, not ended."""
    try:
        download.write(beginning)
        for part in parts:
            download.write(part)
    except Gone:
        return
    except Exception as error:
        log.error("An answer failed on its way: %s", type(error).__name__, exc_info=not isinstance(error, OSError))
        download.finish(failed=True)
        return
    download.finish()
