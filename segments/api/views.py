"""Segments over HTTP: CRUD, preview, members, evaluate, export, and which ones a user is in."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import parse_etags
from drf_spectacular.utils import extend_schema

from segments.api import schema, table
from segments.counting.audience import audience, count_audience, sample_audience
from segments.defining import edit
from segments.defining.edit import Author, BadSegment, InUse, Outdated
from segments.defining.evaluate import CallScope, check_now, check_user, person_of
from segments.engines.complexity import TooComplex
from segments.engines.explain import explain
from segments.membership import lists
from segments.membership.sizes import with_size
from segments.membership.targeting import current, etag_of, profile_of, signed
from segments.membership.upkeep import follow_clock, is_stale
from segments.models import Membership, Segment
from segments.sheets.export import UnknownColumn, columns_of, download
from segments.sheets.listing import look_up
from segments.sheets.parquet import NoParquet
from segments.sheets.people import Layout, members_of
from users.api import rate_limit
from users.api.bodies import read_object
from users.api.callers import (
    Caller,
    check_origin,
    check_scope,
    may,
    presented_key,
    public_project,
    secret_caller,
    unauthorized,
    with_key,
)
from users.api.errors import ApiError, invalid
from users.api.json_response import json_response
from users.api.paging import next_url
from users.api.profiles import id_from_path, unknown_user, user_json
from users.api.table import NOTHING, PAGING
from users.api.views import ApiView
from users.database.limits import TookTooLong, thinking_limit
from users.ground.parameters import LARGEST
from users.models import EndUser, Project
from users.registry.attributes import registry_of
from users.types.timestamps import iso

LONGEST_EVALUATION = 1.0  # seconds


def refused(bad: BadSegment, prefix: str = "") -> ApiError:
    details = [{"path": f"{prefix}{error['path']}", "message": with_hint(error["message"])} for error in bad.errors]
    return ApiError(422, "invalid", details[0]["message"], details)


def with_hint(message: str) -> str:
    hint = " GET /api/v1/attributes lists what there is."
    return message + hint if message.startswith("There is no attribute ") and "Did you mean" not in message else message


def segment_json(segment: Any) -> dict[str, Any]:
    """`segment` is annotated with its size."""
    return {
        "id": segment.pk, "name": segment.name, "description": segment.description, "icon": segment.icon,
        "owner": owner_json(segment.owner), "static": segment.static, "rule": segment.rule, "visible_to_browsers": segment.visible_to_browsers,
        "archived": segment.archived, "state": segment.state, "state_reason": segment.state_reason,
        "count": segment.size, "counted_at": iso(segment.refreshed_at if segment.by_clock else segment.counted_at),
        "version": segment.version, "created": iso(segment.created), "updated": iso(segment.updated),
    }  # fmt: skip


def owner_json(owner: Any) -> dict[str, str] | None:
    """The member who made it, as the dashboard shows one; null for segments made with a key or of a former member."""
    return {"name": owner.name, "email": owner.email} if owner else None


def segment_at(project: Project, pk: int) -> Any:
    segment = (
        with_size(Segment.objects.filter(project=project, pk=pk)).select_related("owner").first()
        if pk <= LARGEST
        else None
    )
    if segment is None:
        message = f"There is no segment with the id {pk} in this project."
        raise ApiError(404, "unknown_segment", message, [{"path": "id", "message": message}])
    return segment


def users_json(caller: Caller, users: Iterable[EndUser]) -> list[dict[str, Any]]:
    """Users with their values if the key may read them, else by their ids alone."""
    registry, values = registry_of(caller.project), may(caller, "read")
    return [user_json(user, registry, values=values) for user in users]


def author(caller: Caller) -> Author:
    return Author(None, f"key {caller.origin.label}")


def page_of(request: HttpRequest) -> tuple[int, int | None]:
    """How many rows are asked for, and the key after which they begin."""
    PAGING.check_names(request.GET)
    asked = PAGING.read(request.GET)
    return asked["limit"], asked["cursor"]


def fields_from(body: dict[str, Any]) -> dict[str, Any]:
    """What a segment is called and how it is shown, as far as it was sent."""
    return {member.name: body[member.name] for member in table.FIELDS if member.name in body}


class SegmentsView(ApiView):
    @extend_schema(**schema.LIST)
    def get(self, request: HttpRequest) -> HttpResponse:
        caller = secret_caller(request, "segments", self.now)
        limit, after = page_of(request)
        mine = Segment.objects.filter(project=caller.project, pk__gt=after or 0)
        rows = with_size(mine).select_related("owner").order_by("pk")
        page = list(rows[: limit + 1])
        if any(is_stale(segment, self.now) for segment in page):
            follow_clock(caller.project, self.now)
        last = page[limit - 1].pk if len(page) > limit else None
        return json_response({"results": [segment_json(row) for row in page[:limit]], "next": next_url(request, last)})

    @extend_schema(**schema.CREATE)
    def post(self, request: HttpRequest) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, "segments", now)
        body = read_object(request)
        table.NEW_SEGMENT.check_names(body)
        static = table.NEW_SEGMENT.read(body)["static"]
        if static == (body.get("rule") is not None):
            message = "Send a rule, or static: true for a list; not both."
            raise invalid("rule", message)
        fields = fields_from(body)
        try:
            made = edit.create_segment(
                caller.project, fields, rule=body.get("rule"), static=static, by=author(caller), now=now
            )
        except BadSegment as bad:
            raise refused(bad) from None
        return json_response(segment_json(segment_at(caller.project, made.pk)), 201)


class SegmentView(ApiView):
    @extend_schema(**schema.READ)
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, "segments", self.now)
        NOTHING.check_names(request.GET)
        segment = segment_at(caller.project, pk)
        if is_stale(segment, self.now):
            follow_clock(caller.project, self.now)
        return json_response(segment_json(segment))

    @extend_schema(**schema.CHANGE)
    def patch(self, request: HttpRequest, pk: int) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, "segments", now)
        body = read_object(request)
        table.SEGMENT_CHANGE.check_names(body)
        segment = segment_at(caller.project, pk)
        sent = table.SEGMENT_CHANGE.read(body)
        fields = fields_from(body)
        try:
            edit.change_segment(
                segment, fields, by=author(caller), now=now, rule=sent["rule"], expected=sent["version"]
            )
        except BadSegment as bad:
            raise refused(bad) from None
        except Outdated as outdated:
            raise ApiError(409, "changed", str(outdated), [{"path": "version", "message": str(outdated)}]) from None
        return json_response(segment_json(segment_at(caller.project, pk)))

    @extend_schema(**schema.DELETE)
    def delete(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, "segments", self.now)
        NOTHING.check_names(request.GET)
        segment = segment_at(caller.project, pk)
        try:
            edit.delete_segment(segment)
        except InUse as used:
            details = [{"path": f"segments/{other.pk}", "message": other.name} for other in used.users]
            raise ApiError(409, "in_use", str(used), details) from None
        return HttpResponse(status=204)


class PreviewView(ApiView):
    @extend_schema(**schema.PREVIEW)
    def post(self, request: HttpRequest) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, "segments", now)
        body = read_object(request)
        table.PREVIEW.check_names(body)
        sent = table.PREVIEW.read(body)
        try:
            moment = check_now(sent["now"], now)
            tree = edit.check_rule(caller.project, sent["rule"])
            found = audience(caller.project, tree, moment)
            number, users = count_audience(found), sample_audience(found)
        except BadSegment as bad:
            raise refused(bad) from None
        except TooComplex as complex_rule:
            raise invalid("rule", str(complex_rule)) from None
        return json_response({"count": number, "sample": users_json(caller, users)})


class EvaluateView(ApiView):
    @extend_schema(**schema.EVALUATE)
    def post(self, request: HttpRequest) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, "segments", now)
        body = read_object(request)
        table.EVALUATE.check_names(body)
        sent = table.EVALUATE.read(body)
        try:
            moment = check_now(sent["now"], now)
            scope = CallScope(caller.project, check_user(sent["user"]))
            tree = edit.check_rule(caller.project, sent["rule"], scope=scope)  # type: ignore[arg-type]
            person = person_of(scope)
        except BadSegment as bad:
            raise refused(bad) from None
        try:
            with thinking_limit(LONGEST_EVALUATION):
                why = explain(tree, person, scope.zone, moment)
        except TookTooLong as stopped:
            raise invalid("rule", str(stopped)) from None
        return json_response({"match": why["match"], "explanation": why})


class MembersView(ApiView):
    @extend_schema(**schema.MEMBERS)
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, "segments", now)
        limit, after = page_of(request)
        segment = segment_at(caller.project, pk)
        if is_stale(segment, now):
            follow_clock(caller.project, now)
        held = Membership.objects.filter(segment=segment, user_id__gt=after or 0).order_by("user_id")
        ids = list(held.values_list("user_id", flat=True)[: limit + 1])
        users = EndUser.objects.filter(pk__in=ids[:limit]).order_by("pk")
        rows = users.select_related("provenance").prefetch_related("user_tags__tag")
        last = ids[limit - 1] if len(ids) > limit else None
        return json_response({"results": users_json(caller, rows), "next": next_url(request, last)})

    @extend_schema(**schema.ADD_MEMBERS)
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.change(request, pk, lists.add_members)

    @extend_schema(**schema.REMOVE_MEMBERS)
    def delete(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.change(request, pk, lists.remove_members)

    def change(self, request: HttpRequest, pk: int, act: Any) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, "segments", now)
        body = read_object(request)
        table.MEMBER_CHANGE.check_names(body)
        segment = segment_at(caller.project, pk)
        if not segment.static:
            raise invalid("users", f"{segment.name} has a rule; users enter and leave it by what is known about them.")
        found = look_up(caller.project, table.MEMBER_CHANGE.read(body)["users"])
        return json_response({"changed": act(segment, found.users, now), "missing": found.missing})


class ExportView(ApiView):
    @extend_schema(**schema.EXPORT)
    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        caller = secret_caller(request, "segments", self.now)
        check_scope(caller, "read")
        table.EXPORT.check_names(request.GET)
        segment = segment_at(caller.project, pk)
        asked = table.EXPORT.read(request.GET)
        try:
            columns = columns_of(segment.project, [name for name in asked["columns"].split(",") if name])
        except UnknownColumn as unknown:
            raise invalid("columns", str(unknown)) from None
        layout = layout_from(asked)
        if is_stale(segment, self.now):
            follow_clock(caller.project, self.now)
        try:
            return download(members_of(segment), asked["format"], columns, layout, self.now)
        except NoParquet as missing:
            raise invalid("format", str(missing)) from None


def layout_from(asked: dict[str, Any]) -> Layout:
    for member in (table.BOM, table.HEADERS):
        if asked["format"] != "csv" and asked[member.name] is not None:
            raise member.refusal(member.unlisted)
    return Layout(asked["bom"] == "true", asked["headers"] == "readable")


class UserSegmentsView(ApiView):
    @extend_schema(**schema.OF_USER)
    def get(self, request: HttpRequest, ident: str) -> HttpResponse:
        now = self.now
        key = presented_key(request, now)
        table.OF_USER.check_names(request.GET)
        asked = table.OF_USER.read(request.GET)
        watched = None if asked["watch"] is None else set(asked["watch"])
        user_id = id_from_path(ident)
        if "\x00" in user_id or (not user_id.isprintable() and len(user_id) > 255):
            raise unknown_user(user_id)
        if key is not None:
            caller = with_key(key, "segments")
            found = profile_of(caller.project, user_id)
            if found is None:
                raise unknown_user(user_id)
            since = dict(Membership.objects.filter(user_id=found[1].id).values_list("segment_id", "entered_at"))
            results = [
                {"id": item.id, "name": item.name, "entered_at": iso(since.get(item.id))}
                for item in current(caller.project, *found, now, watched)
            ]  # fmt: skip
            return json_response({"results": results, "next": None})
        return self.for_browser(request, user_id, asked, watched, now)

    def for_browser(
        self, request: HttpRequest, user_id: str, asked: dict[str, Any], watched: set[int] | None, now: Any
    ) -> HttpResponse:
        """Whoever asks learns only of segments marked for browsers; of nobody there is nothing to learn."""
        rate_limit.take_public_address(request)
        project = public_project(asked)
        rate_limit.take_public_project(project)
        check_origin(request, project)
        found = profile_of(project, user_id)
        needs_proof = project.identity_mode == Project.Identity.ENFORCE and (
            found is None or found[1].user_id is not None
        )
        if needs_proof and not signed(project, user_id, asked["signature"]):
            raise unauthorized("This project asks for a signature of the user id. Send it as signature.")
        results = []
        if found is not None:
            results = [
                {"id": item.id, "name": item.name} for item in current(project, *found, now, watched) if item.visible
            ]
        tag = etag_of(results)
        known = [text.removeprefix("W/") for text in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))]
        if tag in known or known == ["*"]:
            response = HttpResponse(status=304)
            del response["Content-Type"]
        else:
            response = json_response({"results": results, "next": None})
        response["ETag"] = tag
        response["Cache-Control"] = "private, no-cache"
        return response
