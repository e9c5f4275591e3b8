"""Users & Segments > Users."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from users.accounts.access import ProjectRequest, project_view
from users.accounts.preferences import preference
from users.database.limits import TookTooLong
from users.database.questions import dear_question
from users.extend import bulk_actions, list_actions, list_parts, page_tabs, sources, user_filters
from users.finding.counts import Count, shown_count, who_counts
from users.finding.filters import UserFilter, apply_extensions, filtered_users, todays_parameters
from users.finding.listing import DEFAULT_SORT, Order, Page, read_page, read_page_patiently
from users.finding.search import needle_of, other_ids
from users.ground.parameters import whole_number
from users.jobs import worker_state
from users.models import EndUser
from users.models.end_user import all_users
from users.showing import tours
from users.showing.columns import chosen_columns, fields_read, known_columns, order_by
from users.showing.tables import user_table
from users.views.install import steps_context
from users.writing.calls import Refused

PAGE = 50
FILTERS = ("q", "source")
SECONDS = 10.0  # that a page may take to find its rows


def filter_names() -> tuple[str, ...]:
    """Parameters of the address that select users."""
    return (*FILTERS, *user_filters.all())


@project_view("users.view")
def user_list(request: ProjectRequest) -> HttpResponseBase:
    if (given := todays_parameters(request.project, request.GET.dict())) is not None:
        address = reverse("users_list", args=[request.project.slug])
        return redirect(f"{address}?{urlencode(given)}", max_length=None)  # a rule may be long
    fragment = request.headers.get("HX-Target") == "div#results"
    context = results_context(request) if fragment else page_context(request)
    if not context["page"].rows and not all_users(request.project).exists():
        started = steps_context(request) | {"actions": actions_of(request)}
        return render(request, "users/list/get_started.html", started)
    template = "users/list/results.html" if fragment else "users/list/page.html"
    response = render(request, template, context | {"fragment": fragment})
    patch_vary_headers(response, ("HX-Request", "HX-Target"))
    return response


def page_context(request: ProjectRequest) -> dict[str, Any]:
    """The results, and what is around them."""
    who = who_counts(request.project)
    made = results_context(request, who.everybody)
    return made | {
        "who": who.texts(),
        "source_choices": [(slug, item.name) for slug, item in sources.all().items() if slug != "native"],
        "source": request.GET.get("source", ""), "open": open_user(request), "tour": tours.tour(request, made["chosen"]),
        "page_tabs": tabs_of(request), "parts": list_parts.all().values(), "actions": actions_of(request), **worker_state(timezone.now()),
        **{name: value for part in list_parts.all().values() for name, value in part.context(request).items()},
    }  # fmt: skip


def results_context(request: ProjectRequest, everybody: int | None = None) -> dict[str, Any]:
    """What a search or filter changes, and the member's choice. `everybody`: the bounded count of all, if known."""
    project = request.project
    chosen, known = preference(request.user, project), known_columns(project)
    columns = chosen_columns(known, chosen)
    filters = UserFilter(request.GET, all_users(project), project=project)
    rows = filters.qs if filters.is_valid() else all_users(project).none()
    sort = request.GET.get("sort", DEFAULT_SORT)
    order = order_by(known, sort)
    rows, found, problem = found_page(request, rows, order, fields_read(columns, order))
    text = request.GET.get("q", "").strip()
    needle = needle_of(text) if text else None
    query = urlencode([(name, request.GET[name]) for name in filter_names() if request.GET.get(name)])
    cut = filters.listed is not None
    counted = filtered_users(project, query, filters.found) if cut and not problem else rows
    count = Count("0", 0)
    if problem is None:
        count = shown_count(project, counted, query, slow=cut, known=None if query else everybody)
    return {
        "table": user_table(
            found.rows, columns, project=project, needle=needle, others=other_ids(found.rows, text, project) if text else {},
            can_pick="tags.edit" in request.can, sort=sort,
        ),
        "page": found, "count": count, "listed": filters.listed, "q": text, "query": query, "sort": sort, "chips": source_chips(filters),
        "chosen": chosen, "problem": problem,
        "bulk_actions": [action for action in bulk_actions.all().values() if action.permission in request.can],
    }  # fmt: skip


def found_page(
    request: ProjectRequest, rows: Any, order: Order, fields: list[str]
) -> tuple[Any, Page, Refused | TookTooLong | None]:
    """The rows, a page of them with these fields, and what was wrong with the address."""
    cursor = request.GET.get("cursor", "")
    try:
        for part in list_parts.all().values():
            part.check(request)
        rows = apply_extensions(request.project, request.GET, rows)
        shown = rows.only(*fields)
        if order.document or any(request.GET.get(name) for name in user_filters.all()):
            with dear_question():
                return rows, read_page_patiently(shown, order, cursor, PAGE, SECONDS), None
        return rows, read_page(shown, order, cursor, PAGE), None
    except (Refused, TookTooLong) as problem:
        if order.document and isinstance(problem, TookTooLong):
            problem = Refused("These are too many to sort by this attribute. Narrow the list, or choose another order.")
        return rows.none(), Page([], "", ""), problem


def actions_of(request: ProjectRequest) -> list[dict[str, str]]:
    """The buttons that later apps put above the list, as far as the member may use them."""
    return [
        {"label": entry.label, "icon": entry.icon, "url": reverse(entry.url_name, args=[request.project.slug])}
        for entry in list_actions.all().values()
        if entry.permission in request.can
    ]


def tabs_of(request: ProjectRequest) -> list[dict[str, Any]]:
    """Users, and what later apps put beside it."""
    own = {"label": "Users", "url": reverse("users_list", args=[request.project.slug]), "current": True, "count": ""}
    return [own, *(tab for tabs in page_tabs.all().values() for tab in tabs(request))]


def source_chips(filters: UserFilter) -> list[str]:
    """The source that the address names, in words; the rule has chips of its own."""
    if not (source := filters.data.get("source")):
        return []
    return [f"Source: {dict(filters.filters['source'].extra['choices']).get(source, source)}"]


def open_user(request: ProjectRequest) -> dict[str, str] | None:
    """The user whose panel the address opens, if there is one in this project."""
    number = whole_number(request.GET.get("open", ""))
    if number is None or not EndUser.objects.filter(project=request.project, pk=number).exists():
        return None
    return {"id": str(number), "url": reverse("user_profile", args=[request.project.slug, number])}


@project_view("users.view")
def waiting(request: ProjectRequest) -> HttpResponseBase:
    """Get started asks here whether the first identify arrived; then the page reloads as the list."""
    response = render(request, "users/list/waiting.html")
    if all_users(request.project).exists():
        response["HX-Refresh"] = "true"
    return response
