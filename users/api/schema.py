"""What the OpenAPI document says of each call: shapes, examples, errors."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

TEXT = {"type": "string"}
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
IDENTIFY_BODY = {
    "type": "object",
    "properties": {
        "project_id": {"type": "string", "format": "uuid", "description": "Required without a secret key."},
        "jimer_id": ID,
        "user_id": ID,
        "name": VALUE,
        "email": VALUE,
        "language": VALUE,
        "attributes": ATTRIBUTES,
        "remove_unspecified": {"type": "boolean", "default": False},
        "timestamp": {"type": "string", "description": "ISO 8601; without offset it is UTC. Default: now."},
        "message_id": {"type": "string", "maxLength": 200, "description": "Makes the call idempotent for 24 hours."},
        "signature": TEXT,
        "strict": {"type": "boolean", "default": False, "description": "Store nothing if anything is rejected."},
    },
}
IDENTIFY_ANSWER = {
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
ERROR = {
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
                    "type": {"type": "string", "enum": ["string", "number", "boolean", "date", "list"]},
                    "value": VALUE,
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
ATTRIBUTE = {
    "type": "object",
    "properties": {
        "source": TEXT, "key": TEXT, "type": {"type": "string", "enum": ["string", "number", "boolean", "date", "list"]},
        "name": TEXT, "description": TEXT, "sensitive": {"type": "boolean"}, "archived": {"type": "boolean"},
        "converting": {"type": "boolean", "readOnly": True},
    },
}  # fmt: skip

WRONG = {
    400: "The body is malformed: not JSON, not UTF-8, not an object.",
    401: "No key, or one that is unknown or revoked.",
    403: "The key lacks the scope, or the origin is not allowed.",
    404: "Nothing at this address.",
    409: "The change would lose values, or the attribute exists.",
    413: "The body is larger than 32 KB (a batch: 500 KB).",
    422: "The body is well-formed but refused; details name each path.",
    429: "Too many calls; see Retry-After.",
}


def json_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": schema}


def errors(*codes: int) -> dict[Any, Any]:
    return {code: OpenApiResponse(ERROR, description=WRONG[code]) for code in codes}


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

IDENTIFY: dict[str, Any] = {
    "operation_id": "identify",
    "tags": ["Ingest"],
    "summary": "Tell who a user is and what is known about them",
    "auth": EITHER,
    "request": json_of(IDENTIFY_BODY),
    "responses": {200: OpenApiResponse(IDENTIFY_ANSWER), **errors(400, 401, 403, 413, 422, 429)},
    "examples": [
        OpenApiExample(
            "Identify on login", request_only=True, value={
                "project_id": "4ab7c7e6-2a4c-4f6e-9d0c-1a2b3c4d5e6f", "jimer_id": "hONpq7Zs1LmWcXv2",
                "user_id": "usr_1042", "email": "sam@example.com", "attributes": {"plan": "Pro", "seats": 4},
            },
        ),
        OpenApiExample(
            "With a secret key", response_only=True, status_codes=["200"], value={
                "jimer_id": "hONpq7Zs1LmWcXv2", "user_id": "usr_1042", "created": False, "merged": True,
                "attributes": {"native.email": "accepted", "plan": "accepted", "seats": "rejected"},
                "rejected": [{"attribute": "seats", "reason": "\"four\" is not a number. Send a number such as 42 or 3.5."}],
                "segments": [],
            },
        ),
    ],
}  # fmt: skip
BATCH: dict[str, Any] = {
    "operation_id": "batch",
    "tags": ["Ingest"],
    "summary": "Up to 2,500 identify calls at once",
    "description": "Items apply in order, each with its own answer; one bad item never fails the others.",
    "auth": SECRET,
    "request": json_of({
        "type": "object", "required": ["batch"],
        "properties": {"batch": {"type": "array", "items": {"type": "object", "properties": {
            "type": {"type": "string", "enum": ["identify"], "default": "identify"}, **IDENTIFY_BODY["properties"],  # type: ignore[dict-item]
        }}}},
    }),
    "responses": {
        200: OpenApiResponse({"type": "object", "properties": {"results": {"type": "array", "items": {
            "type": "object", "properties": {"status": {"type": "integer"}, **IDENTIFY_ANSWER["properties"],  # type: ignore[dict-item]
                                             "error": ERROR["properties"]["error"]},  # type: ignore[index]
        }}}}),
        **errors(400, 401, 403, 413, 422, 429),
    },
    "examples": [OpenApiExample("Two users", request_only=True, value={
        "batch": [{"type": "identify", "user_id": "usr_1", "attributes": {"plan": "Pro"}},
                  {"type": "identify", "user_id": "usr_2", "attributes": {"$add": {"logins": 1}}}],
    })],
}  # fmt: skip
USER_LIST: dict[str, Any] = {
    "operation_id": "list_users", "tags": ["Users"], "summary": "List or search users", "auth": SECRET,
    "parameters": [
        OpenApiParameter("search", str, description="The start of any word of name, email or ids."),
        OpenApiParameter("rule", str, description="A rule of segments, as JSON: only users that match."),
        OpenApiParameter("segment", int, description="Only members of this segment."), *PAGING,
    ],
    "responses": {200: OpenApiResponse(listing(USER)), **errors(401, 403, 422, 429)},
}  # fmt: skip
USER_GET: dict[str, Any] = {
    "operation_id": "get_user", "tags": ["Users"], "summary": "One user with every attribute and its source",
    "auth": SECRET, "parameters": [IDENT],
    "responses": {200: OpenApiResponse(USER), **errors(401, 403, 404, 422, 429)},
}  # fmt: skip
USER_PATCH: dict[str, Any] = {
    "operation_id": "change_user", "tags": ["Users"], "summary": "Change values of an existing user", "auth": SECRET,
    "parameters": [IDENT],
    "request": json_of({"type": "object", "properties": {
        "source": {"type": "string", "default": "custom"}, "attributes": ATTRIBUTES, "timestamp": TEXT,
    }}),
    "responses": {200: OpenApiResponse(IDENTIFY_ANSWER), **errors(400, 401, 403, 404, 413, 422, 429)},
}  # fmt: skip
USER_DELETE: dict[str, Any] = {
    "operation_id": "erase_user", "tags": ["Users"], "summary": "Erase the person and their history", "auth": SECRET,
    "parameters": [IDENT, OpenApiParameter("block", bool, description="Also refuse the ids from then on.")],
    "responses": {204: OpenApiResponse(description="Erased."), **errors(401, 403, 404, 422, 429)},
}  # fmt: skip


def tags_call(name: str, summary: str, *, body: bool = True) -> dict[str, Any]:
    return {
        "operation_id": name, "tags": ["Tags"], "summary": summary, "auth": SECRET, "parameters": [IDENT],
        "request": json_of(TAGS) if body else None,
        "responses": {200: OpenApiResponse(TAGS), **errors(400, 401, 403, 404, 422, 429)},
    }  # fmt: skip


TAGS_GET = tags_call("get_tags", "A user's tags", body=False)
TAGS_PUT = tags_call("replace_tags", "Replace a user's tags")
TAGS_POST = tags_call("add_tags", "Add tags to a user")
TAGS_DELETE = tags_call("remove_tags", "Remove tags from a user")
ATTRIBUTE_LIST: dict[str, Any] = {
    "operation_id": "list_attributes", "tags": ["Attributes"], "summary": "The registry", "auth": SECRET,
    "parameters": PAGING, "responses": {200: OpenApiResponse(listing(ATTRIBUTE)), **errors(401, 403, 422, 429)},
}  # fmt: skip
ATTRIBUTE_POST: dict[str, Any] = {
    "operation_id": "define_attribute", "tags": ["Attributes"], "summary": "Define an attribute", "auth": SECRET,
    "request": json_of(ATTRIBUTE | {"required": ["key", "type"]}),
    "responses": {201: OpenApiResponse(ATTRIBUTE), **errors(400, 401, 403, 409, 422, 429)},
}  # fmt: skip
ATTRIBUTE_PATCH: dict[str, Any] = {
    "operation_id": "change_attribute", "tags": ["Attributes"], "auth": SECRET,
    "summary": "Rename, describe, archive or retype an attribute",
    "parameters": [OpenApiParameter("field", str, OpenApiParameter.PATH, description="SOURCE.KEY, such as custom.plan")],
    "request": json_of({"type": "object", "properties": {
        **{name: ATTRIBUTE["properties"][name] for name in ("name", "description", "sensitive", "archived", "type")},  # type: ignore[index]
        "confirm": {"type": "boolean", "default": False},
    }}),
    "responses": {200: OpenApiResponse(ATTRIBUTE), **errors(400, 401, 403, 404, 409, 422, 429)},
}  # fmt: skip

SETTINGS: dict[str, Any] = {
    "TITLE": "Users and attributes API",
    "DESCRIPTION": (
        "Public calls name a project and may come from any browser; secret calls carry `Authorization: Bearer <key>`. "
        'Every error has one shape: `{"error": {"code", "message", "details"}}`.'
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "secretKey": {"type": "http", "scheme": "bearer", "description": "From Settings > API keys."}
        }
    },
}
