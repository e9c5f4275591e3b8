"""Run background work: tasks as they are enqueued, a sweep for jobs whose wake-up or worker was lost, periodic duties."""

import logging
import os
import socket
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from users.jobs import machinery
from users.jobs.periodic import DUTIES

log = logging.getLogger("users.jobs")
SWEEP_SECONDS = 3


class Sweeper(threading.Thread):
    """Beside the task loop: says that the worker lives, sweeps, and does the periodic duties."""

    def __init__(self, name: str) -> None:
        super().__init__(daemon=True)
        self.worker = name
        self.stopping = threading.Event()
        self.done: dict[str, float] = {}

    def run(self) -> None:
        while not self.stopping.is_set():
            close_old_connections()
            for act in (self.beat, self.sweep, self.duties):
                try:
                    act()
                except Exception:
                    log.exception("The worker's %s failed; it goes on", act.__name__)
            self.stopping.wait(SWEEP_SECONDS)

    def beat(self) -> None:
        machinery.beat(self.worker, timezone.now())

    def sweep(self) -> None:
        machinery.sweep(timezone.now())

    def duties(self) -> None:
        for duty in DUTIES:
            now = timezone.now()
            name = duty.act.__name__
            if now.timestamp() - self.done.get(name, 0) >= duty.every.total_seconds():
                self.done[name] = now.timestamp()
                duty.act(now)


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        name = f"{socket.gethostname()}-{os.getpid()}-{get_random_string(6)}"
        sweeper = Sweeper(name)
        sweeper.start()
        worker = Worker(
            queue_names=["default"], interval=1.0, batch=False, backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False, max_tasks=None, worker_id=name[-64:], excluded_queue_names=[],
        )  # fmt: skip
        worker.configure_signals()
        try:
            worker.run()
        finally:
            sweeper.stopping.set()
