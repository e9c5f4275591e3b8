"""Users & Segments > Segments."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from segments.defining.edit import users_by_segment
from segments.membership.sizes import change_since, with_size
from segments.membership.upkeep import follow_clock, is_stale
from segments.models import Segment
from segments.showing.starters import STARTERS
from users.accounts.access import ProjectRequest, project_view
from users.jobs import worker_alive
from users.types.table import compact
from users.views.user_list import tabs_of


def page_tabs(request: ProjectRequest) -> list[dict[str, Any]]:
    """The Segments tab with its count, for both pages."""
    count = Segment.objects.filter(project=request.project, archived=False).count()
    return [
        {"label": "Segments", "url": reverse("segments", args=[request.project.slug]), "current": False, "count": count}
    ]


def tabs_at_segments(request: ProjectRequest) -> list[dict[str, Any]]:
    return [{**tab, "current": tab["label"] == "Segments"} for tab in tabs_of(request)]


@project_view("users.view")
def segment_list(request: ProjectRequest) -> HttpResponseBase:
    now = timezone.now()
    archived = bool(request.GET.get("archived"))
    text = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    rows = with_size(Segment.objects.filter(project=request.project, archived=archived)).select_related("owner")
    found = list(rows.filter(name__icontains=text).order_by("name", "pk") if text else rows.order_by("name", "pk"))
    if any(is_stale(segment, now) for segment in found):
        follow_clock(request.project, now)
    changes = change_since(found, now)
    users = users_by_segment(request.project.pk)
    for segment in found:
        segment.change, segment.stale = changes.get(segment.pk), is_stale(segment, now)
        segment.users = users.get(segment.pk, [])
    others = Segment.objects.filter(project=request.project, archived=not archived).count()
    return render(request, "segments/list.html", {
        "segments": found, "q": text, "archived": archived, "others": others, "page_tabs": tabs_at_segments(request),
        "starters": [(item, f"{reverse('segment_new', args=[request.project.slug])}?{urlencode({'rule': compact(item.rule), 'name': item.name, 'icon': item.icon, 'description': item.description})}") for item in STARTERS],
        "worker_alive": worker_alive(now),
    })  # fmt: skip
