"""Static segments in the dashboard: paste or upload ids and emails, add or remove one user."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from segments import lists
from segments.views.edit import segment_at
from segments.views.segment_list import tabs_at_segments
from users.access import ProjectRequest, project_view
from users.views.profile import user_at

LARGEST = 10 * 1024 * 1024  # bytes of an upload


@project_view("segments.edit")
def add(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """POST text=, file= or both: every line that led to nobody is answered with its reason."""
    segment = segment_at(request, pk)
    context = {"segment": segment, "page_tabs": tabs_at_segments(request), "text": "", "problem": ""}
    if request.method != "POST" or not segment.static:
        return (
            render(request, "segments/add.html", context)
            if segment.static
            else redirect("segment", request.project.slug, pk)
        )
    pasted, uploaded, problem = given_text(request)
    lines = [*pasted.splitlines(), *uploaded.splitlines()]
    if not problem and not any(line.strip() for line in lines):
        problem = "There is nothing to add. Paste ids or emails, one a line, or choose a file."
    if len(lines) > lists.MOST_LINES:
        problem = f"The list has {len(lines):,} lines; {lists.MOST_LINES:,} is the most. Split it."
    if problem:
        return render(request, "segments/add.html", {**context, "problem": problem, "text": pasted}, status=422)
    found = lists.look_up(request.project, lines)
    removing = request.POST.get("do") == "remove"
    act = lists.remove_members if removing else lists.add_members
    changed = act(segment, found.users, timezone.now())
    return render(request, "segments/added.html", {**context, "found": found, "changed": changed, "removing": removing,
                                                   "same": len(found.users) - changed})  # fmt: skip


def given_text(request: ProjectRequest) -> tuple[str, str, str]:
    """(what was pasted, what was uploaded, what was wrong with the upload)."""
    pasted, upload = request.POST.get("text", ""), request.FILES.get("file")
    if upload is None:
        return pasted, "", ""
    if (upload.size or 0) > LARGEST:
        return pasted, "", "The file is larger than 10 MB. Split it."
    try:
        return pasted, upload.read().decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return pasted, "", "The file is not UTF-8. Save it as CSV in UTF-8."


@require_POST
@project_view("segments.edit")
def change_one(request: ProjectRequest, pk: int, user: int) -> HttpResponseBase:
    """POST inside=1 puts the user on the list, inside= takes them off; leads back to the profile."""
    segment, person = segment_at(request, pk), user_at(request, user)
    if segment.static:
        inside = bool(request.POST.get("inside"))
        changed = lists.change_members(segment, [person.pk], inside, timezone.now())
        said = "added to" if inside else "taken off"
        messages.success(
            request, f"The user was {said} {segment.name}." if changed else f"Nothing changed in {segment.name}."
        )
    response = redirect("user_profile", request.project.slug, person.pk)
    response["Location"] += "?tab=segments"
    return response
