"""Rules as SQL through the ORM. `where(rule)` is a condition on EndUser rows; nobody else builds SQL from rules.

Conditions never come out unknown where that would matter: `not` is pushed down to them, and a positive condition
that is unknown (an absent value) is as good as false inside and/or.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from django.db.models import F
from django.db.models.lookups import In

from segments.engines.alike import joined
from segments.engines.tag_sql import TagSql
from segments.language.dates import Interval
from segments.language.fields import EVENT, GROUP, SEGMENT, TAGS, Field
from segments.language.operators import Context
from segments.language.reads import Both, Either, IsNotTrue, always
from segments.language.rules import Condition, Group, Target
from segments.models import Membership
from segments.types.table import TYPES

DEEP: Final = 8


def cost(node: Group | Condition) -> int:
    """Roughly: a column, a value in the document, a list, a pattern, another segment."""
    if isinstance(node, Group):
        return max(map(cost, node.rules))
    if node.operator.cost is not None:
        return node.operator.cost
    return 0 if node.field.native and node.field.key != TAGS else TYPES[node.field.type].cost


def nesting(node: Group | Condition) -> int:
    """How deep the SQL of the node nests."""
    if isinstance(node, Group):
        return 1 + max(map(nesting, node.rules))
    return nesting(node.target.rule) if node.target and node.target.rule else 0


def order(parts: Sequence[Group | Condition]) -> list[Group | Condition]:
    """What costs little is asked first: databases stop at the first part that decides. Where parts nest deep, the
    deepest comes first, as SQLite's parser can keep few levels open and a first part opens least."""
    depths = {id(part): nesting(part) for part in parts}
    if max(depths.values()) > DEEP:
        return sorted(parts, key=lambda part: -depths[id(part)])
    return sorted(parts, key=cost)


class Compiler:
    """Compiles the rules of one project at one moment."""

    def __init__(self, project_id: int, zone: tzinfo, now: datetime) -> None:
        self.project_id, self.zone, self.now = project_id, zone, now

    def where(self, node: Group | Condition, negate: bool = False) -> Any:
        if isinstance(node, Condition):
            return self.condition(node, negate)
        negate ^= node.negated
        together = (node.combinator == "and") != negate
        parts = [self.where(part, negate) for part in order(joined(node.rules, together, negate))]
        if len(parts) == 1:
            return parts[0]
        return Both(*parts) if together else Either(*parts)

    def condition(self, condition: Condition, negate: bool) -> Any:
        holds = self.holds(condition)
        if not condition.operator.negative:
            return IsNotTrue(holds) if negate else holds
        if not condition.require_value:
            return holds if negate else IsNotTrue(holds)
        present = self.present(condition.field)
        return Either(IsNotTrue(present), holds) if negate else Both(present, IsNotTrue(holds))

    def holds(self, condition: Condition) -> Any:
        """The positive condition on a value that is there; false or unknown where it is absent."""
        field = condition.field
        if field.kind in (EVENT, GROUP):
            return always(False)  # no events and groups are kept yet, so nobody did or has any
        context = Context(self.zone, self.now, condition.ignore_case, field.fold)
        ready = condition.operator.prepare(condition.value, context)
        if field.kind == SEGMENT:
            assert condition.target is not None
            return condition.operator.sql(SegmentSql(self, condition.target), ready)
        made = condition.operator.sql(self.read(field), ready)
        return self.guarded(field, made)

    def present(self, field: Field) -> Any:
        return self.guarded(field, self.read(field).present())

    def guarded(self, field: Field, made: Any) -> Any:
        return Both(TYPES[field.type].is_held(field.ref), made) if field.guarded else made

    def read(self, field: Field) -> Any:
        """The field as its type's operators want it."""
        kind = TYPES[field.type]
        if not field.native:
            return kind.document(field.ref, self.zone)
        return TagSql(self.project_id) if field.key == TAGS else kind.column(field.key)


class SegmentSql:
    """Another segment: a dynamic one's rule is part of this one, a static one's list is read."""

    def __init__(self, compiler: Compiler, target: Target) -> None:
        self.compiler, self.target = compiler, target

    def inside(self) -> Any:
        if self.target.rule is not None:
            return self.compiler.where(self.target.rule)
        return In(F("pk"), Membership.objects.filter(segment_id=self.target.id).values("user_id"))

    def inside_since(self, interval: Interval) -> Any:
        _, high, possible = interval.as_datetimes()
        if not possible or high is None:
            return always(False)
        stayed = Membership.objects.filter(segment_id=self.target.id, entered_at__lt=high).values("user_id")
        return Both(In(F("pk"), stayed), self.inside())
