"""What is done to the users that were picked on the Users page: put on a list, exported."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from segments.defining.edit import BadSegment, create_segment
from segments.membership.sizes import sizes_of
from segments.models import Segment
from segments.sheets.people import picked
from segments.views.edit import author
from segments.views.exports import exported
from users.accounts.access import ProjectRequest, project_view
from users.ground.parameters import whole_number
from users.jobs import start_job
from users.showing.problems import Problem
from users.views.bulk import in_words, matching, refusal_words, selection
from users.views.jobs import fragment
from users.writing.calls import Refused

NEW = "new"  # the choice of a list that is still to be made


def lists_in(request: ProjectRequest) -> list[tuple[Segment, int]]:
    """The project's lists, and how many users are on each."""
    found = list(Segment.objects.filter(project=request.project, static=True, archived=False).order_by("name"))
    sizes = sizes_of([item.pk for item in found])
    return [(item, sizes.get(item.pk, 0)) for item in found]


@project_view("segments.edit")
def choose_list(request: ProjectRequest) -> HttpResponseBase:
    """The lists to choose from, for the dialog that opens."""
    return render(request, "segments/bulk/choose_list.html", {"lists": lists_in(request)})


@require_POST
@project_view("segments.edit")
def add_to_list(request: ProjectRequest) -> HttpResponseBase:
    """POST segment=ID, or segment=new and name=: starts the job that adds the selection; answers its progress."""
    chosen = selection(request, request.POST)
    try:
        total = matching(request.project, chosen["query"]) if "query" in chosen else len(chosen["ids"])
    except Refused as refused:
        return in_words(refused)
    if not total:
        return HttpResponse("Pick users first.", status=400, content_type="text/plain; charset=utf-8")
    try:
        segment = list_from(request)
    except BadSegment as bad:
        context = {
            "lists": lists_in(request),
            "problem": Problem(bad.errors[0]["message"], "new-list-name"),
            "name": request.POST.get("name", ""),
        }
        response = render(request, "segments/bulk/choose_list.html", context, status=422)
        response["HX-Retarget"] = "#list-choice"
        return response
    params = {**chosen, "segment": segment.pk, "name": segment.name}
    shown_total = total if total <= 10_000 else None
    return fragment(request, start_job(request.project, "fill_list", params, request.user, total=shown_total))


def list_from(request: ProjectRequest) -> Segment:
    """The list that was chosen, or a new one. Raises BadSegment."""
    wanted = request.POST.get("segment", "")
    if wanted in (NEW, ""):  # sent before the lists were there: answered with them
        name = request.POST.get("name", "").strip()
        return create_segment(
            request.project, {"name": name}, rule=None, static=True, by=author(request), now=timezone.now()
        )
    return get_object_or_404(Segment, pk=whole_number(wanted), project=request.project, static=True)


@project_view("users.export")
def export(request: ProjectRequest) -> HttpResponseBase:
    """The selection as a file, with the columns that the member chose for the Users page."""
    try:
        chosen = selection(request, request.POST if request.method == "POST" else request.GET)
        people = picked(request.project, chosen)
    except Refused as refused:  # the rule was fine when the page was shown
        messages.error(request, refusal_words(refused))
        return redirect("users_list", request.project.slug)
    return exported(request, people, chosen)
