"""What the OpenAPI document says of each call of segments."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from segments.api import table
from segments.api.shapes import ANY_RULE, EXAMPLE_RULE
from users.api.kinds import TIME as A_TIME
from users.api.shapes import (
    EITHER,
    EXAMPLE_NEXT,
    EXAMPLE_USER,
    IDENT,
    OF_BODIES,
    TEXT,
    USER,
    listing,
    operation,
)
from users.api.table import PAGING

TIME: dict[str, Any] = {**A_TIME.schema}
OWNER: dict[str, Any] = {
    "type": "object", "nullable": True, "properties": {"name": TEXT, "email": TEXT},
    "description": "The member who made it or was given it; null where a key made it.",
}  # fmt: skip
SEGMENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"}, **{member.name: member.answer() for member in table.FIELDS}, "static": {"type": "boolean"}, "rule": {**ANY_RULE, "nullable": True},
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
    query=PAGING, answer=listing(SEGMENT), example={"results": [EXAMPLE_SEGMENT], "next": None},
)  # fmt: skip
CREATE = call(
    "create_segment", "A segment by rule, or a static one",
    "Send a rule, or static: true for a list whose users you add. A new segment is `computing` until its users are found.",
    body=table.NEW_SEGMENT,
    sent={"name": "Pro accounts", "rule": EXAMPLE_RULE}, answer=SEGMENT, status=201,
    example=EXAMPLE_SEGMENT | {"state": "computing", "count": 0, "version": 1},
)  # fmt: skip
READ = call(
    "get_segment", "One segment", "Its rule, state and size; `counted_at` says how fresh the size is.", 404,
    path=[SEGMENT_ID], answer=SEGMENT, example=EXAMPLE_SEGMENT,
)  # fmt: skip
CHANGE = call(
    "change_segment", "Change a segment; a new rule is a new version",
    "Sets what is named and leaves the rest. A new rule is computed in the background; former versions are kept.", 404, 409,
    path=[SEGMENT_ID], body=table.SEGMENT_CHANGE,
    sent={"name": "Paying accounts", "version": 2}, answer=SEGMENT, example=EXAMPLE_SEGMENT | {"name": "Paying accounts"},
)  # fmt: skip
DELETE = call(
    "delete_segment", "Delete a segment that no other is built on",
    "409 names the segments that are built on it.", 404, 409, path=[SEGMENT_ID], status=204,
)  # fmt: skip
PREVIEW = call(
    "preview_rule", "How many users a rule matches, with a sample", "Nothing is saved. The count is exact. The sample needs the scope `read` for more than the users' ids.", 503,
    body=table.PREVIEW,
    sent={"rule": EXAMPLE_RULE},
    answer={"type": "object", "properties": {"count": {"type": "integer"}, "sample": {"type": "array", "items": USER}}},
    example={"count": 412, "sample": [EXAMPLE_USER]},
)  # fmt: skip
EVALUATE = call(
    "evaluate_rule", "Whether a user given in the call matches a rule, and why",
    "Nothing is read of stored users: what the call leaves out is absent. `now` is the server's clock unless sent.",
    body=table.EVALUATE,
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
    path=[SEGMENT_ID], query=PAGING, answer=listing(USER), example={"results": [EXAMPLE_USER], "next": EXAMPLE_NEXT},
)  # fmt: skip
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
    path=[SEGMENT_ID], body=table.MEMBER_CHANGE, sent={"users": ["usr_1042", "nobody@example.com"]}, answer=CHANGED,
    example=EXAMPLE_CHANGED,
)  # fmt: skip
REMOVE_MEMBERS = call(
    "remove_members", "Take users off a static segment",
    'Takes a body, which this format cannot describe for a DELETE: `{"users": ["usr_1042"]}`, as for adding them.', 404, *OF_BODIES,
    path=[SEGMENT_ID], answer=CHANGED, example=EXAMPLE_CHANGED,
)  # fmt: skip
EXPORT = call(
    "export_segment", "Its users as CSV, JSON lines or Parquet, streamed",
    "A line a user, with the columns in the order asked for; the file is named after the segment and the day in the "
    "project's time zone. Values of sensitive attributes are dots. It needs the scopes "
    "`segments` and `read`.", 404,
    path=[SEGMENT_ID], query=table.EXPORT,
)  # fmt: skip
del EXPORT["responses"][200]
EXPORT["responses"] |= {(200, kind): OpenApiResponse(TEXT) for kind in ("text/csv", "application/jsonl")}
EXPORT["responses"][200, "application/vnd.apache.parquet"] = OpenApiResponse(OpenApiTypes.BINARY)
EXPORT["examples"] = [
    OpenApiExample("CSV", response_only=True, media_type="text/csv", value="native.email,custom.plan\nsam@example.com,Pro\n"),
    OpenApiExample("JSON lines", response_only=True, media_type="application/jsonl", value='{"native.email": "sam@example.com"}\n'),
    OpenApiExample("Parquet", response_only=True, media_type="application/vnd.apache.parquet", value="PAR1..."),
]  # fmt: skip
OF_USER = call(
    "user_segments", "The segments that a user is in",
    "With a key, all of them, and since when. Without one (project_id in the address) those marked visible to browsers, "
    "for page loads: name the ones you watch; the ETag makes an unchanged answer a 304.", 404,
    path=[IDENT], query=table.OF_USER,
    answer=listing(NAMED),
    example={"results": [{"id": 7, "name": "Pro accounts", "entered_at": "2026-03-05T14:30:00.000Z"}], "next": None},
) | {"auth": EITHER}  # fmt: skip
OF_USER["responses"][304] = OpenApiResponse(description="As it was: the ETag that was sent still holds.")
