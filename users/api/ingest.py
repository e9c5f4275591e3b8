"""POST identify and batch."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from users.api import schema
from users.api.answers import answer_json
from users.api.bodies import BATCH_LIMIT, CALL_LIMIT, check_members, member, read_object
from users.api.callers import Caller, caller_by_key, check_project_id, public_caller, secret_caller
from users.api.errors import ApiError, invalid
from users.api.json_response import json_response
from users.api.refusals import log_refusal, log_refusals, refused_call
from users.api.views import ApiView
from users.types.fitting import is_valid_text
from users.types.table import compact
from users.writing.calls import UNSET, Call, Refused
from users.writing.identify import identify, identify_batch

MEMBERS = (
    "project_id", "jimer_id", "user_id", "name", "email", "language", "attributes", "remove_unspecified", "timestamp",
    "sent_at", "message_id", "signature", "strict",
)  # fmt: skip
LONGEST_MESSAGE_ID = 200
MOST_ITEMS = 2500


def call_from(caller: Caller, body: dict[str, Any], *, path: str = "", kind: str = "identify") -> Call:
    """The call that a body describes. Raises ApiError naming the member that is wrong."""
    public = caller.is_public
    check_members(body, (*MEMBERS, "type") if path else MEMBERS, path)
    if not public:
        check_project_id(caller.project, body, path)
    strict = member(body, "strict", bool, False, path)
    if strict and public:
        raise invalid(f"{path}strict", "strict needs a secret key. Leave it out, or make this call from your server.")
    message_id = member(body, "message_id", str, None, path)
    if message_id is not None and not 0 < len(message_id) <= LONGEST_MESSAGE_ID:
        raise invalid(f"{path}message_id", f"message_id takes 1 to {LONGEST_MESSAGE_ID} characters.")
    if message_id and ("\x00" in message_id or not is_valid_text(message_id)):
        raise invalid(f"{path}message_id", "message_id contains a character that cannot be stored.")
    member(body, "signature", str, None, path)
    return Call(
        jimer_id=body.get("jimer_id"),
        user_id=body.get("user_id"),
        name=body.get("name", UNSET),
        email=body.get("email", UNSET),
        language=body.get("language", UNSET),
        attributes=member(body, "attributes", dict, {}, path),
        remove_unspecified=member(body, "remove_unspecified", bool, False, path),
        timestamp=body.get("timestamp"),
        sent_at=body.get("sent_at"),
        message_id=message_id,
        strict=strict,
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
    check_members(body, ("batch", "project_id"))
    check_project_id(caller.project, body)
    items: list[Any] | None = member(body, "batch", list, None)
    if items is None:
        raise invalid("batch", 'batch is missing. Send {"batch": [{"type": "identify", ...}]}.')
    if len(items) > MOST_ITEMS:
        raise invalid("batch", f"The batch has {len(items):,} items; {MOST_ITEMS} is the most. Send several.")
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
        kind = item.get("type", "identify")
        if kind != "identify":
            raise invalid(f"{path}type", f'{path}type is {str(kind)[:40]!r}; "identify" is possible here.')
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
