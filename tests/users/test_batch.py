"""A batch is its calls one by one: same state, same verdicts, but a constant number of statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import SERVER, ProjectFactory, values_of
from users.models import EndUser
from users.writing.calls import Answer, Call, Refused
from users.writing.identify import identify, identify_batch

VALUES = st.one_of(st.sampled_from(["Pro", "42", "2024-06-15", ""]), st.integers(-3, 3), st.booleans(), st.none(),
                   st.lists(st.sampled_from(["a", 1]), max_size=2))  # fmt: skip
CALLS = st.builds(
    Call,
    user_id=st.sampled_from(["u1", "u2", None, "null"]),
    jimer_id=st.sampled_from(["a", "b", None]),
    name=st.sampled_from(["Maya", None]),
    attributes=st.dictionaries(st.sampled_from(["plan", "n", "list"]), VALUES, max_size=2),
    remove_unspecified=st.booleans(),
    strict=st.booleans(),
)


def outcome(project):
    users = EndUser.objects.filter(project=project).order_by("pk")
    return [
        (user.user_id, user.name, user.sessions, values_of(project, user), user.merged_into_id is not None)
        for user in users
    ]


def verdict(answer):
    return answer.message if isinstance(answer, Refused) else (answer.attributes, answer.created, answer.merged)


def one_by_one(project, calls, now):
    for call in calls:
        try:
            yield identify(project, call, SERVER, now)
        except Refused as refused:
            yield refused


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls=st.lists(CALLS, min_size=1, max_size=6))
def test_a_batch_ends_as_its_calls_one_by_one(now, calls):
    left, right = ProjectFactory(), ProjectFactory()
    single = [verdict(answer) for answer in one_by_one(left, calls, now)]
    batch = [verdict(answer) for answer in identify_batch(right, calls, SERVER, now)]
    assert batch == single
    assert outcome(left) == outcome(right)


@pytest.mark.django_db
@pytest.mark.parametrize("warm", [False, True])
def test_a_batch_costs_a_constant_number_of_statements(project, now, warm):
    identify(project, Call(user_id="first", name="x", attributes={"plan": "x", "n": 0}), SERVER, now)
    counts = []
    for size, start in ((10, 0), (100, 100)):
        calls = [Call(user_id=f"u{start + n}", name="N", attributes={"plan": "Pro", "n": n}) for n in range(size)]
        if warm:
            identify_batch(project, calls, SERVER, now)
            calls = [Call(user_id=call.user_id, attributes={"n": -1}) for call in calls]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert all(isinstance(answer, Answer) for answer in identify_batch(project, calls, SERVER, now))
        counts.append(len(captured))
    assert counts[0] == counts[1]
