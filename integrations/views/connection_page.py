"""One connection: how it is, what it read, what it could not write, and what can be done."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_POST

from integrations.audiences.showing import audiences_of, segments_left
from integrations.connectors.failures import VendorFailure
from integrations.connectors.registry import connector
from integrations.models import Connection, SyncProblem, SyncRun
from integrations.syncing import connecting, runs
from integrations.syncing.links import link_of
from integrations.syncing.problem_words import ProblemWords
from integrations.syncing.progress import progress_of
from integrations.syncing.schedules import words_of
from integrations.views.connections import connection_at
from users.accounts.access import ProjectRequest, project_view
from users.ground.parameters import whole_number
from users.ground.spreadsheets import csv_line, guarded
from users.jobs import worker_state
from users.registry.attributes import registry_of

SHOWN = 50  # problems of a page
RUNS = 20
MOST_AGAIN = 1000  # records that one click reads again


def open_problems(connection: Connection, asked: dict[str, str]) -> Any:
    """What still stands, newest first, as it was asked for."""
    rows = SyncProblem.objects.filter(run__connection=connection, open=True).select_related("user").order_by("-pk")
    if asked["kind"] in SyncProblem.Kind.values:
        rows = rows.filter(kind=asked["kind"])
    if asked["q"]:
        words = asked["q"]
        rows = rows.filter(
            Q(label__icontains=words) | Q(reason__icontains=words) | Q(property__icontains=words) | Q(record=words)
        )
    return rows


def asked_of(request: ProjectRequest) -> dict[str, str]:
    return {"kind": request.GET.get("kind", ""), "q": request.GET.get("q", "").strip()[:200]}


@project_view("integrations.view")
def one(request: ProjectRequest, pk: int) -> HttpResponseBase:
    connection, now = connection_at(request, pk), timezone.now()
    found = connector(connection.connector)
    rows = [
        runs.as_it_is(run, now) for run in connection.runs.select_related("job", "created_by").order_by("-pk")[:RUNS]
    ]
    connection.refresh_from_db(fields=["state", "error", "error_since", "last_synced"])
    current = rows[0] if rows and rows[0].state in runs.UNDER_WAY else None
    context: dict[str, Any] = {
        "connection": connection, "found": found, "runs": rows, "current": current, "now": now,
        "progress": progress_of(current, now) if current else None, "schedule": words_of(connection.schedule),
        "mappings": mapped_attributes(connection), **problem_page(request, connection, found), **worker_state(now),
        **audiences_part(connection, found),
    }  # fmt: skip
    return render(request, "integrations/connections/connection.html", context)


def audiences_part(connection: Connection, found: Any) -> dict[str, Any]:
    rows = audiences_of(connection)
    left = segments_left(connection) if found and found.audiences else []
    return {"audiences": rows, "are_working": any(row.is_working for row in rows), "segments_left": left}


def problem_page(request: ProjectRequest, connection: Connection, found: Any) -> dict[str, Any]:
    asked = asked_of(request)
    rows = open_problems(connection, asked)
    after = whole_number(request.GET.get("after", ""))
    page = list((rows.filter(pk__lt=after) if after else rows)[: SHOWN + 1])
    shown = page[:SHOWN]
    words = ProblemWords(connection, registry_of(connection.project))
    for row in shown:
        row.label, row.value, row.reason = words.of(row)
        row.url = record_url(connection, found, row) if row.record else ""
    return {
        "problems": shown, "asked": {**asked, "after": after}, "kinds": SyncProblem.Kind.choices,
        "next": shown[-1].pk if len(page) > SHOWN else None, "is_narrowed": bool(asked["kind"] or asked["q"]),
        "narrowed": urlencode(asked),
    }  # fmt: skip


def record_url(connection: Connection, found: Any, row: SyncProblem) -> str:
    try:
        return found.record_url(link_of(connection), row.object, row.record) if found else ""
    except VendorFailure:
        return ""  # its credentials cannot be read any more, which the page says


def mapped_attributes(connection: Connection) -> list[dict[str, Any]]:
    registry = registry_of(connection.project)
    return [
        {"mapping": mapping, "definition": registry.by_field(connection.connector, mapping.key)}
        for mapping in connection.mappings.order_by("pk")
    ]


@require_POST
@project_view("integrations.edit")
def act(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """POST do=run, full, pause, resume, cancel, test, again (problems that are asked for) or disconnect (values=)."""
    connection = connection_at(request, pk)
    what = ACTS.get(request.POST.get("do", ""))
    try:
        if what is not None:
            what(request, connection)
    except runs.NotNow as reason:
        messages.error(request, str(reason))
    except VendorFailure as failure:
        messages.error(request, f"{connection.name} refused: {failure.message}")
    if not Connection.objects.filter(pk=pk).exists():
        return redirect("integrations", request.project.slug)
    return redirect("connection", request.project.slug, pk)


def run(request: ProjectRequest, connection: Connection) -> None:
    runs.start_run(connection, SyncRun.Trigger.MEMBER, timezone.now(), by=request.user)


def run_in_full(request: ProjectRequest, connection: Connection) -> None:
    runs.start_run(connection, SyncRun.Trigger.MEMBER, timezone.now(), full=True, by=request.user)


def pause(request: ProjectRequest, connection: Connection) -> None:
    connecting.pause(connection, timezone.now())
    messages.success(request, f"{connection.name} is paused. Its values stay.")


def resume(request: ProjectRequest, connection: Connection) -> None:
    connecting.resume(connection, timezone.now())
    messages.success(request, f"{connection.name} goes on.")


def cancel(request: ProjectRequest, connection: Connection) -> None:
    current = runs.current_run(connection)
    if current is None:
        raise runs.NotNow("No run is on.")
    runs.cancel_run(current, timezone.now())


def test(request: ProjectRequest, connection: Connection) -> None:
    account = connecting.check_connection(connection).get("account")
    messages.success(request, f"{connection.name} lets us in{f' as {account}' if account else ''}.")


def again(request: ProjectRequest, connection: Connection) -> None:
    """Read the records with problems again: those picked, or all that are asked for."""
    rows = open_problems(connection, {"kind": request.POST.get("kind", ""), "q": request.POST.get("q", "")})
    if picked := [number for text in request.POST.getlist("problem") if (number := whole_number(text))]:
        rows = rows.filter(pk__in=picked)
    pairs = list(dict.fromkeys(rows.exclude(record="").values_list("object", "record")[:MOST_AGAIN]))
    if not pairs:
        raise runs.NotNow("No record is left to read again.")
    runs.start_run(connection, SyncRun.Trigger.MEMBER, timezone.now(), by=request.user, only=pairs)


def disconnect(request: ProjectRequest, connection: Connection) -> None:
    remove = request.POST.get("values") == "remove"
    connecting.disconnect(connection, timezone.now(), remove=remove, by=request.user)
    said = "Its values are being removed." if remove else "Its values stay."
    messages.success(request, f"{connection.name} is disconnected. {said}")


ACTS = {
    "run": run, "full": run_in_full, "pause": pause, "resume": resume, "cancel": cancel, "test": test, "again": again,
    "disconnect": disconnect,
}  # fmt: skip


@project_view("integrations.edit")
def leave(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """Asks before a connection goes: what becomes of its values, of how many users."""
    connection = connection_at(request, pk)
    context = {"connection": connection, "users": connecting.users_with_values(connection)}
    return render(request, "integrations/connections/leave.html", context)


@project_view("users.export")
def problems_file(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """The problems that are asked for, as CSV."""
    connection = connection_at(request, pk)
    rows = open_problems(connection, asked_of(request))
    words = ProblemWords(connection, registry_of(connection.project))
    response = StreamingHttpResponse(lines(rows, words), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"{connection.name}-problems.csv") or ""
    return response


def lines(rows: Any, words: ProblemWords) -> Iterator[str]:
    yield csv_line(["kind", "object", "record", "label", "property", "value", "reason"])
    for row in rows.iterator(chunk_size=500):
        label, value, reason = words.of(row)
        cells = (row.kind, row.object, row.record, label, row.property, value, reason)
        yield csv_line([guarded(cell) for cell in cells])
