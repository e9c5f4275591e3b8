"""Data Management > Ingest log: why a value that was sent does not show."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, Sum
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from users.access import ProjectRequest, project_view
from users.attributes import Registry, registry
from users.history import TITLES
from users.models import AttributeChange, CallCount, EndUser, IngestEntry
from users.profile import HIDDEN
from users.resolve import find_user
from users.types import shown
from users.writers import writer_words

PAGE = 50
# verdict -> (words, tone)
WORDS = {
    "rejected": ("Refused", "chip--red"),
    "refused": ("Refused", "chip--red"),
    "stale": ("Came too late", "chip--blue"),
    "converted": ("Converted", "chip--amber"),
    "stored": ("Stored", "chip--green"),
    "removed": ("Removed", ""),
}
CALLS = {
    "identify": "Identify", "batch": "Batch item", "patch": "PATCH", "tags": "Tags", "import": "Import row",
    "sync": "Sync", "dashboard": "Edit here",
}  # fmt: skip


@dataclass(slots=True)
class Line:
    anchor: str
    title: str
    at: datetime
    by: str
    user: EndUser | None
    sent: str
    error: str = ""
    verdicts: list[dict[str, Any]] = field(default_factory=list)


@project_view("ingest.view")
def ingest_log(request: ProjectRequest) -> HttpResponseBase:
    picked = {name: request.GET.get(name, "").replace("\x00", "").strip()[:255] for name in ("user", "key", "show")}
    person = find_user(request.project, picked["user"]) if picked["user"] else None
    before = parse_time(request.GET.get("before", ""))
    lines = entry_lines(request, picked, person, before)
    if picked["show"] == "all" and person:
        lines = sorted(
            [*lines, *change_lines(request, person, picked["key"], before)], key=lambda line: line.at, reverse=True
        )
    more = len(lines) > PAGE
    lines = lines[:PAGE]
    hour = timezone.now() - timedelta(hours=1)
    counts = CallCount.objects.filter(project=request.project, minute__gte=hour).aggregate(total=Sum("unchanged"))
    return render(request, "users/data/ingest.html", {
        "lines": lines, "picked": picked, "unknown_user": bool(picked["user"]) and person is None,
        "next": lines[-1].at.isoformat() if more else "", "counts": counts["total"] or 0,
    })  # fmt: skip


def parse_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def entry_lines(
    request: ProjectRequest, picked: dict[str, str], person: EndUser | None, before: datetime | None
) -> list[Line]:
    rows = IngestEntry.objects.filter(project=request.project).select_related("user").order_by("-received_at", "-pk")
    if picked["user"]:
        named = Q(sent_user_id=picked["user"]) | Q(sent_jimer_id=picked["user"])
        rows = rows.filter(Q(user=person) | named) if person else rows.filter(named)
    if picked["show"] == "refused":
        rows = rows.filter(outcome=IngestEntry.Outcome.REFUSED)
    if before:
        rows = rows.filter(received_at__lt=before)
    known = registry(request.project.pk, request.project.version)
    found = []
    for row in rows.iterator(chunk_size=200) if picked["key"] else rows[: PAGE + 1]:
        line = line_of(row, known, picked["key"])
        if line.verdicts or not picked["key"]:
            found.append(line)
        if len(found) > PAGE:
            break
    return found


def line_of(row: IngestEntry, known: Registry, key: str) -> Line:
    verdicts = [worded(item, known) for item in row.verdicts]
    if key:
        verdicts = [item for item in verdicts if key.casefold() in item["attribute"].casefold()]
    refused = row.outcome == IngestEntry.Outcome.REFUSED
    partly = any(item["verdict"] != "converted" for item in row.verdicts)
    outcome = "refused" if refused else "partly stored" if partly else "stored"
    return Line(
        anchor=f"entry-{row.pk}", title=f"{CALLS.get(row.call, row.call)} {outcome}",
        at=row.received_at, by=writer_words(row.origin_kind, row.origin_label), user=row.user,
        sent=row.sent_user_id or row.sent_jimer_id, error=row.error, verdicts=verdicts,
    )  # fmt: skip


def worded(item: dict[str, Any], known: Registry) -> dict[str, Any]:
    """A verdict for people; what a sensitive attribute was sent is not shown."""
    words, tone = WORDS.get(item["verdict"], (item["verdict"], ""))
    definition = known.find(item["attribute"])
    if definition and definition.sensitive:
        return {
            "words": words,
            "tone": tone,
            "attribute": item["attribute"],
            "sent": "",
            "reason": HIDDEN,
        }
    return {
        "words": words,
        "tone": tone,
        "attribute": item["attribute"],
        "sent": item["sent"],
        "reason": item["reason"],
    }


def change_lines(request: ProjectRequest, person: EndUser, key: str, before: datetime | None) -> list[Line]:
    """What was stored, from the user's history."""
    rows = AttributeChange.objects.filter(user=person).order_by("-received_at", "-pk")
    if before:
        rows = rows.filter(received_at__lt=before)
    known = registry(request.project.pk, request.project.version)
    found = []
    for change in rows[: PAGE + 1]:
        verdicts = []
        for ref, what in change.changes.items():
            definition = known.by_ref(ref)
            if definition and ref not in ("tags", "ids") and key.casefold() in definition.field.casefold():
                removed = "n" not in what
                words, tone = WORDS["removed" if removed else "stored"]
                sent = "" if removed or definition.sensitive else shown(what["n"])
                verdicts.append(
                    {"words": words, "tone": tone, "attribute": definition.field, "sent": sent, "reason": ""}
                )
        if verdicts:
            title = TITLES[AttributeChange.Kind(change.kind)]
            found.append(
                Line(
                    f"change-{change.pk}",
                    title,
                    change.received_at,
                    writer_words(change.origin_kind, change.origin_label),
                    person,
                    "",
                    "",
                    verdicts,
                )
            )
    return found
