"""Users & Segments > Imports: all of them, a new one, and one with its mapping, its run and its result."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from integrations.imports import making, steps
from integrations.imports.files import TooLarge
from integrations.imports.options import BadOptions
from integrations.imports.problem_pages import Asked, page_of, place_of
from integrations.imports.records import Unreadable
from integrations.imports.rejected import rejected
from integrations.models import Import
from integrations.views.mapping import choices_of, mapping_context, problem_of
from users.accounts.access import ProjectRequest, project_view
from users.ground.text_forms import trimmed
from users.jobs import worker_state
from users.showing.problems import Problem
from users.views.user_list import tabs_of
from users.writing.edits import member_origin

SHOWN = 100  # imports of the list


def page_tabs(request: ProjectRequest) -> list[dict[str, Any]]:
    """The Imports tab, for its neighbours."""
    address = reverse("imports", args=[request.project.slug])
    return [{"label": "Imports", "url": address, "current": False, "count": ""}]


def import_at(request: ProjectRequest, pk: int) -> Import:
    found = get_object_or_404(Import.objects.select_related("job", "created_by"), pk=pk, project=request.project)
    found.project = request.project
    return steps.as_it_is(found, timezone.now())


@project_view("users.view")
def import_list(request: ProjectRequest) -> HttpResponseBase:
    rows = Import.objects.filter(project=request.project).select_related("created_by", "job").order_by("-pk")[:SHOWN]
    found = [steps.as_it_is(row, timezone.now()) for row in rows]
    tabs = [{**tab, "current": tab["label"] == "Imports"} for tab in tabs_of(request)]
    return render(request, "integrations/imports/list.html", {"imports": found, "page_tabs": tabs})


@project_view("imports.edit")
def new(request: ProjectRequest) -> HttpResponseBase:
    """POST file= or text= makes a draft and leads to its mapping."""
    if request.method != "POST":
        return render(request, "integrations/imports/new.html", {})
    upload, text = request.FILES.get("file"), request.POST.get("text", "")
    wrong_at = "text" if upload is None and text.strip() else "file"
    try:
        if upload is None and not text.strip():
            raise Unreadable("Choose a file, or paste a table.")
        pieces = upload.chunks() if upload else [text.encode("utf-8", "replace")]
        name = (upload.name if upload else "") or "Pasted table.csv"
        found, _ = making.make(
            request.project, name, pieces, member_origin(request.user), timezone.now(), request.user
        )  # fmt: skip
    except (Unreadable, TooLarge) as wrong:
        context = {"problem": Problem(str(wrong), wrong_at), "text": text}
        return render(request, "integrations/imports/new.html", context, status=422)
    return redirect("import", request.project.slug, found.pk)


@project_view("users.view")
def one(request: ProjectRequest, pk: int) -> HttpResponseBase:
    return page(request, import_at(request, pk))


def page(request: ProjectRequest, found: Import, problem: Problem | None = None) -> HttpResponseBase:
    """A draft is shown to those who may run it with its mapping, all else with what became of it. With a problem the
    choices are as they were sent."""
    context: dict[str, Any] = {"import": found, "problem": problem, **worker_state(timezone.now())}
    sent = request.POST if problem else None
    wanted = Import.Step.DRY_RUN if found.state == Import.State.DRAFT else found.step
    if found.step == Import.Step.UNDO:
        left_after = place_of(request.GET.get("left", ""))
        context["left"] = page_of(found, Import.Step.UNDO, Asked(after=left_after))
        wanted = Import.Step.RUN
    asked = asked_of(request)
    context |= {"problems": page_of(found, wanted, asked), "asked": asked}
    context["counts"] = found.checked if wanted == Import.Step.DRY_RUN else found.counts
    context["sample"] = [sample_row(row) for row in (found.checked or {}).get("sample", [])]
    if found.state == Import.State.DRAFT and "imports.edit" in request.can:
        try:
            context |= mapping_context(request.project, found, making.table_of(found), sent)
        except Unreadable as unreadable:
            context["problem"] = problem or Problem(str(unreadable))
    return render(request, "integrations/imports/import.html", context, status=422 if problem else 200)


def asked_of(request: ProjectRequest) -> Asked:
    """?column= and ?why= narrow the refused lines down, ?after= goes on behind a place."""
    column, why = (request.GET.get(name, "").replace("\x00", "")[:200] for name in ("column", "why"))
    return Asked(column, trimmed(why), place_of(request.GET.get("after", "")))


def sample_row(row: dict[str, Any]) -> dict[str, Any]:
    """A user of the dry run, with each value before and after."""
    names = dict.fromkeys([*row["before"], *row["after"]])
    values = [(name.removeprefix("custom."), row["before"].get(name), row["after"].get(name)) for name in names]
    return {"line": row["line"], "user": row["user"], "created": row["created"], "values": values}


@require_POST
@project_view("imports.edit")
def reading(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """Read the file of a draft otherwise; its mapping is told anew."""
    found, sent = import_at(request, pk), request.POST
    try:
        said = {name: sent.get(name) for name in ("encoding", "separator", "quote")}
        table = making.read_again(found, said | {"header": "header" in sent})
        making.map_again(found, table)
    except Unreadable as unreadable:
        return page(request, found, Problem(str(unreadable), "encoding"))
    return redirect("import", request.project.slug, pk)


@require_POST
@project_view("imports.edit")
def start(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """Keep the choices of a draft, and try them out (do=try) or import (do=run)."""
    found, now = import_at(request, pk), timezone.now()
    try:
        making.choose(found, making.table_of(found), choices_of(found, request.POST))
        act = steps.start_run if request.POST.get("do") == "run" else steps.start_dry_run
        act(found, request.user, now)
    except BadOptions as bad:
        return page(request, found, problem_of(found, request.POST, bad))
    except (Unreadable, steps.NotNow) as wrong:
        messages.error(request, str(wrong))
    return redirect("import", request.project.slug, pk)


@require_POST
@project_view("imports.edit")
def act(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """POST do=cancel, undo or discard (a draft)."""
    found, now, what = import_at(request, pk), timezone.now(), request.POST.get("do")
    try:
        if what == "discard" and found.state == Import.State.DRAFT:
            making.discard(found)
            messages.success(request, f"{found.name} was discarded.")
            return redirect("imports", request.project.slug)
        if what == "undo":
            steps.start_undo(found, request.user, member_origin(request.user), now)
        elif what == "cancel":
            steps.cancel(found, now)
    except steps.NotNow as reason:
        messages.error(request, str(reason))
    return redirect("import", request.project.slug, pk)


@project_view("imports.edit")
def rejected_lines(request: ProjectRequest, pk: int) -> HttpResponseBase:
    found = import_at(request, pk)
    try:
        lines = rejected(found)
    except Unreadable as unreadable:
        messages.error(request, str(unreadable))
        return redirect("import", request.project.slug, pk)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"{found.name.rsplit('.', 1)[0]}-refused.csv"
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response
