"""Sockets that keep a deadline: of the whole call, however slowly single bytes come in."""

import ssl
import time
from collections.abc import Buffer
from contextvars import ContextVar
from socket import socket
from typing import Any, Final

LEAST: Final = 0.001  # seconds; 0 would mean a socket that never waits

# When the call that this thread makes must have ended, by time.monotonic().
deadline: ContextVar[float] = ContextVar("deadline")


def time_left() -> float:
    """Seconds until the deadline. Raises TimeoutError after it."""
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError("the call had no more time")
    return max(left, LEAST)


class TimedSocket(socket):
    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(time_left())
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: Buffer, flags: int = 0) -> None:
        self.settimeout(time_left())
        super().sendall(data, flags)


class TimedTls(ssl.SSLSocket):
    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        self.settimeout(time_left())
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: Buffer, flags: int = 0) -> int:  # sendall sends in parts, each by this
        self.settimeout(time_left())
        return super().send(data, flags)


def tls_context() -> ssl.SSLContext:
    """Certificates are checked against the system's authorities, names against the certificate."""
    context = ssl.create_default_context()
    context.sslsocket_class = TimedTls
    return context
