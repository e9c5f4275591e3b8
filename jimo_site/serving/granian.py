"""One web process.

python -m jimo_site.serving.granian [--host HOST] [--port PORT] [--shared] [--fd LISTENING_SOCKET]
"""

import argparse
import os
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from granian import _granian
from granian.http import HTTP1Settings

from jimo_site.serving.crowding import FILES, allow_files
from jimo_site.serving.gate import Gate
from jimo_site.serving.lanes import Lanes
from jimo_site.serving.processes import BACKLOG, listen
from users.database.availability import watch_database
from users.ground.long_running import end_with_parent

core: Any = _granian  # its types lag behind it

SPARE: Final = 4  # threads beside the places of all lanes: for heads, bodies that come, and refusals
IDLE: Final = 600  # seconds until a thread that has nothing to do ends, and its database connection with it
# Seconds that a thread computes while others wait for their turn. A call gives its turn away at each statement, dozens of
# times: with Python's 5 ms, and in a transaction, a few who compute would make it ten times slower, and all behind it.
TURN: Final = 0.0005
HEADS: Final = 30_000  # milliseconds for a head, and between two requests of one connection
CONNECTIONS: Final = 4096  # at once; who comes later waits outside
DRAIN: Final = 10.0  # seconds for what is being answered when the process is asked to end


class NoLoop:
    """Stands where Granian expects an event loop: what it wants called soon is called at once, on its own thread.

    One after the other: a callback that leads to the next one returns first, so that none nests in another.
    """

    def __init__(self) -> None:
        self.of_thread = threading.local()

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any, context: Any = None) -> None:
        waiting = getattr(self.of_thread, "waiting", None)
        if waiting is not None:
            waiting.append((callback, args))
            return
        self.of_thread.waiting = waiting = deque([(callback, args)])
        try:
            while waiting:
                callback, args = waiting.popleft()
                callback(*args)
        finally:
            self.of_thread.waiting = None

    call_soon = call_soon_threadsafe


class Scheduler(core.CallbackScheduler):  # type: ignore[misc]
    """Gives each request to the gate, on the thread on which Granian found it."""


def serve(listener: socket.socket, application: Any, *, shared: bool = False) -> None:
    """Until SIGTERM or SIGINT. `shared`: one of several processes, which share PostgreSQL's hundred connections."""
    connections = min(CONNECTIONS, allow_files() - FILES)
    gate = Gate(application, lanes := Lanes(calls=16 if shared else 32), listener.getsockname()[1], connections)
    worker = core.RSGIWorker(
        1, (None, core.SocketHolder(listener.fileno(), False, BACKLOG)), None, 1, 512, lanes.places + SPARE, IDLE,
        connections, "1", HTTP1Settings(header_read_timeout=HEADS), None, False, None,
        False, None, None, None, "tls1.3", None, [], False, (None, None),
    )  # fmt: skip
    loop, asked, ended = NoLoop(), core.WorkerSignal(), threading.Event()
    asked.add_cb(ended.set)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    scheduler = Scheduler(loop, gate, None, None, None)
    scheduler._schedule_fn = gate
    gate.start()
    watch_database()
    worker.serve_str(scheduler, loop, asked)
    stopping.wait()
    asked.set()
    ended.wait(DRAIN)
    gate.downloads.clean_up()


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--host", default="127.0.0.1")
    ask.add_argument("--port", type=int, default=8000)
    ask.add_argument("--shared", action="store_true", help="other processes listen on this port too")
    ask.add_argument("--fd", type=int, help="a listening socket that was handed down")
    args = ask.parse_args()
    end_with_parent()
    sys.setswitchinterval(TURN)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jimo_site.settings")
    handed_down = args.fd is not None
    listener = socket.socket(fileno=args.fd) if handed_down else listen(args.host, args.port, shared=args.shared)
    from jimo_site.wsgi import application  # loads all of Django: after what may end this process at once

    serve(listener, application, shared=args.shared)
    sys.stderr.flush()
    os._exit(0)  # threads that hang in a request are not waited for


if __name__ == "__main__":
    main()
