"""The segments of a project, ready to decide in memory: kept per process and per version of the project."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from segments.engines.memory import Verdict, matcher
from segments.language.rules import Group, RuleErrors, Targets, conditions, fields_of, is_by_clock, parse, segments_of
from segments.language.scope import ProjectScope, segment_sources
from segments.models import Segment
from users.ground.bounded_cache import bounded
from users.models import Project
from users.registry.attributes import Registry, registry
from users.types.table import compact


@dataclass(frozen=True, slots=True)
class Ready:
    """A segment at one version. `rule` is None for static and for broken ones; those match nobody."""

    id: int
    name: str
    static: bool
    visible: bool
    archived: bool
    number: int  # version of its rule
    rule: Group | None
    verdict: Verdict
    refs: frozenset[str]
    uses: frozenset[int]
    by_clock: bool
    broken: str = ""
    may_be_slow: bool = False  # it has patterns, or may have them from other segments
    weight: int = 0  # bytes, rather too many


class Compiled:
    def __init__(self, segments: Iterable[Ready], zone: tzinfo) -> None:
        self.zone = zone
        segments = list(segments)
        self.weight = sum(segment.weight for segment in segments)
        self.by_id = {segment.id: segment for segment in segments}
        self.dynamic = [segment for segment in self.by_id.values() if not segment.static]
        self.by_clock = {segment.id: segment for segment in self.dynamic if segment.by_clock}
        self.by_ref: dict[str, list[Ready]] = {}
        self.by_list: dict[int, list[Ready]] = {}
        for segment in self.dynamic:
            for ref in segment.refs:
                self.by_ref.setdefault(ref, []).append(segment)
            for other in segment.uses:
                self.by_list.setdefault(other, []).append(segment)

    def touched_by(self, refs: Iterable[str]) -> dict[int, Ready]:
        """What can move when these attributes changed."""
        return {segment.id: segment for ref in refs for segment in self.by_ref.get(ref, ())}


def nobody(person: object, now: datetime) -> bool:
    return False


OF_A_LETTER: Final = 60  # bytes that a letter of a rule's JSON becomes, as tree, matcher and sets


@bounded(64 << 20, lambda found, *_: 4_000 + found.weight)
def compiled(project_id: int, version: int) -> Compiled:
    """As of `version`, or newer. Callers pass the version that they read with their data."""
    return compile_all(project_id, registry(project_id, version))


def compile_all(project_id: int, attributes: Registry) -> Compiled:
    zone = ZoneInfo(Project.objects.values_list("time_zone", flat=True).get(pk=project_id))
    scope = ProjectScope(zone, attributes, segment_sources(project_id))
    targets = Targets(scope)
    rows = Segment.objects.filter(project_id=project_id).order_by("pk")
    return Compiled([ready(row, scope, targets) for row in rows], zone)


def uncommitted(project: Project) -> Compiled:
    """As the caller's transaction sees it, which may yet be rolled back: nothing of it is kept."""
    version = Project.objects.values_list("version", flat=True).get(pk=project.pk)
    return compile_all(project.pk, registry.function(project.pk, version))


def ready(row: Segment, scope: ProjectScope, targets: Targets) -> Ready:
    broken, rule = "", None
    if not row.static:
        try:
            rule = parse(row.rule, scope, (row.pk,), targets)
        except RuleErrors as errors:
            first = errors.errors[0]
            broken = f"{first['path']}: {first['message']}"
    if rule is None:
        return Ready(
            row.pk, row.name, row.static, row.visible_to_browsers, row.archived, row.version, None, nobody,
            frozenset(), frozenset(), False, broken, weight=4_000,
        )  # fmt: skip
    return Ready(
        row.pk, row.name, False, row.visible_to_browsers, row.archived, row.version, rule, matcher(rule, scope.zone),
        frozenset(fields_of(rule)), frozenset(segments_of(rule)), is_by_clock(rule), may_be_slow=may_be_slow(rule), weight=4_000 + OF_A_LETTER * len(compact(row.rule)),
    )  # fmt: skip


def may_be_slow(rule: Group) -> bool:
    return bool(segments_of(rule)) or any(item.operator.operand.name == "pattern" for item in conditions(rule))


def compiled_now(project: Project) -> Compiled:
    """One query for the version, none more while it stays."""
    version = Project.objects.filter(pk=project.pk).values_list("version", flat=True).get()
    return compiled(project.pk, version)
