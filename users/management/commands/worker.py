"""Run background work: tasks as they are enqueued, a sweep for jobs whose wake-up or worker was lost, periodic duties.

While the database is away or busy all of it waits, longer each time, and goes on by itself.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.db import Error, InterfaceError, OperationalError, close_old_connections, connection
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from users.background.periodic import DUTIES
from users.database.availability import watch_database
from users.extend import duties
from users.ground.long_running import end_with_parent, settle
from users.jobs import machinery

log = logging.getLogger("users.jobs")
SWEEP_SECONDS: Final = 3
LONGEST_PAUSE: Final = 15.0  # seconds between two tries while the database is away
STEADY: Final = 30.0  # seconds after which the database counts as back

AWAY: Final = (OperationalError, InterfaceError)


class Pause:
    """How long to wait before the next try: a second, and longer each time that it fails soon again."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.seconds = 1.0
        self.tried = time.monotonic()

    def bear(self, error: Exception) -> None:
        if time.monotonic() - self.tried > STEADY:
            self.seconds = 1.0
        log.warning("The worker's %s waits %g s for the database: %s", self.what, self.seconds, type(error).__name__)
        with suppress(Error):
            connection.close()
        machinery.stopping.wait(self.seconds)
        self.seconds = min(self.seconds * 2, LONGEST_PAUSE)
        self.tried = time.monotonic()


class Rounds(threading.Thread):
    """Does its acts again and again beside the task loop. What fails is logged and tried again."""

    def __init__(self, name: str, *acts: Callable[[], object]) -> None:
        super().__init__(name=name, daemon=True)
        self.acts = acts

    def run(self) -> None:
        pause = Pause(self.name)
        while not machinery.stopping.is_set():
            for act in self.acts:
                try:
                    close_old_connections()
                    act()
                except AWAY as error:
                    pause.bear(error)
                except Exception:
                    log.exception("The worker's %s failed; it goes on", self.name)
            machinery.stopping.wait(SWEEP_SECONDS)
        connection.close()


class Duties:
    """Each duty when it is due. One that takes long waits ten times as long: no work without end on large tables."""

    def __init__(self) -> None:
        self.due: dict[str, float] = {}

    def __call__(self) -> None:
        for duty in (*DUTIES, *duties.all().values()):
            name, begun = duty.act.__name__, time.monotonic()
            if begun < self.due.get(name, 0) or machinery.stopping.is_set():
                continue
            self.due[name] = begun + duty.every.total_seconds()
            try:
                duty.act(timezone.now())
            except AWAY:
                self.due[name] = 0  # the next round begins with it
                raise
            except Exception:
                log.exception("The worker's duty %s failed; it is tried again", name)
            took = time.monotonic() - begun
            self.due[name] = begun + max(duty.every.total_seconds(), took * 10)


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()  # they ask the database, which may be away

    def handle(self, *args: Any, **options: Any) -> None:
        machinery.stopping.clear()
        stop_on_signals()  # before anything that a stop in between would leave half done
        end_with_parent()
        name = f"{socket.gethostname()}-{os.getpid()}-{get_random_string(6)}"[-64:]
        settle()
        watch_database()
        # Three threads: a long job must not stop the beat, or pages would say that nothing runs.
        rounds = [
            Rounds("beat", lambda: machinery.record_beat(name, timezone.now())),
            Rounds("sweep", lambda: machinery.run_waiting_jobs(timezone.now())),
            Rounds("duties", Duties()),
        ]
        for thread in rounds:
            thread.start()
        try:
            run_tasks(name)
        finally:
            machinery.stopping.set()
            for thread in rounds:
                thread.join(10)
            with suppress(*AWAY):
                machinery.remove_beat(name)


class Tasks(Worker):
    """The loop over tasks; it ends when this process was asked to end."""

    @property
    def running(self) -> bool:
        return not machinery.stopping.is_set()

    @running.setter
    def running(self, value: bool) -> None:
        """What the loop would say of itself: this process's own signals decide."""


def run_tasks(name: str) -> None:
    pause = Pause("tasks")
    while not machinery.stopping.is_set():
        worker = Tasks(
            queue_names=["default"], interval=1.0, batch=False, backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False, max_tasks=None, worker_id=name, excluded_queue_names=[],
        )  # fmt: skip
        try:
            worker.run()
        except AWAY as error:
            pause.bear(error)


def stop_on_signals() -> None:
    """SIGTERM and SIGINT: finish the chunk, hand the job back, end. A second one ends at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        if machinery.stopping.is_set():
            sys.exit(128 + number)
        machinery.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
