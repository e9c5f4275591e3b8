"""Limits hold for all processes together."""

import threading

import pytest
from django.db import connection
from django.test import RequestFactory

from users.api import rate_limit
from users.api.errors import ApiError
from users.ground.addresses import address_bucket
from users.models import RateLease

pytestmark = pytest.mark.django_db


def spend(bucket, rate, calls, clock):
    """How many of the calls pass."""
    passed = 0
    for _ in range(calls):
        try:
            rate_limit.spend_call(bucket, rate, clock)
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


def test_a_bucket_that_is_used_up_is_refused_without_the_database(django_assert_num_queries):
    assert spend("a", "5/m", 6, 600.0) == 5
    with django_assert_num_queries(0):
        assert spend("a", "5/m", 50, 600.0) == 0


@pytest.mark.django_db(transaction=True)
def test_who_has_calls_left_does_not_wait_for_another_who_leases():
    spend("mine", "1000/s", 1, 600.0)
    leasing, let_go = threading.Event(), threading.Event()

    def slowly(execute, sql, params, many, context):
        leasing.set()
        assert let_go.wait(10)
        return execute(sql, params, many, context)

    def other():
        with connection.execute_wrapper(slowly):
            spend("other", "1000/s", 1, 600.0)
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    try:
        assert leasing.wait(10)
        mine = threading.Thread(target=lambda: spend("mine", "1000/s", 5, 600.0))
        mine.start()
        mine.join(2)
        assert not mine.is_alive()
    finally:
        let_go.set()
        thread.join()


ONE_CALLER = [
    ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
    ("2001:DB8:1:2::1", "2001:db8:1:2:0::9"),
    ("[2001:db8:1:2::1]:4000", "2001:db8:1:2::2"),
    ("fe80::1%eth0", "fe80::2%eth1"),
    ("192.0.2.1", "::ffff:192.0.2.1"),
    ("192.0.2.1", "64:ff9b::192.0.2.1"),
    ("192.0.2.1:5000", "192.0.2.1"),
    ("", ""),
    ("unknown", "unknown"),
]
TWO_CALLERS = [
    ("2001:db8:1:2::1", "2001:db8:1:3::1"),
    ("192.0.2.1", "192.0.2.2"),
    ("::ffff:192.0.2.1", "::ffff:192.0.2.2"),
    ("64:ff9b::192.0.2.1", "64:ff9b::192.0.2.2"),
]


@pytest.mark.parametrize(
    ("one", "other", "same"), [(*p, True) for p in ONE_CALLER] + [(*p, False) for p in TWO_CALLERS]
)
def test_an_ipv6_64_is_one_caller_and_ipv4_is_itself_however_written(one, other, same, settings):
    settings.TRUSTED_PROXIES = 1
    made = RequestFactory()
    buckets = [
        address_bucket(made.get("/", HTTP_X_FORWARDED_FOR=text) if text else made.get("/", REMOTE_ADDR=text))
        for text in (one, other)
    ]
    assert (buckets[0] == buckets[1]) is same
    assert len(buckets[0]) == 32


def test_a_64_shares_its_public_calls(api, settings, client):
    settings.PUBLIC_RATE_LIMIT = "3/m"
    settings.TRUSTED_PROXIES = 1
    statuses = [
        client.post(
            "/api/v1/identify", {"project_id": str(api.project.public_id), "jimer_id": f"j{number}"},
            "application/json", headers={"X-Forwarded-For": f"2001:db8::{number}"},
        ).status_code
        for number in range(1, 6)
    ]  # fmt: skip
    assert statuses == [200, 200, 200, 429, 429]
