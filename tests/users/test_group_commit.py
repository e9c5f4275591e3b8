"""Calls that come at once are written together, each with its own answer, error and wait."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.factories import SERVER, ProjectFactory, value_of
from users.database.contention import Busy
from users.models import AttributeChange, EndUser
from users.writing import group_commit, identify
from users.writing.calls import Answer, Call, Origin, Refused

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


class Held:
    """The write path, whose first group waits until all others are in the queue."""

    def __init__(self, monkeypatch, fails=lambda calls: None):
        self.sizes, self.may_go, self.fails = [], threading.Event(), fails
        self.run = identify.write_calls
        monkeypatch.setattr(identify, "write_calls", self)

    def __call__(self, project, calls, *rest):
        self.sizes.append(len(calls))
        if len(self.sizes) == 1:
            self.may_go.wait(10)
        self.fails(calls)
        return self.run(project, calls, *rest)


def outcomes(project, held, calls, origins=None):
    """What became of each call; the first writes alone, the others wait for it."""
    found = [None] * len(calls)

    def send(number):
        try:
            origin = origins[number] if origins else SERVER
            found[number] = identify.identify(project, calls[number], origin, timezone.now())
        except Exception as error:
            found[number] = error
        connection.close()

    threads = [threading.Thread(target=send, args=[number]) for number in range(len(calls))]
    for thread in threads:
        thread.start()
        time.sleep(0.03)  # in this order
    held.may_go.set()
    for thread in threads:
        thread.join(20)
    return found


def test_those_who_come_meanwhile_are_written_together_with_the_next(monkeypatch):
    project, held = ProjectFactory(), Held(monkeypatch)
    found = outcomes(project, held, [Call(user_id=f"u{n}", attributes={"n": n}) for n in range(12)])
    assert held.sizes == [1, 11]
    assert [answer.user_id for answer in found] == [f"u{n}" for n in range(12)]
    for number in range(12):
        assert value_of(project, EndUser.objects.get(user_id=f"u{number}"), "custom.n") == number


def test_calls_about_one_user_are_done_in_the_order_in_which_they_came(monkeypatch):
    project, held = ProjectFactory(), Held(monkeypatch)
    outcomes(project, held, [Call(user_id="u", attributes={"n": n}) for n in range(8)])
    assert value_of(project, EndUser.objects.get(), "custom.n") == 7
    assert AttributeChange.objects.count() == 8


def test_each_has_its_own_refusal(monkeypatch):
    project, held = ProjectFactory(), Held(monkeypatch)
    calls = [Call(user_id="first"), Call(user_id="null"), Call(user_id="a"), Call(target=10**6),
             Call(user_id="b", attributes={"n": "\x00"}, strict=True), Call(user_id="c")]  # fmt: skip
    found = outcomes(project, held, calls)
    kinds = [type(one).__name__ if isinstance(one, Answer) else one.status for one in found]
    assert kinds == ["Answer", 422, "Answer", 404, 422, "Answer"]
    assert set(EndUser.objects.values_list("user_id", flat=True)) == {"first", "a", "c"}


def test_what_breaks_one_call_breaks_no_other(monkeypatch):
    def fails(calls):
        if any(call.user_id == "breaks" for call in calls):
            raise RuntimeError("a fault of ours")

    project, held = ProjectFactory(), Held(monkeypatch, fails)
    found = outcomes(project, held, [Call(user_id=user_id) for user_id in ("first", "a", "breaks", "b")])
    assert [type(one).__name__ for one in found] == ["Answer", "Answer", "RuntimeError", "Answer"]
    assert EndUser.objects.count() == 3


def test_where_the_database_is_busy_all_of_them_are_told(monkeypatch):
    def fails(calls):
        if len(calls) > 1:
            raise Busy

    project, held = ProjectFactory(), Held(monkeypatch, fails)
    found = outcomes(project, held, [Call(user_id=f"u{n}") for n in range(4)])
    assert [type(one).__name__ for one in found] == ["Answer", "Busy", "Busy", "Busy"]
    assert EndUser.objects.count() == 1


def test_nobody_waits_in_the_queue_for_ever(monkeypatch):
    monkeypatch.setattr(group_commit, "LONGEST", 0.2)
    project, held = ProjectFactory(), Held(monkeypatch)
    threading.Timer(1, held.may_go.set).start()
    first = threading.Thread(target=lambda: (identify.identify(project, Call(user_id="first"), SERVER, timezone.now()), connection.close()))  # fmt: skip
    first.start()
    time.sleep(0.1)
    with pytest.raises(Busy):
        identify.identify(project, Call(user_id="late"), SERVER, timezone.now())
    first.join()
    identify.identify(project, Call(user_id="next"), SERVER, timezone.now())
    assert set(EndUser.objects.values_list("user_id", flat=True)) == {"first", "next"}


def test_other_origins_and_transactions_are_not_mixed(monkeypatch):
    project, held = ProjectFactory(), Held(monkeypatch)
    other = Origin("key", 7, "Other")
    calls = [Call(user_id=f"u{n}") for n in range(5)]
    outcomes(project, held, calls, [SERVER, other, SERVER, other, SERVER])
    assert sorted(held.sizes) == [1, 1, 1, 2]
    with transaction.atomic():
        identify.identify(project, Call(user_id="undone"), SERVER, timezone.now())
        transaction.set_rollback(True)
    assert not EndUser.objects.filter(user_id="undone").exists()


def test_refusals_are_raised_as_of_a_call_alone():
    with pytest.raises(Refused):
        identify.identify(ProjectFactory(), Call(), SERVER, timezone.now())
