"""One web process, as `serve` starts it."""

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from jimo_site.serving.processes import web_process


@contextmanager
def served() -> Iterator[int]:
    """Yields its port."""
    port = 18900 + os.getpid() % 1000
    server = subprocess.Popen(web_process("--port", str(port)))
    try:
        wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def wait(port: int) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")
