"""What the rules of a project may name: its attributes as the registry knows them, and its other segments."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from segments.language.fields import EVENT, GROUP, SEGMENT, Field, attribute_field, segment_field, split
from segments.language.rules import SegmentSource
from segments.models import Segment
from users.extend import sources
from users.models import Project
from users.registry.attributes import Registry, registry_of


class ProjectScope:
    def __init__(self, zone: ZoneInfo, registry: Registry, segments: Mapping[int, SegmentSource]) -> None:
        self.zone, self.registry, self.segments = zone, registry, segments

    def field(self, name: str) -> Field | str:
        if name == SEGMENT:
            return segment_field()
        source, key = split(name)
        if source == EVENT and key:
            return f"No event {key!r} was ever received in this project."
        if source == GROUP and key:
            return f"No group with {key!r} was ever received in this project."
        return attribute_field(self.registry, name) or no_such_field(name, self.registry)

    def segment(self, pk: int) -> SegmentSource | None:
        return self.segments.get(pk)


def no_such_field(name: str, registry: Registry) -> str:
    source, key = split(name)
    known = sources.all()
    if not key or source not in known:
        return f"There is no field {name[:110]!r}. Fields are segment, or SOURCE.KEY with one of the sources {', '.join(known)}."
    near = [item.field for item in registry.all() if item.key.casefold() == key.casefold()]
    hint = f" Did you mean {' or '.join(near[:3])}?" if near else " Data Management > Attributes lists what there is."
    return f"There is no attribute {name[:150]!r} in this project.{hint}"


def segment_sources(project_id: int) -> dict[int, SegmentSource]:
    rows = Segment.objects.filter(project_id=project_id).values_list("pk", "name", "static", "rule")
    return {pk: SegmentSource(pk, name, None if static else rule, static) for pk, name, static, rule in rows}


def scope_of(project: Project) -> ProjectScope:
    """As it is now."""
    return ProjectScope(ZoneInfo(project.time_zone), registry_of(project), segment_sources(project.pk))
