"""What must not grow with the number of users: each statement finds its rows by an index.

SQLite tells which way it would go whatever the size of the tables; PostgreSQL reads small tables whole.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import SERVER, user
from users.finding.search import find_users, first_with_all, matching_filter
from users.models import EndUser
from users.writing import store
from users.writing.calls import Call
from users.writing.erase import erase_user
from users.writing.identify import identify
from users.writing.resolve import find_user

pytestmark = pytest.mark.django_db
# The tables and what hand-written statements call them.
LARGE = (
    "t",
    "u",
    "i",
    "pr",
    "m",
    "users_enduser",
    "users_identity",
    "users_provenance",
    "users_searchterm",
    "segments_membership",
)


def ways(statements):
    """How SQLite would answer each, line by line."""
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement['sql']}")
            for row in cursor.fetchall():
                yield row[3], statement["sql"]


def whole(way):
    """Whether a line of a plan reads a large table whole, or all of a project's part of it."""
    table = way.split()[1] if way.startswith(("SCAN", "SEARCH")) else ""
    return table in LARGE and (way.startswith("SCAN") or way.removesuffix(" LEFT-JOIN").endswith("(project_id=?)"))


@pytest.mark.parametrize("act", ["read by key", "find", "change by key", "erase", "search", "common", "count"])
def test_one_user_is_found_without_looking_at_the_others(project, act):
    person = user(project, "u1", name="Ada", attributes={"plan": "Pro"})
    acts = {
        "read by key": lambda: store.read_world(project.pk, [], [person.pk]),
        "find": lambda: find_user(project, "u1"),
        "change by key": lambda: identify(
            project, Call(target=person.pk, attributes={"plan": "Free"}), SERVER, timezone.now()
        ),
        "erase": lambda: erase_user(project, person.pk),
        "search": lambda: find_users(project, "Ada <ada-lovelace@harbor.example>"),
        "common": lambda: first_with_all(project, ["ada", "u1", "lovelace"], 10),
        "count": lambda: EndUser.objects.filter(matching_filter(project, "u1 ada")).count(),
    }
    with CaptureQueriesContext(connection) as captured:
        acts[act]()
    asked = [item for item in captured.captured_queries if item["sql"].split()[0] in ("SELECT", "UPDATE", "DELETE")]
    assert asked
    if connection.vendor == "sqlite":
        assert [(way, sql) for way, sql in ways(asked) if whole(way)] == []
    else:  # a plan of an empty table says nothing there; that no statement joins what it has no ids for does
        assert act != "read by key" or "users_identity" not in str(asked)
