"""A small WSGI application behind the product's server, with shorter patience.

python -m tests.serving.app PORT
"""

import json
import sys
import time

from jimo_site.serving import downloads, gate, granian, incoming, lanes, processes, sockets
from users.database import availability, contention


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path.endswith("/body"):
        body = environ["wsgi.input"].read()
        seen = {
            "length": len(body), "declared": environ.get("CONTENT_LENGTH"), "ends": body[-3:].decode("latin-1"),
            "from": environ["REMOTE_ADDR"], "chunked": "HTTP_TRANSFER_ENCODING" in environ,
        }  # fmt: skip
        if int(environ.get("CONTENT_LENGTH") or 0) > 500_000 and path.startswith("/api/"):
            return text(start_response, "413 Content Too Large", {"error": {"code": "too_large"}})
        return text(start_response, "200 OK", seen)
    if path == "/headers":
        return text(start_response, "200 OK", {k: v for k, v in environ.items() if k.startswith("HTTP_")})
    if path.endswith("/export"):
        start_response("200 OK", [("Content-Type", "text/csv")])
        return Export(int(environ["QUERY_STRING"] or 1), fails="fails" in path)
    if path.endswith("/away"):
        start_response("200 OK", [("Content-Type", "text/csv")])
        return failing(availability.Away() if "busy" not in path else contention.Busy())
    if path.endswith("/slow"):
        time.sleep(0.6)
    if path == "/closed":
        return text(start_response, "200 OK", Export.closed)
    if path == "/broken":
        raise ValueError("This application is broken.")
    return text(start_response, "200 OK", {"path": path, "long": "x" * int(environ["QUERY_STRING"] or 0)})


def failing(error):
    """An answer that fails before its first part."""
    raise error
    yield b""


def text(start_response, status, what):
    body = json.dumps(what).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


class Export:
    """So many megabytes. What is closed is counted in the answer of /api/closed."""

    closed = 0

    def __init__(self, megabytes, fails):
        self.megabytes, self.fails = megabytes, fails

    def __iter__(self):
        for number in range(self.megabytes * 16):
            if self.fails and number == self.megabytes * 8:
                raise ValueError("This export fails in the middle.")
            yield b"x" * 65536

    def close(self):
        Export.closed += 1


def main():
    incoming.PATIENCE, incoming.LEAST_SPEED = 0.7, 50_000
    sockets.PATIENCE = 0.7
    downloads.PATIENCE = 1.0
    lanes.LONGEST_WAIT = 1.2
    gate.TICK = 0.1
    granian.CONNECTIONS = 400
    granian.serve(processes.listen("127.0.0.1", int(sys.argv[1])), application)


if __name__ == "__main__":
    main()
