"""What is kept by browsers and proxies: nothing of pages and answers, which show people, unless a view says otherwise."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class NotKept:
    """Middleware. Static files are answered before it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
