"""What the OpenAPI document says of all calls: the shapes that enter and leave, parameters, errors."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from users.api.kinds import TEXT as A_TEXT
from users.api.kinds import VALUE
from users.api.members import Body, Query
from users.api.table import DETAILS, NOTHING, TAGS, TYPE

TEXT = A_TEXT.schema
VERDICTS = {
    "type": "object",
    "description": "A verdict for each attribute; native ones are keyed native.email and so on.",
    "additionalProperties": {
        "type": "string", "enum": ["accepted", "converted", "unchanged", "stale", "removed", "rejected"],
    },
}  # fmt: skip
REJECTED = {
    "type": "array",
    "items": {
        "type": "object", "required": ["attribute", "reason"],
        "properties": {"attribute": TEXT, "reason": TEXT},
    },
}  # fmt: skip
IDENTIFY_ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["jimer_id", "user_id", "created", "merged", "attributes", "rejected", "segments"],
    "properties": {
        "jimer_id": {"type": "string", "nullable": True},
        "user_id": {"type": "string", "nullable": True},
        "created": {"type": "boolean", "nullable": True},
        "merged": {"type": "boolean", "nullable": True},
        "attributes": VERDICTS,
        "rejected": REJECTED,
        "segments": {
            "type": "array",
            "items": {"type": "object", "properties": {"id": {"type": "integer"}, "name": TEXT}},
        },
    },
}
ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": TEXT,
                "message": TEXT,
                "details": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"path": TEXT, "message": TEXT}},
                },
            },
        }
    },
}
USER = {
    "type": "object",
    "properties": {
        **{name: {"type": "string", "nullable": True} for name in ("jimer_id", "user_id", "name", "email", "language")},
        **{name: {"type": "string", "format": "date-time", "nullable": True} for name in ("first_seen", "last_activity", "created")},
        "sessions": {"type": "integer"},
        "tags": {"type": "array", "items": TEXT},
        "attributes": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "source": TEXT,
                    "key": TEXT,
                    "type": TYPE.answer(),
                    "value": VALUE.schema,
                    "sensitive": {"type": "boolean", "description": "Its value reads •••• then."},
                    "updated_at": {"type": "string", "format": "date-time", "nullable": True},
                    "origin": {"type": "object", "properties": {"kind": TEXT, "label": TEXT}},
                },
            },
        },
    },
}  # fmt: skip
TAGS_ANSWER = {
    "type": "object", "required": ["tags"], "properties": {member.name: member.answer() for member in TAGS.members},
}  # fmt: skip
ATTRIBUTE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "source": TEXT, "key": TEXT, TYPE.name: TYPE.answer(),
        **{member.name: member.answer() for member in DETAILS},
        "converting": {"type": "boolean"},
    },
}  # fmt: skip

WRONG = {
    400: "The body is malformed: not JSON, not UTF-8, not an object.",
    401: "No key, or one that is unknown or revoked.",
    403: "The key lacks the scope, or the origin is not allowed.",
    404: "The address names something that this project does not have; details say what.",
    405: "This address takes other methods.",
    409: "What is there stands in the way: details say what.",
    413: "The body is larger than 32 KB (a batch: 500 KB).",
    415: "The body is compressed. Send plain JSON.",
    422: "The call is well-formed but refused; details name each path.",
    429: "Too many calls; see Retry-After.",
    502: "Another company's server, which this call asks, does not answer (vendor_away).",
    503: "Not in time: others write the same (busy; see Retry-After), or the answer takes too long (too_slow).",
}
EVERYWHERE = (401, 403, 405, 422, 429, 503)
OF_BODIES = (400, 413, 415)


def json_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": schema}


def errors(*codes: int) -> dict[Any, Any]:
    return {code: OpenApiResponse(ERROR, description=WRONG[code]) for code in codes}


def operation(
    name: str, tag: str, summary: str, description: str, *codes: int, answer: Any = None, example: Any = None,
    body: Body | None = None, query: Query = NOTHING, path: Sequence[OpenApiParameter] = (), sent: Any = None,
    status: int = 200, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """The arguments of `extend_schema` for a call: `example` is an answer with `status`, `sent` a body, `path` what
    is in the address before the query. `codes` are its errors beside those that every call has, and every one with a
    body."""
    examples = []
    if sent is not None:
        examples.append(OpenApiExample("A call", request_only=True, value=sent))
    if example is not None:
        examples.append(OpenApiExample("Its answer", response_only=True, status_codes=[str(status)], value=example))
    codes = (*codes, *EVERYWHERE, *(OF_BODIES if body else ()))
    return {
        "operation_id": name, "tags": [tag], "summary": summary, "description": description, "auth": SECRET,
        "request": json_of(body.schema()) if body else None, "parameters": [*path, *query.parameters()], "examples": examples,
        "responses": {status: OpenApiResponse(answer, description=summary), **errors(*sorted(codes))}, **more,
    }  # fmt: skip


def listing(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"results": {"type": "array", "items": item}, "next": {"type": "string", "nullable": True}},
    }


IDENT = OpenApiParameter(
    "ident", str, OpenApiParameter.PATH,
    description="A user id or a Jimer ID, percent-encoded; or ~ and its base64url, which also takes ids with slashes.",
)  # fmt: skip
SECRET: list[dict[str, Any]] = [{"secretKey": []}]
EITHER: list[dict[str, Any]] = [{"secretKey": []}, {}]

EXAMPLE_USER: dict[str, Any] = {
    "jimer_id": "hONpq7Zs1LmWcXv2", "user_id": "usr_1042", "name": "Sam Rivers", "email": "sam@example.com",
    "language": "en", "first_seen": "2026-01-12T09:30:00.000Z", "last_activity": "2026-03-05T14:30:00.000Z",
    "sessions": 12, "created": "2026-01-12T09:30:00.000Z", "tags": ["vip"],
    "attributes": [
        {"source": "native", "key": "email", "type": "string", "value": "sam@example.com", "sensitive": False,
         "updated_at": "2026-01-12T09:30:00.000Z", "origin": {"kind": "snippet", "label": "Snippet"}},
        {"source": "custom", "key": "plan", "type": "string", "value": "Pro", "sensitive": False,
         "updated_at": "2026-03-05T14:30:00.000Z", "origin": {"kind": "key", "label": "Billing"}},
    ],
}  # fmt: skip
EXAMPLE_NEXT = "https://jimo.example.com/api/v1/users?cursor=MTA0Mg%3D%3D"
