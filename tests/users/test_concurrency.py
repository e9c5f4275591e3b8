"""Calls at the same instant, in threads against the real database: nothing is lost, nobody is made twice."""

import os
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, connections

from tests.factories import SERVER, SNIPPET, ProjectFactory, value_of, values_of
from users.models import AttributeChange, EndUser, Identity, Merge
from users.writing.calls import Answer, Call
from users.writing.identify import identify, identify_batch
from users.writing.resolve import find_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def together(*jobs: Callable[[], object]) -> list[object]:
    """Run the jobs in threads that start at one barrier; their errors are the test's."""
    barrier = threading.Barrier(len(jobs))
    results: list[object] = [None] * len(jobs)

    def work(position: int, job: Callable[[], object]) -> None:
        try:
            barrier.wait()
            results[position] = job()
        except Exception as error:
            results[position] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=item) for item in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    errors = [result for result in results if isinstance(result, Exception)]
    if errors:
        raise errors[0]
    return results


def test_counters_of_one_user_lose_nothing(now):
    project = ProjectFactory()
    identify(project, Call(user_id="u1", attributes={"n": 0}), SERVER, now)

    def add(own: str) -> None:
        for step in range(8):
            identify(project, Call(user_id="u1", attributes={"$add": {"n": 1}, own: step}), SERVER, now)

    together(*(lambda name=name: add(name) for name in "abcd"))
    values = values_of(project, EndUser.objects.get())
    assert values == {"custom.n": 32, **{f"custom.{name}": 7 for name in "abcd"}}
    assert AttributeChange.objects.count() == 33


def test_two_first_sights_of_one_id_make_one_user(now):
    project = ProjectFactory()
    for round_number in range(4):
        answers = together(*(
            lambda key=key, who=f"u{round_number}": identify(project, Call(user_id=who, attributes={key: 1}), SERVER, now)
            for key in "abcd"
        ))  # fmt: skip
        assert sum(answer.created for answer in answers if isinstance(answer, Answer)) == 1
        assert len(values_of(project, find_user(project, f"u{round_number}"))) == 4
    assert EndUser.objects.count() == 4


def test_an_identify_racing_a_merge_ends_in_one_of_the_two_right_orders(now):
    project = ProjectFactory()
    for number in range(5):
        known, browser = f"u{number}", f"b{number}"
        identify(project, Call(user_id=known, attributes={"plan": "Pro"}), SERVER, now)
        identify(project, Call(jimer_id=browser, attributes={"source": "ad"}), SNIPPET, now)
        together(
            lambda browser=browser, known=known: identify(
                project, Call(jimer_id=browser, user_id=known), SNIPPET, now + timedelta(seconds=1)
            ),
            lambda browser=browser: identify(
                project, Call(jimer_id=browser, attributes={"late": 1}), SNIPPET, now + timedelta(seconds=1)
            ),
        )
        person = find_user(project, browser)
        assert person == find_user(project, known)
        # Written before the merge it is filled in, after it it goes to the survivor: there either way.
        assert values_of(project, person) == {"custom.plan": "Pro", "custom.source": "ad", "custom.late": 1}
    assert Merge.objects.count() == 5


def test_batches_over_the_same_users_do_not_deadlock(now):
    project = ProjectFactory()
    names = [f"u{number}" for number in range(30)]

    def send(order: list[str], key: str) -> None:
        calls = [Call(user_id=name, attributes={key: 1, "$add": {"n": 1}}) for name in order]
        assert all(isinstance(answer, Answer) for answer in identify_batch(project, calls, SERVER, now))

    together(lambda: send(names, "a"), lambda: send(names[::-1], "b"), lambda: send(names[15:] + names[:15], "c"))
    assert EndUser.objects.count() == Identity.objects.filter(kind="user").count() == 30
    for person in EndUser.objects.all():
        assert values_of(project, person) == {"custom.a": 1, "custom.b": 1, "custom.c": 1, "custom.n": 3}


def test_two_new_keys_at_once_keep_to_the_limit(now):
    project = ProjectFactory()
    project.attribute_limit = 5
    project.save()
    together(*(
        lambda who=who: identify(project, Call(user_id=who, attributes={f"{who}{n}": 1 for n in range(4)}), SERVER, now)
        for who in "ab"
    ))  # fmt: skip
    stored = [len(values_of(project, find_user(project, who))) for who in "ab"]
    assert sum(stored) == 5


def test_a_repeated_message_counts_once_however_it_races(now):
    project = ProjectFactory()
    call = Call(user_id="u1", attributes={"$add": {"n": 1}}, message_id="once")
    together(*(lambda: identify(project, call, SERVER, now) for _ in range(4)))
    assert value_of(project, EndUser.objects.get(), "custom.n") == 1


def test_the_database_is_a_real_one():
    """TEST_DATABASE is what it says: once the suite ran on SQLite twice and nobody saw it."""
    wanted = {"sqlite": "sqlite", "postgres": "postgresql"}[os.environ.get("TEST_DATABASE", "sqlite")]
    assert connection.vendor == wanted
    assert "memory" not in str(connection.settings_dict["NAME"])
