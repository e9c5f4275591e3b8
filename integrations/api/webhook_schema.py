"""What the OpenAPI document says of each call of webhooks."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from integrations.api import webhook_table as table
from integrations.models import Delivery, Webhook
from integrations.webhooks.kinds import KINDS, TEST
from users.api.kinds import TIME as A_TIME
from users.api.shapes import TEXT, listing, operation
from users.api.table import PAGING

TIME: dict[str, Any] = {**A_TIME.schema, "nullable": True}
NUMBER: dict[str, Any] = {"type": "integer"}
MAYBE: dict[str, Any] = {**NUMBER, "nullable": True}
TRUTH: dict[str, Any] = {"type": "boolean"}
LISTED: dict[str, Any] = {"type": "array", "items": TEXT}
WEBHOOK: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": NUMBER, "name": TEXT, "url": TEXT, "events": {"type": "array", "items": {"type": "string", "enum": list(KINDS)}},
        "attributes": LISTED, "tags": LISTED, "segments": {"type": "array", "items": NUMBER}, "paused": TRUTH,
        "paused_why": {"type": "string", "enum": ["", *Webhook.Why.values]}, "paused_at": TIME, "last_at": TIME,
        "last_status": MAYBE, "last_error": TEXT, "former_secret_until": TIME,
        "dropped": {**NUMBER, "description": "Events that were not kept, as too many waited."}, "created": TIME,
        "secret": {"type": "string", "description": "Only in the answer that makes it: nobody can read it again."},
    },
}  # fmt: skip
DELIVERY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": NUMBER, "message_id": TEXT, "type": {"type": "string", "enum": [*KINDS, TEST]},
        "user": {**NUMBER, "description": "The id of the user in bodies; 0 of a test."},
        "state": {"type": "string", "enum": list(Delivery.State.values)}, "tries": NUMBER, "status": MAYBE, "error": TEXT,
        "milliseconds": MAYBE, "created": TIME, "next_try": TIME, "ended": TIME,
        "body": {"type": "object", "nullable": True, "description": "Needs the scope read; null of an erased user."},
        "attempts": {
            "type": "array", "description": "Oldest first. Answers need the scope read.",
            "items": {"type": "object", "properties": {
                "at": TIME, "status": MAYBE, "ms": NUMBER, "error": TEXT, "signature": TEXT, "answer": TEXT, "cut": TRUTH}},
        },
    },
}  # fmt: skip
EXAMPLE: dict[str, Any] = {
    "id": 4, "name": "Billing", "url": "https://example.com/hooks", "events": ["user.updated", "segment.entered"],
    "attributes": ["custom.plan"], "tags": [], "segments": [12], "paused": False, "paused_why": "", "paused_at": None,
    "last_at": "2026-03-05T14:30:00.000Z", "last_status": 200, "last_error": "", "former_secret_until": None, "dropped": 0,
    "created": "2026-03-01T09:00:00.000Z",
}  # fmt: skip
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105  an example
EXAMPLE_DELIVERY: dict[str, Any] = {
    "id": 812, "message_id": "msg_69a99d98_311", "type": "user.updated", "user": 1042, "state": "sent", "tries": 1,
    "status": 200, "error": "", "milliseconds": 41, "created": "2026-03-05T14:30:00.000Z", "next_try": None,
    "ended": "2026-03-05T14:30:00.600Z",
    "body": {
        "type": "user.updated", "timestamp": "2026-03-05T14:30:00.000Z",
        "data": {
            "project_id": "6f9a1c9e-8f0c-4a54-9d5b-0c1f6f1a2b3c",
            "user": {"id": 1042, "jimer_id": "hONpq7Zs1LmWcXv2", "user_id": "usr_1042", "name": "Maya", "email": "maya@example.com"},
            "changes": {"custom.plan": {"before": "Free", "after": "Pro"}}, "origin": {"kind": "key", "label": "Billing"},
        },
    },
    "attempts": [{"at": "2026-03-05T14:30:00.550Z", "status": 200, "ms": 41, "error": "", "signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=", "answer": "ok", "cut": False}],
}  # fmt: skip
ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="The webhook's id.")
DELIVERY_ID = OpenApiParameter("delivery", int, OpenApiParameter.PATH, description="The delivery's id.")


def call(name: str, summary: str, description: str, *codes: int, **more: Any) -> dict[str, Any]:
    return operation(name, "Webhooks", summary, description, *codes, **more)


LIST = call(
    "list_webhooks", "The project's webhooks", "Newest last. Secrets are in no list.", 422, query=PAGING,
    answer=listing(WEBHOOK), example={"results": [EXAMPLE], "next": None},
)  # fmt: skip
CREATE = call(
    "create_webhook", "Be told what happens to users",
    "The answer has the secret, this once. Requests are signed by the Standard Webhooks specification; see /help/webhooks/.",
    answer=WEBHOOK, status=201, body=table.NEW,
    sent={name: EXAMPLE[name] for name in ("url", "events", "name", "attributes", "segments")},
    example=EXAMPLE | {"last_at": None, "last_status": None, "secret": SECRET},
)  # fmt: skip
READ = call("read_webhook", "One webhook", "With its last answer.", 404, path=[ID], answer=WEBHOOK, example=EXAMPLE)
CHANGE = call(
    "change_webhook", "Change, pause or resume a webhook, or rotate its secret", "What is left out stays.", 404,
    path=[ID], answer=WEBHOOK, body=table.CHANGE, sent={"paused": True},
    example=EXAMPLE | {"paused": True, "paused_why": "member", "paused_at": "2026-03-05T14:31:00.000Z"},
)  # fmt: skip
DELETE = call(
    "delete_webhook", "Delete a webhook and its deliveries", "What waits is not sent.", 404, path=[ID], status=204
)
DELIVERIES = call(
    "list_deliveries", "What was sent, and what came back", "Newest first; kept for 30 days.", 404, 422, path=[ID],
    query=table.DELIVERIES, answer=listing(DELIVERY), example={"results": [EXAMPLE_DELIVERY], "next": None},
)  # fmt: skip
RESEND = call(
    "resend_delivery", "Send an event again",
    "With the same id and body; later events of the user that waited for it follow. Not while the webhook is paused.",
    404, 409, path=[ID, DELIVERY_ID], answer=DELIVERY, status=202,
    example=EXAMPLE_DELIVERY | {"state": "waiting", "tries": 0, "next_try": "2026-03-05T14:40:00.000Z", "ended": None},
)  # fmt: skip
