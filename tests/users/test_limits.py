"""Statements that would run for ever are stopped, and the connection goes on."""

import tracemalloc

import pytest
from django.db import connection

from users.database.limits import TookTooLong, time_limit
from users.models import Project

pytestmark = pytest.mark.django_db(transaction=True)
FOR_EVER = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n",
    "postgresql": "SELECT pg_sleep(30)",
}


def test_a_statement_is_stopped_and_the_next_one_is_not(project):
    with pytest.raises(TookTooLong, match=r"longer than 0\.1 seconds"), time_limit(0.1), connection.cursor() as cursor:
        cursor.execute(FOR_EVER[connection.vendor])
    assert Project.objects.filter(pk=project.pk).exists()
    with time_limit(5):
        assert Project.objects.count() == 1


def test_blanks_around_keys_are_not_kept():
    from users.registry.attributes import check_key

    tracemalloc.start()
    try:
        for number in range(300):
            assert check_key(f"{' ' * 30_000}k{number}{' ' * number}") == f"k{number}"
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_000_000


def test_an_engine_is_bounded_however_odd_its_pattern_and_so_are_all_of_them():
    from segments.language import pattern_engine, patterns

    assert pattern_engine.OPTIONS.max_mem * pattern_engine.KEPT <= 100 << 20
    assert pattern_engine.engine.cache_info().maxsize == pattern_engine.KEPT
    assert patterns.translated.cache_info().maxsize <= 128


def test_a_time_out_that_stops_the_next_statement_is_one_all_the_same():
    if connection.vendor != "postgresql":
        return
    with pytest.raises(TookTooLong), time_limit(5), connection.cursor() as cursor:
        cursor.execute("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5)")
