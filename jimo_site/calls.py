"""Calls of the API, by the shortest way.

The framework's handler sends signals, opens and closes what pages use, and goes through all middleware: a quarter of an
identify that changes nothing. Its outermost middleware answers calls by itself, so calls are given to that at once.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections

from users.api.middleware import ApiMiddleware

type Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


class CallsFirst:
    """A WSGI application: calls are answered here, everything else by `pages`."""

    def __init__(self, pages: Application) -> None:
        self.pages = pages
        self.calls = ApiMiddleware(unreachable)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if not environ["PATH_INFO"].startswith("/api/"):
            return self.pages(environ, start_response)
        request = WSGIRequest(environ)
        if not self.calls.takes(request):
            return self.pages(environ, start_response)
        close_old_connections()  # what the framework's handler does first, too
        response = self.calls.answer(request)
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return response if response.streaming else Whole(response.content)


class Whole:
    """An answer in one piece. Closing it has nothing to tell anybody."""

    streaming = False

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        return iter((self.content,))


def unreachable(request: Any) -> Any:
    raise AssertionError("asked only for what it takes")
