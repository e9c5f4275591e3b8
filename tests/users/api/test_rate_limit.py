"""Limits hold for all processes together."""

import pytest

from users.api import rate_limit
from users.api.errors import ApiError
from users.models import RateLease

pytestmark = pytest.mark.django_db


def spend(bucket, rate, calls, clock):
    """How many of the calls pass."""
    passed = 0
    for _ in range(calls):
        try:
            rate_limit.take(bucket, rate, clock)
            passed += 1
        except ApiError as error:
            assert error.status == 429
            assert 1 <= int(error.headers["Retry-After"]) <= 60
    return passed


@pytest.fixture(autouse=True)
def _own_process():
    rate_limit._allowances.clear()


def test_the_limit_and_the_next_window():
    assert spend("a", "30/m", 50, 600.0) == 30
    assert spend("a", "30/m", 50, 660.0) == 30


def test_several_processes_share_it_and_lease_slices():
    passed = 0
    for _ in range(40):
        passed += spend("a", "100/m", 5, 600.0)
        rate_limit._allowances.clear()  # as another process would be
    assert passed == 100
    assert RateLease.objects.count() == 1


def test_zero_is_off():
    assert spend("a", "0", 500, 600.0) == 500


def test_a_slice_is_one_write(django_assert_num_queries):
    with django_assert_num_queries(1):
        spend("a", "1000/s", 50, 600.0)


def test_over_http(api, settings):
    settings.PUBLIC_RATE_LIMIT = "3/m"
    answers = [api.public(jimer_id="j").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    settings.SECRET_RATE_LIMIT = "2/m"
    refused = [api.post("identify", {"user_id": "u1"}) for _ in range(3)][-1]
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) >= 1
