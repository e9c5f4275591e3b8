"""Under /api/: CORS for any origin, also on errors, and errors of the framework in the API's own shape."""

from collections.abc import Callable

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from users.api.errors import ApiError, as_api_error, error_response, not_found

PATHS = ("/api/v1/",)


class ApiMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        if request.method == "OPTIONS":
            return allow_origin(preflight())
        response = self.get_response(request)
        if response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json"):
            response = error_response(self.in_our_shape(request, response))
        return allow_origin(response)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Errors before a view's own handling."""
        if not request.path.startswith("/api/"):
            return None
        if isinstance(error, SuspiciousOperation | BadRequest):
            return error_response(ApiError(400, "malformed", "The request is malformed."))
        return error_response(as_api_error(error, request))

    def in_our_shape(self, request: HttpRequest, response: HttpResponse) -> ApiError:
        if response.status_code == 404:
            return not_found(request)
        code = {400: "malformed", 403: "forbidden", 405: "method_not_allowed"}.get(response.status_code, "internal")
        return ApiError(response.status_code, code, response.reason_phrase)


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
