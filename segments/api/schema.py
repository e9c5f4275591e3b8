"""What the OpenAPI document says of rules and segments; operators and their values come from the operator table."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from segments.operators import TYPES, Operator
from users.api.schema import EITHER, IDENT, PAGING, SECRET, TEXT, USER, errors, json_of, listing

FIELD: dict[str, Any] = {
    "type": "string",
    "description": "native.KEY, custom.KEY, CONNECTOR.KEY, segment, event.NAME or group.KEY",
    "example": "custom.plan",
}


def condition_schema(operator: Operator) -> dict[str, Any]:
    """A condition with this operator."""
    absent = (
        " Also matches users without a value, unless require_value." if operator.negative and operator.requires else ""
    )
    made: dict[str, Any] = {
        "type": "object", "title": f"{operator.type}: {operator.name}", "required": ["field", "operator"],
        "description": f"For {operator.type} fields: {operator.words}.{absent}",
        "properties": {"field": FIELD, "operator": {"type": "string", "enum": [operator.name]}},
    }  # fmt: skip
    if operator.operand.schema:
        made["properties"]["value"] = {**operator.operand.schema, "example": operator.operand.example}
        made["required"] += ["value"] if operator.operand.name != "event" else []
    if operator.cased:
        made["properties"]["case_sensitive"] = {"type": "boolean", "default": False}
    if operator.negative and operator.requires:
        made["properties"]["require_value"] = {"type": "boolean", "default": False}
    return made


CONDITION: dict[str, Any] = {"oneOf": [condition_schema(operator) for listed in TYPES.values() for operator in listed]}
EXAMPLE_RULE: dict[str, Any] = {
    "combinator": "and",
    "rules": [
        {"field": "custom.plan", "operator": "is_any_of", "value": ["Pro", "Enterprise"]},
        {"field": "native.created", "operator": "in_last", "value": {"n": 90, "unit": "day"}},
        {"field": "native.tags", "operator": "not_includes", "value": "internal"},
    ],
}
RULE: dict[str, Any] = {
    "type": "object", "required": ["combinator", "rules"],
    "description": "A group. Its rules are conditions, or groups of the same shape; groups nest 10 deep.",
    "properties": {
        "combinator": {"type": "string", "enum": ["and", "or"]}, "not": {"type": "boolean", "default": False},
        "rules": {"type": "array", "minItems": 1, "items": {"anyOf": [CONDITION, {"type": "object", "title": "group"}]}},
    },
    "example": EXAMPLE_RULE,
}  # fmt: skip
ANY_RULE: dict[str, Any] = {
    "type": "object",
    "description": "A rule, as POST /api/v1/segments takes it.",
    "example": EXAMPLE_RULE,
}
FIELDS: dict[str, Any] = {
    "name": {"type": "string", "maxLength": 80}, "description": TEXT, "icon": {"type": "string", "example": "star"},
    "visible_to_browsers": {"type": "boolean", "default": False}, "archived": {"type": "boolean", "default": False},
}  # fmt: skip
TIME: dict[str, Any] = {"type": "string", "format": "date-time"}
SEGMENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"}, **FIELDS, "static": {"type": "boolean"}, "rule": {**ANY_RULE, "nullable": True},
        "state": {"type": "string", "enum": ["ready", "computing", "broken"]}, "state_reason": TEXT,
        "count": {"type": "integer"}, "counted_at": TIME, "version": {"type": "integer"}, "created": TIME, "updated": TIME,
    },
}  # fmt: skip
SEGMENT_ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="The segment's id.")
NAMED: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "name": TEXT, "entered_at": {**TIME, "nullable": True}},
}
EXPLANATION: dict[str, Any] = {
    "type": "object",
    "description": "The rule with a verdict on every group and condition, and the user's value and its source.",
    "properties": {"match": {"type": "boolean"}},
}
PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "native": {"type": "object"}, "custom": {"type": "object"}, "segments": {"type": "array", "items": {"type": "integer"}},
        "groups": {"type": "array", "items": {"type": "object"}}, "events": {"type": "array", "items": {"type": "object"}},
    },
    "example": {"native": {"email": "sam@example.com", "tags": ["vip"]}, "custom": {"plan": "Pro"}},
}  # fmt: skip


def call(name: str, summary: str, *codes: int, **more: Any) -> dict[str, Any]:
    made = {"operation_id": name, "tags": ["Segments"], "summary": summary, "auth": SECRET, **more}
    made["responses"] = {**more["responses"], **errors(401, 403, 422, 429, *codes)}
    return made


def ok(schema: dict[str, Any]) -> dict[Any, Any]:
    return {200: OpenApiResponse(schema)}


LIST = call("list_segments", "All segments", parameters=PAGING, responses=ok(listing(SEGMENT)))
CREATE = call(
    "create_segment", "A segment by rule, or a static one", 400, 413,
    request=json_of({"type": "object", "required": ["name"], "properties": {**FIELDS, "rule": RULE, "static": {"type": "boolean"}}}),
    responses={201: OpenApiResponse(SEGMENT)},
    examples=[OpenApiExample("Pro in trial", request_only=True, value={"name": "Pro accounts", "rule": EXAMPLE_RULE})],
)  # fmt: skip
READ = call("get_segment", "One segment", 404, parameters=[SEGMENT_ID], responses=ok(SEGMENT))
CHANGE = call(
    "change_segment", "Change a segment; a new rule is a new version", 400, 404, 409, 413, parameters=[SEGMENT_ID],
    request=json_of({"type": "object", "properties": {**FIELDS, "rule": ANY_RULE, "version": {"type": "integer", "description": "Refuse with 409 if it is not at this version."}}}),
    responses=ok(SEGMENT),
)  # fmt: skip
DELETE = call(
    "delete_segment", "Delete a segment that no other is built on", 404, 409, parameters=[SEGMENT_ID],
    responses={204: OpenApiResponse(description="Deleted.")},
)  # fmt: skip
PREVIEW = call(
    "preview_rule", "How many users a rule matches, with a sample", 400, 413,
    request=json_of({"type": "object", "required": ["rule"], "properties": {"rule": ANY_RULE, "now": TIME}}),
    responses={**ok({"type": "object", "properties": {"count": {"type": "integer"}, "sample": {"type": "array", "items": USER}}}), 503: OpenApiResponse(description="The count took too long.")},
)  # fmt: skip
EVALUATE = call(
    "evaluate_rule", "Whether a user given in the call matches a rule, and why", 400, 413,
    request=json_of({"type": "object", "required": ["rule", "user"], "properties": {"rule": ANY_RULE, "user": PERSON, "now": TIME}}),
    responses=ok({"type": "object", "properties": {"match": {"type": "boolean"}, "explanation": EXPLANATION}}),
)  # fmt: skip
MEMBERS = call(
    "list_members", "The users of a segment", 404, parameters=[SEGMENT_ID, *PAGING], responses=ok(listing(USER))
)
MEMBER_CHANGE: dict[str, Any] = {
    "type": "object", "required": ["users"],
    "properties": {"users": {"type": "array", "maxItems": 1000, "items": TEXT, "description": "User IDs, Jimer IDs or emails."}},
}  # fmt: skip
CHANGED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "changed": {"type": "integer"},
        "missing": {"type": "array", "items": {"type": "object", "properties": {"line": {"type": "integer"}, "text": TEXT, "reason": TEXT}}},
    },
}  # fmt: skip
ADD_MEMBERS = call(
    "add_members",
    "Put users on a static segment",
    400,
    404,
    parameters=[SEGMENT_ID],
    request=json_of(MEMBER_CHANGE),
    responses=ok(CHANGED),
)
REMOVE_MEMBERS = call(
    "remove_members",
    "Take users off a static segment",
    400,
    404,
    parameters=[SEGMENT_ID],
    request=json_of(MEMBER_CHANGE),
    responses=ok(CHANGED),
)
EXPORT = call(
    "export_segment", "Its users as CSV or JSON lines, streamed", 404,
    parameters=[
        SEGMENT_ID, OpenApiParameter("format", str, enum=["csv", "jsonl"], description="csv by default"),
        OpenApiParameter("columns", str, description="FIELDs, comma-separated, such as native.email,custom.plan"),
    ],
    responses={(200, "text/csv"): OpenApiResponse(TEXT), (200, "application/jsonl"): OpenApiResponse(TEXT)},
)  # fmt: skip
OF_USER = call(
    "user_segments", "The segments that a user is in",
    404, description=(
        "With a key, all of them. Without one (project_id in the address) those marked visible to browsers, for page "
        "loads: name the ones you watch; the ETag makes an unchanged answer a 304."
    ),
    parameters=[
        IDENT, OpenApiParameter("watch", str, description="Segment ids, comma-separated; only these are answered."),
        OpenApiParameter("project_id", str, description="Required without a key."),
        OpenApiParameter("signature", str, description="Required without a key where the project enforces identity."),
    ],
    responses=ok(listing(NAMED)),
) | {"auth": EITHER}  # fmt: skip
