"""THE table of what the API's calls of users, tags and attributes take: checks and OpenAPI come from it."""

from dataclasses import replace
from typing import Any, Final

from users.api.kinds import ID, LIST, NUMBER, OBJECT, TEXT, TRUTH, UUID, VALUE
from users.api.members import Body, Member, Query
from users.api.paging import CURSOR, FOREIGN, USER_CURSOR
from users.extend import sources
from users.models import CUSTOM, NATIVE
from users.registry.attributes import LONGEST_KEY
from users.types.fitting import LONGEST
from users.types.table import TYPES
from users.writing.calls import UNSET
from users.writing.operations import MOST_ATTRIBUTES, OPERATIONS
from users.writing.refused_ids import LONGEST_ID
from users.writing.tags import LONGEST_NAME, MOST_TAGS

# --- identify, batch, changes of a user

AN_ID: Final[dict[str, Any]] = {"least": 1, "most": LONGEST_ID, "left_to": "users/writing/refused_ids.py:check_id"}
A_NATIVE: Final[dict[str, Any]] = {
    "default": UNSET,
    "most": LONGEST,
    "left_to": "users/writing/operations.py:fit_items",
}
A_TIME: Final[dict[str, Any]] = {"left_to": "users/writing/call_times.py:moment_of"}
PROJECT_ID: Final = Member(
    "project_id", UUID, "Required without a secret key.", left_to="users/api/callers.py:check_project_id"
)
ATTRIBUTES: Final = Member(
    "attributes", OBJECT.formed(additionalProperties=VALUE.schema),
    f"Keys and values; at most {MOST_ATTRIBUTES}. With a secret key also operations: {', '.join(OPERATIONS)}.",
    {"plan": "Pro", "signup_date": "2024-06-15", "feature_usage": ["boards", "reports"]}, most=MOST_ATTRIBUTES,
)  # fmt: skip
TIMESTAMP: Final = Member("timestamp", TEXT, "ISO 8601; without offset it is UTC. Default: now.", **A_TIME)
IDENTIFY: Final = Body(
    PROJECT_ID,
    Member("jimer_id", ID, **AN_ID),
    Member("user_id", ID, **AN_ID),
    Member("name", VALUE, **A_NATIVE),
    Member("email", VALUE, **A_NATIVE),
    Member("language", VALUE, **A_NATIVE),
    ATTRIBUTES,
    Member("remove_unspecified", TRUTH, default=False),
    TIMESTAMP,
    Member(
        "sent_at", TEXT,
        "What your clock says as you send the call. With it the time between timestamp and sent_at counts, so that a "
        "clock that is wrong makes no value late.", **A_TIME,
    ),
    Member(
        "message_id", TEXT, "Makes the call idempotent for 24 hours.", least=1, most=200,
        beyond="{name} takes {least} to {most} characters.",
        unstorable="{name} contains a character that cannot be stored.",
    ),
    Member("signature", TEXT),
    Member("strict", TRUTH, "Store nothing if anything is rejected.", default=False, secret=True),
)  # fmt: skip
NO_SUCH_CALL: Final = '{path}{name} is {value}; "identify" is possible here.'
ITEM_TYPE: Final = Member(
    "type", TEXT, default="identify", nullable=False, choices=("identify",), unlike=NO_SUCH_CALL, unlisted=NO_SUCH_CALL
)
KIND_OF_ITEM: Final = Body(ITEM_TYPE)  # before the rest: what else an item has goes by it
ITEM: Final = Body(*IDENTIFY.members, ITEM_TYPE)
BATCH: Final = Body(
    Member(
        "batch", LIST, required=True, most=2500, items=ITEM,
        missing='{name} is missing. Send {{"batch": [{{"type": "identify", ...}}]}}.',
        beyond="The batch has {size:,} items; {most} is the most. Send several.",
    ),
    PROJECT_ID,
)  # fmt: skip
USER_CHANGE: Final = Body(
    Member(
        "source", TEXT, default=CUSTOM, choices=lambda: tuple(sources.all()),
        unlisted="There is no source {value}. The sources are {choices}.",
    ),
    ATTRIBUTES, TIMESTAMP, PROJECT_ID,
)  # fmt: skip

# --- tags: what a name may be is up to users/writing/tags.py

TAG: Final = Member("", TEXT, nullable=False, least=1, most=LONGEST_NAME)
TAGS: Final = Body(
    Member(
        "tags", LIST, example=["vip"], required=True, most=MOST_TAGS, items=TAG,
        missing='{name} is missing. Send {{"tags": ["vip"]}}.',
    )
)  # fmt: skip

# --- attributes

UNSTORABLE: Final = "{name} contains a character that cannot be stored. Remove it."
TOO_LONG: Final = "{name} has {size:,} characters; {most} is the most."
NO_SUCH_TYPE: Final = "There is no such type. The types are {choices}."
NO_SUCH_SOURCE: Final = "source takes custom, or the name of an integration such as hubspot."
TYPE: Final = Member("type", TEXT, choices=tuple(TYPES), unlike=NO_SUCH_TYPE, unlisted=NO_SUCH_TYPE)
DETAILS: Final = (
    Member(
        "name", TEXT, most=100, unstorable=UNSTORABLE, beyond=TOO_LONG,
        broken="{name} may not hold line breaks or control characters. Remove them.",
    ),
    Member("description", TEXT, most=1000, unstorable=UNSTORABLE, beyond=TOO_LONG),
    Member("sensitive", TRUTH),
    Member("archived", TRUTH),
)  # fmt: skip
NEW_ATTRIBUTE: Final = Body(
    Member(
        "source", TEXT, default=CUSTOM, choices=lambda: tuple(name for name in sources.all() if name != NATIVE),
        unlisted=NO_SUCH_SOURCE,
    ),
    Member(
        "key", TEXT, required=True, least=1, most=LONGEST_KEY, left_to="users/registry/attributes.py:check_key",
        missing="{name} is missing. Send the key as your code sends it, such as plan.",
    ),
    replace(TYPE, required=True, missing="{name} is missing. The types are {choices}."),
    *DETAILS,
)  # fmt: skip
ATTRIBUTE_CHANGE: Final = Body(*DETAILS, TYPE, Member("confirm", TRUTH, default=False))

# --- parameters of addresses

LIMITS: Final = "{name} takes a whole number from {least} to {most}."
CURSOR_MEMBER: Final = Member(
    "cursor", CURSOR, "From the `next` of the page before.", unlike=FOREIGN, left_to="users/api/paging.py:key_after"
)
LIMIT: Final = Member(
    "limit", NUMBER, "Rows of a page.", default=50, least=1, most=100, unlike=LIMITS, beyond=LIMITS
)  # fmt: skip
NOTHING: Final = Query()
PAGING: Final = Query(CURSOR_MEMBER, LIMIT)
USERS: Final = Query(
    Member(
        "search", TEXT, "The start of any word of name, email or ids.", default="",
        left_to="users/finding/search.py:search",
    ),
    replace(CURSOR_MEMBER, kind=USER_CURSOR, default="", left_to="users/api/paging.py:place_by_creation"),
    LIMIT,
    # What segments narrow lists by: users.extend.user_filters.
    Member("rule", TEXT, "A rule of segments, as JSON: only users that match.", left_to="segments/showing/narrow.py:by_rule"),
    Member("segment", replace(NUMBER, of_text=str), "Only members of this segment.", left_to="segments/showing/narrow.py:by_segment"),
)  # fmt: skip
ERASE: Final = Query(
    Member("block", TRUTH, "Also refuse the ids from then on.", default=False, unlike="{name} takes true or false.")
)
