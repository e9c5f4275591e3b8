"""From a request's head to its answer. See the package's docstring."""

import io
import logging
import re
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from jimo_site.serving.answers import answer
from jimo_site.serving.crowding import Crowd
from jimo_site.serving.downloads import Downloads
from jimo_site.serving.environ import environ_of
from jimo_site.serving.incoming import READ_OUT, Incoming
from jimo_site.serving.lanes import Job, Lanes, is_call
from jimo_site.serving.refused import BROKEN_OFF, FAILED, NO_ROOM, TOO_LARGE, TOO_MANY, TOO_SLOW, refuse
from jimo_site.serving.sockets import Peer, Watch, hang_up_on
from users.database.availability import is_known_away

log = logging.getLogger("users.serving")

MOST_OF_A_CALL: Final = 1024 * 1024  # bytes; each call has a smaller limit of its own, and says it
MOST_OF_A_FORM: Final = 16 * 1024 * 1024  # bytes, uploads included
MOST_OF_AN_IMPORT: Final = 1025 * 1024 * 1024  # bytes: a file of a gigabyte, and what is around it
IMPORT: Final = re.compile(r"/api/v1/imports|/p/[^/]+/imports/new/")
TICK: Final = 0.25  # seconds
LIVE: Final = b'{"status": "ok"}'


def most_of(path: str, environ: dict[str, Any]) -> int:
    """Bytes that a body may have. Whoever shows neither key nor session fills no disk with a file."""
    known = "HTTP_AUTHORIZATION" in environ or "HTTP_COOKIE" in environ
    if known and IMPORT.fullmatch(path):
        return MOST_OF_AN_IMPORT
    return MOST_OF_A_CALL if is_call(path) else MOST_OF_A_FORM


class Gate:
    def __init__(self, application: Any, lanes: Lanes, port: int, connections: int) -> None:
        self.application, self.lanes, self.port = application, lanes, port
        self.downloads = Downloads()
        self.unread: dict[int, Incoming] = {}  # bodies on their way in
        self.watch = Watch(port)
        self.answering: dict[int, Peer] = {}  # by the request's watcher
        self.crowd = Crowd(port, connections, lambda: set(self.answering.values()))

    def start(self) -> None:
        self.downloads.start()
        threading.Thread(target=self.keep_time, name="gate", daemon=True).start()

    def __call__(self, watcher: Any) -> None:
        """A head has come. Returns before the request is answered, unless it can be at once."""
        try:
            self.take(watcher)
        except Exception:
            self.failed(watcher)

    def take(self, watcher: Any) -> None:
        scope = watcher.scope
        path = scope.path
        if path == "/healthz":
            watcher.proto.response_bytes(200, [("content-type", "application/json")], LIVE)
            watcher.done()
            return
        environ = environ_of(scope)
        length = environ.get("CONTENT_LENGTH", "")
        if length in ("", "0") and "HTTP_TRANSFER_ENCODING" not in environ:
            environ["wsgi.input"] = io.BytesIO()
            self.enter(watcher, environ)
            return
        most = most_of(path, environ)
        incoming = Incoming(
            watcher.proto, int(length) if length.isdigit() else None, most, partial(self.arrived, watcher, environ)
        )
        expects_word = incoming.too_large and "HTTP_EXPECT" in environ
        if expects_word or (incoming.length or 0) > most + READ_OUT:
            incoming.settle()
            return
        self.unread[id(incoming)] = incoming
        incoming.start()

    def arrived(self, watcher: Any, environ: dict[str, Any], incoming: Incoming) -> None:
        self.unread.pop(id(incoming), None)
        path = environ["PATH_INFO"]
        if incoming.late or incoming.broken or incoming.disk_full:
            self.refuse(watcher, path, TOO_SLOW if incoming.late else BROKEN_OFF if incoming.broken else NO_ROOM)
            return
        if incoming.too_large and not is_call(path):
            self.refuse(watcher, path, TOO_LARGE)
            return
        # A call that is too large is refused by its length, before anything is read, in its own words.
        environ["CONTENT_LENGTH"] = str(max(incoming.received, incoming.length or 0))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["wsgi.input"] = incoming.spool
        self.enter(watcher, environ, closes=incoming.too_large)

    def enter(self, watcher: Any, environ: dict[str, Any], *, closes: bool = False) -> None:
        self.answering[id(watcher)] = (environ["REMOTE_ADDR"], environ["REMOTE_PORT"])
        if is_known_away():  # the application says so without asking; places are held by those who did ask
            self.run(watcher, environ, closes)
            return
        lane = self.lanes.lane_of(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"])
        lane.enter(
            Job(
                partial(self.run, watcher, environ, closes),
                partial(self.refuse, watcher, environ["PATH_INFO"], TOO_MANY),
            )
        )

    def run(self, watcher: Any, environ: dict[str, Any], closes: bool) -> None:
        peer = (environ["REMOTE_ADDR"], environ["REMOTE_PORT"])
        try:
            answer(
                watcher.proto, environ, self.application, self.downloads, partial(hang_up_on, peer, self.port), closes
            )
        except Exception:
            self.failed(watcher)
        else:
            watcher.done()
        finally:
            self.answering.pop(id(watcher), None)
            environ["wsgi.input"].close()

    def refuse(self, watcher: Any, path: str, what: tuple[int, str, str]) -> None:
        self.answering.pop(id(watcher), None)
        refuse(watcher.proto, path, what)
        watcher.done()

    def failed(self, watcher: Any) -> None:
        log.exception("A request could not be served")
        self.refuse(watcher, watcher.scope.path, FAILED)

    def keep_time(self) -> None:
        """Look after all that may take too long, for as long as the process lives."""
        looks: list[tuple[Callable[[float], None], float]] = [
            (self.refuse_slow, TICK), (self.watch.look, 1.0), (self.crowd.look, TICK),
            *((lane.refuse_late, TICK) for lane in self.lanes.all),
        ]  # fmt: skip
        due = dict.fromkeys(range(len(looks)), 0.0)
        while True:
            time.sleep(TICK)
            now = time.monotonic()
            for number, (look, every) in enumerate(looks):
                if now < due[number]:
                    continue
                due[number] = now + every
                try:
                    look(now)
                except Exception:
                    log.exception("The server's watch failed; it goes on")

    def refuse_slow(self, now: float) -> None:
        for incoming in list(self.unread.values()):
            if incoming.is_late(now):
                incoming.give_up()
