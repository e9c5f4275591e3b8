"""Reference and guides under /help/, for anyone."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from users.accounts.keys import SCOPES
from users.accounts.roles import PERMISSIONS, RANK
from users.extend import help_pages
from users.registry.attributes import NATIVES
from users.types.table import TYPES

PAGES = {
    "sources": "Sources, and where to fix a value",
    "identify": "Sending users and attributes",
    "types": "Attribute types and limits",
    "roles": "Roles and key scopes",
    "search": "Finding users",
}


def all_pages() -> dict[str, str]:
    return PAGES | {slug: extra.heading for slug, extra in help_pages.all().items()}


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "users/help/index.html", {"pages": all_pages()})


def page(request: HttpRequest, page: str) -> HttpResponse:
    pages = all_pages()
    if page not in pages:
        raise Http404
    if extra := help_pages.get(page):
        return render(request, extra.template, {"pages": pages, "heading": extra.heading, **extra.context()})
    context = {
        "pages": pages, "heading": pages[page], "natives": NATIVES, "types": TYPES.values(), "scopes": SCOPES,
        "permissions": [(name, least, [role for role in RANK if RANK[role] >= RANK[least]], doing)
                        for name, (least, doing) in PERMISSIONS.items()],
    }  # fmt: skip
    return render(request, f"users/help/{page}.html", context)
