"""Statements that would run for ever are stopped, and the connection goes on."""

import pytest
from django.db import connection

from users.limits import TookTooLong, time_limit
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
