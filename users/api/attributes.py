"""The registry: list, define, change."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from users.api import schema
from users.api.bodies import check_members, member, read_object
from users.api.callers import Caller, may, secret_caller
from users.api.errors import ApiError, invalid
from users.api.json_response import json_response
from users.api.users import check_parameters, cursor_from, limit_from, next_url
from users.api.views import ApiView
from users.extend import sources
from users.models import NATIVE, Attribute
from users.registry.attributes import AlreadyDefined, bump_version, define
from users.registry.consequences import in_words
from users.registry.naming import is_one_line
from users.types.fitting import Misfit, is_valid_text, shown
from users.types.table import TYPES
from users.writing.retype import WouldLose, start_retype

LONGEST = {"name": 100, "description": 1000}


def attribute_json(attribute: Attribute) -> dict[str, Any]:
    return {
        "source": attribute.source, "key": attribute.key, "type": attribute.type, "name": attribute.label,
        "description": attribute.description, "sensitive": attribute.sensitive, "archived": attribute.archived,
        "converting": attribute.converting_id is not None,
    }  # fmt: skip


def check_type(value: Any) -> str:
    if value is None:
        raise invalid("type", f"type is missing. The types are {', '.join(TYPES)}.")
    if not isinstance(value, str) or value not in TYPES:
        raise invalid("type", f"There is no such type. The types are {', '.join(TYPES)}.")
    return value


def text_member(body: dict[str, Any], name: str) -> str | None:
    text: str | None = member(body, name, str, None)
    if text is None:
        return None
    if "\x00" in text or not is_valid_text(text):
        raise invalid(name, f"{name} contains a character that cannot be stored. Remove it.")
    if name == "name" and not is_one_line(text):
        raise invalid(name, "name may not hold line breaks or control characters. Remove them.")
    if len(text) > LONGEST[name]:
        raise invalid(name, f"{name} has {len(text):,} characters; {LONGEST[name]} is the most.")
    return " ".join(text.split()) if name == "name" else text


def details_from(body: dict[str, Any]) -> dict[str, Any]:
    """The members that describe an attribute and are there."""
    found: dict[str, Any] = {name: text_member(body, name) for name in LONGEST}
    found |= {name: member(body, name, bool, None) for name in ("sensitive", "archived")}
    return {name: value for name, value in found.items() if value is not None}


class AttributesView(ApiView):
    @extend_schema(**schema.ATTRIBUTE_LIST)
    def get(self, request: HttpRequest) -> HttpResponse:
        caller = secret_caller(request, "registry", self.now)
        check_parameters(request, ("cursor", "limit"))
        limit, after = limit_from(request), cursor_from(request)
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
        check_members(body, ("source", "key", "type", *LONGEST, "sensitive", "archived"))
        source = member(body, "source", str, "custom")
        if source == NATIVE or source not in sources.all():
            raise invalid("source", "source takes custom, or the name of an integration such as hubspot.")
        if body.get("key") is None:
            raise invalid("key", "key is missing. Send the key as your code sends it, such as plan.")
        try:
            made = define(
                caller.project, source=source, key=body["key"], type_name=check_type(body.get("type")), now=now,
                **details_from(body),
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
        check_members(body, (*LONGEST, "sensitive", "archived", "type", "confirm"))
        details = details_from(body)
        to = check_type(body["type"]) if body.get("type") is not None else None
        confirm = member(body, "confirm", bool, False)
        with transaction.atomic():
            if details:
                Attribute.objects.filter(pk=attribute.pk).update(**details)
                bump_version(caller.project.pk)
            if to:
                change_type(attribute, to, confirm, caller)
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
