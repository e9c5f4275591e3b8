"""Error pages in the frame, each with a way back."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from users.access import open_project, sign_in_first, wants_fragment
from users.frame import THEME_COOKIE
from users.roles import permissions_of


def page(request: HttpRequest, status: int, heading: str, text: str) -> HttpResponse:
    if wants_fragment(request):
        return plain(text, status)
    enter_project(request)
    context: dict[str, Any] = {"heading": heading, "text": text, "status": status}
    return render(request, "users/error.html", context, status=status)


def plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def enter_project(request: Any) -> None:
    """An address inside a project that no page has is in its frame too, for its members."""
    parts = request.path.split("/")
    if hasattr(request, "project") or len(parts) < 3 or parts[1] != "p" or not request.user.is_authenticated:
        return
    with suppress(Http404):
        request.project, request.role = open_project(request.user, parts[2])
        request.can = permissions_of(request.role)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403, "Not in your role", str(exception) or "Your role does not allow this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    text = "There is nothing at this address, or you are not a member of its project."
    return page(request, 404, "Nothing here", text)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without anything that may be what broke: no database, no context of other pages; at worst without styles."""
    text = "Something went wrong on our side. Nothing you did was half-saved. Try again."
    if wants_fragment(request):
        return plain(text, 500)
    context = {"heading": "Something went wrong", "text": text, "product_name": settings.PRODUCT_NAME,
               "theme": request.COOKIES.get(THEME_COOKIE, "")}  # fmt: skip
    with suppress(Exception):
        return HttpResponse(render_to_string("users/error.html", context), status=500)
    return HttpResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Something went wrong</title><h1>Something went wrong</h1><p>{text}</p>"
        '<p><a href="/">Back to the start</a></p></html>',
        status=500,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if wants_fragment(request) and not request.user.is_authenticated:
        return sign_in_first(request)
    return page(request, 403, "This page is too old", "Reload the page and try again; it was open for too long.")
