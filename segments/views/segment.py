"""One segment: its members, its size over time, how they differ from everyone, its versions, who uses it."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from segments.counting.audience import stored_members
from segments.counting.contrast import contrasts
from segments.defining.edit import direct_users
from segments.language.broken import for_people
from segments.language.raw_rules import fields_in
from segments.language.rules import RuleErrors, parse
from segments.language.scope import scope_of
from segments.membership.sizes import history, sizes_of
from segments.membership.upkeep import follow_clock, is_stale
from segments.models import Membership, MembershipMove, Segment
from segments.sheets.people import members_of
from segments.showing.chart import line_chart
from segments.showing.links import in_segment, rule_of
from segments.showing.rule_chips import pieces_of
from segments.views.edit import segment_at
from segments.views.exports import exported
from users.accounts.access import ProjectRequest, project_view
from users.accounts.preferences import preference
from users.database.limits import TookTooLong
from users.extend import Feed, uses_in
from users.finding.listing import DEFAULT_SORT, Order, Page, read_page, read_page_patiently
from users.jobs import worker_alive
from users.models import CUSTOM, NATIVE, EndUser
from users.showing.columns import chosen_columns, fields_read, known_columns, order_by
from users.showing.feeds import FeedsOf
from users.showing.tables import user_table

TABS = (
    ("members", "Members"),
    ("growth", "Size over time"),
    ("difference", "How they differ"),
    ("versions", "Versions"),
    ("uses", "Used by"),
)
PAGE = 50
SNIPPET = """jimo.push(["get", "user:segments", [function (segments) {{
  if (segments.some(function (segment) {{ return segment.id === {pk}; }})) {{
    // this user is in the segment
  }}
}}, {{watch: [{pk}]}}]]);"""
FEW = 5000  # members that are sorted after they were found
SECONDS = 10.0


@project_view("users.view")
def segment(request: ProjectRequest, pk: int) -> HttpResponseBase:
    found = segment_at(request, pk)
    now = timezone.now()
    stale = is_stale(found, now)
    if stale:
        follow_clock(request.project, now)
    tab = request.GET.get("tab", "members")
    if tab not in dict(tabs_of(found)):
        raise Http404
    context: dict[str, Any] = {
        "segment": found, "tab": tab, "tabs": tabs_of(found), "size": sizes_of([pk]).get(pk, 0), "stale": stale,
        **words_of(found), "troubled": troubled_feeds(found), "uncounted": found.uncounted, "worker_alive": worker_alive(now),
        "users": direct_users(found), "uses": lambda: uses_in(request.project).get(f"segment:{found.pk}", []), "filter_url": filter_url(found), "snippet": SNIPPET.format(pk=found.pk),
    }  # fmt: skip
    build = {"members": of_members, "growth": of_growth, "difference": of_difference, "versions": of_versions}.get(tab)
    if build:
        context |= build(request, found)
    return render(request, "segments/segment.html", context)


def tabs_of(found: Segment) -> list[tuple[str, str]]:
    """A list has no rule, and so no versions of one."""
    return [tab for tab in TABS if tab[0] != "versions" or not found.static]


def words_of(found: Segment) -> dict[str, Any]:
    """The rule as chips, or in `sentence` why there is none."""
    if found.static:
        return {"sentence": "A list: users are added and removed by hand or by API."}
    try:
        rule = parse(found.rule, scope_of(found.project), (found.pk,))
        return {"pieces": list(pieces_of(rule, found.project))}
    except RuleErrors as broken:
        return {"sentence": for_people(broken.errors[0]["message"])}


def troubled_feeds(found: Segment) -> list[Feed]:
    """Connections that the rule's values come by and that bring none now."""
    named = [name.partition(".") for name in fields_in(found.rule)] if not found.static else []
    sources = {source for source, _, _ in named} - {NATIVE, CUSTOM}
    if not sources:
        return []
    keys = {(source, key) for source, _, key in named}
    return [
        feed
        for feed in FeedsOf(found.project_id).all()
        if feed.trouble and any((feed.source, key) in keys for key in feed.keys)
    ]


def filter_url(found: Segment) -> str:
    rule = rule_of([in_segment(found.pk)])
    return f"{reverse('users_list', args=[found.project.slug])}?{urlencode({'rule': rule})}"


def of_members(request: ProjectRequest, found: Segment) -> dict[str, Any]:
    """The Users table over the members, in any of its orders."""
    sort, chosen = request.GET.get("sort", DEFAULT_SORT), preference(request.user, request.project)
    known = known_columns(request.project)
    columns, order = chosen_columns(known, chosen), order_by(known, sort)
    shown, problem = members_page(found, order, request.GET.get("cursor", ""), fields_read(columns, order)), ""
    if shown is None:
        shown, problem = Page([], "", ""), "Sorting took too long. Choose another order."
    table = user_table(
        shown.rows, columns, project=request.project, needle=None, others={}, can_pick=False, sort=sort,
        )  # fmt: skip
    return {"table": table, "page": shown, "sort": sort, "problem": problem}


def members_page(found: Segment, order: Order, cursor: str, fields: list[str]) -> Page | None:
    """With these fields of each, or None if it took too long. Few members are found first and sorted then; many are met
    soon enough along the order's index."""
    if sizes_of([found.pk]).get(found.pk, 0) <= FEW:
        ids = list(Membership.objects.filter(segment=found).values_list("user_id", flat=True))
        return read_page(EndUser.objects.filter(pk__in=ids).only(*fields), order, cursor, PAGE)
    try:
        return read_page_patiently(stored_members(found).only(*fields), order, cursor, PAGE, SECONDS)
    except TookTooLong:
        return None


def of_growth(request: ProjectRequest, found: Segment) -> dict[str, Any]:
    days = history(found, timezone.now(), 90)
    moves = MembershipMove.objects.filter(segment=found).select_related("user").order_by("-at", "-pk")[:20]
    return {
        "days": days[::-1][:14],
        "chart": line_chart([(day.day, day.size) for day in days]),
        "moves": moves,
    }


def of_difference(request: ProjectRequest, found: Segment) -> dict[str, Any]:
    return {"contrasts": contrasts(found)}


def of_versions(request: ProjectRequest, found: Segment) -> dict[str, Any]:
    scope = scope_of(found.project)
    versions = []
    for version in found.versions.order_by("-number")[:100]:
        words, pieces = "", []
        try:
            if version.rule is None:
                words = "A list"
            else:
                pieces = list(pieces_of(parse(version.rule, scope, (found.pk,)), found.project))
        except RuleErrors as broken:
            words = f"No longer possible: {for_people(broken.errors[0]['message'])}"
        versions.append((version, words, pieces))
    return {"versions": versions}


@project_view("users.export")
def export(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """The members with the columns that the member chose for the Users page; ?mark=1 and ?readable=1 for spreadsheets."""
    found = segment_at(request, pk)
    return exported(request, members_of(found), {"segment": found.pk}, sizes_of([found.pk]).get(found.pk))
