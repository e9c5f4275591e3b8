"""Which segments use an attribute or a tag: shown in the registry, on the tags page and on the Data tab."""

from typing import Any

from django.urls import reverse

from segments.edit import fields_in
from segments.models import Segment
from users.extend import UsedBy
from users.models import Project


def tags_in(raw: Any) -> set[str]:
    """Folded names of tags that a rule's JSON names."""
    found: set[str] = set()
    stack = [raw]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            stack += node.get("rules") or []
            if node.get("field") == "native.tags":
                value = node.get("value")
                names = value if isinstance(value, list) else [value]
                found |= {name.casefold() for name in names if isinstance(name, str)}
    return found


def find(project: Project) -> dict[str, list[tuple[str, str]]]:
    """FIELD, or "tag:NAME", to the segments whose own rule names it."""
    made: dict[str, list[tuple[str, str]]] = {}
    for segment in Segment.objects.filter(project=project, static=False).order_by("name", "pk"):
        link = (segment.name, reverse("segment", args=[project.slug, segment.pk]))
        for name in fields_in(segment.rule) | {f"tag:{tag}" for tag in tags_in(segment.rule)}:
            made.setdefault(name, []).append(link)
    return made


USED_BY = UsedBy(find)
