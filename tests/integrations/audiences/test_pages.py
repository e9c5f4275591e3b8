"""Audiences on the page of their connection, and on their segment's."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Audience
from segments.models import Segment
from tests.factories import member
from tests.reading import html_of
from users.extend import uses_in
from users.jobs.machinery import run_all_jobs

pytestmark = pytest.mark.django_db(transaction=True)


class Pages:
    def __init__(self, world, role):
        self.world, self.client = world, Client()
        self.client.force_login(member(world.project, role))
        self.at = [world.project.slug, world.connection.pk]

    def page(self):
        return html_of(self.client.get(reverse("connection", args=self.at)))

    def do(self, what, **more):
        sent = {"do": what, **{name: str(value) for name, value in more.items()}}
        return self.client.post(reverse("connection_audiences", args=self.at), sent, follow=True)


@pytest.fixture
def admin(world):
    return Pages(world, "admin")


def test_a_segment_is_added_filled_paused_compared_and_removed(admin, world):
    world.enter(1, 4)
    assert "No audience yet" in admin.page()
    filling = html_of(admin.do("add", segment=world.segment.pk, name="Payers"))
    audience = Audience.objects.get()
    assert "Payers is being filled." in filling
    assert "0 of 2 looked at" in filling
    assert 'hx-select="#audience-list"' in filling
    run_all_jobs()
    page = admin.page()
    assert "2 members, 1 in HubSpot" in page
    assert "(1 not known there)" in page
    assert 'hx-select="#audience-list"' not in page
    assert "compared with HubSpot" in html_of(admin.do("compare", audience=audience.pk))
    run_all_jobs()
    assert "nothing to mend" in admin.page()
    assert "Payers is paused" in html_of(admin.do("pause", audience=audience.pk))
    assert "Payers goes on" in html_of(admin.do("resume", audience=audience.pk))
    assert "stays as it is" in html_of(admin.do("remove", audience=audience.pk))
    assert not Audience.objects.exists()


def test_the_segment_says_who_keeps_it(admin, world):
    audience = world.make("Payers")
    assert uses_in(world.project)[f"segment:{world.segment.pk}"] == [
        ("HubSpot: Payers", f"{reverse('connection', args=admin.at)}#audience-{audience.pk}")
    ]
    page = admin.client.get(reverse("segment", args=[world.project.slug, world.segment.pk]), {"tab": "uses"})
    assert "HubSpot: Payers" in html_of(page)


def test_what_is_wrong_is_said_and_changes_nothing(admin, world, project):
    assert "Choose a segment" in html_of(admin.do("add", segment=""))
    assert "Choose a segment" in html_of(admin.do("add", segment=10**12))
    assert admin.do("pause", audience=1).status_code == 404
    audience = world.make()
    assert "already" in html_of(admin.do("add", segment=world.segment.pk))
    assert "in sync already" in html_of(admin.do("resume", audience=audience.pk))
    other = Segment.objects.create(project=project, name="Other", static=True, state="ready")
    assert "at most" in html_of(admin.do("add", segment=other.pk, name="x" * 101))
    assert Audience.objects.count() == 1


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_others_look_on(world, role):
    world.make("Payers")
    pages = Pages(world, role)
    page = pages.page()
    assert "Payers" in page
    assert "Add audience" not in page
    assert pages.do("add", segment=world.segment.pk).status_code == 403


def test_the_audiences_of_another_connection_are_not_to_be_had(admin, world):
    audience = world.make()
    Audience.objects.update(connection=type(world.connection).objects.create(project=world.project, connector="toy"))
    assert admin.do("remove", audience=audience.pk).status_code == 404
    assert Audience.objects.exists()
