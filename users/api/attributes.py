"""The registry: list, define, change."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from users.api import schema, table
from users.api.bodies import read_object
from users.api.callers import Caller, may, secret_caller
from users.api.errors import ApiError, invalid
from users.api.json_response import json_response
from users.api.paging import next_url
from users.api.views import ApiView
from users.models import Attribute
from users.registry.attributes import AlreadyDefined, bump_version, define
from users.registry.consequences import in_words
from users.types.fitting import Misfit, shown
from users.writing.retype import WouldLose, start_retype


def attribute_json(attribute: Attribute) -> dict[str, Any]:
    return {
        "source": attribute.source, "key": attribute.key, "type": attribute.type, "name": attribute.label,
        "description": attribute.description, "sensitive": attribute.sensitive, "archived": attribute.archived,
        "converting": attribute.converting_id is not None,
    }  # fmt: skip


def details_from(sent: dict[str, Any]) -> dict[str, Any]:
    """What describes an attribute and was sent; its name with single spaces."""
    found = {member.name: sent[member.name] for member in table.DETAILS if sent[member.name] is not None}
    return found | ({"name": " ".join(found["name"].split())} if "name" in found else {})


class AttributesView(ApiView):
    @extend_schema(**schema.ATTRIBUTE_LIST)
    def get(self, request: HttpRequest) -> HttpResponse:
        caller = secret_caller(request, "registry", self.now)
        table.PAGING.check_names(request.GET)
        asked = table.PAGING.read(request.GET)
        limit, after = asked["limit"], asked["cursor"]
        rows = Attribute.objects.filter(project=caller.project, pk__gt=after or 0).order_by("pk")
        page = list(rows[: limit + 1])
        last = page[limit - 1].pk if len(page) > limit else None
        results = [attribute_json(attribute) for attribute in page[:limit]]
        return json_response({"results": results, "next": next_url(request, last)})

    @extend_schema(**schema.ATTRIBUTE_POST)
    def post(self, request: HttpRequest) -> HttpResponse:
        now = self.now
        caller = secret_caller(request, "registry", now)
        body = read_object(request)
        table.NEW_ATTRIBUTE.check_names(body)
        sent = table.NEW_ATTRIBUTE.read(body)
        try:
            made = define(
                caller.project, source=sent["source"], key=sent["key"], type_name=sent["type"], now=now,
                **details_from(sent),
            )  # fmt: skip
        except Misfit as misfit:
            raise invalid("key", misfit.reason) from None
        except AlreadyDefined as error:
            raise ApiError(409, "exists", str(error), [{"path": "key", "message": str(error)}]) from None
        return json_response(attribute_json(made), 201)


class AttributeView(ApiView):
    @extend_schema(**schema.ATTRIBUTE_PATCH)
    def patch(self, request: HttpRequest, field: str) -> HttpResponse:
        caller = secret_caller(request, "registry", self.now)
        attribute = attribute_at(caller, field)
        body = read_object(request)
        table.ATTRIBUTE_CHANGE.check_names(body)
        sent = table.ATTRIBUTE_CHANGE.read(body)
        details = details_from(sent)
        with transaction.atomic():
            if details:
                Attribute.objects.filter(pk=attribute.pk).update(**details)
                bump_version(caller.project.pk)
            if sent["type"]:
                change_type(attribute, sent["type"], sent["confirm"], caller)
        attribute.refresh_from_db()
        return json_response(attribute_json(attribute))


def attribute_at(caller: Caller, field: str) -> Attribute:
    source, _, key = field.partition(".")
    attribute = (
        Attribute.objects.filter(project=caller.project, source=source, key=key).first()
        if "\x00" not in field
        else None
    )
    if attribute is None:
        message = f"There is no attribute {shown(field)} in this project. Name it SOURCE.KEY, such as custom.plan."
        raise ApiError(404, "unknown_attribute", message, [{"path": "field", "message": message}])
    return attribute


def change_type(attribute: Attribute, to: str, confirm: bool, caller: Caller) -> None:
    """Raises 409 with the numbers and, where the caller may read them, values that would be lost and segments that
    would break."""
    try:
        start_retype(attribute, to, None, confirm=confirm)
    except WouldLose as error:
        found = error.preview
        parts = [f"{found.converts:,} values would convert to {to}, {found.lost:,} would not and be set aside."]
        if error.breaks:
            parts.append(f"{len(error.breaks):,} of the segments that use it would break.")
        message = " ".join([*parts, "Send confirm: true to do it."])
        quotes = may(caller, "read") and not attribute.sensitive
        details = [{"path": "type", "message": f"{item['reason']}"} for item in found.samples]
        details = [
            {"path": "converts", "message": str(found.converts)},
            {"path": "lost", "message": str(found.lost)},
            *(details if quotes else ()),
            *({"path": "segments", "message": in_words(item)} for item in error.breaks if may(caller, "segments")),
        ]
        code = "would_lose_values" if found.lost else "would_break_segments"
        raise ApiError(409, code, message, details) from None
    except ValueError as error:
        raise invalid("type", str(error)) from None
