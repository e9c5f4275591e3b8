"""Asking, and keeping what broke: each kind of failure once, with what was sent and the exception."""

import logging
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.signals import got_request_exception
from django.test import Client

HOUSE: Final = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True)
class Ask:
    who: str
    method: str
    path: str  # with its query, percent-encoded
    body: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        def short(text: str) -> str:
            return text if len(text) < 1500 else f"{text[:1500]}… ({len(text)})"

        parts = [f"{self.who}: {self.method} {short(self.path)}"]
        if self.body:
            parts.append(f"{self.content_type}: {short(repr(self.body))}")
        if self.headers:
            parts.append(short(repr(self.headers)))
        return "\n    ".join(parts)


class Raised(logging.Handler):
    """The last exception that a view let go or that the API answered as its own mistake."""

    def __init__(self) -> None:
        super().__init__()
        self.error: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR:
            self.error = sys.exc_info()[1] or self.error

    def note(self, **kwargs: Any) -> None:
        self.error = sys.exc_info()[1] or self.error


@dataclass
class Verdicts:
    raised: Raised
    asked: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)  # where -> what was sent, and the exception
    slowest: tuple[float, str] = (0.0, "")  # seconds, what was sent

    def check(self, ask: Ask, response: Any) -> None:
        self.asked += 1
        status = response.status_code
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status >= 500:
            self.blame(ask, f"{status}", self.raised.error)
        elif leads_away(response.get("Location", "")):
            self.blame(ask, f"leads to {response['Location']!r}", None)

    def blame(self, ask: Ask, what: str, error: BaseException | None) -> None:
        said = "".join(traceback.format_exception(error)[-12:]) if error else ""
        self.broken.setdefault(f"{what} {place_of(error)}", f"{ask}\n{said}")

    def fail_if_broken(self) -> None:
        told = "\n\n".join(f"--- {where}\n{what}" for where, what in self.broken.items())
        assert not self.broken, f"{len(self.broken)} kinds of failure in {self.asked} requests\n\n{told}"


def place_of(error: BaseException | None) -> str:
    """The kind of error and the last line of ours that it came through."""
    if error is None:
        return ""
    frames = list(traceback.extract_tb(error.__traceback__))
    ours = [
        frame
        for frame in frames
        if frame.filename.startswith(HOUSE) and ".venv" not in frame.filename and "/tests/" not in frame.filename
    ]
    last = (ours or frames)[-1]
    at = f"{last.filename.removeprefix(HOUSE)}:{last.lineno}"
    return f"{type(error).__name__} at {at}"


def leads_away(location: str) -> bool:
    """Whether a browser that follows leaves this site."""
    parts = urlsplit(location.replace("\\", "/"))
    return bool(parts.netloc and parts.netloc != "testserver") or parts.scheme not in ("", "http", "https")


def ask(client: Client, what: Ask, verdicts: Verdicts) -> Any:
    verdicts.raised.error = None
    path, _, query = what.path.partition("?")
    extra, began = {"QUERY_STRING": query, **what.headers}, time.monotonic()
    try:
        response = client.generic(what.method, path, what.body, content_type=what.content_type, **extra)
        if getattr(response, "streaming", False):
            response.whole = b"".join(response.streaming_content)
        else:
            response.whole = response.content
    except Exception as error:  # outside of what the client answers for: a stream, a middleware
        verdicts.asked += 1
        verdicts.blame(what, "raised", error)
        return None
    verdicts.slowest = max(verdicts.slowest, (time.monotonic() - began, str(what)))
    verdicts.check(what, response)
    return response


@contextmanager
def listening() -> Iterator[Verdicts]:
    raised = Raised()
    loggers = [logging.getLogger(name) for name in ("users.api", "django.request")]
    got_request_exception.connect(raised.note)
    for logger in loggers:
        logger.addHandler(raised)
    try:
        yield Verdicts(raised)
    finally:
        got_request_exception.disconnect(raised.note)
        for logger in loggers:
            logger.removeHandler(raised)
