"""Real servers on this machine that answer as a test says."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Got:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


type Answering = Callable[["Handler"], None]


@dataclass
class Endpoint:
    """What a server was asked, and how it answers: change `answer` at any time."""

    answer: Answering
    got: list[Got] = field(default_factory=list)
    port: int = 0
    connections: int = 0
    over: Event = field(default_factory=Event)  # set when the test ends: a handler that waits waits for it

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    endpoint: Endpoint

    def setup(self) -> None:
        self.endpoint.connections += 1
        super().setup()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.endpoint.got.append(Got(self.command, self.path, headers, body))
        self.endpoint.answer(self)

    do_GET = do_DELETE = do_PUT = do_POST

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


def says(status: int, body: bytes = b"", **headers: str) -> Answering:
    return lambda handler: handler.say(status, body, **headers)


def waits(handler: Handler) -> None:
    """Never answers."""
    handler.endpoint.over.wait(60)


def drips(handler: Handler) -> None:
    """Sends its headers a byte at a time, each within any timeout of single reads."""
    try:
        while not handler.endpoint.over.wait(0.05):
            handler.wfile.write(b"H")
            handler.wfile.flush()
    except OSError:
        pass


@contextmanager
def serving(answer: Answering, tls: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    endpoint = Endpoint(answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (Handler,), {"endpoint": endpoint}))
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # type: ignore[method-assign]  # clients that go away are meant
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    endpoint.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.over.set()
        server.shutdown()
        server.server_close()
