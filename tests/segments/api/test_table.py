"""The table of members is what the calls of segments take. A new member is tried by itself."""

import itertools

import pytest

from segments.api import table
from segments.defining.edit import Author, create_segment
from segments.models import Segment
from tests.factories import user
from tests.users.api.walking import Call, check_member, walked
from users.models import Project

pytestmark = pytest.mark.django_db
NUMBERS = itertools.count()
RULE = {"combinator": "and", "rules": [{"field": "native.user_id", "operator": "is_set"}]}
PLACE = "PLACE"


def named(**more):
    return lambda: {"name": f"Segment {next(NUMBERS)}", **more}


CALLS = [
    Call(table.NEW_SEGMENT, "POST", "segments", named(rule=RULE), unlike=(("static", True), ("rule", None))),
    Call(table.SEGMENT_CHANGE, "PATCH", "segments/RULE", named(rule=RULE)),
    Call(table.PREVIEW, "POST", "segments/preview", lambda: {"rule": RULE}),
    Call(table.EVALUATE, "POST", "evaluate", lambda: {"rule": RULE, "user": {}}),
    Call(table.MEMBER_CHANGE, "POST", "segments/LIST/users", lambda: {"users": ["u1"]}),
    Call(table.EXPORT, "GET", "segments/RULE/export"),
    Call(table.OF_USER, "GET", "users/u1/segments"),
]


@pytest.mark.parametrize(("call", "member"), walked(CALLS))
def test_a_member_is_taken_at_its_bounds_and_refused_beyond(api, now, call, member):
    project = Project.objects.get()
    user(project, "u1")
    by = Author(None, "key Billing")
    made = {
        "RULE": create_segment(project, {"name": "By rule"}, rule=RULE, static=False, by=by, now=now),
        "LIST": create_segment(project, {"name": "List"}, rule=None, static=True, by=by, now=now),
    }
    path = "/".join(str(made[part].pk) if part in made else part for part in call.path.split("/"))
    check_member(api, Call(call.takes, call.method, path, call.good, call.before, call.unlike), member)
    assert Segment.objects.exists()
