"""Imports over HTTP: a file with its options in, state and problems out, cancel and undo."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from drf_spectacular.utils import extend_schema

from integrations.api import schema, table
from integrations.imports import making, steps
from integrations.imports.files import TooLarge
from integrations.imports.options import BadOptions
from integrations.imports.records import Unreadable
from integrations.models import Import, ImportProblem
from users.api.bodies import malformed, parse_json
from users.api.callers import Caller, check_scope, may, secret_caller
from users.api.errors import ApiError, invalid
from users.api.json_response import json_response
from users.api.paging import next_url
from users.api.table import NOTHING, PAGING
from users.api.views import ApiView
from users.ground.parameters import LARGEST
from users.models import Project
from users.types.timestamps import iso

SCOPE = "ingest"  # as of a batch of the same calls


def import_json(found: Import, caller: Caller) -> dict[str, Any]:
    checked = dict(found.checked) if found.checked else None
    if checked is not None and not may(caller, "read"):
        checked.pop("sample", None)
    return {
        "id": found.pk, "name": found.name, "state": found.state, "step": found.step, "size": found.size,
        "options": options_json(found), "progress": {"done": found.done, "total": found.total}, "dry_run": checked,
        "counts": found.counts or None,
        "undone": {name: found.undone[name] for name in ("restored", "removed", "left")} if found.undone else None,
        "error": found.error, "created": iso(found.created), "started": iso(found.started), "finished": iso(found.finished),
    }  # fmt: skip


def options_json(found: Import) -> dict[str, Any]:
    """The choices as a call takes them, with what was told from the file."""
    kept = found.options
    by = next((item for item in kept["columns"] if item["field"] == f"native.{kept['on']}"), None)
    return {
        "reading": found.reading,
        "identifier": {"column": by["name"] if by else None, "on": f"native.{kept['on']}"},
        "columns": [
            {"column": item["name"], "key": item["field"].removeprefix("custom."), "type": item["type"],
             "separator": item["separator"]}
            for item in kept["columns"]
        ],
        "mode": kept["mode"], "empty": kept["empty"], "several": kept["several"], "tag": kept["tag"] or None,
        "segment": kept["segment"],
    }  # fmt: skip


def import_at(project: Project, pk: int) -> Import:
    found = Import.objects.select_related("job").filter(project=project, pk=pk).first() if pk <= LARGEST else None
    if found is None:
        message = f"There is no import with the id {pk} in this project."
        raise ApiError(404, "unknown_import", message, [{"path": "id", "message": message}])
    return found


def not_now(reason: steps.NotNow) -> ApiError:
    return ApiError(409, "not_now", str(reason), [{"path": "state", "message": str(reason)}])


def upload_of(request: HttpRequest) -> tuple[Any, dict[str, Any]]:
    """The file and the options of a multipart body. Raises ApiError."""
    if not (request.content_type or "").startswith("multipart/form-data"):
        raise ApiError(415, "not_multipart", "Send multipart/form-data with a file, and options as JSON.")
    try:
        file, text = request.FILES.get("file"), request.POST.get("options") or ""
        extra = (set(request.POST) - {"options"}) | (set(request.FILES) - {"file", "options"})
    except (MultiPartParserError, UnicodeError):
        raise malformed("The body is not multipart/form-data. Send a file, and options as JSON.") from None
    part: Any = request.FILES.get("options")  # a part with a name of its own, as some clients send JSON
    if not text and part is not None:
        text = part.read(64 * 1024).decode("utf-8", "replace")
    if extra:
        name = sorted(extra)[0][:60]
        raise invalid(name, f"There is no part {name!r}. The parts are file and options.", "unknown_member")
    if file is None:
        raise invalid("file", "file is missing. Send the table as a part with a file name.")
    options = parse_json(text) if text.strip() else {}
    if not isinstance(options, dict):
        raise malformed('options is not an object. Send JSON such as {"mode": "update"}.')
    return file, options


class ImportsView(ApiView):
    @extend_schema(**schema.CREATE)
    def post(self, request: HttpRequest) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, SCOPE, now)
        file, options = upload_of(request)
        table.OPTIONS.check_names(options, "options.")
        sent = table.OPTIONS.read(options, "options.")
        for member, scope in (("tag", "tags"), ("segment", "segments")):
            if sent[member] is not None:
                check_scope(caller, scope)
        try:
            found = self.made(caller, file, sent, options)
        except (Unreadable, TooLarge) as unreadable:
            raise invalid("file", str(unreadable)) from None
        start = steps.start_dry_run if sent["dry_run"] else steps.start_run
        start(found, None, now)
        return json_response(import_json(import_at(caller.project, found.pk), caller), 202)

    def made(self, caller: Caller, file: Any, sent: dict[str, Any], options: dict[str, Any]) -> Import:
        found, columns = making.make(caller.project, file.name or "", file.chunks(), caller.origin, self.now)
        try:
            if sent["reading"]:
                table.READING.check_names(sent["reading"], "options.reading.")
                columns = making.read_again(found, table.READING.read(sent["reading"], "options.reading."))
            making.choose(found, columns, options)
        except BadOptions as bad:
            making.discard(found)
            raise invalid(f"options.{bad.path}", bad.message) from None
        except BaseException:
            making.discard(found)
            raise
        return found


class ImportView(ApiView):
    @extend_schema(**schema.READ)
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        NOTHING.check_names(request.GET)
        return json_response(import_json(steps.as_it_is(import_at(caller.project, pk), self.now), caller))


class ProblemsView(ApiView):
    @extend_schema(**schema.PROBLEMS)
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        PAGING.check_names(request.GET)
        asked = PAGING.read(request.GET)
        found = import_at(caller.project, pk)
        rows = ImportProblem.objects.filter(run=found, pk__gt=asked["cursor"] or 0).order_by("pk")
        page = list(rows[: asked["limit"] + 1])
        last = page[asked["limit"] - 1].pk if len(page) > asked["limit"] else None
        results = [
            {"line": row.line, "step": row.step, "column": row.column, "value": row.value, "reason": row.reason}
            for row in page[: asked["limit"]]
        ]
        return json_response({"results": results, "next": next_url(request, last)})


class CancelView(ApiView):
    @extend_schema(**schema.CANCEL)
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        found = import_at(caller.project, pk)
        try:
            steps.cancel(found, self.now)
        except steps.NotNow as reason:
            raise not_now(reason) from None
        return json_response(import_json(found, caller))


class UndoView(ApiView):
    @extend_schema(**schema.UNDO)
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        found = import_at(caller.project, pk)
        try:
            steps.start_undo(steps.as_it_is(found, self.now), None, caller.origin, self.now)
        except steps.NotNow as reason:
            raise not_now(reason) from None
        return json_response(import_json(found, caller), 202)
