"""Exports: what the dialogs ask for, the file at once or from the worker, and the files that wait to be fetched."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from segments.sheets import background, parquet
from segments.sheets.export import FORMATS, columns_of, download
from segments.sheets.files import KEPT, KIND, path_of
from segments.sheets.people import Layout, People
from users.accounts.access import ProjectRequest, project_view
from users.accounts.preferences import preference
from users.jobs import worker_state
from users.models import Job
from users.registry.attributes import Definition
from users.showing.columns import chosen_columns, known_columns
from users.views.jobs import context_of

ALWAYS = ("native.user_id", "native.jimer_id", "native.name")
SHOWN = 20


def exported(
    request: ProjectRequest, people: People, chosen: dict[str, Any], total: int | None = None
) -> HttpResponseBase:
    """The file, or, of a form that asks for many users, the page where it will be. `chosen`: see background.start."""
    asked, now = request.POST if request.method == "POST" else request.GET, timezone.now()
    kind = asked.get("format", "csv")
    kind = kind if kind in FORMATS else "csv"
    layout = Layout(mark="mark" in asked, readable="readable" in asked)
    if kind not in possible():
        messages.error(request, parquet.NO_PARQUET)
        return redirect("exports", request.project.slug)
    columns = columns_shown(request)
    if request.method == "POST" and people.is_large():
        background.start(people, chosen, kind, columns, layout, request.user, now, total)
        return redirect("exports", request.project.slug)
    return download(people, kind, columns, layout, now)


def possible() -> list[str]:
    return [kind for kind in FORMATS if kind != "parquet" or parquet.is_possible()]


def columns_shown(request: ProjectRequest) -> list[Definition]:
    """The ids, the name, and what the member's list shows."""
    chosen = chosen_columns(known_columns(request.project), preference(request.user, request.project))
    fields = [*ALWAYS, *(item.field for item in chosen if item.definition)]
    return columns_of(request.project, list(dict.fromkeys(fields)))


def mine(request: ProjectRequest) -> Any:
    return Job.objects.filter(project=request.project, kind=KIND, created_by=request.user)


@project_view("users.export")
def exports(request: ProjectRequest) -> HttpResponseBase:
    """The member's own of the last days: how far they are, and the files."""
    now = timezone.now()
    jobs = mine(request).filter(created__gte=now - KEPT).order_by("-pk")[:SHOWN]
    for job in jobs:
        job.project = request.project
    rows = [context_of(request, job) for job in jobs]
    context = {"rows": rows, "days": KEPT.days, **worker_state(now)}
    return render(request, "segments/exports.html", context)


@project_view("users.export")
def file(request: ProjectRequest, pk: int) -> HttpResponseBase:
    job = get_object_or_404(mine(request), pk=pk, state=Job.State.DONE)
    try:
        opened = path_of(job).open("rb")
    except FileNotFoundError:
        messages.error(request, "The file is not kept any more. Export again.")
        return redirect("exports", request.project.slug)
    kind = FORMATS[job.params["format"]]
    return FileResponse(opened, as_attachment=True, filename=job.params["file"], content_type=kind)
