"""What one member chose: columns, pins, order, cards they dismissed."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from users.accounts.access import ProjectRequest, project_view, wants_fragment
from users.accounts.preferences import dismiss_card, preference, save_preference
from users.showing.columns import ListColumn, chosen_columns, known_columns
from users.templatetags.rows import star_html, value_url
from users.views.data_tab import definition_at
from users.views.profile import user_at


@require_POST
@project_view("users.view")
def pin(request: ProjectRequest, pk: int, ref: str) -> HttpResponseBase:
    """Pin or unpin an attribute on every Data tab of this member."""
    person, definition = user_at(request, pk), definition_at(request, ref)
    field = definition.field
    chosen = preference(request.user, request.project)
    chosen.pins = [pin for pin in chosen.pins if pin != field] if field in chosen.pins else [*chosen.pins, field][:50]
    save_preference(chosen, "pins")
    if wants_fragment(request):
        address = reverse("user_profile", args=[request.project.slug, person.pk])
        response = HttpResponse(star_html(ref, definition.label, field in chosen.pins, value_url(address, ref)))
        response["HX-Trigger"] = "refresh"
        return response
    return redirect("user_profile", request.project.slug, pk)


@require_POST
@project_view("users.view")
def data_order(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """Order every Data tab of this member by source or by time."""
    person, order = user_at(request, pk), request.POST.get("order", "")
    if order in ("source", "updated"):
        chosen = preference(request.user, request.project)
        chosen.data_order = order
        save_preference(chosen, "data_order")
    return redirect("user_profile", request.project.slug, person.pk)


@require_http_methods(["GET", "POST"])
@project_view("users.view")
def columns(request: ProjectRequest) -> HttpResponseBase:
    """The chooser, and what was chosen: columns= in their order; reset=1 goes back to the default ones."""
    chosen = preference(request.user, request.project)
    known = known_columns(request.project)
    if request.method == "GET":
        return render(request, "users/list/columns.html", offered_columns(known, chosen_columns(known, chosen)))
    picked = [field for field in request.POST.getlist("columns") if field in known]
    chosen.columns = None if request.POST.get("reset") else picked
    save_preference(chosen, "columns")
    address = QueryDict(request.POST.get("query", ""), mutable=True)
    address.pop("cursor", None)  # it belongs to the page that was shown
    response = redirect("users_list", request.project.slug)
    if address:
        response["Location"] += f"?{address.urlencode()}"
    return response


def offered_columns(known: dict[str, ListColumn], shown: list[ListColumn]) -> dict[str, Any]:
    """For the chooser: what is shown, in its order, and the rest by source."""
    rest: dict[str, list[ListColumn]] = {column.source: [] for column in known.values()}
    there = {column.field for column in shown}
    for column in known.values():
        if column.field not in there:
            rest[column.source].append(column)
    return {"columns_shown": [(column, column.source) for column in shown], "known": list(rest.items())}


@require_POST
@project_view("users.view")
def dismiss(request: ProjectRequest) -> HttpResponseBase:
    """Put a card away for good."""
    if name := request.POST.get("name", "")[:40]:
        dismiss_card(request.user, request.project, name, timezone.now())
    return HttpResponse("") if wants_fragment(request) else redirect("users_list", request.project.slug)
