"""Under /api/: CORS for any origin, also on errors, and errors of the framework in the API's own shape.

Calls go straight to their view. What the middleware after this one does (sessions, CSRF, messages, the policy for
scripts) is for pages in a browser, and takes as long as an identify that changes nothing.
"""

from collections.abc import Callable
from typing import Final

from django.core.exceptions import BadRequest, DisallowedHost, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve
from django.utils.cache import patch_vary_headers
from django.views import defaults

from users.api.errors import ApiError, as_api_error, error_response, not_found
from users.ground.bounded_cache import bounded

PAGES: Final = ("/api/docs/", "/api/schema/")  # for people: with the scripts' policy that pages have
POLICY: Final = "default-src 'none'; frame-ancestors 'none'"  # of an answer that somebody opens in a browser


class ApiMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_call(request):
            return self.get_response(request)
        if request.method == "OPTIONS":
            return allow_origin(preflight())
        response = self.get_response(request) if request.path_info in PAGES else straight(request)
        if response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json"):
            response = error_response(self.in_our_shape(request, response))
        return allow_origin(response)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Errors before a view's own handling."""
        if not is_call(request):
            return None
        if isinstance(error, SuspiciousOperation | BadRequest):
            return error_response(ApiError(400, "malformed", "The request is malformed."))
        return error_response(as_api_error(error, request))

    def in_our_shape(self, request: HttpRequest, response: HttpResponse) -> ApiError:
        if response.status_code == 404:
            return not_found(request)
        code = {400: "malformed", 403: "forbidden", 405: "method_not_allowed"}.get(response.status_code, "internal")
        return ApiError(response.status_code, code, response.reason_phrase)


def is_call(request: HttpRequest) -> bool:
    return request.path == "/api" or request.path.startswith("/api/")


@bounded(2 << 20, lambda match, path: 4_000 + 8 * len(path))
def view_at(path: str) -> ResolverMatch:
    return resolve(path)


def straight(request: HttpRequest) -> HttpResponse:
    request.resolver_match = match = view_at(request.path_info)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    response["Content-Security-Policy"] = POLICY
    response["X-Frame-Options"] = "DENY"
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
    response["Access-Control-Allow-Origin"] = "*"  # no cookies are read here, so any origin may
    response["Access-Control-Expose-Headers"] = "Retry-After, ETag"
    patch_vary_headers(response, ("Origin",))
    return response
