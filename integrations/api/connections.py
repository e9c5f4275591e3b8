"""Connections over HTTP: connect, choose, preview, run, and what a run could not do."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from integrations.api import connection_schema as schema
from integrations.api import connection_table as table
from integrations.connectors.base import Connector
from integrations.connectors.failures import VendorBusy, VendorFailure, VendorRefused
from integrations.connectors.registry import connector, connectors
from integrations.models import Connection, SyncProblem, SyncRun
from integrations.syncing import connecting, runs
from integrations.syncing.choices import BadChoice, checked_objects, choices_of, keep_choices, read_choices
from integrations.syncing.links import connector_of, link_of
from integrations.syncing.preview import Sample, preview
from integrations.syncing.problem_words import WITHHELD, ProblemWords
from integrations.syncing.progress import progress_of
from integrations.syncing.writing import COUNTS
from users.api.bodies import read_object
from users.api.callers import Caller, may, secret_caller
from users.api.errors import ApiError, invalid
from users.api.json_response import json_response
from users.api.paging import next_url
from users.api.table import NOTHING, PAGING
from users.api.views import ApiView
from users.ground.parameters import LARGEST
from users.models import Project
from users.registry.attributes import HIDDEN, registry_of
from users.types.timestamps import iso

SCOPE = "integrations"
CHOSEN = tuple(member.name for member in table.CHOICES)


def connection_json(found: Connection) -> dict[str, Any]:
    return {
        "id": found.pk, "connector": found.connector, "name": found.name, "account": found.account.get("account", ""),
        "state": found.state, "paused": found.state == Connection.State.PAUSED, "error": found.error,
        "error_since": iso(found.error_since), **choices_of(found), "last_synced": iso(found.last_synced),
        "next_run": iso(found.next_run), "created": iso(found.created),
    }  # fmt: skip


def run_json(run: SyncRun, now: Any) -> dict[str, Any]:
    return {
        "id": run.pk, "connection": run.connection_id, "state": run.state, "full": run.full, "trigger": run.trigger,
        "step": run.step, "counts": {name.removesuffix("_users"): getattr(run, name) for name in COUNTS},
        "progress": progress_of(run, now), "waiting_until": iso(run.waiting_until), "waiting_for": run.waiting_for,
        "error": run.error, "created": iso(run.created), "started": iso(run.started), "finished": iso(run.finished),
    }  # fmt: skip


def connector_json(found: Connector) -> dict[str, Any]:
    return {
        "slug": found.slug, "name": found.source.name, "description": found.description, "direction": found.direction,
        "setup": found.setup, "credentials": table.credentials_schema(found),
        "objects": [
            {"slug": kind.slug, "label": kind.label, "people": kind.people, "preselected": kind.preselected}
            for kind in found.objects
        ],
        "match": {"property": found.match_property, "on": found.match_on},
    }  # fmt: skip


def connection_at(project: Project, pk: int) -> Connection:
    found = Connection.objects.filter(project=project, pk=pk).first() if pk <= LARGEST else None
    if found is None:
        raise unknown("connection", pk)
    found.project = project
    return found


def run_at(connection: Connection, pk: int, now: Any) -> SyncRun:
    mine = SyncRun.objects.select_related("job").filter(connection=connection)
    run = mine.filter(pk=pk).first() if pk <= LARGEST else None
    if run is None:
        raise unknown("run", pk)
    return runs.as_it_is(run, now)


def connector_named(name: Any) -> Connector:
    found = connector(name) if isinstance(name, str) else None
    if found is None:
        listed = ", ".join(slug for slug, one in connectors().items() if one.listed)
        raise invalid("connector", f"connector is one of {listed}.")
    return found


def unknown(what: str, pk: int) -> ApiError:
    message = f"There is no {what} with the id {pk} in this project."
    return ApiError(
        404, f"unknown_{what}", message, [{"path": "id" if what == "connection" else "run", "message": message}]
    )


def in_words[T](act: Callable[[], T]) -> T:
    """What the act returns; what it raises of vendors, choices and states as answers."""
    try:
        return act()
    except BadChoice as bad:
        raise invalid(bad.path, bad.message) from None
    except runs.NotNow as reason:
        raise ApiError(409, "not_now", str(reason), [{"path": "state", "message": str(reason)}]) from None
    except VendorRefused as refused:
        path = f"credentials.{refused.path}" if refused.path else "credentials"
        raise ApiError(422, "vendor_refused", refused.message, [{"path": path, "message": refused.message}]) from None
    except VendorBusy as busy:
        raise ApiError(503, "vendor_busy", busy.message, headers={"Retry-After": str(int(busy.after) + 1)}) from None
    except VendorFailure as failure:
        raise ApiError(502, "vendor_away", failure.message) from None


class ConnectorsView(ApiView):
    @extend_schema(**schema.CONNECTORS)
    def get(self, request: HttpRequest) -> HttpResponse:
        secret_caller(request, SCOPE, self.now)
        NOTHING.check_names(request.GET)
        return json_response({"results": [connector_json(found) for found in connectors().values() if found.listed]})


class ConnectionsView(ApiView):
    @extend_schema(**schema.LIST)
    def get(self, request: HttpRequest) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        PAGING.check_names(request.GET)
        asked = PAGING.read(request.GET)
        rows = Connection.objects.filter(project=caller.project, pk__gt=asked["cursor"] or 0).order_by("pk")
        page = list(rows.prefetch_related("mappings")[: asked["limit"] + 1])
        last = page[asked["limit"] - 1].pk if len(page) > asked["limit"] else None
        shown = page[: asked["limit"]]
        return json_response({"results": [connection_json(row) for row in shown], "next": next_url(request, last)})

    @extend_schema(**schema.CREATE)
    def post(self, request: HttpRequest) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, SCOPE, now)
        body = read_object(request)
        table.NEW.check_names(body)
        sent = table.NEW.read(body)
        found = connector_named(sent["connector"])
        made = in_words(
            lambda: connecting.connect(caller.project, found, sent["credentials"], now, name=sent["name"] or "")
        )
        try:
            in_words(lambda: choose(made, body, now))
        except BaseException:
            made.delete()  # all of the call, or nothing
            raise
        return json_response(connection_json(made), 201)


def choose(connection: Connection, body: dict[str, Any], now: Any) -> None:
    """Keep what was sent of the choices, and pause or resume."""
    said = {name: body[name] for name in CHOSEN if name in body}
    if said:
        found, link = connector_of(connection), link_of(connection)
        keep_choices(connection, found, read_choices(connection, found, link, said), now)
    if body.get("paused") is True and connection.state != Connection.State.PAUSED:
        connecting.pause(connection, now)
    elif body.get("paused") is False and connection.state == Connection.State.PAUSED:
        connecting.resume(connection, now)


class ConnectionView(ApiView):
    @extend_schema(**schema.READ)
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        NOTHING.check_names(request.GET)
        return json_response(connection_json(connection_at(caller.project, pk)))

    @extend_schema(**schema.CHANGE)
    def patch(self, request: HttpRequest, pk: int) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, SCOPE, now)
        body = read_object(request)
        table.CHANGE.check_names(body)
        sent = table.CHANGE.read(body)
        connection = connection_at(caller.project, pk)
        if sent["credentials"] is not None:
            in_words(lambda: connecting.reconnect(connection, sent["credentials"], now))
        if sent["name"]:
            connection.name = sent["name"]
            connection.save(update_fields=["name"])
        in_words(lambda: choose(connection, body, now))
        return json_response(connection_json(connection))

    @extend_schema(**schema.DELETE)
    def delete(self, request: HttpRequest, pk: int) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, SCOPE, now)
        table.LEAVE.check_names(request.GET)
        remove = table.LEAVE.read(request.GET)["values"] == "remove"
        job = connecting.disconnect(connection_at(caller.project, pk), now, remove=remove)
        return HttpResponse(status=204 if job is None else 202)


class TestView(ApiView):
    @extend_schema(**schema.TEST)
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        connection = connection_at(caller.project, pk)
        try:
            account = connecting.check_connection(connection)
        except VendorFailure as failure:
            return json_response({"ok": False, "account": "", "message": failure.message})
        return json_response({"ok": True, "account": account.get("account", ""), "message": ""})


class PropertiesView(ApiView):
    @extend_schema(**schema.PROPERTIES)
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        table.PROPERTIES.check_names(request.GET)
        asked = table.PROPERTIES.read(request.GET)["objects"]
        connection = connection_at(caller.project, pk)

        def listed() -> list[Any]:
            found = connector_of(connection)
            objects = (
                checked_objects(found, [part.strip() for part in asked.split(",")])
                if asked
                else connection.objects_read
            )
            return found.properties(link_of(connection), objects)

        return json_response({"results": [
            {"property": one.name, "label": one.label, "type": one.type, "object": one.object, "description": one.description,
             "group": one.group, "options": dict(one.options), "preselected": one.preselected, "key": one.key}
            for one in in_words(listed)
        ]})  # fmt: skip


class PreviewView(ApiView):
    @extend_schema(**schema.PREVIEW)
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, SCOPE, now)
        body = read_object(request)
        table.TRIAL.check_names(body)
        connection = connection_at(caller.project, pk)

        def tried() -> list[Sample]:
            found, link = connector_of(connection), link_of(connection)
            return preview(connection, found, link, read_choices(connection, found, link, body), now)

        return json_response({"results": [sample_json(sample, caller) for sample in in_words(tried)]})


def sample_json(sample: Sample, caller: Caller) -> dict[str, Any]:
    user, seen = sample.user, may(caller, "read")
    label = sample.label if seen and "email" not in registry_of(caller.project).hidden else HIDDEN
    return {
        "object": sample.object, "record": sample.record, "label": label, "url": sample.url,
        "user": {"jimer_id": user.jimer_id, "user_id": user.user_id} if user else None, "creates": sample.creates,
        "reason": sample.reason,
        "values": [
            {"property": cell.property, "attribute": cell.field, "internal": cell.internal if seen else HIDDEN,
             "value": cell.value if seen else HIDDEN, "before": cell.before if seen else None, "verdict": cell.verdict,
             "reason": cell.reason if seen or not cell.reason else WITHHELD}
            for cell in sample.cells
        ],
    }  # fmt: skip


class RunsView(ApiView):
    @extend_schema(**schema.RUNS)
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, SCOPE, now)
        PAGING.check_names(request.GET)
        asked = PAGING.read(request.GET)
        rows = (
            SyncRun.objects.filter(connection=connection_at(caller.project, pk)).select_related("job").order_by("-pk")
        )
        if asked["cursor"]:
            rows = rows.filter(pk__lt=asked["cursor"])
        page = [runs.as_it_is(row, now) for row in rows[: asked["limit"] + 1]]
        last = page[asked["limit"] - 1].pk if len(page) > asked["limit"] else None
        shown = page[: asked["limit"]]
        return json_response({"results": [run_json(row, now) for row in shown], "next": next_url(request, last)})

    @extend_schema(**schema.START)
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, SCOPE, now)
        body = read_object(request) if request.META.get("CONTENT_LENGTH") not in (None, "", "0") else {}
        table.RUN.check_names(body)
        full = table.RUN.read(body)["full"]
        connection = connection_at(caller.project, pk)
        run = in_words(lambda: runs.start_run(connection, SyncRun.Trigger.KEY, now, full=full))
        return json_response(run_json(run, now), 202)


class RunView(ApiView):
    @extend_schema(**schema.READ_RUN)
    def get(self, request: HttpRequest, pk: int, run: int) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, SCOPE, now)
        NOTHING.check_names(request.GET)
        return json_response(run_json(run_at(connection_at(caller.project, pk), run, now), now))


class CancelRunView(ApiView):
    @extend_schema(**schema.CANCEL_RUN)
    def post(self, request: HttpRequest, pk: int, run: int) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, SCOPE, now)
        found = run_at(connection_at(caller.project, pk), run, now)
        in_words(lambda: runs.cancel_run(found, now))
        return json_response(run_json(found, now))


class RunProblemsView(ApiView):
    @extend_schema(**schema.RUN_PROBLEMS)
    def get(self, request: HttpRequest, pk: int, run: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        table.PROBLEMS.check_names(request.GET)
        asked = table.PROBLEMS.read(request.GET)
        found = run_at(connection_at(caller.project, pk), run, self.now)
        rows = SyncProblem.objects.filter(run=found, pk__gt=asked["cursor"] or 0).order_by("pk")
        if asked["kind"]:
            rows = rows.filter(kind=asked["kind"])
        page = list(rows[: asked["limit"] + 1])
        last = page[asked["limit"] - 1].pk if len(page) > asked["limit"] else None
        words = ProblemWords(found.connection, registry_of(caller.project), values=may(caller, "read"))
        results = [problem_json(row, words) for row in page[: asked["limit"]]]
        return json_response({"results": results, "next": next_url(request, last)})


def problem_json(row: SyncProblem, words: ProblemWords) -> dict[str, Any]:
    label, value, reason = words.of(row)
    return {
        "kind": row.kind, "object": row.object, "record": row.record, "label": label, "property": row.property,
        "value": value, "reason": reason, "open": row.open,
    }  # fmt: skip
