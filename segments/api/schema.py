"""What the OpenAPI document says of rules and segments; operators and their values come from the operator table."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from segments.language.operators import TYPES, Operator
from users.api.shapes import (
    EITHER,
    EXAMPLE_NEXT,
    EXAMPLE_USER,
    IDENT,
    OF_BODIES,
    PAGING,
    TEXT,
    USER,
    listing,
    operation,
)

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
OWNER: dict[str, Any] = {
    "type": "object", "nullable": True, "properties": {"name": TEXT, "email": TEXT},
    "description": "The member who made it or was given it; null where a key made it.",
}  # fmt: skip
SEGMENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"}, **FIELDS, "static": {"type": "boolean"}, "rule": {**ANY_RULE, "nullable": True},
        "owner": OWNER, "state": {"type": "string", "enum": ["ready", "computing", "broken"]}, "state_reason": TEXT,
        "count": {"type": "integer"}, "counted_at": {**TIME, "nullable": True}, "version": {"type": "integer"}, "created": TIME, "updated": TIME,
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


EXAMPLE_SEGMENT: dict[str, Any] = {
    "id": 7, "name": "Pro accounts", "description": "Who pays.", "icon": "star", "static": False, "rule": EXAMPLE_RULE,
    "owner": {"name": "Sam Ortiz", "email": "sam@example.com"}, "visible_to_browsers": False, "archived": False, "state": "ready", "state_reason": "", "count": 412,
    "counted_at": "2026-03-05T14:30:00.000Z", "version": 2, "created": "2026-01-12T09:30:00.000Z",
    "updated": "2026-03-05T14:30:00.000Z",
}  # fmt: skip


def call(name: str, summary: str, description: str, *codes: int, **more: Any) -> dict[str, Any]:
    return operation(name, "Segments", summary, description, *codes, **more)


LIST = call(
    "list_segments", "All segments", "With their rule, state and size, in the order in which they were made.",
    parameters=PAGING, answer=listing(SEGMENT), example={"results": [EXAMPLE_SEGMENT], "next": None},
)  # fmt: skip
CREATE = call(
    "create_segment", "A segment by rule, or a static one",
    "Send a rule, or static: true for a list whose users you add. A new segment is `computing` until its users are found.",
    body={"type": "object", "required": ["name"], "properties": {**FIELDS, "rule": RULE, "static": {"type": "boolean"}}},
    sent={"name": "Pro accounts", "rule": EXAMPLE_RULE}, answer=SEGMENT, status=201,
    example=EXAMPLE_SEGMENT | {"state": "computing", "count": 0, "version": 1},
)  # fmt: skip
READ = call(
    "get_segment", "One segment", "Its rule, state and size; `counted_at` says how fresh the size is.", 404,
    parameters=[SEGMENT_ID], answer=SEGMENT, example=EXAMPLE_SEGMENT,
)  # fmt: skip
CHANGE = call(
    "change_segment", "Change a segment; a new rule is a new version",
    "Sets what is named and leaves the rest. A new rule is computed in the background; former versions are kept.", 404, 409,
    parameters=[SEGMENT_ID],
    body={"type": "object", "properties": {**FIELDS, "rule": ANY_RULE, "version": {"type": "integer", "nullable": True, "description": "Refuse with 409 if it is not at this version."}}},
    sent={"name": "Paying accounts", "version": 2}, answer=SEGMENT, example=EXAMPLE_SEGMENT | {"name": "Paying accounts"},
)  # fmt: skip
DELETE = call(
    "delete_segment", "Delete a segment that no other is built on",
    "409 names the segments that are built on it.", 404, 409, parameters=[SEGMENT_ID], status=204,
)  # fmt: skip
PREVIEW = call(
    "preview_rule", "How many users a rule matches, with a sample", "Nothing is saved. The count is exact. The sample needs the scope `read` for more than the users' ids.", 503,
    body={"type": "object", "required": ["rule"], "properties": {"rule": ANY_RULE, "now": {**TIME, "nullable": True}}},
    sent={"rule": EXAMPLE_RULE},
    answer={"type": "object", "properties": {"count": {"type": "integer"}, "sample": {"type": "array", "items": USER}}},
    example={"count": 412, "sample": [EXAMPLE_USER]},
)  # fmt: skip
EVALUATE = call(
    "evaluate_rule", "Whether a user given in the call matches a rule, and why",
    "Nothing is read of stored users: what the call leaves out is absent. `now` is the server's clock unless sent.",
    body={"type": "object", "required": ["rule", "user"], "properties": {"rule": ANY_RULE, "user": PERSON, "now": {**TIME, "nullable": True}}},
    sent={
        "rule": {"combinator": "and", "rules": [{"field": "custom.plan", "operator": "is", "value": "Pro"}]},
        "user": {"custom": {"plan": "pro"}},
    },
    answer={"type": "object", "properties": {"match": {"type": "boolean"}, "explanation": EXPLANATION}},
    example={"match": True, "explanation": {"match": True, "combinator": "and", "not": False, "rules": [{
        "match": True, "field": "custom.plan", "operator": "is", "value": "Pro", "words": "plan is Pro",
        "source": "custom", "type": "string", "user_value": "pro", "absent": False,
    }]}},
)  # fmt: skip
MEMBERS = call(
    "list_members", "The users of a segment", "As GET /api/v1/users answers them, oldest first; their ids alone without the scope `read`.", 404,
    parameters=[SEGMENT_ID, *PAGING], answer=listing(USER), example={"results": [EXAMPLE_USER], "next": EXAMPLE_NEXT},
)  # fmt: skip
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
EXAMPLE_CHANGED = {
    "changed": 1,
    "missing": [{"line": 2, "text": "nobody@example.com", "reason": "No user has this id or email."}],
}
ADD_MEMBERS = call(
    "add_members", "Put users on a static segment",
    "`missing` names each line that led to no user, and why; the others are added.", 404,
    parameters=[SEGMENT_ID], body=MEMBER_CHANGE, sent={"users": ["usr_1042", "nobody@example.com"]}, answer=CHANGED,
    example=EXAMPLE_CHANGED,
)  # fmt: skip
REMOVE_MEMBERS = call(
    "remove_members", "Take users off a static segment",
    'Takes a body, which this format cannot describe for a DELETE: `{"users": ["usr_1042"]}`, as for adding them.', 404, *OF_BODIES,
    parameters=[SEGMENT_ID], answer=CHANGED, example=EXAMPLE_CHANGED,
)  # fmt: skip
EXPORT = call(
    "export_segment", "Its users as CSV or JSON lines, streamed",
    "A line a user, with the columns in the order asked for; the file is named after the segment and the day in the "
    "project's time zone. Values of sensitive attributes are dots. It needs the scopes "
    "`segments` and `read`.", 404,
    parameters=[
        SEGMENT_ID, OpenApiParameter("format", str, enum=["csv", "jsonl"], description="csv by default"),
        OpenApiParameter("columns", str, description="FIELDs, comma-separated, such as native.email,custom.plan"),
        OpenApiParameter("bom", str, enum=["false", "true"], description="CSV: begins with the mark of UTF-8, for spreadsheets"),
        OpenApiParameter("headers", str, enum=["fields", "readable"], description="CSV: FIELDs, or names for people"),
    ],
)  # fmt: skip
del EXPORT["responses"][200]
EXPORT["responses"] |= {(200, kind): OpenApiResponse(TEXT) for kind in ("text/csv", "application/jsonl")}
EXPORT["examples"] = [
    OpenApiExample("CSV", response_only=True, media_type="text/csv", value="native.email,custom.plan\nsam@example.com,Pro\n"),
    OpenApiExample("JSON lines", response_only=True, media_type="application/jsonl", value='{"native.email": "sam@example.com"}\n'),
]  # fmt: skip
OF_USER = call(
    "user_segments", "The segments that a user is in",
    "With a key, all of them, and since when. Without one (project_id in the address) those marked visible to browsers, "
    "for page loads: name the ones you watch; the ETag makes an unchanged answer a 304.", 404,
    parameters=[
        IDENT, OpenApiParameter("watch", str, description="Segment ids, comma-separated; only these are answered."),
        OpenApiParameter("project_id", str, description="Required without a key."),
        OpenApiParameter("signature", str, description="Required without a key where the project enforces identity."),
    ],
    answer=listing(NAMED),
    example={"results": [{"id": 7, "name": "Pro accounts", "entered_at": "2026-03-05T14:30:00.000Z"}], "next": None},
) | {"auth": EITHER}  # fmt: skip
OF_USER["responses"][304] = OpenApiResponse(description="As it was: the ETag that was sent still holds.")
