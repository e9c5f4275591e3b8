"""Reference and guides under /help/, for anyone: one navigation, one search, each page with its contents."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication

from users.accounts.keys import SCOPES
from users.accounts.roles import PERMISSIONS, RANK
from users.extend import help_pages
from users.registry.attributes import NATIVES
from users.showing.frame import enter_last_project
from users.showing.help_articles import Article, Entry, article_of, search
from users.types.table import TYPES


def reference() -> dict[str, Any]:
    return {
        "natives": NATIVES, "types": TYPES.values(), "scopes": SCOPES, "product_name": settings.PRODUCT_NAME,
        "permissions": [(doing.replace("its ", "the ").capitalize() if "API" not in doing else "See or change the API keys", [RANK[role] >= RANK[least] for role in RANK])
                        for _, (least, doing) in PERMISSIONS.items()],
        "roles": list(RANK),
    }  # fmt: skip


def own_entry(slug: str, heading: str, description: str) -> Entry:
    return Entry(slug, heading, description, f"users/help/{slug}.html", reference)


FIRST = (
    own_entry("identify", "Sending users and attributes", "The snippet, its calls, and the same from your server."),
    own_entry("sources", "Sources, and where to fix a value", "Where each value comes from, and which write wins."),
    own_entry("types", "Attribute types and limits", "What a value may be, and how much of it fits."),
    own_entry("search", "Finding users", "What the search box looks at, and what it leaves out."),
)
LAST = (own_entry("roles", "Roles and key scopes", "What members and API keys may do."),)


@cache
def entries() -> dict[str, Entry]:
    """The pages in their order; those of later apps stand before the last."""
    extra = [
        Entry(slug, page.heading, page.description, page.template, page.context)
        for slug, page in help_pages.all().items()
    ]
    return {entry.slug: entry for entry in (*FIRST, *extra, *LAST)}


@cache
def drawn_article(slug: str) -> Article:
    return article_of(entries()[slug])


def article(slug: str) -> Article:
    """Drawn once, but for whoever is writing it."""
    return article_of(entries()[slug]) if settings.DEBUG else drawn_article(slug)


def show_help(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    enter_last_project(request)
    return render(request, template, {"pages": entries().values(), **context})


def index(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    found = search([(entry, article(slug)) for slug, entry in entries().items()], query) if query else []
    return show_help(request, "users/help/index.html", {"query": query, "found": found, "here": "index"})


def help_page(request: HttpRequest, page: str) -> HttpResponse:
    entry = entries().get(page)
    if entry is None:
        raise Http404
    order = [*((reverse("help_page", args=[item.slug]), item.heading) for item in entries().values()),
             (reverse("api_docs"), "API reference")]  # fmt: skip
    at = list(entries()).index(page)
    context = {
        "entry": entry, "article": article(page), "before": order[at - 1] if at else None, "after": order[at + 1],
    }  # fmt: skip
    return show_help(request, "users/help/page.html", context)


class ApiReference(SpectacularSwaggerSplitView):
    """The API's calls among the help's pages. Who looks is asked for the frame alone: anyone may read it."""

    authentication_classes = [SessionAuthentication]
    schema = None  # it is no call itself

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().get(request, *args, **kwargs)
        if isinstance(response.data, dict):
            enter_last_project(request)
            response.data |= {"pages": entries().values(), "here": "api"}
        return response
