"""Undoing an import: what it replaced is there again, and what something newer replaced is left alone and said."""

import pytest

from segments.defining.edit import Author, create_segment
from segments.membership.lists import add_members
from segments.models import Membership
from tests.factories import SNIPPET, user, values_of
from users.models import EndUser, Provenance, UserTag
from users.writing.calls import Call
from users.writing.identify import identify

pytestmark = pytest.mark.django_db


@pytest.fixture
def undone(api):
    """The import once it was taken back."""

    def act(found):
        assert api.post(f"imports/{found['id']}/undo").status_code == 202
        return api.after(found["id"])

    return act


def test_values_times_and_writers_come_back(api, undone):
    person = user(api.project, "u1", name="Maya", attributes={"plan": "Free"})
    before = Provenance.objects.get(user=person).values
    found = api.imported("user_id,name,plan,seats\nu1,Mia,Pro,3\n")
    assert values_of(api.project, person) == {"custom.plan": "Pro", "custom.seats": 3}
    after = undone(found)
    assert (after["state"], after["undone"]) == ("undone", {"restored": 1, "removed": 0, "left": 0})
    assert values_of(api.project, person) == {"custom.plan": "Free"}
    assert person.name == "Maya"
    assert Provenance.objects.get(user=person).values == before


def test_what_something_newer_replaced_stays_and_is_said(api, undone, now):
    person = user(api.project, "u1", attributes={"plan": "Free", "seats": 1})
    found = api.imported("user_id,plan,seats\nu1,Pro,3\n")
    user(api.project, "u1", attributes={"plan": "Gold"}, now=EndUser.objects.get().created.__class__.now(now.tzinfo))
    after = undone(found)
    assert after["undone"] == {"restored": 1, "removed": 0, "left": 1}
    assert values_of(api.project, person) == {"custom.plan": "Gold", "custom.seats": 1}
    rows = api.get(f"imports/{found['id']}/problems").body["results"]
    assert [(row["step"], row["line"], row["column"]) for row in rows] == [("undo", 2, "custom.plan")]
    assert "changed meanwhile" in rows[0]["reason"]


def test_users_that_it_created_go_unless_somebody_wrote_to_them(api, undone, now):
    found = api.imported("user_id,plan\nu1,Pro\nu2,Pro\n")
    identify(api.project, Call(user_id="u2", attributes={"city": "Oslo"}), SNIPPET, now)
    after = undone(found)
    assert after["undone"] == {"restored": 1, "removed": 1, "left": 1}
    assert [person.user_id for person in EndUser.objects.all()] == ["u2"]
    assert values_of(api.project, EndUser.objects.get()) == {"custom.city": "Oslo"}


def test_tags_and_lists_are_taken_back_too(api, undone, now):
    segment = create_segment(api.project, {"name": "April"}, rule=None, static=True, by=Author(None, "x"), now=now)
    here, other = user(api.project, "u1"), user(api.project, "u2")
    add_members(segment, [other.pk], now)
    found = api.imported("user_id\nu1\nu2\n", tag="april", segment=segment.pk)
    assert undone(found)["state"] == "undone"
    assert not UserTag.objects.filter(user=here).exists()
    assert list(Membership.objects.values_list("user_id", flat=True)) == [other.pk]


def test_user_who_is_in_the_file_twice_gets_the_first_value_back(api, undone):
    person = user(api.project, "u1", attributes={"plan": "Free"})
    found = api.imported("user_id,plan\nu1,Pro\nu1,Gold\n")
    assert undone(found)["undone"]["left"] == 0
    assert values_of(api.project, person) == {"custom.plan": "Free"}


def test_an_import_is_undone_once(api, undone):
    found = api.imported("user_id,plan\nu1,Pro\n")
    undone(found)
    assert api.post(f"imports/{found['id']}/undo").status_code == 409
