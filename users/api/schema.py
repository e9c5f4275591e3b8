"""What the OpenAPI document says of each call of users, attributes and tags."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from users.api import table
from users.api.members import Body
from users.api.shapes import (
    ATTRIBUTE,
    EITHER,
    ERROR,
    EXAMPLE_NEXT,
    EXAMPLE_USER,
    IDENT,
    IDENTIFY_ANSWER,
    OF_BODIES,
    TAGS_ANSWER,
    USER,
    listing,
    operation,
)

IDENTIFY = operation(
    "identify", "Ingest", "Tell who a user is and what is known about them",
    "Names a user by user_id, jimer_id or both; first sight creates them, and an anonymous visitor who logs in is "
    "promoted or merged. What does not fit is rejected by name, the rest is stored. Without a secret key the call needs "
    "project_id, and the answer holds only what follows from the call and the registry: `created` and `merged` are null, "
    "verdicts are accepted, converted or rejected.",
    body=table.IDENTIFY, answer=IDENTIFY_ANSWER,
    sent={
        "project_id": "4ab7c7e6-2a4c-4f6e-9d0c-1a2b3c4d5e6f", "jimer_id": "hONpq7Zs1LmWcXv2",
        "user_id": "usr_1042", "email": "sam@example.com", "attributes": {"plan": "Pro", "seats": "four"},
    },
    example={
        "jimer_id": "hONpq7Zs1LmWcXv2", "user_id": "usr_1042", "created": False, "merged": True,
        "attributes": {"native.email": "accepted", "plan": "accepted", "seats": "rejected"},
        "rejected": [{"attribute": "seats", "reason": '"four" is not a number. Send a number such as 42 or 3.5.'}],
        "segments": [{"id": 7, "name": "Pro accounts"}],
    },
) | {"auth": EITHER}  # fmt: skip
BATCH = operation(
    "batch", "Ingest", "Up to 2,500 identify calls at once",
    "Items apply in order, each with its own answer; one bad item never fails the others. Each may bring a message_id.",
    body=table.BATCH,
    answer={"type": "object", "properties": {"results": {"type": "array", "items": {
        "type": "object", "properties": {
            "status": {"type": "integer"}, **IDENTIFY_ANSWER["properties"], "error": ERROR["properties"]["error"],
        },
    }}}},
    sent={"batch": [
        {"type": "identify", "user_id": "usr_1", "attributes": {"$add": {"logins": 1}}},
        {"type": "identify", "user_id": "null"},
    ]},
    example={"results": [
        {"status": 200, "jimer_id": "k3Xv9Qe2LmZsPb7a", "user_id": "usr_1", "created": False, "merged": False,
         "attributes": {"logins": "accepted"}, "rejected": [], "segments": []},
        {"status": 422, "error": {"code": "refused_id", "message": "user_id 'null' is nobody's id.", "details": [
            {"path": "batch[1].user_id", "message": "user_id 'null' is nobody's id."},
        ]}},
    ]},
)  # fmt: skip
USER_LIST = operation(
    "list_users", "Users", "List or search users",
    "All users of the project, or those that a search, a rule or a segment finds, oldest first. `next` is the address "
    "of the page after this one.", 503,
    query=table.USERS, answer=listing(USER), example={"results": [EXAMPLE_USER], "next": EXAMPLE_NEXT},
)  # fmt: skip
USER_GET = operation(
    "get_user", "Users", "One user with every attribute and its source",
    "What the Data tab shows: each value with its source, its time and what wrote it. An id that was merged away leads "
    "to the user it belongs to now. Values of sensitive attributes are in it.", 404,
    path=[IDENT], answer=USER, example=EXAMPLE_USER,
)  # fmt: skip
USER_PATCH = operation(
    "change_user", "Users", "Change values of an existing user",
    "Sets or removes values of one source and never creates a user. With source native: name, email and language.", 404,
    path=[IDENT], body=table.USER_CHANGE,
    sent={"attributes": {"plan": "Enterprise", "trial_ends": None}}, answer=IDENTIFY_ANSWER,
    example={
        "jimer_id": "hONpq7Zs1LmWcXv2", "user_id": "usr_1042", "created": False, "merged": False,
        "attributes": {"plan": "accepted", "trial_ends": "removed"}, "rejected": [], "segments": [],
    },
)  # fmt: skip
USER_DELETE = operation(
    "erase_user", "Users", "Erase the person and their history",
    "Removes the user, every profile merged into theirs, their history, tags and ingest log. It cannot be undone.", 404,
    path=[IDENT], query=table.ERASE, status=204,
)  # fmt: skip


def tags_call(
    name: str, summary: str, description: str, *codes: int, after: tuple[str, ...], body: Body | None = None
) -> dict[str, Any]:  # fmt: skip
    return operation(
        name, "Tags", summary, description, 404, *codes, path=[IDENT], body=body, sent={"tags": ["vip"]} if body else None,
        answer=TAGS_ANSWER, example={"tags": list(after)},
    )  # fmt: skip


TAGS_GET = tags_call("get_tags", "A user's tags", "In the order in which they were added.", after=("beta-eu", "vip"))
TAGS_PUT = tags_call(
    "replace_tags", "Replace a user's tags", "Leaves exactly these tags; those that are new to the project are made.",
    body=table.TAGS, after=("vip",),
)  # fmt: skip
TAGS_POST = tags_call(
    "add_tags", "Add tags to a user",
    "Keeps the tags that are there; 50 is the most. A tag is 1 to 50 characters, and case makes no difference.",
    body=table.TAGS, after=("beta-eu", "vip"),
)  # fmt: skip
TAGS_DELETE = tags_call(
    "remove_tags", "Remove tags from a user",
    'Takes a body, which this format cannot describe for a DELETE: `{"tags": ["vip"]}`. Tags that the user does not have '
    "are passed over.", *OF_BODIES, after=("beta-eu",),
)  # fmt: skip
EXAMPLE_ATTRIBUTE = {
    "source": "custom", "key": "seats", "type": "number", "name": "Seats", "description": "Paid seats of the account.",
    "sensitive": False, "archived": False, "converting": False,
}  # fmt: skip
ATTRIBUTE_LIST = operation(
    "list_attributes", "Attributes", "The registry",
    "All attributes of the project, native ones first, then in the order in which they were defined.",
    query=table.PAGING, answer=listing(ATTRIBUTE), example={"results": [EXAMPLE_ATTRIBUTE], "next": None},
)  # fmt: skip
ATTRIBUTE_POST = operation(
    "define_attribute", "Attributes", "Define an attribute",
    "The first value of a key defines its attribute too; define it here to choose the type before. 409 if it exists.", 409,
    body=table.NEW_ATTRIBUTE, answer=ATTRIBUTE, status=201,
    sent={"key": "seats", "type": "number", "name": "Seats", "description": "Paid seats of the account."},
    example=EXAMPLE_ATTRIBUTE,
)  # fmt: skip
ATTRIBUTE_PATCH = operation(
    "change_attribute", "Attributes", "Rename, describe, archive or retype an attribute",
    "A new type converts the stored values in the background; while it does, `converting` is true. If values would be "
    "lost, 409 says how many; with confirm: true they are set aside.", 404, 409,
    path=[OpenApiParameter("field", str, OpenApiParameter.PATH, description="SOURCE.KEY, such as custom.plan")],
    body=table.ATTRIBUTE_CHANGE,
    sent={"type": "number", "confirm": True}, answer=ATTRIBUTE, example=EXAMPLE_ATTRIBUTE | {"converting": True},
)  # fmt: skip
