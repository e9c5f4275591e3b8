"""Writers of one process take turns in the order in which they came, and nobody's turn is lost."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, transaction

from jimo_site.sqlite.turns import turns
from tests.factories import ProjectFactory
from users.database import contention
from users.models import Project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@contextmanager
def somebody_writes(project):
    """A transaction of another thread that has the row, until the block ends."""
    has_it, may_end = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Project.objects.filter(pk=project.pk).update(name="held")
            has_it.set()
            may_end.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    has_it.wait(10)
    try:
        yield
    finally:
        may_end.set()
        holder.join()


def test_writers_go_in_the_order_in_which_they_came():
    project, went = ProjectFactory(), []

    def write(number):
        with transaction.atomic():
            Project.objects.filter(pk=project.pk).update(name=str(number))
            went.append(number)
        connection.close()

    writers = [threading.Thread(target=write, args=[number]) for number in range(12)]
    with somebody_writes(project):
        for writer in writers:
            writer.start()
            time.sleep(0.05)  # the next comes later
    for writer in writers:
        writer.join()
    assert sorted(went) == list(range(12))
    if connection.vendor == "sqlite":  # PostgreSQL has a queue of its own, and its own word who is next in it
        assert went == sorted(went)


def test_whoever_gives_up_stands_in_nobodys_way():
    project, said = ProjectFactory(), []

    def write(seconds):
        contention.set_wait(seconds)
        try:
            with transaction.atomic():
                Project.objects.filter(pk=project.pk).update(name="written")
            said.append("written")
        except OperationalError:
            said.append("gave up")
        connection.close()

    writers = [threading.Thread(target=write, args=[seconds]) for seconds in (0.1, 10, 0.1, 10)]
    with somebody_writes(project):
        for writer in writers:
            writer.start()
        time.sleep(0.6)
    for writer in writers:
        writer.join()
    assert sorted(said) == ["gave up", "gave up", "written", "written"]


class Broken(Exception):
    pass


def breaks():
    raise Broken


def closes():
    connection.close()


@pytest.mark.parametrize("end", [breaks, closes])
def test_however_a_transaction_ends_the_next_has_its_turn(end):
    project = ProjectFactory()

    def write():
        try:
            with transaction.atomic():
                Project.objects.filter(pk=project.pk).update(name="lost")
                end()
        except (Broken, OperationalError):
            pass

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    began = time.monotonic()
    with transaction.atomic():
        Project.objects.filter(pk=project.pk).update(name="next")
    assert time.monotonic() - began < 2
    assert turns.take(0)  # nobody kept it
    turns.give()
