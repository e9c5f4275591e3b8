"""Making a segment and changing one: the builder first, then what the change does, then the name."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from segments import edit
from segments.edit import ICONS, Author, BadSegment, InUse, Outdated
from segments.explain import sentence
from segments.models import Segment
from segments.views.builder import read_rule
from segments.views.segment_list import tabs_at_segments
from users.access import ProjectRequest, project_view
from users.limits import TookTooLong
from users.naming import shown_name


def segment_at(request: ProjectRequest, pk: int) -> Segment:
    return get_object_or_404(Segment.objects.select_related("project", "owner"), project=request.project, pk=pk)


def author(request: ProjectRequest) -> Author:
    return Author(request.user, request.user.display_name)


def plain_fields(request: ProjectRequest) -> dict[str, Any]:
    return {
        "name": request.POST.get("name", ""), "description": request.POST.get("description", ""),
        "icon": request.POST.get("icon", "user-group"), "visible_to_browsers": request.POST.get("visible_to_browsers") == "on",
    }  # fmt: skip


@project_view("segments.edit")
def new(request: ProjectRequest) -> HttpResponseBase:
    """One page: what it holds on top, what it is called below. Nothing typed is lost when it is refused."""
    given: dict[str, Any] = {name: request.GET.get(name, "") for name in ("rule", "name", "description", "icon")}
    given["static"], errors = bool(request.GET.get("static")), []
    if request.method == "POST":
        given = {
            **plain_fields(request),
            "rule": request.POST.get("rule", ""),
            "static": bool(request.POST.get("static")),
        }
        try:
            raw = None
            if not given["static"]:
                read_rule(request, given["rule"] or "{}")
                raw = json.loads(given["rule"])
            made = edit.create_segment(
                request.project,
                plain_fields(request),
                rule=raw,
                static=given["static"],
                by=author(request),
                now=timezone.now(),
            )
            messages.success(request, f"{made.name} was created.")
            return redirect("segment", request.project.slug, made.pk)
        except BadSegment as bad:
            errors = bad.errors
    context = {"given": given, "errors": errors, "icons": ICONS, "page_tabs": tabs_at_segments(request)}
    return render(request, "segments/new.html", context, status=422 if errors else 200)


@project_view("segments.edit")
def change_rule(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """The builder, then the number who would enter and leave with a sample of each, then the new version."""
    segment = segment_at(request, pk)
    if segment.static:
        return redirect("segment", request.project.slug, pk)
    rule, errors, change, tree, outdated = json.dumps(segment.rule), [], None, None, ""
    expected = int(text) if (text := request.POST.get("version", "")).isdigit() else segment.version
    if request.method == "POST":
        rule = request.POST.get("rule", "")
        try:
            tree = read_rule(request, rule or "{}")
            if request.POST.get("confirm"):
                edit.change_segment(
                    segment, {}, by=author(request), now=timezone.now(), rule=json.loads(rule), expected=expected
                )
                messages.success(request, f"{segment.name} was changed. Its members are being computed.")
                return redirect("segment", request.project.slug, pk)
            change = edit.difference(segment, tree, timezone.now())
        except BadSegment as bad:
            errors = bad.errors
        except Outdated as newer:
            outdated = str(newer)
        except TookTooLong as slow:
            errors = [{"path": "rule", "message": str(slow)}]
    context = {
        "segment": segment, "rule": rule, "errors": errors, "change": change, "expected": expected, "outdated": outdated,
        "sentence": sentence(tree) if tree else "", "page_tabs": tabs_at_segments(request),
        "entering": names(change.entering) if change else [], "leaving": names(change.leaving) if change else [],
    }  # fmt: skip
    return render(request, "segments/rule.html", context, status=409 if outdated else 422 if errors else 200)


def names(users: Any) -> list[tuple[int, str]]:
    return [(user.pk, shown_name(user)) for user in users]


@project_view("segments.edit")
def settings(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """Name, description, icon, and whether browsers may learn of it."""
    segment = segment_at(request, pk)
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        try:
            edit.change_segment(segment, plain_fields(request), by=author(request), now=timezone.now())
            messages.success(request, "The segment was saved.")
            return redirect("segment", request.project.slug, pk)
        except BadSegment as bad:
            errors = bad.errors
    context = {
        "segment": segment, "errors": errors, "icons": ICONS, "page_tabs": tabs_at_segments(request),
        "given": plain_fields(request) if request.method == "POST" else {
            "name": segment.name, "description": segment.description, "icon": segment.icon,
            "visible_to_browsers": segment.visible_to_browsers,
        },
    }  # fmt: skip
    return render(request, "segments/settings.html", context, status=422 if errors else 200)


@require_POST
@project_view("segments.edit")
def duplicate(request: ProjectRequest, pk: int) -> HttpResponseBase:
    try:
        made = edit.duplicate(segment_at(request, pk), author(request), timezone.now())
    except BadSegment as bad:
        messages.error(request, bad.errors[0]["message"])
        return redirect("segment", request.project.slug, pk)
    messages.success(request, f"{made.name} was created.")
    return redirect("segment", request.project.slug, made.pk)


@require_POST
@project_view("segments.edit")
def archive(request: ProjectRequest, pk: int) -> HttpResponseBase:
    segment = segment_at(request, pk)
    edit.change_segment(segment, {"archived": not segment.archived}, by=author(request), now=timezone.now())
    said = "is in the list again" if segment.archived else "was archived; segments built on it go on"
    messages.success(request, f"{segment.name} {said}.")
    return redirect("segment", request.project.slug, pk)


@require_POST
@project_view("segments.edit")
def restore(request: ProjectRequest, pk: int, number: int) -> HttpResponseBase:
    segment = segment_at(request, pk)
    try:
        edit.restore(segment, number, author(request), timezone.now())
        messages.success(request, f"Version {number} is the rule again. Its members are being computed.")
    except BadSegment as bad:
        messages.error(request, f"Version {number} cannot be restored: {bad.errors[0]['message']}")
    return redirect("segment", request.project.slug, pk)


@require_POST
@project_view("segments.edit")
def delete(request: ProjectRequest, pk: int) -> HttpResponseBase:
    segment = segment_at(request, pk)
    try:
        edit.delete_segment(segment)
    except InUse as used:
        messages.error(request, str(used))
        return redirect("segment", request.project.slug, pk)
    messages.success(request, f"{segment.name} was deleted.")
    return redirect("segments", request.project.slug)
