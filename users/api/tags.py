"""A user's tags: read, replace, add, remove."""

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from users.api import schema, table
from users.api.bodies import read_object
from users.api.callers import secret_caller
from users.api.errors import ApiError
from users.api.json_response import json_response
from users.api.profiles import tag_names, user_at
from users.api.refusals import log_refusal
from users.api.views import ApiView
from users.models import EndUser
from users.writing.calls import TagChange
from users.writing.tagging import tag_user


class UserTagsView(ApiView):
    @extend_schema(**schema.TAGS_GET)
    def get(self, request: HttpRequest, ident: str) -> HttpResponse:
        caller = secret_caller(request, "tags", self.now)
        table.NOTHING.check_names(request.GET)
        return json_response({"tags": tag_names(user_at(caller.project, ident))})

    @extend_schema(**schema.TAGS_PUT)
    def put(self, request: HttpRequest, ident: str) -> HttpResponse:
        return self.change(request, ident, "replace")

    @extend_schema(**schema.TAGS_POST)
    def post(self, request: HttpRequest, ident: str) -> HttpResponse:
        return self.change(request, ident, "add")

    @extend_schema(**schema.TAGS_DELETE)
    def delete(self, request: HttpRequest, ident: str) -> HttpResponse:
        return self.change(request, ident, "remove")

    def change(self, request: HttpRequest, ident: str, how: str) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, "tags", now)
        user = user_at(caller.project, ident)
        try:
            body = read_object(request)
            table.TAGS.check_names(body)
            names = table.TAGS.read(body)["tags"]
        except ApiError as error:
            log_refusal(caller, "tags", now, error, target=user.pk)
            raise
        change = TagChange(remove=names) if how == "remove" else TagChange(add=names, replace=how == "replace")
        answer = tag_user(caller.project, user.pk, change, caller.origin, now)
        return json_response({"tags": tag_names(EndUser.objects.get(pk=answer.user))})
