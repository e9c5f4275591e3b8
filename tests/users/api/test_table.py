"""The table of members is what the calls take and what their description says. A new member is tried by itself."""

import importlib
import itertools

import pytest
from drf_spectacular.generators import SchemaGenerator

from integrations.api import connection_table, webhook_table
from segments.api import table as segments_table
from tests.factories import user
from tests.integrations.syncing.test_table import CALLS as OF_CONNECTIONS
from tests.integrations.webhooks.test_table import CALLS as OF_WEBHOOKS
from tests.segments.api.test_table import CALLS as OF_SEGMENTS
from tests.users.api.walking import Call, check_member, walked
from users.api import table
from users.api.members import Body, Members, Query
from users.extend import user_filters
from users.jobs.machinery import run_all_jobs
from users.models import BlockedId, Project

pytestmark = pytest.mark.django_db
NUMBERS = itertools.count()


def somebody():
    """The user of the calls, with whatever the call before did to them done with."""
    run_all_jobs()
    BlockedId.objects.all().delete()
    user(Project.objects.get(), "u1", attributes={"plan": "Pro"})


CALLS = [
    Call(table.IDENTIFY, "POST", "identify", lambda: {"user_id": "u1", "jimer_id": "b1", "timestamp": "2024-06-15"}),
    Call(table.BATCH, "POST", "batch", lambda: {"batch": []}),
    Call(table.USER_CHANGE, "PATCH", "users/u1", before=somebody),
    Call(table.TAGS, "PUT", "users/u1/tags", lambda: {"tags": ["vip"]}, somebody),
    Call(table.NEW_ATTRIBUTE, "POST", "attributes", lambda: {"key": f"k{next(NUMBERS)}", "type": "string"}),
    Call(table.ATTRIBUTE_CHANGE, "PATCH", "attributes/custom.plan", lambda: {"confirm": True}, somebody),
    Call(table.PAGING, "GET", "attributes"),
    Call(table.USERS, "GET", "users"),
    Call(table.ERASE, "DELETE", "users/u1", before=somebody),
]
TABLES = (table, segments_table, connection_table, webhook_table)
TAKEN = [
    (name, value) for one in TABLES for name, value in vars(one).items() if isinstance(value, Members) and value.members
]
ITEMS = (
    table.ITEM,
    table.KIND_OF_ITEM,
    connection_table.MATCH,
    connection_table.PROPERTY,
)  # not of a call, but of a batch


@pytest.mark.parametrize(("call", "member"), walked(CALLS))
def test_a_member_is_taken_at_its_bounds_and_refused_beyond(api, call, member):
    check_member(api, call, member)


@pytest.mark.parametrize("member", table.ITEM.members, ids=lambda member: member.name)
def test_a_member_of_an_item_is_refused_by_its_place(api, member):
    item = {"user_id": "u1", "timestamp": "2024-06-15"}
    result = api.post("batch", {"batch": [{**item, member.name: {"a": {"b": 1}}}]}).body["results"][0]
    if member.name in ("name", "email", "language"):
        assert result["rejected"][0]["attribute"] == f"native.{member.name}"
    elif member.name == "attributes":
        assert result["attributes"] == {"a": "rejected"}
    else:
        assert result["error"]["details"][0]["path"] == f"batch[0].{member.name}"


def test_each_table_is_tried():
    tried = {id(call.takes) for call in [*CALLS, *OF_SEGMENTS, *OF_CONNECTIONS, *OF_WEBHOOKS]} | {
        id(one) for one in ITEMS
    }
    assert not [name for name, one in TAKEN if id(one) not in tried]


def operations():
    document = SchemaGenerator().get_schema(request=None, public=True)
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_each_body_of_the_description_is_of_the_table():
    bodies = [one.schema() for _, one in TAKEN if isinstance(one, Body)]
    for operation in operations():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        assert content is None or content["schema"] in bodies, operation["operationId"]


def test_each_parameter_of_the_description_is_of_the_table():
    queries = [{m.name: m.parameter().type for m in one.members} for _, one in TAKEN if isinstance(one, Query)]
    for operation in operations():
        asked = {item["name"]: item["schema"] for item in operation.get("parameters", ()) if item["in"] == "query"}
        assert not asked or asked in queries, operation["operationId"]


@pytest.mark.parametrize(("name", "one"), TAKEN)
def test_limits_are_in_the_description(name, one):
    shapes = one.schema()["properties"] if isinstance(one, Body) else {m.name: m.parameter().type for m in one.members}
    for member in one.members:
        shape, (least, most) = shapes[member.name], member.kind.sizes
        assert (shape.get(least), shape.get(most)) == (member.least, member.most)
        assert [choice for choice in shape.get("enum", ()) if choice is not None] == list(member.listed())
        if isinstance(one, Body):
            assert shape.get("nullable", False) == (member.nullable and not member.required)
            assert (member.name in one.schema().get("required", ())) == member.required


def test_a_check_that_is_left_to_others_is_there():
    for name, one in TAKEN:
        for member in one.members:
            path, _, function = member.left_to.partition(":")
            module = importlib.import_module(path.removesuffix(".py").replace("/", ".")) if path else None
            assert module is None or callable(getattr(module, function)), (name, member.name)


def test_what_narrows_lists_is_in_the_table():
    assert {"search", "cursor", "limit", *user_filters.all()} == set(table.USERS.names)
