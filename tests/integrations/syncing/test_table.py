"""The table of members is what the calls of connections take. A new member is tried by itself."""

import pytest

from integrations.api import connection_table as table
from integrations.connectors.registry import connectors
from integrations.models import Connection, SyncRun
from tests.integrations.syncing.toy import connected
from tests.users.api.walking import Call, check_member, walked
from users.models import Project

pytestmark = pytest.mark.django_db
GOOD = {"connector": "toy", "credentials": {"token": "good"}}
PK = 777


def a_connection():
    """The one of the addresses, with no run on, whatever the call before did to it."""
    SyncRun.objects.all().delete()
    Connection.objects.all().delete()
    made, _ = connected(Project.objects.get(), properties=[])
    Connection.objects.filter(pk=made.pk).update(id=PK, state=Connection.State.ACTIVE)


def nothing_yet():
    a_connection()
    Connection.objects.all().delete()


def other_vendors():
    return tuple(("connector", slug) for slug in connectors() if slug != "toy")


CALLS = [
    Call(table.NEW, "POST", "connections", lambda: dict(GOOD), nothing_yet, (*other_vendors(), ("properties", [{}]))),
    Call(table.CHANGE, "PATCH", f"connections/{PK}", before=a_connection),
    Call(table.TRIAL, "POST", f"connections/{PK}/preview", before=a_connection),
    Call(table.RUN, "POST", f"connections/{PK}/runs", before=a_connection),
    Call(table.LEAVE, "DELETE", f"connections/{PK}", before=a_connection),
    Call(table.PROPERTIES, "GET", f"connections/{PK}/properties", before=a_connection),
    Call(table.PROBLEMS, "GET", f"connections/{PK}/runs/{PK}/problems", before=lambda: a_run()),
]


def a_run():
    a_connection()
    SyncRun.objects.create(pk=PK, connection_id=PK)


@pytest.mark.parametrize(("call", "member"), walked(CALLS))
def test_a_member_is_taken_at_its_bounds_and_refused_beyond(api, call, member):
    check_member(api, call, member)
