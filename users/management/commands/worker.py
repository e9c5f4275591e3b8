"""Run background work: tasks as they are enqueued, a sweep for jobs whose wake-up or worker was lost, periodic duties."""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from users.extend import duties
from users.jobs import machinery
from users.jobs.periodic import DUTIES
from users.long_running import settle

log = logging.getLogger("users.jobs")
SWEEP_SECONDS = 3


class Rounds(threading.Thread):
    """Does its acts again and again beside the task loop. What fails is logged and tried again."""

    def __init__(self, name: str, *acts: Callable[[], object]) -> None:
        super().__init__(name=name, daemon=True)
        self.acts = acts

    def run(self) -> None:
        while not machinery.stopping.is_set():
            close_old_connections()
            for act in self.acts:
                try:
                    act()
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
            except Exception:
                log.exception("The worker's duty %s failed; it is tried again", name)
            took = time.monotonic() - begun
            self.due[name] = begun + max(duty.every.total_seconds(), took * 10)


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        name = f"{socket.gethostname()}-{os.getpid()}-{get_random_string(6)}"[-64:]
        machinery.stopping.clear()
        settle()
        # Three threads: a long job must not stop the beat, or pages would say that nothing runs.
        rounds = [
            Rounds("beat", lambda: machinery.beat(name, timezone.now())),
            Rounds("sweep", lambda: machinery.sweep(timezone.now())),
            Rounds("duties", Duties()),
        ]
        for thread in rounds:
            thread.start()
        worker = Worker(
            queue_names=["default"], interval=1.0, batch=False, backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False, max_tasks=None, worker_id=name, excluded_queue_names=[],
        )  # fmt: skip
        stop_on_signals(worker)
        try:
            worker.run()
        finally:
            machinery.stopping.set()
            for thread in rounds:
                thread.join(10)
            machinery.rest(name)


def stop_on_signals(worker: Worker) -> None:
    """SIGTERM and SIGINT: finish the chunk, hand the job back, end. A second one ends at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        if machinery.stopping.is_set():
            sys.exit(128 + number)
        machinery.stopping.set()
        # Not Worker.shutdown(): where no task runs it exits on the spot, and the connection may be just in a BEGIN.
        worker.running = False

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
