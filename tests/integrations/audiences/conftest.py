"""A project with a list of people, connected with the pretend HubSpot that knows most of them."""

import pytest
from django.utils import timezone

from integrations.audiences import clock, keeping
from integrations.connectors.registry import connector
from integrations.models import Audience
from integrations.syncing.choices import keep_choices, read_choices
from integrations.syncing.connecting import connect
from integrations.syncing.links import link_of
from integrations.syncing.runs import NotNow, start_run
from segments.defining.edit import Author, create_segment
from segments.membership.lists import add_members, remove_members
from segments.models import Segment
from tests.factories import user
from tests.integrations.connectors.conftest import vendor  # noqa: F401
from users.jobs.machinery import run_all_jobs


class World:
    """`people` are the users by number: p1 to p4, of whom HubSpot does not have the fourth."""

    def __init__(self, project, connection, put):
        self.project, self.connection, self.put = project, connection, put
        self.people, self.records = {}, {}
        self.segment = create_segment(
            project, {"name": "Paying"}, rule=None, static=True, by=Author(None, "Ada"), now=timezone.now()
        )

    def known(self, *numbers):
        """At the vendor, and here after a run."""
        for number in numbers:
            self.records[number] = self.put(number)
        self.read()

    def read(self):
        try:
            start_run(self.connection, "member", timezone.now())
        except NotNow:
            pass  # a run that began with the choices
        run_all_jobs()
        self.connection.refresh_from_db()

    def enter(self, *numbers):
        add_members(self.segment, [self.people[number].pk for number in numbers], timezone.now())

    def leave(self, *numbers):
        remove_members(self.segment, [self.people[number].pk for number in numbers], timezone.now())

    def make(self, name="", segment=None):
        """An audience of the segment, filled."""
        found = connector(self.connection.connector)
        made = keeping.make_audience(self.connection, found, segment or self.segment, name, timezone.now())
        run_all_jobs()
        return self.now(made)

    def tick(self, audience):
        """What the worker does by the clock, and the jobs that it starts."""
        clock.start_due_audiences(timezone.now())
        run_all_jobs()
        return self.now(audience)

    def now(self, audience):
        return Audience.objects.select_related("segment", "connection").get(pk=audience.pk)

    def delete_segment(self):
        Segment.objects.filter(pk=self.segment.pk).delete()


def connected_with(project, slug, credentials, put):
    """Connected, reading nothing but the email, with users p1 to p4."""
    found, now = connector(slug), timezone.now()
    made = connect(project, found, credentials, now)
    choices = read_choices(made, found, link_of(made), {"properties": [{"property": "email"}]})
    keep_choices(made, found, choices, now)
    made.refresh_from_db()
    world = World(project, made, put)
    for number in range(1, 5):
        world.people[number] = user(project, f"u{number}", email=f"p{number}@x.example")
    return world


@pytest.fixture
def world(vendor, project):  # noqa: F811
    def put(number):
        return vendor.contact(number, timezone.now())

    made = connected_with(project, "hubspot", vendor.link.credentials, put)
    made.known(1, 2, 3)
    return made
