"""Data Management > Ingest log: why a value that was sent does not show."""

from datetime import timedelta

from django.db.models import Sum
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from users.accounts.access import ProjectRequest, project_view
from users.ground.parameters import moment, whole_number
from users.ground.text_forms import trimmed
from users.models import CallCount
from users.registry.attributes import registry
from users.showing.days import by_day
from users.showing.ingest_lines import SCAN, Asked, Key, page_of
from users.writing.resolve import find_user

SHOW = [
    ("", "Something to explain"),
    ("refused", "Refused calls"),
    ("rejected", "Refused values"),
    ("stale", "Late values"),
    ("converted", "Converted values"),
    ("all", "All, also what was stored"),
]


@project_view("ingest.view")
def ingest_log(request: ProjectRequest) -> HttpResponseBase:
    picked = {name: trimmed(request.GET.get(name, "")).replace("\x00", "")[:255] for name in ("user", "key", "show")}
    person = find_user(request.project, picked["user"]) if picked["user"] else None
    before = parse_key(request.GET.get("before", ""))
    known = registry(request.project.pk, request.project.version)
    page = page_of(request.project, known, Asked(picked["user"], person, picked["key"], picked["show"], before))
    hour = timezone.now() - timedelta(hours=1)
    counts = CallCount.objects.filter(project=request.project, minute__gte=hour).aggregate(total=Sum("unchanged"))
    return render(request, "users/data/ingest.html", {
        "page": page, "days": by_day(page.lines, lambda line: line.at, timezone.now()), "picked": picked, "show_choices": SHOW, "scan": SCAN, "is_first": before is None,
        "unknown_user": bool(picked["user"]) and person is None, "next": key_text(page.next),
        "counts": counts["total"] or 0, "needs_user": picked["show"] == "all" and person is None,
    })  # fmt: skip


def key_text(key: Key | None) -> str:
    return f"{key[0].isoformat()}~{key[1]}~{key[2]}" if key else ""


def parse_key(text: str) -> Key | None:
    """The key of the last line shown; None, the first page, for what is no key."""
    at, _, numbers = text.partition("~")
    rank, _, pk = numbers.partition("~")
    when, at_rank, row = moment(at), whole_number(rank), whole_number(pk)
    return None if when is None or at_rank is None or row is None else (when, at_rank, row)
