"""A request of Granian as WSGI's environ."""

import sys
from typing import Any, Final

BASE: Final[dict[str, Any]] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "Granian",
    "GATEWAY_INTERFACE": "CGI/1.1",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
}
COMMON: Final = ("host", "user-agent", "accept", "accept-encoding", "accept-language", "authorization", "cookie", "origin",
                 "referer", "connection", "x-forwarded-for", "x-forwarded-proto", "hx-request", "x-csrftoken")  # fmt: skip
KEYS: Final = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"} | {
    name: "HTTP_" + name.upper().replace("-", "_") for name in COMMON
}


def environ_of(scope: Any) -> dict[str, Any]:
    """All but `wsgi.input`. Of a header that is sent twice, both values are kept, as HTTP joins them.

    Headers with an underscore are left out: in an environ they could not be told from those that proxies set.
    """
    environ = dict(BASE)
    for name, value in scope.headers.items():
        key = KEYS.get(name)
        if key is None:
            if "_" in name:
                continue
            key = "HTTP_" + name.upper().replace("-", "_")
        if key in environ:
            value = f"{environ[key]}{'; ' if name == 'cookie' else ','}{value}"
        environ[key] = value
    client, _, client_port = scope.client.rpartition(":")
    server, _, server_port = scope.server.rpartition(":")
    environ["REQUEST_METHOD"] = scope.method
    environ["PATH_INFO"] = scope.path.encode("utf-8", "surrogateescape").decode("latin-1")
    environ["QUERY_STRING"] = scope.query_string
    environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client.strip("[]"), client_port
    environ["SERVER_NAME"], environ["SERVER_PORT"] = server.strip("[]"), server_port
    environ["SERVER_PROTOCOL"] = "HTTP/" + scope.http_version
    environ["wsgi.url_scheme"] = scope.scheme
    return environ
