"""Lists of users, one user, changes to it, erasing it."""

import base64
import binascii
import json
import re
from contextlib import ExitStack
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from users.api import schema
from users.api.bodies import check_members, member, read_object
from users.api.callers import check_project_id, secret_caller
from users.api.errors import ApiError, invalid
from users.api.json_response import json_response
from users.api.profiles import unknown_user, user_at, user_json
from users.api.refusals import log_refusal
from users.api.views import ApiView
from users.database.limits import LONGEST_COUNT, time_limit
from users.database.questions import dear_question
from users.database.value_json import read_json
from users.extend import answer_parts, sources, user_filters
from users.finding.listing import decode, order_of, page
from users.finding.search import search
from users.models import EndUser
from users.registry.attributes import EDITABLE_NATIVES, registry_of
from users.writing.calls import UNSET, Call
from users.writing.erase import erase_user
from users.writing.identify import identify

MOST_ROWS, ROWS = 100, 50
LIMIT = re.compile("[1-9][0-9]?|100")


def check_parameters(request: HttpRequest, known: tuple[str, ...]) -> None:
    for name in request.GET:
        if name not in known:
            choice = f"The parameters are {', '.join(known)}." if known else "There are none here."
            raise invalid(name[:60], f"There is no parameter {name[:60]!r}. {choice}", "unknown_parameter")


def limit_from(request: HttpRequest) -> int:
    text = request.GET.get("limit", str(ROWS))
    if not LIMIT.fullmatch(text):
        raise invalid("limit", f"limit takes a whole number from 1 to {MOST_ROWS}.")
    return int(text)


def cursor_from(request: HttpRequest) -> int | None:
    """The key after which a page starts, from an opaque cursor."""
    text = request.GET.get("cursor")
    if not text:
        return None
    try:
        value = read_json(base64.urlsafe_b64decode(text.encode()).decode())
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
            raise ValueError
    except (ValueError, binascii.Error):
        raise foreign_cursor() from None
    return value


def foreign_cursor() -> ApiError:
    return invalid("cursor", "This cursor is not one of ours. Use the `next` of an answer as it is.")


def next_url(request: HttpRequest, last: int | str | None) -> str | None:
    """Where a list goes on: after a key, or at a cursor of users/finding/listing.py."""
    if last is None:
        return None
    parameters = request.GET.copy()
    coded = base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if isinstance(last, int) else last
    parameters["cursor"] = coded
    return request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")


def creation_cursor(request: HttpRequest) -> str:
    """The cursor of users in order of their creation: the order by key alone has no index within a project."""
    text = request.GET.get("cursor", "")
    if text and decode(text, order_of("created")) is None:
        raise foreign_cursor()
    return text


class UsersView(ApiView):
    @extend_schema(**schema.USER_LIST)
    def get(self, request: HttpRequest) -> HttpResponse:
        caller = secret_caller(request, "read", self.now)
        check_parameters(request, ("search", "cursor", "limit", *user_filters.all()))
        limit, cursor = limit_from(request), creation_cursor(request)
        rows = EndUser.objects.filter(project=caller.project, merged_into=None)
        text = request.GET.get("search", "")
        if text:
            rows = rows.filter(pk__in=search(caller.project, text))
        for name, narrow in user_filters.all().items():
            if request.GET.get(name):
                rows = narrow(caller.project, request.GET[name], rows)
        detailed = rows.select_related("provenance").prefetch_related("user_tags__tag")
        narrowed = any(request.GET.get(name) for name in user_filters.all())
        with ExitStack() as limits:
            if narrowed:
                limits.enter_context(dear_question())
                limits.enter_context(time_limit(LONGEST_COUNT))
            found = page(detailed, "created", cursor, limit)
        registry = registry_of(caller.project)
        results = [user_json(user, registry) for user in found.rows]
        return json_response({"results": results, "next": next_url(request, found.next or None)})


class UserView(ApiView):
    @extend_schema(**schema.USER_GET)
    def get(self, request: HttpRequest, ident: str) -> HttpResponse:
        caller = secret_caller(request, "read", self.now)
        check_parameters(request, ())
        user = user_at(caller.project, ident)
        return json_response(user_json(user, registry_of(caller.project)))

    @extend_schema(**schema.USER_PATCH)
    def patch(self, request: HttpRequest, ident: str) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, "write", now)
        user = user_at(caller.project, ident)
        try:
            body = read_object(request)
            check_members(body, ("source", "attributes", "timestamp", "project_id"))
            check_project_id(caller.project, body)
            call = patch_call(user, member(body, "source", str, "custom"), member(body, "attributes", dict, {}), body)
        except ApiError as error:
            log_refusal(caller, "patch", now, error, target=user.pk)
            raise
        answer = identify(caller.project, call, caller.origin, now)
        return json_response({
            "jimer_id": answer.jimer_id, "user_id": answer.user_id, "created": False, "merged": False,
            "attributes": answer.attributes, "rejected": answer.rejected,
            **{name: part(caller.project, answer, False) for name, part in answer_parts.all().items()},
        })  # fmt: skip

    @extend_schema(**schema.USER_DELETE)
    def delete(self, request: HttpRequest, ident: str) -> HttpResponse:
        caller = secret_caller(request, "erase", self.now)
        check_parameters(request, ("block",))
        block = request.GET.get("block", "false").lower()
        if block not in ("true", "false"):
            raise invalid("block", "block takes true or false.")
        user = user_at(caller.project, ident)
        if not erase_user(caller.project, user.pk, block=block == "true"):
            raise unknown_user(ident)
        return HttpResponse(status=204)


def patch_call(user: EndUser, source: str, attributes: dict[str, Any], body: dict[str, Any]) -> Call:
    """A call that changes an existing user's values of one source. `native` has name, email and language."""
    timestamp = body.get("timestamp")
    if source == "native":
        for key in attributes:
            if key not in EDITABLE_NATIVES:
                path = f"attributes.{key}"[:120]
                raise invalid(path, f"Of the native attributes {', '.join(EDITABLE_NATIVES)} can be set.")
        texts = {key: attributes.get(key, UNSET) for key in EDITABLE_NATIVES}
        return Call(target=user.pk, timestamp=timestamp, kind="patch", **texts)
    if source not in sources.all():
        choices = ", ".join(sources.all())
        raise invalid("source", f"There is no source {source[:40]!r}. The sources are {choices}.")
    return Call(target=user.pk, source=source, attributes=attributes, timestamp=timestamp, kind="patch")
