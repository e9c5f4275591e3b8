"""A segment as a tag on Intercom's contacts, against a server of ours that answers as Intercom publishes."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.audiences.keeping import State
from integrations.models import Audience, PlacedRecord
from tests.integrations.audiences.conftest import connected_with
from tests.integrations.connectors.test_intercom import NOON, TOKEN, Workspace
from tests.integrations.outside.servers import serving

pytestmark = pytest.mark.django_db(transaction=True)


class Tagging(Workspace):
    """The workspace with its tags: id -> name, and contact -> ids of tags."""

    def __init__(self):
        super().__init__()
        self.tags, self.tagged, self.limited = {}, {}, 0

    def __call__(self, handler):
        asked = handler.endpoint.got[-1]
        parts = asked.path.strip("/").split("/")
        if handler.headers["Authorization"] != f"Bearer {TOKEN}" or "tags" not in parts:
            super().__call__(handler)
        elif self.limited:
            self.limited -= 1
            handler.say(429, b"{}")
        else:
            self.say(handler, *self.answer_of(asked.method, parts, json.loads(asked.body or b"{}")))

    def answer_of(self, method, parts, body):
        lost = 404, {"type": "error.list", "errors": [{"code": "not_found", "message": "hush"}]}
        if parts == ["tags"]:
            known = [pk for pk, name in self.tags.items() if name.lower() == body["name"].lower()]
            pk = known[0] if known else str(len(self.tags) + 1)
            self.tags.setdefault(pk, body["name"])
            return 200, {"type": "tag", "id": pk, "name": self.tags[pk]}
        tag = body["id"] if method == "POST" else parts[-1]
        if tag not in self.tags or (parts[0] == "contacts" and parts[1] not in self.contacts):
            return lost
        mine = self.tagged.setdefault(parts[1], set()) if parts[0] == "contacts" else {tag}
        if method == "DELETE" and tag not in mine:
            return lost
        if method != "GET":
            (mine.add if method == "POST" else mine.discard)(tag)
        return 200, {"type": "tag", "id": tag, "name": self.tags[tag]}

    def found(self, body):
        if body["query"]["field"] != "tag_id":
            return super().found(body)
        rows = [one for one in self.contacts.values() if body["query"]["value"] in self.tagged.get(one["id"], ())]
        begin = int(body["pagination"].get("starting_after", 0))
        end = begin + min(body["pagination"]["per_page"], 2)
        pages = {"next": {"starting_after": str(end)}} if end < len(rows) else {}
        return {"type": "list", "data": rows[begin:end], "total_count": len(rows), "pages": pages}

    def with_tag(self, name="Paying"):
        (tag,) = [pk for pk, called in self.tags.items() if called == name]
        return sorted(contact for contact, tags in self.tagged.items() if tag in tags)


@pytest.fixture
def space(settings):
    settings.ALLOW_PRIVATE_CONNECTIONS = True
    with serving(Tagging()) as endpoint:
        endpoint.answer.url = f"http://127.0.0.1:{endpoint.port}"
        yield endpoint.answer


@pytest.fixture
def world(space, project):
    def put(number):
        space.put(number, NOON)
        return f"c{number:04}"

    made = connected_with(project, "intercom", {"token": TOKEN, "base_url": space.url}, put)
    made.known(1, 2, 3)
    return made


def test_the_tag_is_put_on_and_taken_off_as_people_enter_and_leave(space, world):
    world.enter(1, 2, 4)
    audience = world.make()
    assert space.with_tag() == ["c0001", "c0002"]
    assert (audience.state, audience.there, audience.absent) == (State.ACTIVE, 2, 1)
    world.leave(1)
    world.enter(3)
    assert world.tick(audience).there == 2
    assert space.with_tag() == ["c0002", "c0003"]


def test_the_comparison_mends_what_others_did(space, world):
    world.enter(1, 2)
    audience = world.make()
    space.put(7, NOON)
    space.tagged = {"c0001": {"1"}, "c0003": {"1"}, "c0007": {"1"}}
    PlacedRecord.objects.update(at=timezone.now() - timedelta(days=1))
    Audience.objects.update(next_comparison=timezone.now())
    audience = world.tick(audience)
    assert space.with_tag() == ["c0001", "c0002"]
    assert (audience.drift_added, audience.drift_removed, audience.there) == (1, 2, 2)


def test_a_contact_that_is_gone_fails_alone_and_a_tag_that_is_gone_breaks_it(space, world):
    del space.contacts["c0001"]
    world.enter(1, 2)
    audience = world.make()
    assert (audience.there, audience.failed, audience.state) == (1, 1, State.ACTIVE)
    space.tags.clear()
    world.enter(3)
    audience = world.tick(audience)
    assert audience.state == State.BROKEN
    assert "this tag no more" in audience.error


def test_a_contact_that_is_gone_needs_no_tag_taken_off(space, world):
    world.enter(1)
    audience = world.make()
    del space.contacts["c0001"]
    world.leave(1)
    audience = world.tick(audience)
    assert (audience.there, audience.failed, audience.state) == (0, 0, State.ACTIVE)


def test_a_limit_is_waited_for(space, world):
    space.limited = 1
    world.enter(1)
    audience = world.make()
    assert audience.state == State.FILLING
    assert audience.waiting_until


def test_a_tag_of_others_is_never_taken_over(space, world):
    space.tags["9"], space.tagged["c0003"] = "paying", {"9"}
    world.enter(1)
    audience = world.make()
    assert "has a tag 'Paying' with people in it already" in audience.error
    assert space.tagged == {"c0003": {"9"}}
