"""How a web process is started, wherever one is: `serve`, benchmarks, tests."""

import socket
import sys
from typing import Final

BACKLOG: Final = 1024  # connections that wait to be accepted


def web_process(*options: str) -> list[str]:
    """The command. Options: --host, --port and --shared, or --fd of a listening socket; see granian.py."""
    return [sys.executable, "-m", "jimo_site.serving.granian", *options]


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket; `shared`, one of several on this port, among which the kernel spreads the callers."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.bind((host, port))
    made.listen(BACKLOG)
    return made
