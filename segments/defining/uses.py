"""Which segments use an attribute or a tag: shown in the registry, on the tags page and on the Data tab."""

from django.urls import reverse

from segments.language.raw_rules import fields_in, tags_in
from segments.models import Segment
from users.extend import Uses
from users.models import Project


def uses(project: Project) -> Uses:
    """FIELD, or "tag:NAME", to the segments whose own rule names it."""
    made: Uses = {}
    for segment in Segment.objects.filter(project=project, static=False).order_by("name", "pk"):
        link = (segment.name, reverse("segment", args=[project.slug, segment.pk]))
        for name in fields_in(segment.rule) | {f"tag:{tag}" for tag in tags_in(segment.rule)}:
            made.setdefault(name, []).append(link)
    return made
