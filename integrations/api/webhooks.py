"""Webhooks over HTTP: make, change, pause, delete; what was sent, and send it again."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from integrations.api import webhook_schema as schema
from integrations.api import webhook_table as table
from integrations.models import Delivery, Webhook
from integrations.webhooks import making, signing
from integrations.webhooks.making import BadWebhook, NotNow, Wanted
from users.api.bodies import read_object
from users.api.callers import Caller, may, secret_caller
from users.api.errors import ApiError
from users.api.json_response import json_response
from users.api.paging import next_url
from users.api.table import NOTHING, PAGING
from users.api.views import ApiView
from users.database.value_json import read_json
from users.ground.parameters import LARGEST
from users.models import Attribute, Project, Tag
from users.types.timestamps import iso

SCOPE = "integrations"
CHOSEN = ("url", "events", "name", "attributes", "tags", "segments")


def webhooks_json(rows: Iterable[Webhook]) -> list[dict[str, Any]]:
    """All of them in three queries."""
    rows = list(rows)
    fields = {
        item.pk: item.field for item in Attribute.objects.filter(pk__in={pk for row in rows for pk in row.attributes})
    }
    tags = dict(Tag.objects.filter(pk__in={pk for row in rows for pk in row.tags}).values_list("pk", "name"))
    return [
        {
            "id": row.pk, "name": row.label, "url": row.url, "events": row.events,
            "attributes": [fields[pk] for pk in row.attributes if pk in fields],
            "tags": [tags[pk] for pk in row.tags if pk in tags], "segments": row.segments,
            "paused": row.state == Webhook.State.PAUSED, "paused_why": row.paused_why, "paused_at": iso(row.paused_at),
            "last_at": iso(row.last_at), "last_status": row.last_status, "last_error": row.last_error,
            "former_secret_until": iso(row.former_until), "dropped": row.dropped, "created": iso(row.created),
        }
        for row in rows
    ]  # fmt: skip


def delivery_json(row: Delivery, caller: Caller) -> dict[str, Any]:
    """Values of users need the scope read, here as everywhere."""
    values, waiting = may(caller, "read"), row.state == Delivery.State.WAITING
    return {
        "id": row.pk, "message_id": row.event.message_id, "type": row.event.kind, "user": row.user_id, "state": row.state,
        "tries": row.tries, "status": row.status, "error": row.error, "milliseconds": row.ms, "created": iso(row.created),
        "next_try": iso(row.next_at) if waiting else None, "ended": iso(row.ended),
        "body": read_json(row.event.body) if values and row.event.body else None,
        "attempts": [{**attempt, "answer": attempt["answer"] if values else ""} for attempt in row.attempts],
    }  # fmt: skip


def webhook_at(project: Project, pk: int) -> Webhook:
    found = Webhook.objects.filter(project=project, pk=pk).first() if pk <= LARGEST else None
    if found is None:
        raise unknown("webhook", "id", pk)
    found.project = project
    return found


def unknown(what: str, path: str, pk: int) -> ApiError:
    message = f"There is no {what} with the id {pk} in this project."
    return ApiError(404, f"unknown_{what}", message, [{"path": path, "message": message}])


def refused(bad: BadWebhook) -> ApiError:
    return ApiError(422, "invalid", bad.errors[0]["message"], bad.errors)


class WebhooksView(ApiView):
    @extend_schema(**schema.LIST)
    def get(self, request: HttpRequest) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        PAGING.check_names(request.GET)
        asked = PAGING.read(request.GET)
        rows = Webhook.objects.filter(project=caller.project, pk__gt=asked["cursor"] or 0).order_by("pk")
        page = list(rows[: asked["limit"] + 1])
        last = page[asked["limit"] - 1].pk if len(page) > asked["limit"] else None
        return json_response({"results": webhooks_json(page[: asked["limit"]]), "next": next_url(request, last)})

    @extend_schema(**schema.CREATE)
    def post(self, request: HttpRequest) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        body = read_object(request)
        table.NEW.check_names(body)
        sent = table.NEW.read(body)
        wanted = Wanted(**{name: sent[name] for name in CHOSEN if sent[name] is not None})
        try:
            made, secret = making.create(caller.project, wanted, None)
        except BadWebhook as bad:
            raise refused(bad) from None
        return json_response({**webhooks_json([made])[0], "secret": secret}, 201)


class WebhookView(ApiView):
    @extend_schema(**schema.READ)
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        NOTHING.check_names(request.GET)
        return json_response(webhooks_json([webhook_at(caller.project, pk)])[0])

    @extend_schema(**schema.CHANGE)
    def patch(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        body = read_object(request)
        table.CHANGE.check_names(body)
        sent = table.CHANGE.read(body)
        webhook = webhook_at(caller.project, pk)
        before = webhooks_json([webhook])[0] | {"name": webhook.name}
        chosen = {name: before[name] if sent[name] is None else sent[name] for name in CHOSEN}
        try:
            if any(sent[name] is not None for name in CHOSEN):
                making.change(webhook, Wanted(**chosen))
        except BadWebhook as bad:
            raise refused(bad) from None
        if sent["paused"] is True:
            making.pause(webhook, self.now)
        elif sent["paused"] is False and webhook.state == Webhook.State.PAUSED:
            making.resume(webhook, self.now)
        secret = {"secret": signing.rotate(webhook, self.now)} if sent["rotate_secret"] else {}
        return json_response(webhooks_json([webhook])[0] | secret)

    @extend_schema(**schema.DELETE)
    def delete(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        NOTHING.check_names(request.GET)
        making.delete(webhook_at(caller.project, pk))
        return HttpResponse(status=204)


class DeliveriesView(ApiView):
    @extend_schema(**schema.DELIVERIES)
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        table.DELIVERIES.check_names(request.GET)
        asked = table.DELIVERIES.read(request.GET)
        rows = Delivery.objects.filter(webhook=webhook_at(caller.project, pk), pk__lt=asked["cursor"] or LARGEST)
        if asked["state"]:
            rows = rows.filter(state=asked["state"])
        page = list(rows.select_related("event").order_by("-pk")[: asked["limit"] + 1])
        last = page[asked["limit"] - 1].pk if len(page) > asked["limit"] else None
        shown = [delivery_json(row, caller) for row in page[: asked["limit"]]]
        return json_response({"results": shown, "next": next_url(request, last)})


class ResendView(ApiView):
    @extend_schema(**schema.RESEND)
    def post(self, request: HttpRequest, pk: int, delivery: int) -> HttpResponse:
        caller = secret_caller(request, SCOPE, self.now)
        webhook = webhook_at(caller.project, pk)
        mine = Delivery.objects.select_related("event").filter(webhook=webhook)
        row = mine.filter(pk=delivery).first() if delivery <= LARGEST else None
        if row is None:
            raise unknown("delivery", "delivery", delivery)
        try:
            making.resend(webhook, row, self.now)
        except NotNow as reason:
            raise ApiError(409, "not_now", str(reason), [{"path": "state", "message": str(reason)}]) from None
        return json_response(delivery_json(row, caller), 202)
