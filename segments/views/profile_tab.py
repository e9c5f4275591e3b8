"""The Segments tab of a profile: which ones, since when, and for any other why or why not."""

from datetime import datetime
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from segments.engines.compiled import compiled_now
from segments.engines.explain import explain
from segments.engines.person import StoredPerson
from segments.language.broken import for_people
from segments.models import Membership, Segment
from segments.views.edit import segment_at
from users.accounts.access import ProjectRequest, project_view
from users.extend import ProfileTab
from users.models import EndUser
from users.registry.attributes import registry_of
from users.views.profile import user_at

HIDDEN = "••••••"


def tab(request: ProjectRequest, user: EndUser) -> SafeString:
    now = timezone.now()
    since = dict(Membership.objects.filter(user=user).values_list("segment_id", "entered_at"))
    known = compiled_now(request.project)
    person = StoredPerson(user)
    # Keys as text: there may be hundreds of links, and templates take long to write a number.
    base, who = reverse("segments", args=[request.project.slug]), str(user.pk)
    inside: list[tuple[Segment, str, datetime | None]] = []
    outside: list[tuple[Segment, str]] = []
    shown = Segment.objects.filter(project=request.project, archived=False).order_by("name", "pk")
    for segment in shown.only("name", "icon", "static"):
        ready = known.by_id.get(segment.pk)
        # What goes by the clock is decided now; the rest is kept right by every write.
        by_clock = ready is not None and ready.by_clock
        if ready.verdict(person, now) if ready and by_clock else segment.pk in since:
            inside.append((segment, str(segment.pk), since.get(segment.pk)))
        else:
            outside.append((segment, str(segment.pk)))
    return SafeString(render_to_string("segments/profile.html", {
        "inside": inside, "outside": [item for item in outside if not item[0].static],
        "lists": [item for item in outside if item[0].static], "base": base, "who": who, "project": request.project, "can": request.can,
    }, request))  # fmt: skip


@project_view("users.view")
def why(request: ProjectRequest, pk: int, user: int) -> HttpResponseBase:
    """The rule with a verdict, the user's value and its source on every condition."""
    segment, person = segment_at(request, pk), user_at(request, user)
    ready = compiled_now(request.project).by_id.get(segment.pk)
    tree: dict[str, Any] | None = None
    if ready is not None and ready.rule is not None:
        hidden = {item.ref: HIDDEN for item in registry_of(request.project).all() if item.sensitive}
        tree = explain(ready.rule, StoredPerson(person), compiled_now(request.project).zone, timezone.now(), hidden)
    return render(
        request,
        "segments/why.html",
        {"segment": segment, "person": person, "tree": tree, "broken": for_people(ready.broken) if ready else ""},
    )


def count(request: ProjectRequest, user: EndUser) -> int:
    return Membership.objects.filter(user=user, segment__archived=False).count()


PROFILE_TAB = ProfileTab("segments", "Segments", tab, count=count)
