"""What is stored: types, conversion, rejection by name, time, operations, provenance, history."""

from datetime import timedelta

import pytest

from tests.factories import user, value_of, values_of
from users.models import Attribute, AttributeChange, EndUser, IngestEntry, Provenance
from users.registry.attributes import registry_of
from users.types.timestamps import to_ms
from users.writing.calls import Call, Refused
from users.writing.identify import identify

pytestmark = pytest.mark.django_db


def send(project, origin, now, **fields):
    fields.setdefault("user_id", "u1")
    return identify(project, Call(**fields), origin, now)


@pytest.mark.parametrize(
    ("first", "kind", "stored"),
    [
        ("Pro", "string", "Pro"),
        ("18", "string", "18"),
        ("", "string", ""),
        (3, "number", 3),
        (1.0, "number", 1),
        (2.5, "number", 2.5),
        (1e300, "number", 1e300),
        (True, "boolean", True),
        ("2024-06-15", "date", "2024-06-15"),
        ("2024-06-15T10:30", "date", "2024-06-15T10:30:00.000Z"),
        ("2024-06-15T10:30:00+02:00", "date", "2024-06-15T08:30:00.000Z"),
        ("2024-06-15T24:00", "string", "2024-06-15T24:00"),
        ("20240615", "string", "20240615"),
        (["a", 1, "1", True, 1.0, "a"], "list", ["a", 1, "1", True]),
        ([], "list", []),
    ],
)
def test_the_first_value_gives_the_type(project, server, now, first, kind, stored):
    send(project, server, now, attributes={"it": first})
    assert Attribute.objects.get(key="it").type == kind
    value = value_of(project, EndUser.objects.get(), "custom.it")
    assert value == stored
    assert type(value) is type(stored)


@pytest.mark.parametrize(
    ("first", "later", "verdict", "stored"),
    [
        ("Pro", 1.0, "converted", "1"),
        ("Pro", True, "converted", "true"),
        (3, "42", "converted", 42),
        (3, "042", "rejected", 3),
        (3, "+1", "rejected", 3),
        (3, " 42 ", "rejected", 3),
        (3, "1e999", "rejected", 3),
        (3, 2**53, "rejected", 3),
        (3, True, "rejected", 3),
        (3, "0.12345678901234567890123", "rejected", 3),
        (True, "FALSE", "converted", False),
        (True, 0, "rejected", True),
        ("2024-06-15", "2025-01-01T00:00:00.5Z", "converted", "2025-01-01T00:00:00.500Z"),
        ("2024-06-15", "June", "rejected", "2024-06-15"),
        ("2024-06-15", 1718409600, "rejected", "2024-06-15"),
        (["a"], "b", "converted", ["b"]),
        (["a"], [None], "rejected", ["a"]),
        (["a"], [["b"]], "rejected", ["a"]),
        ("Pro", ["a"], "rejected", "Pro"),
        ("Pro", {"a": 1}, "rejected", "Pro"),
        ("Pro", "x" * 701, "rejected", "Pro"),
        ("Pro", "a\x00", "rejected", "Pro"),
        ("Pro", "\ud800", "rejected", "Pro"),
    ],
)
def test_later_values_fit_convert_or_are_rejected_by_name(project, server, now, first, later, verdict, stored):
    send(project, server, now, attributes={"it": first})
    answer = send(project, server, now, attributes={"it": later, "other": "kept"})
    assert answer.attributes == {"it": verdict, "other": "accepted"}
    assert value_of(project, EndUser.objects.get(), "custom.it") == stored
    if verdict == "rejected":
        assert answer.rejected[0]["attribute"] == "it"
        assert answer.rejected[0]["reason"][0].isupper() or answer.rejected[0]["reason"][0] in '"0123456789[t'
        assert IngestEntry.objects.get().verdicts[0]["verdict"] == "rejected"


def test_strict_stores_nothing_when_anything_is_rejected(project, server, now):
    send(project, server, now, attributes={"n": 1})
    with pytest.raises(Refused) as caught:
        send(project, server, now, attributes={"n": "abc", "new": 1, "plan": "Pro"}, strict=True)
    assert caught.value.details == [
        {"path": "attributes.n", "message": '"abc" is not a number. Send a number such as 42 or 3.5.'}
    ]
    assert values_of(project, EndUser.objects.get()) == {"custom.n": 1}
    assert not Attribute.objects.filter(key__in=["new", "plan"]).exists()


@pytest.mark.parametrize("key", ["", "  ", "k" * 101, "a\nb", "native.email", "$bad"])
def test_bad_keys_are_rejected_by_name(project, server, now, key):
    answer = send(project, server, now, attributes={key: 1, "good": 1})
    assert answer.attributes == {key: "rejected", "good": "accepted"}


@pytest.mark.parametrize("key", ["a.b", "a'b", 'a"b', "été", "0", "a17", "$".join("ab"), "emoji 🎉", "Plan", "plan"])
def test_any_other_key_is_stored_as_it_is(project, server, now, key):
    send(project, server, now, attributes={key: "x"})
    assert values_of(project, EndUser.objects.get()) == {f"custom.{key}": "x"}


