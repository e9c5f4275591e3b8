"""POST identify and batch."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from users.api import schema, table
from users.api.answers import answer_json
from users.api.bodies import BATCH_LIMIT, CALL_LIMIT, read_object
from users.api.callers import Caller, caller_by_key, check_project_id, public_caller, secret_caller
from users.api.errors import ApiError, invalid
from users.api.json_response import json_response
from users.api.refusals import log_refusal, log_refusals, refused_call
from users.api.views import ApiView
from users.types.table import compact
from users.writing.calls import Call, Refused
from users.writing.identify import identify, identify_batch


def call_from(caller: Caller, body: dict[str, Any], *, path: str = "", kind: str = "identify") -> Call:
    """The call that a body describes. Raises ApiError naming the member that is wrong."""
    public = caller.is_public
    (table.ITEM if path else table.IDENTIFY).check_names(body, path)
    if not public:
        check_project_id(caller.project, body, path)
    sent = table.IDENTIFY.read(body, path, public=public)
    return Call(
        jimer_id=sent["jimer_id"],
        user_id=sent["user_id"],
        name=sent["name"],
        email=sent["email"],
        language=sent["language"],
        attributes=sent["attributes"] or {},
        remove_unspecified=sent["remove_unspecified"],
        timestamp=sent["timestamp"],
        sent_at=sent["sent_at"],
        message_id=sent["message_id"],
        strict=sent["strict"],
        activity=public,
        kind=kind,
    )


class IdentifyView(ApiView):
    @extend_schema(**schema.IDENTIFY)
    def post(self, request: HttpRequest) -> HttpResponse:
        now = self.now
        by_key = caller_by_key(request, "ingest", now)
        try:
            body = read_object(request, CALL_LIMIT)
        except ApiError as error:
            if by_key:  # else nobody knows whose log it belongs to: the project's id is in the body
                log_refusal(by_key, "identify", now, error)
            raise
        caller = by_key or public_caller(request, body)
        try:
            call = call_from(caller, body)
        except ApiError as error:
            log_refusal(caller, "identify", now, error, sent=body)
            raise
        answer = identify(caller.project, call, caller.origin, now)
        return json_response(answer_json(caller, call, answer))


class BatchView(ApiView):
    @extend_schema(**schema.BATCH)
    def post(self, request: HttpRequest) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, "ingest", now)
        try:
            items = items_from(caller, request)
        except ApiError as error:
            log_refusal(caller, "whole_batch", now, error)
            raise
        return json_response({"results": results_of(caller, items, now)})


def items_from(caller: Caller, request: HttpRequest) -> list[Any]:
    body = read_object(request, BATCH_LIMIT)
    table.BATCH.check_names(body)
    check_project_id(caller.project, body)
    items: list[Any] = table.BATCH.read(body)["batch"]
    return items


def results_of(caller: Caller, items: list[Any], now: datetime) -> list[dict[str, Any]]:
    """One result an item, in order; a bad item never fails the others."""
    outcomes: list[Call | ApiError] = [item_call(caller, item, number) for number, item in enumerate(items)]
    early = [
        (refused_call("batch", item), outcome)
        for item, outcome in zip(items, outcomes, strict=True)
        if isinstance(outcome, ApiError)
    ]
    log_refusals(caller, now, early)
    calls = [outcome for outcome in outcomes if isinstance(outcome, Call)]
    answers = iter(identify_batch(caller.project, calls, caller.origin, now))
    results = []
    for number, outcome in enumerate(outcomes):
        if isinstance(outcome, ApiError):
            results.append(error_result(outcome.status, outcome.code, outcome.message, outcome.details))
            continue
        answer = next(answers)
        if isinstance(answer, Refused):
            details = [{**detail, "path": f"batch[{number}].{detail['path']}"} for detail in answer.details]
            results.append(error_result(answer.status, answer.code, answer.message, details))
        else:
            results.append({"status": 200, **answer_json(caller, outcome, answer)})
    return results


def item_call(caller: Caller, item: Any, number: int) -> Call | ApiError:
    path = f"batch[{number}]."
    try:
        if not isinstance(item, dict):
            raise invalid(f"batch[{number}]", f'batch[{number}] is no object. Send {{"type": "identify", ...}}.')
        table.KIND_OF_ITEM.read(item, path)
        if len(compact_or_huge(item)) > CALL_LIMIT:
            message = f"batch[{number}] is larger than {CALL_LIMIT // 1024} KB."
            raise ApiError(413, "too_large", message, [{"path": f"batch[{number}]", "message": message}])
        return call_from(caller, item, path=path, kind="batch")
    except ApiError as error:
        return error


def compact_or_huge(item: Any) -> bytes:
    return compact(item).encode("utf-8", "surrogatepass")


def error_result(status: int, code: str, message: str, details: list[dict[str, str]]) -> dict[str, Any]:
    return {"status": status, "error": {"code": code, "message": message, "details": details}}
