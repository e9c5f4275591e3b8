"""Static segments in the dashboard: paste or upload ids and emails, add or remove one user."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from segments.membership import lists
from segments.sheets.list_reading import Unclear, find_users
from segments.sheets.listing import Found
from segments.views.edit import segment_at
from users.accounts.access import ProjectRequest, project_view, wants_fragment
from users.ground.spreadsheets import decoded
from users.showing.problems import Problem
from users.views.profile import user_at

LARGEST = 10 * 1024 * 1024  # bytes of an upload
NOTHING = "There is nothing to add. Paste ids or emails, one a line, or choose a file."


@project_view("segments.edit")
def add(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """POST text=, file= or both: every line that led to nobody is answered with its reason.

    Where it is not clear which column names the users, the answer is the choice, sent back as column=.
    """
    segment = segment_at(request, pk)
    context: dict[str, Any] = {
        "segment": segment,
        "text": "",
        "problem": None,
        "columns": [],
        "removing": False,
    }
    if not segment.static:
        return redirect("segment", request.project.slug, pk)
    if request.method != "POST":
        return render(request, "segments/add.html", context)
    context["text"], context["column"] = request.POST.get("text", ""), request.POST.get("column", "")
    removing = context["removing"] = request.POST.get("do") == "remove"
    field = "text"
    try:
        parts: list[tuple[str, Found]] = []
        for part in given(request):
            field, where, text = part
            before = parts[-1][1] if parts else None
            parts.append((where, find_users(request.project, text, context["column"], before)))
    except Unclear as unclear:
        return render(request, "segments/add.html", context | {"columns": unclear.columns}, status=422)
    except WrongFile as wrong:
        return refuse(request, context, Problem(str(wrong), "file"))
    except ValueError as wrong:
        return refuse(request, context, Problem(str(wrong), field))
    act = lists.remove_members if removing else lists.add_members
    users = {pk for _, found in parts for pk in found.users}
    changed = act(segment, users, timezone.now())
    response = render(request, "segments/added.html", context | {
        "parts": parts, "changed": changed, "same": len(users) - changed,
    })  # fmt: skip
    if wants_fragment(request):
        response["HX-Retarget"] = response["HX-Reselect"] = "#list-outcome"
    return response


def refuse(request: ProjectRequest, context: dict[str, Any], problem: Problem) -> HttpResponseBase:
    return render(request, "segments/add.html", context | {"problem": problem}, status=422)


class WrongFile(ValueError):
    pass


def given(request: ProjectRequest) -> list[tuple[str, str, str]]:
    """(field, where from, text) of what was pasted and what was uploaded. Raises WrongFile and ValueError in words."""
    found, upload = [("text", "What you pasted", request.POST.get("text", ""))], request.FILES.get("file")
    if upload is not None:
        if (upload.size or 0) > LARGEST:
            raise WrongFile("The file is larger than 10 MB. Split it.")
        found.append(("file", upload.name or "The file", decoded(upload.read())))
    found = [item for item in found if item[2].strip("\ufeff \t\r\n")]
    if not found:
        raise ValueError(NOTHING)
    return found


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
