"""The builder on the Users page: its filter, kept in the one parameter `rule`."""

from typing import Any

from segments.defining.edit import BadSegment
from segments.showing.narrow import rule_from
from segments.views.builder import guard
from users.accounts.access import ProjectRequest
from users.extend import ListPart
from users.types.table import compact
from users.writing.calls import Refused

QUICK = (
    ("Identified", {"field": "native.user_id", "operator": "is_set"}, "identified"),
    ("Anonymous", {"field": "native.user_id", "operator": "is_not_set"}, "anonymous"),
    (
        "Active in the last 7 days",
        {"field": "native.last_activity", "operator": "in_last", "value": {"n": 7, "unit": "day"}},
        "",
    ),
    (
        "Quiet for 30 days",
        {"field": "native.last_activity", "operator": "more_than_ago", "value": {"n": 30, "unit": "day"}},
        "",
    ),
)


def context(request: ProjectRequest) -> dict[str, Any]:
    return {
        "rule": request.GET.get("rule", ""),
        "quick": [(label, compact(condition), count) for label, condition, count in QUICK],
    }


def check(request: ProjectRequest) -> None:
    if text := request.GET.get("rule"):
        try:
            guard(request, rule_from(request.project, text), searching=True)
        except BadSegment as bad:
            raise Refused(bad.errors[0]["message"], details=bad.errors) from None


PART = ListPart("segments/filter.html", context, check)
