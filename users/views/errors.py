"""Error pages in the frame, each with a way back."""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from users.accounts.access import open_project, sign_in_first, wants_fragment
from users.accounts.roles import permissions_of
from users.api.middleware import bad_request as api_bad_request
from users.database import availability, gone
from users.database.contention import BUSY, RETRY_AFTER, is_contention
from users.showing.frame import THEME_COOKIE, enter_last_project

log = logging.getLogger("users.views")


def error_page(request: HttpRequest, status: int, heading: str, text: str) -> HttpResponse:
    if wants_fragment(request):
        return plain_text(text, status)
    enter_project(request)
    context: dict[str, Any] = {"heading": heading, "text": text, "try_again": can_try_again(request, status)}
    return render(request, "users/error.html", context, status=status)


def can_try_again(request: HttpRequest, status: int) -> bool:
    """Asking once more may help, and does nothing twice."""
    return status >= 500 and request.method == "GET"


def plain_text(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def enter_project(request: Any) -> None:
    """An address inside a project that no page has is in its frame too, for its members; others in their last one."""
    parts = request.path.split("/")
    if hasattr(request, "project") or not request.user.is_authenticated:
        return
    if len(parts) > 2 and parts[1] == "p":
        with suppress(Http404):
            request.project, request.role = open_project(request.user, parts[2])
            request.can = permissions_of(request.role)
    enter_last_project(request)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 403, "Not in your role", str(exception) or "Your role does not allow this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    text = "There is nothing at this address, or you are not a member of its project."
    return error_page(request, 404, "Nothing here", text)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without anything that may be what broke."""
    error = sys.exc_info()[1]
    if error and is_contention(error):
        with suppress(Exception):
            return busy(request)
    if error and availability.is_away(error):
        return away(request, error)
    text = "Something went wrong on our side. Nothing you did was half-saved. Try again."
    return by_itself(request, 500, "Something went wrong", text)


def by_itself(request: HttpRequest, status: int, heading: str, text: str) -> HttpResponse:
    """A page without database and without the context of other pages; at worst without styles."""
    if wants_fragment(request):
        return plain_text(text, status)
    context = {"heading": heading, "text": text, "product_name": settings.PRODUCT_NAME,
               "try_again": can_try_again(request, status), "theme": request.COOKIES.get(THEME_COOKIE, "")}  # fmt: skip
    with suppress(Exception):
        return HttpResponse(render_to_string("users/error.html", context), status=status)
    return HttpResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{heading}</title><h1>{heading}</h1><p>{text}</p>"
        '<p><a href="/">Back to the start</a></p></html>',
        status=status,
    )


def away(request: HttpRequest, error: BaseException) -> HttpResponse:
    response = by_itself(request, 503, "The database is away", availability.away_words(error))
    response["Retry-After"] = str(availability.RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response


def busy(request: HttpRequest) -> HttpResponse:
    log.warning("A page was busy")
    response = error_page(request, 503, "Busy just now", BUSY)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def gone_meanwhile(request: HttpRequest, error: BaseException) -> HttpResponse:
    gone.log_gone(error)
    return error_page(request, 404, "Nothing here any more", gone.GONE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A session that could not be written is no mistake of the request, though the framework says so."""
    error: BaseException | None = exception
    while isinstance(exception, SessionInterrupted) and (error := error and error.__context__):
        if is_contention(error):
            return busy(request)
        if availability.is_away(error):
            return away(request, error)
    return api_bad_request(request, exception)


class BusyPages:
    """Middleware: a page that others kept from the database, or that could not reach it, says so, and when to try again.

    What fails on the way in or out, where the session is read and saved, comes to server_error.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if is_contention(error):
            return busy(request)
        if gone.is_gone(error):
            return gone_meanwhile(request, error)
        return away(request, error) if availability.is_away(error) else None


class WhileAway:
    """Middleware: while the database is known to be away no page has to wait until asking it fails."""

    DO_WITHOUT: Final = ("/healthz", "/readyz")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not availability.is_known_away() or request.path in self.DO_WITHOUT:
            return self.get_response(request)
        return away(request, availability.Away())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if wants_fragment(request) and not request.user.is_authenticated:
        return sign_in_first(request)
    return error_page(request, 403, "This page is too old", "Reload the page and try again; it was open for too long.")
