"""What is done to a segment by one button: duplicate, archive, delete."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from segments.defining import edit
from segments.defining.edit import BadSegment, InUse
from segments.views.edit import author, segment_at
from users.accounts.access import ProjectRequest, project_view


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
def delete(request: ProjectRequest, pk: int) -> HttpResponseBase:
    segment = segment_at(request, pk)
    try:
        edit.delete_segment(segment)
    except InUse as used:
        messages.error(request, str(used))
        return redirect("segment", request.project.slug, pk)
    messages.success(request, f"{segment.name} was deleted.")
    return redirect("segments", request.project.slug)
