"""The History tab and undoing a merge."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, project_view
from users.ground.parameters import moment, whole_number
from users.models import EndUser, Merge, OriginKind
from users.registry.attributes import Registry
from users.showing.days import by_day
from users.showing.history import lines
from users.writing.calls import Refused
from users.writing.edits import member_origin
from users.writing.merge import undo_merge


def cursor_of(request: ProjectRequest) -> tuple[datetime, int] | None:
    at, _, pk = request.GET.get("before", "").partition("_")
    last = moment(at), whole_number(pk)
    return (last[0], last[1]) if last[0] and last[1] is not None else None


def history_context(request: ProjectRequest, user: EndUser, known: Registry) -> dict[str, Any]:
    origin, ref = request.GET.get("origin", ""), request.GET.get("attribute", "")
    if ref and known.by_ref(ref) is None:
        ref = ""
    found, more = lines(user, known, origin=origin, ref=ref, before=cursor_of(request))
    last = found[-1].change if found else None
    cursor = f"{last.received_at.isoformat()}_{last.pk}" if last and more else ""
    theirs = {"tags", ref, *user.entries(), *user.set_aside}
    attributes = sorted(
        (item for item in known.all() if item.ref in theirs),
        key=lambda item: (item.source != "native", item.source, item.label.casefold()),
    )
    older = {"tab": "history", "before": cursor, "origin": origin, "attribute": ref}
    days = by_day(found, lambda line: line.change.received_at, timezone.now())
    return {"history": found, "days": days, "next": cursor, "older": urlencode({name: text for name, text in older.items() if text}),
            "origins": OriginKind.choices, "attributes": attributes,
            "origin": origin, "attribute": ref}  # fmt: skip


@require_POST
@project_view("merges.undo")
def undo(request: ProjectRequest, pk: int, merge_pk: int) -> HttpResponseBase:
    merge = get_object_or_404(Merge, pk=merge_pk, survivor_id=pk, project=request.project)
    back = merge.absorbed_id
    try:
        undo_merge(request.project, merge, member_origin(request.user), timezone.now())
        messages.success(request, "The merge was undone: this profile is back, with its ids, values and history.")
    except Refused as refused:
        messages.error(request, refused.message)
        back = pk
    response = redirect("user_profile", request.project.slug, back)
    response["Location"] += "?tab=history"
    return response
