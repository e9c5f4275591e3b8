"""Changing a type: first what would convert and what would be lost, then, confirmed, the job."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from users.accounts.access import ProjectRequest, project_view
from users.jobs import words_for, worker_alive
from users.models import NATIVE, Attribute, Job
from users.registry.consequences import Change, affected_by, broken
from users.showing.problems import Problem
from users.types.table import TYPES
from users.views.registry import attribute_at
from users.writing.retype import FIXED, Preview, WouldLose, preview_or_job, start_retype


@project_view("registry.edit")
def change_type(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """The preview has an address of its own, ?to=TYPE, for reload and Back; POST tries the values, or makes the change."""
    attribute = attribute_at(request, pk)
    to = (request.POST if request.method == "POST" else request.GET).get("to", "")
    if to not in TYPES:
        messages.error(request, "Choose a type.")
        return redirect("attribute_edit", request.project.slug, pk)
    if attribute.source == NATIVE:  # their values are columns, so there is nothing to try
        messages.error(request, FIXED)
        return redirect("attribute_edit", request.project.slug, pk)
    if request.method == "POST":
        return change(request, attribute, to)
    return show_change(request, attribute, to)


def show_change(
    request: ProjectRequest, attribute: Attribute, to: str, problem: Problem | None = None
) -> HttpResponseBase:
    now = timezone.now()
    context: dict[str, Any] = {"problem": problem, "attribute": attribute, "to": to, "alive": worker_alive(now), "to_label": words(to),
               "from_label": words(attribute.type)}  # fmt: skip
    found = preview_or_job(attribute, to, request.user, now, may_start=False)
    if isinstance(found, Job):
        context |= {"job": found, "words": words_for(found)}
    else:
        context["preview"] = found
    if isinstance(found, Preview):
        affected = affected_by(attribute, Change("type", to))
        context |= {"affected": affected, "breaks": broken(affected)}
    return render(request, "users/data/retype.html", context, status=422 if problem else 200)


def change(request: ProjectRequest, attribute: Attribute, to: str) -> HttpResponseBase:
    found = preview_or_job(attribute, to, request.user, timezone.now())
    if request.POST.get("go") and isinstance(found, Preview):
        try:
            start_retype(attribute, to, request.user, confirm=request.POST.get("confirm") == "on", found=found)
            messages.success(request, f"{attribute.label} is {words(to)} now; its values are being converted.")
            return redirect("attribute_edit", request.project.slug, attribute.pk)
        except WouldLose:
            problem = Problem("Nothing was changed: confirm what would be lost or break.", "confirm")
            return show_change(request, attribute, to, problem)
        except ValueError as error:
            messages.error(request, str(error))
            return redirect("attribute_edit", request.project.slug, attribute.pk)
    return redirect(reverse("attribute_type", args=[request.project.slug, attribute.pk]) + f"?to={to}")


def words(type_name: str) -> str:
    return TYPES[type_name].label.lower()