def test_251_attributes_refuse_the_call(project, server, now):
    with pytest.raises(Refused, match="250"):
        send(project, server, now, attributes={f"k{number}": 1 for number in range(251)})
    assert not EndUser.objects.exists()


def test_public_calls_may_define_fewer_attributes(project, snippet, server, now):
    project.public_attribute_limit = 2
    project.save()
    answer = send(project, snippet, now, attributes={"a": 1, "b": 1, "c": 1})
    assert sorted(answer.attributes.values()) == ["accepted", "accepted", "rejected"]
    assert send(project, server, now, attributes={"c": 1}).attributes == {"c": "accepted"}


def test_null_removes_and_keeps_older_sets_away(project, server, now):
    send(project, server, now, attributes={"plan": "Pro"}, timestamp=now - timedelta(days=9))
    assert send(project, server, now, attributes={"plan": None}, timestamp=now - timedelta(days=2)).attributes == {
        "plan": "removed"
    }
    late = send(project, server, now, attributes={"plan": "Free"}, timestamp=now - timedelta(days=5))
    assert late.attributes == {"plan": "stale"}
    assert values_of(project, EndUser.objects.get()) == {}


def test_a_late_value_is_reported_stale_and_not_stored(project, server, now):
    send(project, server, now, attributes={"plan": "Pro"}, timestamp=now - timedelta(days=1))
    answer = send(project, server, now, attributes={"plan": "Free", "new": 1}, timestamp=now - timedelta(days=2))
    assert answer.attributes == {"plan": "stale", "new": "accepted"}
    assert value_of(project, EndUser.objects.get(), "custom.plan") == "Pro"


def test_an_unchanged_value_with_a_newer_time_moves_its_time_without_history(project, server, now):
    send(project, server, now, attributes={"plan": "Pro"}, timestamp=now - timedelta(days=3))
    send(project, server, now, attributes={"plan": "Pro"}, timestamp=now - timedelta(days=1))
    assert send(project, server, now, attributes={"plan": "Free"}, timestamp=now - timedelta(days=2)).attributes == {
        "plan": "stale"
    }
    assert AttributeChange.objects.count() == 1


def test_future_times_are_clamped_to_now(project, server, now):
    send(project, server, now, attributes={"plan": "Pro"}, timestamp=now + timedelta(days=9))
    later = now + timedelta(minutes=1)
    assert send(project, server, later, attributes={"plan": "Free"}).attributes == {"plan": "accepted"}


@pytest.mark.parametrize("bad", ["yesterday", 1718409600, "0000-01-01T00:00:00Z", "2024-13-01", True, {}])
def test_a_bad_timestamp_refuses_the_call(project, server, now, bad):
    with pytest.raises(Refused, match="timestamp"):
        send(project, server, now, attributes={"plan": "Pro"}, timestamp=bad)
    assert not EndUser.objects.exists()


def test_operations_apply_in_order(project, server, now):
    send(project, server, now, attributes={"logins": 1, "list": ["a"]})
    answer = send(
        project, server, now,
        attributes={"$add": {"logins": 2}, "$append": {"list": ["b", "a"]}, "$union": {"tags": "x"},
                    "$remove": {"list": "a"}, "$set_once": {"first": "x", "logins": 9}, "$unset": ["missing"]},
    )  # fmt: skip
    person = EndUser.objects.get()
    assert values_of(project, person) == {
        "custom.logins": 3, "custom.list": ["b"], "custom.tags": ["x"], "custom.first": "x",
    }  # fmt: skip
    assert answer.attributes["missing"] == "unchanged"


def test_operations_are_never_stale(project, server, now):
    send(project, server, now, attributes={"logins": 1})
    send(project, server, now, attributes={"$add": {"logins": 1}}, timestamp=now - timedelta(days=9))
    assert value_of(project, EndUser.objects.get(), "custom.logins") == 2


@pytest.mark.parametrize(
    "misuse",
    [
        {"$add": {"it": "x"}},
        {"$add": 1},
        {"$unset": "it"},
        {"$append": {"it": "a"}},
        {"$nope": {}},
        {"$add": {"it": 1e308}},
    ],
)
def test_misused_operations_are_rejected_by_name(project, server, now, misuse):
    send(project, server, now, attributes={"it": 1.7e308})
    answer = send(project, server, now, attributes={**misuse, "ok": 1})
    assert sorted(answer.attributes.values()) == ["accepted", "rejected"]
    assert value_of(project, EndUser.objects.get(), "custom.it") == 1.7e308


