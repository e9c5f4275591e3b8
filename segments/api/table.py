"""THE table of what the API's calls of segments take: checks and OpenAPI come from it."""

from dataclasses import replace
from typing import Final

from segments.api.shapes import ANY_RULE, PERSON, RULE
from segments.defining.edit import ICONS, LONGEST_DESCRIPTION, LONGEST_NAME
from segments.sheets.export import FORMATS
from users.api.kinds import IDS, LIST, NUMBER, TEXT, TIME, TRUTH, UUID, Kind
from users.api.members import Body, Member, Query

A_RULE: Final = Kind("a rule", dict, ANY_RULE)
CHECKED_RULE: Final = "segments/language/rules.py:parse"
# What a segment is called and how it is shown: pages and API have these checked in one place.
FIELDS: Final = (
    Member("name", TEXT, nullable=False, least=1, most=LONGEST_NAME, left_to="segments/defining/edit.py:check_name"),
    Member("description", TEXT, nullable=False, most=LONGEST_DESCRIPTION, left_to="segments/defining/edit.py:check_description"),
    Member("icon", TEXT, example="star", nullable=False, choices=ICONS, left_to="segments/defining/edit.py:check_icon"),
    Member(
        "visible_to_browsers", TRUTH, "Whether browsers are told who is in it.", nullable=False,
        left_to="segments/defining/edit.py:check_switch",
    ),
    Member("archived", TRUTH, "Kept, but nobody's audience.", nullable=False, left_to="segments/defining/edit.py:check_switch"),
)  # fmt: skip
NEW_SEGMENT: Final = Body(
    replace(FIELDS[0], required=True),
    *FIELDS[1:],
    Member("rule", Kind("a rule", dict, RULE), left_to=CHECKED_RULE),
    Member("static", TRUTH, "A list, whose users you add: it has no rule.", default=False),
)
SEGMENT_CHANGE: Final = Body(
    *FIELDS,
    Member(
        "rule", A_RULE, nullable=False, left_to=CHECKED_RULE,
        unlike="{name} takes a rule, not null. Leave it out to keep the one there is.",
    ),
    Member(
        "version", NUMBER, "Refuse with 409 if it is not at this version.",
        unlike="{name} takes the number that GET answered.",
    ),
)  # fmt: skip
A_TRIED_RULE: Final = Member("rule", A_RULE, required=True, left_to=CHECKED_RULE)
NOW: Final = Member("now", TIME, "With an offset. Default: now.", left_to="segments/defining/evaluate.py:check_now")
PREVIEW: Final = Body(A_TRIED_RULE, NOW)
EVALUATE: Final = Body(
    A_TRIED_RULE,
    Member("user", Kind("an object", dict, PERSON), required=True, left_to="segments/defining/evaluate.py:check_user"),
    NOW,
)
NO_LIST: Final = '{name} takes a list of ids or emails, such as {{"users": ["usr_1"]}}.'
MEMBER_CHANGE: Final = Body(
    Member(
        "users", LIST, "User IDs, Jimer IDs or emails.", required=True, most=1000,
        items=Member("", TEXT, nullable=False), missing=NO_LIST, unlike_item=NO_LIST,
        beyond="The call has {size:,} users; {most:,} is the most. Make several calls.",
    )
)  # fmt: skip

# --- parameters of addresses

OF_CSV: Final = "{name} takes {either}, with format=csv."
BOM: Final = Member(
    "bom", TEXT, "CSV: begins with the mark of UTF-8, for spreadsheets.", choices=("false", "true"), unlisted=OF_CSV
)
HEADERS: Final = Member(
    "headers", TEXT, "CSV: FIELDs, or names for people.", choices=("fields", "readable"), unlisted=OF_CSV
)
EXPORT: Final = Query(
    Member("format", TEXT, default="csv", choices=tuple(FORMATS), unlisted="{name} takes {either}."),
    Member(
        "columns", TEXT, "FIELDs, comma-separated, such as native.email,custom.plan.", default="",
        left_to="segments/sheets/export.py:columns_of",
    ),
    BOM, HEADERS,
)  # fmt: skip
A_WATCH: Final = "{name} takes up to {most} segment ids, comma-separated."
OF_USER: Final = Query(
    Member(
        "watch", IDS, "Segment ids, comma-separated; only these are answered.", most=100, unlike=A_WATCH,
        beyond=A_WATCH,
    ),
    Member("project_id", UUID, "Required without a key.", left_to="users/api/callers.py:public_project"),
    Member(
        "signature", TEXT, "Required without a key where the project enforces identity.", default="",
        left_to="segments/membership/targeting.py:signed",
    ),
)  # fmt: skip
