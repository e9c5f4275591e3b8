"""The card that leads a newcomer through the demo; its items tick themselves from what happened."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from users.accounts.access import ProjectRequest
from users.models import AttributeChange, EndUser, Figure, OriginKind, ProjectPreference
from users.registry.naming import shown_name


@dataclass(frozen=True, slots=True)
class Item:
    text: str
    url: str
    done: bool


def tour(request: ProjectRequest, chosen: ProjectPreference) -> list[Item]:
    """Empty without an example user (only the demo has one), or once dismissed."""
    if "tour" in chosen.dismissed:
        return []
    figure = Figure.objects.filter(project=request.project, name="example_user").first()
    user = EndUser.objects.filter(project=request.project, pk=figure.value).first() if figure else None
    if figure is None or user is None:
        return []
    return items(request, user, figure, chosen)


def items(request: ProjectRequest, user: EndUser, figure: Figure, chosen: ProjectPreference) -> list[Item]:
    """What the member's role allows. A curl names nobody: it counts from when this member had opened the user."""
    profile = reverse("user_profile", args=[request.project.slug, user.pk])
    since = AttributeChange.objects.filter(user=user, received_at__gt=figure.computed_at)
    seen: dict[str, Any] = chosen.dismissed
    opened = parse_datetime(seen.get(f"opened:{user.pk}", "")) or timezone.now()
    called = since.filter(origin_kind=OriginKind.SNIPPET, received_at__gt=opened)
    tagged = since.filter(origin_kind=OriginKind.MEMBER, origin_id=request.user.pk, changes__has_key="tags")
    found = [
        Item(f"Open {shown_name(user, request.project)}", profile, f"opened:{user.pk}" in seen),
        Item("See why plan differs", f"{profile}?tab=data&source=differ", f"differ:{user.pk}" in seen),
        Item("Run the curl", reverse("install", args=[request.project.slug]) + "#curl",
             called.exists()),
    ]  # fmt: skip
    return [*found, Item("Add a tag", profile, tagged.exists())] if "tags.edit" in request.can else found
