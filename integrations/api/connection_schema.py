"""What the OpenAPI document says of each call of connections."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from integrations.api import connection_table as table
from integrations.models import Connection, SyncProblem, SyncRun
from integrations.syncing.writing import COUNTS
from users.api.kinds import TIME as A_TIME
from users.api.shapes import TEXT, listing, operation
from users.api.table import PAGING, TYPE

TIME: dict[str, Any] = {**A_TIME.schema, "nullable": True}
NUMBER: dict[str, Any] = {"type": "integer"}
TRUTH: dict[str, Any] = {"type": "boolean"}
CHOICES: dict[str, Any] = {member.name: member.answer() for member in table.CHOICES}
PROGRESS: dict[str, Any] = {
    "type": "object",
    "properties": {"done": NUMBER, "total": {**NUMBER, "nullable": True}, "left": {**NUMBER, "nullable": True}, "per_second": {"type": "number", "nullable": True}},
}  # fmt: skip
RUN: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": NUMBER, "connection": NUMBER, "state": {"type": "string", "enum": list(SyncRun.State.values)}, "full": TRUTH,
        "trigger": {"type": "string", "enum": list(SyncRun.Trigger.values)},
        "step": {"type": "string", "enum": list(SyncRun.Step.values)},
        "counts": {"type": "object", "properties": dict.fromkeys((name.removesuffix("_users") for name in COUNTS), NUMBER)},
        "progress": PROGRESS, "waiting_until": TIME, "waiting_for": TEXT, "error": TEXT, "created": TIME, "started": TIME,
        "finished": TIME,
    },
}  # fmt: skip
CONNECTION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": NUMBER, "connector": TEXT, "name": TEXT, "account": TEXT,
        "state": {"type": "string", "enum": list(Connection.State.values)}, "paused": TRUTH, "error": TEXT,
        "error_since": TIME, **CHOICES, "last_synced": TIME, "next_run": TIME, "created": TIME,
    },
}  # fmt: skip
CONNECTOR: dict[str, Any] = {
    "type": "object",
    "properties": {
        "slug": TEXT, "name": TEXT, "description": TEXT, "direction": {"type": "string", "enum": ["in", "out", "both"]},
        "setup": TEXT, "credentials": {"type": "object", "description": "JSON Schema."},
        "objects": {"type": "array", "items": {"type": "object", "properties": {
            "slug": TEXT, "label": TEXT, "people": TRUTH, "preselected": TRUTH}}},
        "match": {"type": "object", "properties": {"property": TEXT, "on": TEXT}},
    },
}  # fmt: skip
PROPERTY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "property": TEXT, "label": TEXT, "type": TYPE.answer(), "object": TEXT, "description": TEXT, "group": TEXT,
        "options": {"type": "object", "additionalProperties": TEXT}, "preselected": TRUTH, "key": TEXT,
    },
}  # fmt: skip
SAMPLE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "object": TEXT, "record": TEXT, "label": TEXT, "url": TEXT, "user": {"type": "object", "nullable": True},
        "creates": TRUTH, "reason": TEXT,
        "values": {"type": "array", "items": {"type": "object", "properties": {
            "property": TEXT, "attribute": TEXT, "internal": {}, "value": {}, "before": {}, "verdict": TEXT, "reason": TEXT}}},
    },
}  # fmt: skip
PROBLEM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": list(SyncProblem.Kind.values)}, "object": TEXT, "record": TEXT, "label": TEXT,
        "property": TEXT, "value": TEXT, "reason": TEXT, "open": TRUTH,
    },
}  # fmt: skip
EXAMPLE_CHOICES: dict[str, Any] = {
    "match": {"property": "email", "on": "native.email"}, "create_users": False, "objects": ["contacts"],
    "properties": [{"property": "lifecyclestage", "key": "lifecyclestage", "type": "string"}], "schedule": "15m",
    "empty": "keep",
}  # fmt: skip
EXAMPLE: dict[str, Any] = {
    "id": 3, "connector": "hubspot", "name": "HubSpot", "account": "Fernhill (145823)", "state": "active", "paused": False,
    "error": "", "error_since": None, **EXAMPLE_CHOICES, "last_synced": "2026-03-05T14:30:00.000Z",
    "next_run": "2026-03-05T14:45:00.000Z", "created": "2026-03-01T09:00:00.000Z",
}  # fmt: skip
EXAMPLE_RUN: dict[str, Any] = {
    "id": 71, "connection": 3, "state": "running", "full": False, "trigger": "key", "step": "read",
    "counts": {"read": 300, "matched": 240, "created": 0, "changed": 12, "unchanged": 227, "unmatched": 60, "failed": 1, "removed": 0},
    "progress": {"done": 300, "total": 1000, "left": 700, "per_second": 210.5}, "waiting_until": None, "waiting_for": "", "error": "",
    "created": "2026-03-05T14:30:00.000Z", "started": "2026-03-05T14:30:01.000Z", "finished": None,
}  # fmt: skip
EXAMPLE_PROBLEM: dict[str, Any] = {
    "kind": "failed", "object": "contacts", "record": "151", "label": "sam@example.com", "property": "numberofemployees",
    "value": '"about a dozen"', "reason": '"about a dozen" is not a number. Send a number such as 42 or 3.5.', "open": True,
}  # fmt: skip
EXAMPLE_CONNECTOR: dict[str, Any] = {
    "slug": "hubspot", "name": "HubSpot", "description": "Contacts with their company and newest deal.", "direction": "in",
    "setup": "Make a private app in HubSpot and copy its access token.",
    "credentials": {"type": "object", "properties": {"token": {"type": "string"}}, "required": ["token"]},
    "objects": [{"slug": "contacts", "label": "Contacts", "people": True, "preselected": True}],
    "match": {"property": "email", "on": "native.email"},
}  # fmt: skip
EXAMPLE_PROPERTY: dict[str, Any] = {
    "property": "lifecyclestage", "label": "Lifecycle Stage", "type": "string", "object": "contacts", "description": "",
    "group": "Contact information", "options": {"lead": "Lead"}, "preselected": True, "key": "lifecyclestage",
}  # fmt: skip
EXAMPLE_SAMPLE: dict[str, Any] = {
    "object": "contacts", "record": "151", "label": "sam@example.com",
    "url": "https://app.hubspot.com/contacts/145823/record/0-1/151",
    "user": {"jimer_id": "hONpq7Zs1LmWcXv2", "user_id": "usr_1042"}, "creates": False, "reason": "",
    "values": [{"property": "lifecyclestage", "attribute": "hubspot.lifecyclestage", "internal": "lead", "value": "Lead",
                "before": None, "verdict": "accepted", "reason": ""}],
}  # fmt: skip
ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="The connection's id.")
RUN_ID = OpenApiParameter("run", int, OpenApiParameter.PATH, description="The run's id.")


def call(name: str, summary: str, description: str, *codes: int, **more: Any) -> dict[str, Any]:
    return operation(name, "Connections", summary, description, *codes, **more)


CONNECTORS = call(
    "list_connectors", "What can be connected, and what each takes", "Credentials are described as JSON Schema.",
    answer={"type": "object", "properties": {"results": {"type": "array", "items": CONNECTOR}}},
    example={"results": [EXAMPLE_CONNECTOR]},
)  # fmt: skip
LIST = call(
    "list_connections", "The project's connections", "Newest last.", 422, query=PAGING, answer=listing(CONNECTION),
    example={"results": [EXAMPLE], "next": None},
)  # fmt: skip
CREATE = call(
    "create_connection", "Connect a vendor",
    "Logs in at the vendor, and keeps the credentials only if it takes them. Without `properties` the connection is a draft: "
    "name them with PATCH. Nothing is read yet: start a run, or wait for the schedule.",
    409, answer=CONNECTION, status=201, body=table.NEW,
    sent={"connector": "hubspot", "credentials": {"token": "pat-eu1-0000"}, **EXAMPLE_CHOICES}, example=EXAMPLE,
)  # fmt: skip
READ = call(
    "read_connection",
    "One connection",
    "With what is chosen and how it is.",
    404,
    path=[ID],
    answer=CONNECTION,
    example=EXAMPLE,
)
CHANGE = call(
    "change_connection", "Change a connection",
    "What is left out stays. `properties` replaces all that were mapped; a new one makes the next run read everything. "
    "`paused` stops and resumes it, `credentials` reconnect it.",
    404, 409, path=[ID], answer=CONNECTION, body=table.CHANGE,
    sent={"schedule": "1h", "paused": False}, example=EXAMPLE | {"schedule": "1h"},
)  # fmt: skip
DELETE = call(
    "delete_connection", "Disconnect",
    "204 where its values stay; 202 where they are removed in the background first. Its attributes stay.", 404, 422,
    path=[ID], query=table.LEAVE, status=204,
)  # fmt: skip
DELETE["responses"][202] = OpenApiResponse(None, description="Its values are being removed.")
TEST = call(
    "test_connection", "Log in again", "Says whether the vendor still takes the credentials, and why not.", 404, path=[ID],
    answer={"type": "object", "properties": {"ok": TRUTH, "account": TEXT, "message": TEXT}},
    example={"ok": True, "account": "Fernhill (145823)", "message": ""},
)  # fmt: skip
PROPERTIES = call(
    "list_connection_properties", "What can be mapped", "As the vendor says it now.", 404, 422, 502, 503, path=[ID],
    query=table.PROPERTIES, answer={"type": "object", "properties": {"results": {"type": "array", "items": PROPERTY}}},
    example={"results": [EXAMPLE_PROPERTY]},
)  # fmt: skip
PREVIEW = call(
    "preview_connection", "Five real records, and what would be written of them",
    "With the connection's choices, or those that are sent, which are not kept. Needs the scope read for the values that are "
    "there now.",
    404, 502, 503, path=[ID], body=table.TRIAL,
    answer={"type": "object", "properties": {"results": {"type": "array", "items": SAMPLE}}},
    sent={"create_users": True}, example={"results": [EXAMPLE_SAMPLE]},
)  # fmt: skip
START = call(
    "start_run", "Read the connection now",
    "Works in the background: ask for the run by its id. 409 while another run of the connection is on.", 404,
    409, path=[ID], answer=RUN, status=202, body=table.RUN, sent={"full": True}, example=EXAMPLE_RUN,
)  # fmt: skip
RUNS = call(
    "list_runs", "Runs of a connection", "Newest first, of the last 30 days.", 404, 422, path=[ID], query=PAGING,
    answer=listing(RUN), example={"results": [EXAMPLE_RUN], "next": None},
)  # fmt: skip
READ_RUN = call(
    "read_run", "One run: its state, progress and numbers",
    "`read` is `changed` + `unchanged` + `unmatched` + `failed` + those that are gone; `matched` found or made a user.", 404,
    path=[ID, RUN_ID], answer=RUN, example=EXAMPLE_RUN,
)  # fmt: skip
RUN_PROBLEMS = call(
    "run_problems", "Records that were not written, and why",
    "`open` until the record is read again. Needs the scope read for values and labels.", 404, 422, path=[ID, RUN_ID],
    query=table.PROBLEMS, answer=listing(PROBLEM), example={"results": [EXAMPLE_PROBLEM], "next": None},
)  # fmt: skip
CANCEL_RUN = call(
    "cancel_run", "Stop a run", "What it wrote stays; the next run begins where this one did.", 404, 409,
    path=[ID, RUN_ID], answer=RUN, example=EXAMPLE_RUN | {"state": "cancelled"},
)  # fmt: skip
