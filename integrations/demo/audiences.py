"""The demo's segments: by rule, by the clock, built on another, and a list."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from segments.defining.edit import Author, create_segment
from segments.membership.lists import add_members
from segments.models import Membership, MembershipMove, Segment, SegmentDay, SegmentDelta
from users.ground.time_zones import day_of
from users.jobs.machinery import run_all_jobs
from users.models import Account, EndUser, Project

DAYS: Final = 30


def rule(*conditions: dict[str, Any], combinator: str = "and") -> dict[str, Any]:
    return {"combinator": combinator, "rules": list(conditions)}


def is_(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, **({} if value is None else {"value": value})}


def build_audiences(project: Project, owner: Account, now: datetime) -> None:
    """Made a month ago, so that their sizes have a history."""
    by, then = Author(owner, owner.display_name), now - timedelta(days=DAYS)

    def make(name: str, icon: str, description: str, given: Any, **more: Any) -> Segment:
        fields = {"name": name, "icon": icon, "description": description, **more}
        return create_segment(project, fields, rule=given, static=given is None, by=by, now=then)

    paying = make("Paying customers", "credit-card", "Pro and Enterprise, as our own app says.",
                  rule(is_("custom.plan", "is_any_of", ["Pro", "Enterprise"])), visible_to_browsers=True)  # fmt: skip
    make("New this week", "sparkles", "First seen in the last 7 days.",
         rule(is_("native.first_seen", "in_last", {"n": 7, "unit": "day"})))  # fmt: skip
    quiet = make("Gone quiet", "moon", "Last active more than 30 days ago.",
                 rule(is_("native.last_activity", "more_than_ago", {"n": 30, "unit": "day"})))  # fmt: skip
    make("Paying and quiet", "bell", "Worth a call before they cancel.",
         rule(is_("segment", "is_in", paying.pk), is_("segment", "is_in", quiet.pk)))  # fmt: skip
    make("Boards power users", "bolt", "Use boards and reports, and are not our own team.",
         rule(is_("custom.feature_usage", "includes_all", ["boards", "reports"]), is_("native.tags", "not_includes", "internal")))  # fmt: skip
    make("No email", "envelope", "Identified, but nobody can write to them.",
         rule(is_("native.user_id", "is_set"), is_("native.email", "is_not_set")))  # fmt: skip
    council = make("Customer council", "star", "Invited by hand to the monthly call.", None)
    run_all_jobs()
    tagged = EndUser.objects.filter(project=project, user_tags__tag__folded="design partner", merged_into=None)
    add_members(council, list(tagged.order_by("pk").values_list("pk", flat=True)[:18]), now)
    spread(project, now)


def spread(project: Project, now: datetime) -> None:
    """Who is in a segment entered on some day of the month, not all a moment ago: days and moves say so alike."""
    for segment in Segment.objects.filter(project=project):
        SegmentDelta.objects.filter(segment=segment).delete()
        held = Membership.objects.filter(segment=segment).order_by("user_id").values_list("user_id", flat=True)
        entered: dict[datetime, list[int]] = {}
        for position, user in enumerate(held):
            # Most were there from the start; the others came one after the other.
            back = DAYS if position % 4 else DAYS - 1 - position * (DAYS - 1) // len(held)
            entered.setdefault(now - timedelta(days=back), []).append(user)
        per_day: dict[date, int] = {}  # the day on which clocks are set back may have two of the moments
        for moment, users in entered.items():
            Membership.objects.filter(segment=segment, user_id__in=users).update(entered_at=moment)
            MembershipMove.objects.filter(segment=segment, user_id__in=users).update(at=moment)
            day = day_of(moment, project.time_zone)
            per_day[day] = per_day.get(day, 0) + len(users)
        size = 0
        for day, count in sorted(per_day.items()):
            size += count
            SegmentDay.objects.create(segment=segment, day=day, entered=count, size=size)
        Segment.objects.filter(pk=segment.pk).update(count=size, counted_at=now)
