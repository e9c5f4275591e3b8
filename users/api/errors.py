"""The one shape of an API error, whatever went wrong: {"error": {"code", "message", "details": [...]}}."""

import logging
import traceback
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from users.api.json_response import json_response
from users.database import availability, gone
from users.database.contention import BUSY, RETRY_AFTER, is_contention
from users.database.limits import TookTooLong
from users.database.questions import RETRY_AFTER as RETRY_LATER
from users.database.questions import TooManyQuestions
from users.writing.calls import Refused

log = logging.getLogger("users.api")


class ApiError(Exception):
    """An answer other than 200. `details` = [{"path", "message"}]."""

    def __init__(
        self, status: int, code: str, message: str, details: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.details, self.headers = details or [], headers or {}


def invalid(path: str, message: str, code: str = "invalid") -> ApiError:
    """A well-formed body with a member that is wrong."""
    return ApiError(422, code, message, [{"path": path, "message": message}])


def error_response(error: ApiError) -> HttpResponse:
    body = {"error": {"code": error.code, "message": error.message, "details": error.details}}
    response = json_response(body, error.status)
    for name, value in error.headers.items():
        response[name] = value
    return response


def as_api_error(error: Exception, request: HttpRequest) -> ApiError:
    """What an exception means to the caller. Unknown ones are logged and say nothing of their insides."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, Refused):
        return ApiError(error.status, error.code, error.message, error.details)
    if is_contention(error):
        log.warning("Busy: %s", type(error).__name__)
        return ApiError(503, "busy", BUSY, headers={"Retry-After": str(RETRY_AFTER)})
    if availability.is_away(error):
        headers = {"Retry-After": str(availability.RETRY_AFTER)}
        return ApiError(503, "unavailable", availability.away_words(error), headers=headers)
    if isinstance(error, TooManyQuestions):
        return ApiError(429, "rate_limited", str(error), headers={"Retry-After": str(RETRY_LATER)})
    if isinstance(error, TookTooLong):
        return ApiError(503, "too_slow", str(error))
    if gone.is_gone(error):
        gone.log_gone(error)
        return ApiError(404, "gone", gone.GONE)
    if isinstance(error, RequestDataTooBig):
        return ApiError(413, "too_large", "The body is too large. Send less in one call.")
    if isinstance(error, exceptions.MethodNotAllowed):
        return ApiError(405, "method_not_allowed", f"{request.method} is not possible here.")
    if isinstance(error, Http404 | exceptions.NotFound):
        return not_found(request)
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return ApiError(403, "forbidden", "This is not allowed.")
    if isinstance(error, exceptions.APIException):
        return ApiError(error.status_code, "refused", str(error.detail))
    # Where it happened, but not the message: databases quote the values that they refuse.
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error(
        "Unexpected %s in %s\n%s",
        type(error).__name__,
        request.resolver_match and request.resolver_match.view_name,
        where,
    )
    return ApiError(500, "internal", "Something went wrong here. Nothing was stored; try again.")


def not_found(request: HttpRequest) -> ApiError:
    return ApiError(404, "not_found", "There is nothing at this address. /api/docs/ lists the calls.")


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse:
    request = context["request"]
    return error_response(as_api_error(error, getattr(request, "_request", request)))
