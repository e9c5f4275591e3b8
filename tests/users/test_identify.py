"""Who a call is about: creation, promotion, merging, shared computers, refused ids."""

from datetime import timedelta

import pytest

from tests.factories import ProjectFactory, user, values_of
from users.models import AttributeChange, EndUser, Identity, IngestEntry, Merge
from users.writing.calls import Call, Refused, UnknownUser
from users.writing.identify import identify
from users.writing.merge import undo_merge
from users.writing.resolve import find_user

pytestmark = pytest.mark.django_db


def test_first_sight_creates_an_anonymous_user(project, snippet, now):
    answer = identify(project, Call(jimer_id="anon", activity=True), snippet, now)
    person = EndUser.objects.get()
    assert (answer.created, person.jimer_id, person.user_id, person.sessions) == (True, "anon", None, 1)
    assert person.first_seen == person.last_activity


def test_a_server_call_without_jimer_id_gets_one(project, server, now):
    answer = identify(project, Call(user_id="u1"), server, now)
    assert find_user(project, answer.jimer_id).user_id == "u1"


def test_a_call_that_names_nobody_is_refused(project, server, now):
    with pytest.raises(Refused, match="names nobody"):
        identify(project, Call(attributes={"plan": "Pro"}), server, now)
    assert not EndUser.objects.exists()


def test_identify_promotes_the_anonymous_profile_and_keeps_its_history(project, snippet, now):
    identify(project, Call(jimer_id="anon", attributes={"plan": "Free"}), snippet, now)
    answer = identify(project, Call(jimer_id="anon", user_id="u1"), snippet, now)
    person = EndUser.objects.get()
    assert (answer.created, answer.merged, person.user_id) == (False, False, "u1")
    assert values_of(project, person) == {"custom.plan": "Free"}
    assert AttributeChange.objects.filter(user=person).count() == 2


def test_numbers_are_read_as_text_ids(project, server, now):
    identify(project, Call(user_id=42), server, now)
    assert EndUser.objects.get().user_id == "42"


def test_the_same_id_in_another_project_is_another_user(project, server, now):
    other = ProjectFactory()
    identify(project, Call(user_id="u1", attributes={"plan": "Pro"}), server, now)
    identify(other, Call(user_id="u1", attributes={"plan": "Free"}), server, now)
    assert [values_of(item, find_user(item, "u1")) for item in (project, other)] == [
        {"custom.plan": "Pro"},
        {"custom.plan": "Free"},
    ]


class TestMerge:
    @pytest.fixture
    def merged(self, project, snippet, now):
        identify(project, Call(jimer_id="a", user_id="u1", name="Maya", attributes={"plan": "Pro"}, activity=True),
                 snippet, now)  # fmt: skip
        identify(project, Call(jimer_id="b", attributes={"plan": "Free", "source": "ad"}, activity=True), snippet, now)
        answer = identify(project, Call(jimer_id="b", user_id="u1"), snippet, now)
        assert answer.merged
        return EndUser.objects.get(user_id="u1")

    def test_identified_values_win_and_gaps_are_filled(self, project, merged):
        assert values_of(project, merged) == {"custom.plan": "Pro", "custom.source": "ad"}
        assert merged.sessions == 2

    def test_both_ids_lead_to_the_survivor(self, project, merged):
        assert find_user(project, "b") == find_user(project, "a") == merged

    def test_history_moves_and_remembers_whom_it_was_written_for(self, merged):
        absorbed = EndUser.objects.get(merged_into=merged)
        moved = AttributeChange.objects.get(written_for=absorbed)
        assert moved.user == merged
        assert not AttributeChange.objects.filter(user=absorbed).exists()

    def test_undo_restores_the_absorbed_profile(self, project, merged, server, now):
        undo_merge(project, Merge.objects.get(), server, now)
        other = find_user(project, "b")
        assert other != merged
        assert values_of(project, other) == {"custom.plan": "Free", "custom.source": "ad"}
        assert values_of(project, merged) == {"custom.plan": "Pro"}
        assert (merged.sessions, other.sessions, other.merged_into) == (1, 1, None)
        assert AttributeChange.objects.filter(user=other).count() == 1

    def test_undo_leaves_later_writes_with_the_survivor(self, project, merged, server, now):
        identify(project, Call(user_id="u1", attributes={"source": "friend"}), server, now)
        undo_merge(project, Merge.objects.get(), server, now)
        assert values_of(project, merged) == {"custom.plan": "Pro", "custom.source": "friend"}

    @pytest.mark.parametrize("later", ["a", "b"])
    def test_the_later_of_two_removals_holds_until_undone(self, project, snippet, server, now, later):
        days = {"a": 4, "b": 4, later: 2}
        for ids in ({"jimer_id": "a", "user_id": "u1"}, {"jimer_id": "b"}):
            identify(project, Call(**ids, attributes={"plan": "Pro"}, timestamp=now - timedelta(days=9)), snippet, now)
            gone = now - timedelta(days=days[ids["jimer_id"]])
            identify(project, Call(**ids, attributes={"plan": None}, timestamp=gone), snippet, now)
        identify(project, Call(jimer_id="b", user_id="u1"), snippet, now)
        between = Call(user_id="u1", attributes={"plan": "Free"}, timestamp=now - timedelta(days=3))
        assert identify(project, between, server, now).attributes == {"plan": "stale"}
        undo_merge(project, Merge.objects.get(), server, now)
        expected = "stale" if later == "a" else "accepted"
        assert identify(project, between, server, now).attributes == {"plan": expected}

    def test_a_merge_is_undone_once(self, project, merged, server, now):
        undo_merge(project, Merge.objects.get(), server, now)
        with pytest.raises(Refused, match="undone already"):
            undo_merge(project, Merge.objects.get(), server, now)

    def test_ids_remember_the_merge_that_moved_them(self, merged):
        assert Identity.objects.get(value="b").merge == Merge.objects.get()


def test_a_shared_computer_never_merges_two_people(project, snippet, now):
    identify(project, Call(jimer_id="desk", user_id="first", attributes={"plan": "Pro"}), snippet, now)
    answer = identify(project, Call(jimer_id="desk", user_id="second", attributes={"role": "guest"}), snippet, now)
    assert answer.fresh_jimer_id
    assert answer.jimer_id != "desk"
    assert find_user(project, "desk").user_id == "first"
    assert find_user(project, answer.jimer_id).user_id == "second"
    assert not Merge.objects.exists()


@pytest.mark.parametrize(
    "bad", ["", " ", "null", "NULL", "undefined", "none", "nil", "NaN", "0", 0, "true", True, False, "anonymous",
            "guest", "[object Object]", "{{ user.id }}", '"null"', "x" * 256, {"id": 1}, ["u1"], "a\x00b"]
)  # fmt: skip
@pytest.mark.parametrize("path", ["user_id", "jimer_id"])
def test_an_id_that_is_a_bug_refuses_the_whole_call(project, server, now, bad, path):
    with pytest.raises(Refused) as caught:
        identify(project, Call(**{path: bad}, attributes={"plan": "Pro"}), server, now)
    assert caught.value.details[0]["path"] == path
    assert not EndUser.objects.exists()
    assert IngestEntry.objects.get().outcome == "refused"


def test_a_target_that_is_not_there_is_unknown(project, server, now):
    stranger = user(ProjectFactory(), "u1")
    with pytest.raises(UnknownUser):
        identify(project, Call(target=stranger.pk, attributes={"plan": "Pro"}), server, now)
