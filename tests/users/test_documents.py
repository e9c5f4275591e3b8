"""What is stored of who wrote what has the shapes that users/models/documents.py names, whatever wrote it."""

from datetime import timedelta
from typing import get_type_hints

import pytest

from tests.factories import SERVER, SNIPPET, member, user
from users.jobs.machinery import run_all_jobs
from users.models import Attribute, AttributeChange, EndUser, Merge, Provenance
from users.models.documents import ProvenanceEntry, SetAside, TagFact, WrittenChange
from users.writing.calls import Call, TagChange
from users.writing.edits import member_origin
from users.writing.identify import identify
from users.writing.retype import start_retype

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(project, now):
    """One user after all kinds of writes: calls, a removal, edits by hand, a merge, a change of type."""
    hand = member_origin(member(project, "editor"))
    person = user(project, "maya", attributes={"plan": "Pro", "seats": "12", "gone": 1}, name="Maya")
    for number, (call, origin) in enumerate([
        (Call(target=person.pk, attributes={"plan": "Team", "gone": None}, tags=TagChange(add=["vip"])), SERVER),
        (Call(target=person.pk, attributes={"plan": "Max"}, name=None, tags=TagChange(["beta"], ["vip"])), hand),
        (Call(jimer_id="browser", attributes={"color": "red"}), SNIPPET),
        (Call(jimer_id="browser", user_id="maya"), SNIPPET),
        (Call(jimer_id="second", user_id="maya"), SNIPPET),
    ]):  # fmt: skip
        identify(project, call, origin, now + timedelta(seconds=number + 1))
    assert Merge.objects.exists()
    start_retype(Attribute.objects.get(key="plan"), "number", None, confirm=True)
    run_all_jobs()
    return EndUser.objects.get(pk=person.pk)


def assert_shape(document, shape):
    assert shape.__required_keys__ <= document.keys() <= get_type_hints(shape).keys(), document


def test_every_entry_has_the_named_shape(written):
    entries = [entry for row in Provenance.objects.all() for entry in row.values.values()]
    assert any(entry.get("x") for entry in entries)
    for entry in entries:
        assert_shape(entry, ProvenanceEntry)
        assert [type(entry[key]) for key in "trkl"] == [int, int, str, str]


def test_every_change_has_the_named_shape(written):
    changes = [what for row in AttributeChange.objects.all() for what in row.changes.values()]
    for what in changes:
        assert_shape(what, WrittenChange)
        assert not {"p", "n"} & what.keys() or not {"added", "removed", "was"} & what.keys()
        if what.get("w"):
            assert_shape(what["w"], ProvenanceEntry)
    assert {key for what in changes for key in what} == get_type_hints(WrittenChange).keys()
    assert_shape(next(what["was"] for what in changes if "was" in what)["vip"], TagFact)


def test_what_a_change_of_type_set_aside_has_the_named_shape(written):
    [aside] = written.set_aside.values()
    assert_shape(aside, SetAside)
    assert_shape(aside["entry"], ProvenanceEntry)
