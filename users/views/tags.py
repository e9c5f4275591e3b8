"""Data Management > Tags: make, rename, colour, delete."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, project_view
from users.extend import uses_in
from users.ground.text_forms import same_look, trimmed
from users.jobs import words_for, worker_alive
from users.models import Job, Tag
from users.registry.attributes import definitions_moved
from users.showing.links import users_tagged
from users.showing.problems import Problem
from users.writing.calls import Refused
from users.writing.tagging import delete_tag
from users.writing.tags import clean_name

COLORS = "Choose one of the eight colours."


@dataclass(frozen=True, slots=True)
class Refusal:
    """A tag as it was typed, of a form that was refused, and why. `pk` is None for a new one, `wrong` "name" or "color"."""

    pk: int | None
    name: str
    color: str
    error: str = ""
    wrong: str = "name"

    @property
    def problem(self) -> Problem | None:
        return Problem(self.error, f"{self.wrong}-{self.pk or 'new'}") if self.error else None


@project_view("users.view")
def tags(request: ProjectRequest) -> HttpResponseBase:
    return show_tags(request)


def show_tags(request: ProjectRequest, refusal: Refusal | None = None) -> HttpResponseBase:
    q = trimmed(request.GET.get("q", "")).replace("\x00", "")[:50]
    rows = Tag.objects.filter(project=request.project).order_by("folded")
    if q:
        rows = rows.filter(folded__contains=same_look(q))
    jobs = Job.objects.filter(
        project=request.project, kind="delete_tag", state__in=[Job.State.QUEUED, Job.State.RUNNING]
    )
    uses = uses_in(request.project)
    going = {job.params["tag"]: job for job in jobs}
    return render(request, "users/data/tags.html", {
        "tags": [
            (tag, uses.get(f"tag:{tag.folded}", []), users_tagged(request.project, tag.name))
            for tag in rows if tag.pk not in going
        ],
        "q": q, "colors": Tag.Color.choices,
        "jobs": [(job, words_for(job)) for tag in rows if (job := going.get(tag.pk))],
        "worker_alive": worker_alive(timezone.now()), "refusal": refusal, "blank": Refusal(None, "", Tag.Color.BLUE),
        "counted": max((tag.counted_at for tag in rows if tag.counted_at), default=None),
    }, status=422 if refusal else 200)  # fmt: skip


@require_POST
@project_view("tags.manage")
def new(request: ProjectRequest) -> HttpResponseBase:
    typed, color = request.POST.get("name", ""), request.POST.get("color", "")
    if color not in Tag.Color.values:
        return show_tags(request, Refusal(None, typed, color, COLORS, "color"))
    try:
        name = clean_name(typed)
        with transaction.atomic():
            Tag.objects.create(
                project=request.project, name=name, folded=same_look(name), color=color, created=timezone.now()
            )
    except Refused as refused:
        return show_tags(request, Refusal(None, typed, color, refused.message))
    except IntegrityError:
        there = Tag.objects.get(project=request.project, folded=same_look(name)).name
        return show_tags(request, Refusal(None, typed, color, f"There is a tag {there} already. Choose another name."))
    messages.success(request, f"{name} was made. Give it to users from their profile or from the list.")
    return redirect("tags", request.project.slug)


@require_POST
@project_view("tags.manage")
def edit(request: ProjectRequest, pk: int) -> HttpResponseBase:
    tag = get_object_or_404(Tag, pk=pk, project=request.project)
    typed, color = request.POST.get("name", ""), request.POST.get("color", tag.color)
    if color not in Tag.Color.values:
        return show_tags(request, Refusal(pk, typed, color, COLORS, "color"))
    try:
        name = clean_name(typed)
        with transaction.atomic():
            Tag.objects.filter(pk=tag.pk).update(name=name, folded=same_look(name), color=color)
            definitions_moved(request.project, ["tags"] if name != tag.name else [])
    except Refused as refused:
        return show_tags(request, Refusal(pk, typed, color, refused.message))
    except IntegrityError:
        there = Tag.objects.get(project=request.project, folded=same_look(name)).name
        why = f"{tag.name} was not renamed: there is a tag {there} already. Choose another name."
        return show_tags(request, Refusal(pk, typed, color, why))
    messages.success(request, f"{name} was saved.")
    return redirect("tags", request.project.slug)


@require_POST
@project_view("tags.manage")
def delete(request: ProjectRequest, pk: int) -> HttpResponseBase:
    tag = get_object_or_404(Tag, pk=pk, project=request.project)
    if not Job.objects.filter(kind="delete_tag", project=request.project, params__tag=tag.pk, finished=None).exists():
        delete_tag(tag, request.user)
    messages.success(request, f"{tag.name} is deleted as soon as it is off its users.")
    return redirect("tags", request.project.slug)
