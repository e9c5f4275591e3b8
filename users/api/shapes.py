"""What the OpenAPI document says of all calls: the shapes that enter and leave, parameters, errors."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from users.types.table import TYPES

TEXT = {"type": "string"}
TYPE = {"type": "string", "enum": list(TYPES)}
ID = {"oneOf": [{"type": "string", "maxLength": 255}, {"type": "number"}], "nullable": True}
VALUE: dict[str, Any] = {
    "description": "A text of at most 700 characters, a number, true or false, or a list of these. null removes.",
    "nullable": True,
}
ATTRIBUTES = {
    "type": "object",
    "description": (
        "Keys and values; at most 250. With a secret key also operations: $set, $set_once, $unset, $add, $append, "
        "$union, $remove."
    ),
    "additionalProperties": VALUE,
    "example": {"plan": "Pro", "signup_date": "2024-06-15", "feature_usage": ["boards", "reports"]},
}
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
IDENTIFY_BODY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "project_id": {"type": "string", "format": "uuid", "description": "Required without a secret key."},
        "jimer_id": ID,
        "user_id": ID,
        "name": VALUE,
        "email": VALUE,
        "language": VALUE,
        "attributes": ATTRIBUTES,
        "remove_unspecified": {"type": "boolean", "nullable": True, "default": False},
        "timestamp": {"type": "string", "description": "ISO 8601; without offset it is UTC. Default: now."},
        "sent_at": {
            "type": "string",
            "description": "What your clock says as you send the call. With it the time "
            "between timestamp and sent_at counts, so that a clock that is wrong makes no value late.",
        },
        "message_id": {"type": "string", "maxLength": 200, "description": "Makes the call idempotent for 24 hours."},
        "signature": TEXT,
        "strict": {
            "type": "boolean",
            "nullable": True,
            "default": False,
            "description": "Store nothing if anything is rejected.",
        },
    },
}
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
                    "type": TYPE,
                    "value": VALUE,
                    "sensitive": {"type": "boolean", "description": "Its value reads •••• then."},
                    "updated_at": {"type": "string", "format": "date-time", "nullable": True},
                    "origin": {"type": "object", "properties": {"kind": TEXT, "label": TEXT}},
                },
            },
        },
    },
}  # fmt: skip
TAGS = {
    "type": "object",
    "required": ["tags"],
    "properties": {"tags": {"type": "array", "items": TEXT, "example": ["vip"]}},
}
ATTRIBUTE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "source": TEXT, "key": TEXT, "type": TYPE,
        "name": TEXT, "description": TEXT, "sensitive": {"type": "boolean"}, "archived": {"type": "boolean"},
        "converting": {"type": "boolean", "readOnly": True},
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
    body: dict[str, Any] | None = None, sent: Any = None, status: int = 200, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """The arguments of `extend_schema` for a call: `example` is an answer with `status`, `sent` a body. `codes` are
    its errors beside those that every call has, and every one with a body."""
    examples = []
    if sent is not None:
        examples.append(OpenApiExample("A call", request_only=True, value=sent))
    if example is not None:
        examples.append(OpenApiExample("Its answer", response_only=True, status_codes=[str(status)], value=example))
    codes = (*codes, *EVERYWHERE, *(OF_BODIES if body else ()))
    return {
        "operation_id": name, "tags": [tag], "summary": summary, "description": description, "auth": SECRET,
        "request": json_of(body) if body else None, "examples": examples,
        "responses": {status: OpenApiResponse(answer, description=summary), **errors(*sorted(codes))}, **more,
    }  # fmt: skip


def listing(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"results": {"type": "array", "items": item}, "next": {"type": "string", "nullable": True}},
    }


PAGING = [
    OpenApiParameter("cursor", str, description="From the `next` of the page before."),
    OpenApiParameter("limit", int, description="1 to 100, 50 by default."),
]
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
