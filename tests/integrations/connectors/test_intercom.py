"""The Intercom connector against a server of ours that answers as Intercom publishes."""

import json
import time
from datetime import UTC, datetime

import pytest

from integrations.connectors.base import Ask, BadRecord, Link
from integrations.connectors.failures import VendorAway, VendorBusy, VendorFailure, VendorRefused
from integrations.connectors.registry import connector
from tests.integrations.outside.servers import says, serving

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
NOON = int(NOW.timestamp())
DAY = 86_400
TOKEN = "dG9rOjEyMzQ="
ASK = Ask(["contacts"], ["email", "plan", "last_seen_at", "renewed_at", "location.country"], now=NOW)


class Workspace:
    """Its contacts, searched as Intercom does: by whole days, sorted to the second, paged by a cursor."""

    def __init__(self):
        self.contacts, self.searches, self.headers, self.after_search = {}, [], {}, None
        self.attributes = [
            {"full_name": "email", "label": "Email", "data_type": "string"},
            {"full_name": "external_id", "label": "User id", "data_type": "string"},
            {"full_name": "role", "label": "Type", "data_type": "string"},
            {"full_name": "last_seen_at", "label": "Last seen", "data_type": "date"},
            {"full_name": "location.country", "label": "Country", "data_type": "string"},
            {"full_name": "custom_attributes.plan", "label": "Plan", "data_type": "string", "custom": True,
             "description": "What they pay for"},
            {"full_name": "custom_attributes.seats", "label": "Seats", "data_type": "integer", "custom": True},
            {"full_name": "custom_attributes.trial", "label": "Trial", "data_type": "boolean", "custom": True},
            {"full_name": "custom_attributes.renewed_at", "label": "Renewed", "data_type": "date", "custom": True},
            {"full_name": "custom_attributes.email", "label": "Second email", "data_type": "string", "custom": True},
            {"full_name": "custom_attributes.old", "label": "Old", "data_type": "string", "custom": True,
             "archived": True},
        ]  # fmt: skip

    def put(self, number, changed, **more):
        self.contacts[f"c{number:04}"] = {
            "type": "contact", "id": f"c{number:04}", "role": "user", "email": f"p{number}@x.example", "name": "P",
            "updated_at": changed, "custom_attributes": {"plan": "Pro"}, **more,
        }  # fmt: skip

    def __call__(self, handler):
        if handler.headers["Authorization"] != f"Bearer {TOKEN}":
            self.say(handler, 401, {"type": "error.list", "errors": [{"code": "unauthorized"}]})
            return
        asked = handler.endpoint.got[-1]
        if asked.path == "/me":
            self.say(handler, 200, {"type": "admin", "app": {"id_code": "abc1", "name": "Fernhill"}})
        elif asked.path == "/data_attributes?model=contact":
            self.say(handler, 200, {"type": "list", "data": self.attributes})
        else:
            assert (asked.method, asked.path) == ("POST", "/contacts/search")
            body = json.loads(asked.body)
            self.searches.append(body)
            self.say(handler, 200, self.found(body))
            if self.after_search:
                self.after_search()

    def found(self, body):
        query, paging = body["query"], body["pagination"]
        if query["operator"] == "IN":
            rows = [one for one in self.contacts.values() if one["id"] in query["value"]]
        else:
            assert (query["field"], query["operator"]) == ("updated_at", ">")
            day = query["value"] // DAY
            rows = [one for one in self.contacts.values() if not query["value"] or one["updated_at"] // DAY > day]
        down = body.get("sort", {}).get("order") == "descending"
        rows.sort(key=lambda one: (one["updated_at"], one["id"]), reverse=down)
        total = len(rows)
        if after := paging.get("starting_after"):
            place = tuple(json.loads(after))
            rows = [
                one for one in rows
                if ((one["updated_at"], one["id"]) < place if down else (one["updated_at"], one["id"]) > place)
            ]  # fmt: skip
        page, rest = rows[: paging["per_page"]], rows[paging["per_page"] :]
        pages = {"type": "pages", "per_page": paging["per_page"]}
        if rest:
            pages["next"] = {"page": 2, "starting_after": json.dumps([page[-1]["updated_at"], page[-1]["id"]])}
        return {"type": "list", "data": page, "total_count": total, "pages": pages}

    def say(self, handler, status, content):
        handler.say(status, json.dumps(content).encode(), **self.headers)


@pytest.fixture
def space(settings):
    settings.ALLOW_PRIVATE_CONNECTIONS = True
    with serving(Workspace()) as endpoint:
        endpoint.answer.link = Link({"token": TOKEN, "base_url": f"http://127.0.0.1:{endpoint.port}"})
        endpoint.answer.endpoint = endpoint
        yield endpoint.answer


def read(space, since=None, now=NOW):
    """Each page as another process asks for it. Returns records, cursor and how many pages."""
    records, pages, position = [], 0, {}
    while position is not None:
        page = connector("intercom").page(
            space.link, Ask(ASK.objects, ASK.properties, since, now), json.loads(json.dumps(position))
        )
        records, position, pages = records + list(page.records), page.position, pages + 1
        assert pages < 30
    return records, page.cursor, pages


def ids(records):
    return [one.id for one in records]


def test_it_says_which_workspace_it_is(space):
    state = connector("intercom").check(space.link)
    assert state == {"account": "Fernhill", "app": "abc1"}
    link = Link({**space.link.credentials, "region": "eu"}, state)
    assert connector("intercom").record_url(link, "contacts", "c1") == (
        "https://app.eu.intercom.com/a/apps/abc1/users/c1"
    )
    assert space.endpoint.got[0].headers["intercom-version"]


def test_attributes_become_properties_with_types(space):
    found = {one.name: one for one in connector("intercom").properties(space.link, ["contacts"])}
    assert {name: one.type for name, one in found.items()} == {
        "email": "string", "external_id": "string", "role": "string", "last_seen_at": "date",
        "location.country": "string", "plan": "string", "seats": "number", "trial": "boolean", "renewed_at": "date",
        "custom_attributes.email": "string",
    }  # fmt: skip
    assert (found["email"].identifies, found["external_id"].identifies) == ("email", "user_id")
    assert (found["plan"].group, found["plan"].description) == ("Custom", "What they pay for")


def test_values_are_read_as_attributes_take_them(space):
    space.put(
        1, NOON - DAY, last_seen_at=NOON - DAY, location={"country": "France"},
        custom_attributes={"plan": "Team", "renewed_at": 0, "email": "other@x.example"},
    )  # fmt: skip
    (record,), _, _ = read(space)
    assert (record.id, record.label, record.at) == ("c0001", "p1@x.example", datetime(2026, 6, 9, 12, tzinfo=UTC))
    assert record.values == {
        "email": "p1@x.example", "plan": "Team", "last_seen_at": "2026-06-09T12:00:00.000Z",
        "renewed_at": "1970-01-01T00:00:00.000Z", "location.country": "France",
    }  # fmt: skip


def test_all_are_read_in_pages_and_then_only_what_changed(space):
    for number in range(250):
        space.put(number, NOON - 2 * DAY + number)
    records, cursor, pages = read(space)
    assert (len(set(ids(records))), pages, cursor) == (250, 3, {"updated_at": NOON - 2 * DAY + 249})
    assert read(space, cursor)[0] == []
    space.put(3, NOON - 3600, custom_attributes={"plan": "Team"})
    records, cursor, pages = read(space, cursor)
    assert ([one.values["plan"] for one in records], pages) == (["Team"], 1)
    assert read(space, cursor)[0] == []


def test_a_run_of_changes_goes_back_no_further_than_it_must(space):
    for number in range(300):
        space.put(number, NOON - 3600 + number)
    _, cursor, _ = read(space)
    for number in range(120):
        space.put(number, NOON - 1800 + number)
    records, _, pages = read(space, cursor)
    assert (len(records), pages) == (120, 2)


def test_what_is_found_late_is_read_and_many_at_one_second_are_not_read_for_ever(space):
    for number in range(150):
        space.put(number, NOON - 10)
    records, cursor, _ = read(space)
    assert len(records) == 150
    space.put(500, NOON - 10)  # changed in the same second, found by searches only now
    assert "c0500" in ids(read(space, cursor)[0])
    later = datetime(2026, 6, 10, 13, tzinfo=UTC)
    records, cursor, _ = read(space, cursor, later)
    assert len(records) == 151
    assert read(space, cursor, later)[0] == []


def test_who_is_changed_during_a_full_run_is_met(space):
    for number in range(150):
        space.put(number, NOON - DAY + number)
    space.after_search = lambda: space.put(120, NOON - 5)
    assert len(set(ids(read(space)[0]))) == 150


def test_archived_contacts_are_gone(space):
    space.put(1, NOON - DAY, archived=True)
    assert [one.gone for one in read(space)[0]] == [True]


def test_single_contacts_are_read_again_or_said_to_be_gone(space):
    space.put(1, NOON - DAY)
    found = connector("intercom").fetch(space.link, ASK, [("contacts", "c0001"), ("contacts", "c0009")])
    assert [(one.id, one.gone) for one in found] == [("c0001", False), ("c0009", True)]


def test_a_contact_that_is_not_as_published_is_told_and_stops_nothing(space, monkeypatch):
    odd = [
        {"id": "c1", "updated_at": NOON, "custom_attributes": None, "email": "a@x.example", "location": []},
        {"id": "c2", "updated_at": "yesterday"}, {"updated_at": NOON}, {"id": "c3", "updated_at": 10**12}, "nobody",
    ]  # fmt: skip
    monkeypatch.setattr(space, "found", lambda body: {"data": odd, "pages": None})
    records, _, _ = read(space)
    assert [(one.id, type(one) is BadRecord) for one in records] == [
        ("c1", False), ("c2", True), ("", True), ("c3", True),
    ]  # fmt: skip


def test_it_waits_before_the_limit_is_used_up(space):
    for number in range(150):
        space.put(number, NOON - DAY)
    reset = str(int(time.time()) + 8)
    space.headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": reset}
    page = connector("intercom").page(space.link, ASK, {})
    assert 5 < page.pause <= 8
    assert page.left == 50
    space.headers["X-RateLimit-Remaining"] = "90"
    assert connector("intercom").page(space.link, ASK, {}).pause == 0


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (says(401), VendorRefused),
        (says(403), VendorRefused),
        (says(400, b'{"errors": [{"message": "hush"}]}'), VendorFailure),
        (says(429), VendorBusy),
        (says(500, b"hush"), VendorAway),
        (says(200, b"<html>hush"), VendorAway),
        (says(200, b"[]"), VendorAway),
        (says(200, b'{"data": {}}'), VendorAway),
        (lambda handler: handler.connection.shutdown(2), VendorAway),
    ],
)
def test_each_failure_is_of_its_kind_and_tells_no_secret(space, answer, kind):
    space.endpoint.answer = answer
    for act in (lambda: connector("intercom").properties(space.link, ["contacts"]), lambda: read(space)):
        with pytest.raises(kind) as raised:
            act()
        assert type(raised.value) is kind
        assert "hush" not in raised.value.message
        assert TOKEN not in raised.value.message


def test_a_refused_call_waits_until_intercom_says(space):
    space.endpoint.answer = says(429, X_RateLimit_Reset=str(int(time.time()) + 30))
    with pytest.raises(VendorBusy) as busy:
        read(space)
    assert 25 < busy.value.after <= 30


def test_a_token_with_blanks_is_refused_before_it_is_sent():
    with pytest.raises(VendorRefused, match="copy it from Intercom again"):
        connector("intercom").check_credentials({"token": "a b"})
