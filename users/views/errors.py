"""Error pages in the frame, each with a way back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from users.access import wants_fragment


def page(request: HttpRequest, status: int, heading: str, text: str) -> HttpResponse:
    if wants_fragment(request):
        return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    context: dict[str, Any] = {"heading": heading, "text": text, "status": status}
    return render(request, "users/error.html", context, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403, "Not in your role", str(exception) or "Your role does not allow this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    text = "There is nothing at this address, or you are not a member of its project."
    return page(request, 404, "Nothing here", text)


def server_error(request: HttpRequest) -> HttpResponse:
    text = "Something went wrong on our side. Nothing you did was half-saved. Try again."
    return HttpResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Something went wrong</title><h1>Something went wrong</h1><p>{text}</p>"
        '<p><a href="/">Back to the start</a></p></html>',
        status=500,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(request, 403, "This page is too old", "Reload the page and try again; it was open for too long.")
