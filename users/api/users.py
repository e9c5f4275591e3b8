"""Lists of users, one user, changes to it, erasing it."""

from contextlib import ExitStack
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from users.api import schema, table
from users.api.bodies import read_object
from users.api.callers import check_project_id, secret_caller
from users.api.errors import ApiError, invalid
from users.api.json_response import json_response
from users.api.paging import next_url
from users.api.profiles import unknown_user, user_at, user_json
from users.api.refusals import log_refusal
from users.api.views import ApiView
from users.database.limits import LONGEST_COUNT, time_limit
from users.database.questions import dear_question
from users.extend import answer_parts, user_filters
from users.finding.listing import read_page
from users.finding.search import search
from users.models import NATIVE, EndUser
from users.registry.attributes import EDITABLE_NATIVES, registry_of
from users.writing.calls import UNSET, Call
from users.writing.erase import erase_user
from users.writing.identify import identify


class UsersView(ApiView):
    @extend_schema(**schema.USER_LIST)
    def get(self, request: HttpRequest) -> HttpResponse:
        caller = secret_caller(request, "read", self.now)
        table.USERS.check_names(request.GET)
        asked = table.USERS.read(request.GET)
        rows = EndUser.objects.filter(project=caller.project, merged_into=None)
        if asked["search"]:
            rows = rows.filter(pk__in=search(caller.project, asked["search"]))
        narrowing = {name: narrow for name, narrow in user_filters.all().items() if asked[name]}
        for name, narrow in narrowing.items():
            rows = narrow(caller.project, asked[name], rows)
        detailed = rows.select_related("provenance").prefetch_related("user_tags__tag")
        with ExitStack() as limits:
            if narrowing:
                limits.enter_context(dear_question())
                limits.enter_context(time_limit(LONGEST_COUNT))
            found = read_page(detailed, "created", asked["cursor"], asked["limit"])
        registry = registry_of(caller.project)
        results = [user_json(user, registry) for user in found.rows]
        return json_response({"results": results, "next": next_url(request, found.next or None)})


class UserView(ApiView):
    @extend_schema(**schema.USER_GET)
    def get(self, request: HttpRequest, ident: str) -> HttpResponse:
        caller = secret_caller(request, "read", self.now)
        table.NOTHING.check_names(request.GET)
        user = user_at(caller.project, ident)
        return json_response(user_json(user, registry_of(caller.project)))

    @extend_schema(**schema.USER_PATCH)
    def patch(self, request: HttpRequest, ident: str) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, "write", now)
        user = user_at(caller.project, ident)
        try:
            body = read_object(request)
            table.USER_CHANGE.check_names(body)
            check_project_id(caller.project, body)
            call = patch_call(user, **table.USER_CHANGE.read(body))
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
        table.ERASE.check_names(request.GET)
        block = table.ERASE.read(request.GET)["block"]
        user = user_at(caller.project, ident)
        if not erase_user(caller.project, user.pk, block=block):
            raise unknown_user(ident)
        return HttpResponse(status=204)


def patch_call(user: EndUser, *, source: str, attributes: dict[str, Any] | None, timestamp: Any, **_: Any) -> Call:
    """A call that changes an existing user's values of one source. `native` has name, email and language."""
    given = attributes or {}
    if source != NATIVE:
        return Call(target=user.pk, source=source, attributes=given, timestamp=timestamp, kind="patch")
    for key in given:
        if key not in EDITABLE_NATIVES:
            path = f"attributes.{key}"[:120]
            raise invalid(path, f"Of the native attributes {', '.join(EDITABLE_NATIVES)} can be set.")
    texts = {key: given.get(key, UNSET) for key in EDITABLE_NATIVES}
    return Call(target=user.pk, timestamp=timestamp, kind="patch", **texts)
