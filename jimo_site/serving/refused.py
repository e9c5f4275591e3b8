"""What the server says itself, where the application is not asked: in the API's shape, or in a line of text."""

import json
from typing import Any, Final

from jimo_site.serving.lanes import is_call

TOO_SLOW: Final = (408, "too_slow", "The body came too slowly and was not waited for. Send it again in one go.")
TOO_LARGE: Final = (413, "too_large", "The body is too large. Send less in one call.")
BROKEN_OFF: Final = (400, "malformed", "The body ended before it was complete. Send it again.")
TOO_MANY: Final = (503, "busy", "Too many requests are waiting. Nothing was stored; try again in a few seconds.")
NO_ROOM: Final = (503, "unavailable", "The server's disk is full. Nothing was stored; try again later.")
FAILED: Final = (500, "internal", "Something went wrong here. Nothing was stored; try again.")
RETRY_AFTER: Final = "5"  # seconds


def refuse(proto: Any, path: str, what: tuple[int, str, str]) -> None:
    """Answer and close the connection: what is left of the request on it is not read."""
    status, code, message = what
    headers = [("connection", "close"), ("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
    if status == 503:
        headers.append(("retry-after", RETRY_AFTER))
    if is_call(path):
        headers += [("content-type", "application/json"), ("access-control-allow-origin", "*"),
                    ("access-control-expose-headers", "Retry-After, ETag")]  # fmt: skip
        body = json.dumps({"error": {"code": code, "message": message, "details": []}})
    else:
        headers.append(("content-type", "text/plain; charset=utf-8"))
        body = message
    proto.response_bytes(status, headers, body.encode())
