"""Reference and guides under /help/, for anyone."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from users.attributes import NATIVES
from users.keys import SCOPES
from users.roles import PERMISSIONS, RANK
from users.types import TYPES

PAGES = {
    "sources": "Sources, and where to fix a value",
    "identify": "Sending users and attributes",
    "types": "Attribute types and limits",
    "roles": "Roles and key scopes",
    "search": "Finding users",
}


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "users/help/index.html", {"pages": PAGES})


def page(request: HttpRequest, page: str) -> HttpResponse:
    if page not in PAGES:
        raise Http404
    context = {
        "pages": PAGES, "heading": PAGES[page], "natives": NATIVES, "types": TYPES.values(), "scopes": SCOPES,
        "permissions": [(name, least, [role for role in RANK if RANK[role] >= RANK[least]], doing)
                        for name, (least, doing) in PERMISSIONS.items()],
    }  # fmt: skip
    return render(request, f"users/help/{page}.html", context)
