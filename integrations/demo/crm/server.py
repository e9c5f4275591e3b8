"""The Demo CRM's web server: a thread a connection, on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Final

from integrations.demo.crm import api, pages
from integrations.demo.crm.answering import Answer, Asked, Meddling
from integrations.demo.crm.store import Crm

MOST_BODY: Final = 4 << 20


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, crm: Crm, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), Handler)
        self.crm = crm
        self.meddle: Meddling = lambda asked: None
        self.asked: list[Asked] | None = None  # a list where somebody wants to know
        self.over = Event()

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def answer(self, asked: Asked) -> Answer:
        if self.asked is not None:
            self.asked.append(asked)
        return self.meddle(asked) or api.answer(self.crm, asked) or pages.page(self.crm, asked)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    timeout = 60

    def respond(self) -> None:
        length = self.headers.get("content-length") or "0"
        if not length.isdecimal() or int(length) > MOST_BODY:
            self.send_error(413)
            return
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.answer(Asked(self.command, self.path, headers, body))
        if answer.delay:
            self.server.over.wait(answer.delay)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: answer.cut])
        if answer.cut is not None:
            self.close_connection = True

    do_GET = do_POST = do_PUT = respond

    def version_string(self) -> str:
        return "Demo CRM"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the demo's terminal is for the product."""


@contextmanager
def running(crm: Crm) -> Iterator[Server]:
    """A server at a free port, until the block ends."""
    server = Server(crm)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
