"""`?rule=`, and in the API `?segment=`: what narrows lists of users."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from segments.counting.audience import audience, stored_members
from segments.defining.edit import BadSegment, check_rule
from segments.language.reads import Holds
from segments.membership.upkeep import follow_clock, is_stale
from segments.models import Segment
from users.api.bodies import parse_json
from users.api.errors import ApiError
from users.ground.parameters import whole_number
from users.models import EndUser, Project
from users.writing.calls import Refused

LONGEST_RULE = 32 * 1024


def rule_from(project: Project, text: str) -> Any:
    """The tree of a rule in an address. Raises Refused with the path to each mistake."""
    try:
        if len(text) > LONGEST_RULE:
            raise BadSegment([{"path": "rule", "message": "The rule is longer than 32 KB. Save it as a segment."}])
        return check_rule(project, parse_json(text))
    except BadSegment as bad:
        raise Refused("The rule cannot be used.", code="invalid_rule", details=bad.errors) from None
    except ApiError as error:
        raise Refused(
            "The rule is not JSON.", code="invalid_rule", details=[{"path": "rule", "message": error.message}]
        ) from None


def by_rule(project: Project, text: str, rows: QuerySet[EndUser]) -> QuerySet[EndUser]:
    found = audience(project, rule_from(project, text), timezone.now())
    assert found.rule is not None
    return rows.filter(Holds(found.where(found.rule)))


def segment_number(text: str) -> int:
    """The key that an address names, 0 where it is none."""
    return whole_number(text) or 0


def by_segment(project: Project, text: str, rows: QuerySet[EndUser]) -> QuerySet[EndUser]:
    segment = Segment.objects.filter(project=project, pk=segment_number(text)).first()
    if segment is None:
        message = "There is no such segment in this project."
        raise Refused(message, code="unknown_segment", details=[{"path": "segment", "message": message}])
    if is_stale(segment, now := timezone.now()):
        follow_clock(project, now)
    return rows.filter(pk__in=stored_members(segment).values("pk"))
