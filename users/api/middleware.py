"""Under /api/: CORS for any origin, also on errors, and errors of the framework in the API's own shape.

Calls go straight to their view. What the middleware after this one does (static files, sessions, CSRF, messages, the
policy for scripts) is for pages in a browser, and takes as long as an identify that changes nothing. What calls need
of it is done here: the address is one that this server answers to, and the headers are those of every answer.
"""

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import BadRequest, DisallowedHost, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders
from django.middleware.security import SecurityMiddleware
from django.urls import ResolverMatch, resolve
from django.utils.cache import patch_vary_headers
from django.views import defaults

from users.api.errors import ApiError, as_api_error, error_response, not_found
from users.database import availability
from users.ground.bounded_cache import bounded

PAGES: Final = ("/api/docs/", "/api/schema/")  # for people: with the scripts' policy that pages have
FOR_ANY_ORIGIN: Final = {  # no cookies are read here, so any origin may
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After, ETag",
    "Vary": "Origin",
}
OF_A_CALL: Final = FOR_ANY_ORIGIN | {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",  # somebody may open it in a browser
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
log_of_hosts = logging.getLogger("django.security.DisallowedHost")
MOST_HOSTS: Final = 100  # remembered as ours; there are few, unless any host is


class ApiMiddleware:
    """The outermost one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.hosts: set[str | None] = set()
        self.headers = {
            secure: ResponseHeaders(OF_A_CALL | security_headers(secure=secure))._store for secure in (False, True)
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.takes(request):
            return self.answer(request)
        response = self.get_response(request)
        return allow_origin(with_errors_in_our_shape(request, response)) if is_call(request) else response

    def takes(self, request: HttpRequest) -> bool:
        """Whether it answers by itself: other middleware leads to https, and answers what is a page under /api/."""
        redirected = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        return is_call(request) and request.path_info not in PAGES and not redirected

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Raises nothing: what the view does not answer is said here."""
        try:
            self.check_host(request)
            response = with_errors_in_our_shape(request, answered(request))
        except DisallowedHost as refused:
            log_of_hosts.error("%s", refused)
            response = bad_request(request, refused)
        if not response.streaming:
            response["Content-Length"] = str(len(response.content))
        # What a view set itself stays. Checking nine constant names and values anew would take as long as the rest.
        response.headers._store = {**self.headers[request.is_secure()], **response.headers._store}
        return response

    def check_host(self, request: HttpRequest) -> None:
        """Raises DisallowedHost unless the call came to an address that is ours."""
        host = request.META.get("HTTP_HOST")
        if host in self.hosts:
            return
        request.get_host()
        if len(self.hosts) < MOST_HOSTS:
            self.hosts.add(host)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Errors before a view's own handling."""
        if not is_call(request):
            return None
        if isinstance(error, SuspiciousOperation | BadRequest):
            return error_response(ApiError(400, "malformed", "The request is malformed."))
        return error_response(as_api_error(error, request))


def with_errors_in_our_shape(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if response.status_code < 400 or response.get("Content-Type", "").startswith("application/json"):
        return response
    if response.status_code == 404:
        return error_response(not_found(request))
    code = {400: "malformed", 403: "forbidden", 405: "method_not_allowed"}.get(response.status_code, "internal")
    return error_response(ApiError(response.status_code, code, response.reason_phrase))


def security_headers(*, secure: bool) -> dict[str, str]:
    """What the framework's own middleware adds to an answer, by the settings."""
    middleware: Any = SecurityMiddleware(lambda request: HttpResponse())
    response = middleware.process_response(SimpleNamespace(is_secure=lambda: secure), HttpResponse())
    return {name: value for name, value in response.items() if name != "Content-Type"}


def is_call(request: HttpRequest) -> bool:
    return request.path == "/api" or request.path.startswith("/api/")


@bounded(2 << 20, lambda match, path: 4_000 + 8 * len(path))
def view_at(path: str) -> ResolverMatch:
    return resolve(path)


def answered(request: HttpRequest) -> HttpResponse:
    """What the view says, or what can be said without it."""
    if request.method == "OPTIONS":
        return preflight()
    if availability.is_known_away():  # nobody has to wait until asking the database fails
        return error_response(as_api_error(availability.Away(), request))
    request.resolver_match = match = view_at(request.path_info)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's answer to what it refuses before any view, such as a Host that is not ours; calls get our shape."""
    if not is_call(request):
        return defaults.bad_request(request, exception)
    message = "The request is malformed."
    if isinstance(exception, DisallowedHost):
        message = (
            "The Host of this call is not one that this server answers to. Use the address under Settings > Install."
        )
    return allow_origin(error_response(ApiError(400, "malformed", message)))


def preflight() -> HttpResponse:
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
    response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
    response["Access-Control-Max-Age"] = "86400"
    return response


def allow_origin(response: HttpResponse) -> HttpResponse:
    """An answer of other middleware, which may have said on what else it depends."""
    for name, value in FOR_ANY_ORIGIN.items():
        if name != "Vary":
            response[name] = value
    patch_vary_headers(response, (FOR_ANY_ORIGIN["Vary"],))
    return response