@pytest.mark.parametrize(
    ("stored", "added", "verdict"),
    [
        (2**53 - 1, 0.5, "rejected"), (2**52, 0.5, "rejected"), (1e300, 1, "rejected"), (2**53 - 1, 1, "rejected"),
        (2**52, 1, "accepted"), (1e300, 1e300, "accepted"), (0.1, 0.2, "accepted"), (2**53 - 2, 1, "accepted"),
    ],
)  # fmt: skip
def test_a_sum_that_would_lose_what_is_added_is_rejected_by_name(project, server, now, stored, added, verdict):
    send(project, server, now, attributes={"it": stored})
    answer = send(project, server, now, attributes={"$add": {"it": added}})
    assert answer.attributes == {"it": verdict}
    assert value_of(project, EndUser.objects.get(), "custom.it") == (
        stored + added if verdict == "accepted" else stored
    )


def test_public_calls_may_not_use_operations(project, snippet, now):
    answer = send(project, snippet, now, attributes={"$add": {"logins": 1}})
    assert answer.attributes == {"$add": "rejected"}
    assert "secret key" in answer.rejected[0]["reason"]


def test_remove_unspecified_spares_natives_integrations_and_the_rejected(project, server, now):
    send(project, server, now, name="Maya", attributes={"a": 1, "b": 1, "c": 1})
    send(project, server, now, source="hubspot", attributes={"stage": "lead"})
    answer = send(project, server, now, attributes={"a": 2, "b": "wrong"}, remove_unspecified=True)
    person = EndUser.objects.get()
    assert values_of(project, person) == {"custom.a": 2, "custom.b": 1, "hubspot.stage": "lead"}
    assert person.name == "Maya"
    assert answer.attributes == {"a": "accepted", "b": "rejected", "c": "removed"}


def test_a_removal_of_the_unnamed_that_came_too_late_is_explained(project, server, now):
    send(project, server, now, attributes={"plan": "Pro"})
    answer = send(project, server, now, remove_unspecified=True, timestamp=now - timedelta(days=1))
    assert answer.attributes == {"plan": "stale"}
    verdict = IngestEntry.objects.get().verdicts[0]
    assert (verdict["attribute"], verdict["verdict"], verdict["sent"]) == ("custom.plan", "stale", "")


def test_sources_never_overwrite_each_other(project, server, now):
    send(project, server, now, attributes={"plan": "Pro"})
    send(project, server, now, source="hubspot", attributes={"plan": "Enterprise"})
    person = EndUser.objects.get()
    assert values_of(project, person) == {"custom.plan": "Pro", "hubspot.plan": "Enterprise"}
    assert person.sources == ["custom", "hubspot"]


def test_natives_have_verdicts_of_their_own(project, server, now):
    answer = send(project, server, now, name="Maya", email="m@x.io", language=None, attributes={"email": "other"})
    assert answer.attributes == {
        "native.name": "accepted", "native.email": "accepted", "native.language": "unchanged", "email": "accepted",
    }  # fmt: skip


def test_a_write_leaves_provenance_and_history(project, server, now):
    send(project, server, now, attributes={"plan": "Free"})
    at = now - timedelta(seconds=5)
    later = now + timedelta(hours=1)
    send(project, server, later, attributes={"plan": "Pro"}, timestamp=later - timedelta(seconds=5))
    ref = registry_of(project).find("custom.plan").ref
    change = AttributeChange.objects.latest("id")
    assert change.changes == {ref: {"p": "Free", "n": "Pro"}}
    assert change.written_at == later - timedelta(seconds=5)
    entry = Provenance.objects.get().values[ref]
    assert entry == {
        "t": to_ms(at + timedelta(hours=1)), "r": to_ms(later), "c": change.pk, "k": "key", "o": None, "l": "Billing",
    }  # fmt: skip


def test_an_unchanged_call_writes_nothing(project, server, now, django_assert_num_queries):
    send(project, server, now, name="Maya", attributes={"plan": "Pro"})
    with django_assert_num_queries(1):
        answer = send(project, server, now, name="Maya", attributes={"plan": "Pro"})
    assert answer.attributes == {"native.name": "unchanged", "plan": "unchanged"}


def test_sessions_open_after_thirty_minutes(project, snippet, now):
    for minutes in (0, 10, 45, 46, 5):
        send(project, snippet, now, timestamp=now - timedelta(hours=3) + timedelta(minutes=minutes), activity=True)
    person = EndUser.objects.get()
    assert person.sessions == 2
    assert person.last_activity - person.first_seen == timedelta(minutes=46)


def test_secret_identifies_are_no_activity(project):
    assert user(project, "u1").sessions == 0


def test_a_message_id_answers_the_same_for_a_day(project, server, now):
    first = send(project, server, now, attributes={"$add": {"n": 1}}, message_id="m1")
    again = send(project, server, now + timedelta(hours=23), attributes={"$add": {"n": 1}}, message_id="m1")
    assert again.repeated
    assert again.attributes == first.attributes
    assert value_of(project, EndUser.objects.get(), "custom.n") == 1
    send(project, server, now + timedelta(hours=25), attributes={"$add": {"n": 1}}, message_id="m1")
    assert value_of(project, EndUser.objects.get(), "custom.n") == 2
