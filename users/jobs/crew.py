"""The threads of a worker process: some for each lane, and one that hears of wake-ups and looks for what was lost."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from django.db import Error, InterfaceError, OperationalError, close_old_connections, connection
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from users.jobs import machinery
from users.jobs.kinds import lane_of
from users.jobs.lanes import LANES, Lane
from users.jobs.tasks import run_job

log = logging.getLogger("users.jobs")
POLL_SECONDS: Final = 1.0
SWEEP_SECONDS: Final = 3.0
IDLE_SECONDS: Final = 5.0  # after which a thread without work closes its connection
LONGEST_PAUSE: Final = 15.0  # seconds between two tries while the database is away
STEADY: Final = 30.0  # seconds after which the database counts as back
MOST_TAKEN: Final = 500  # wake-ups in one go

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
    """Does its act again and again. What fails is logged and tried again."""

    def __init__(self, name: str, act: Callable[[], object], every: float = SWEEP_SECONDS) -> None:
        super().__init__(name=name, daemon=True)
        self.act, self.every = act, every

    def run(self) -> None:
        pause = Pause(self.name)
        while not machinery.stopping.is_set():
            try:
                close_old_connections()
                self.act()
            except AWAY as error:
                pause.bear(error)
            except Exception:
                log.exception("The worker's %s failed; it goes on", self.name)
            machinery.stopping.wait(self.every)
        connection.close()


class Crew:
    """The threads of one lane in this process. Whoever is free looks when asked, and works until nothing waits."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.asked = threading.Event()
        self.guard = threading.Lock()
        self.free = 0
        self.threads = [
            threading.Thread(target=self.work, name=f"{lane.name} {number}", daemon=True)
            for number in range(1, lane.threads + 1)
        ]

    def look(self) -> bool:
        """Have those who are free look for work; false if nobody is, who else would come to it by and by."""
        with self.guard:
            if not self.free:
                return False
            self.asked.set()
            return True

    def work(self) -> None:
        pause = Pause(threading.current_thread().name)
        while self.wait():
            try:
                close_old_connections()
                while machinery.run_next(self.lane.name):
                    close_old_connections()
            except AWAY as error:
                pause.bear(error)
            except Exception:
                log.exception("The worker's lane %s failed; it goes on", self.lane.name)
        connection.close()

    def wait(self) -> bool:
        """Until somebody asks; false if the process is to end. A connection is not held for long without work."""
        with self.guard:
            self.free += 1
        try:
            if not self.asked.wait(IDLE_SECONDS):
                connection.close()
                self.asked.wait()
            self.asked.clear()  # before the look: who asks from now on is heard once more
        finally:
            with self.guard:
                self.free -= 1
        return not machinery.stopping.is_set()


class Dispatcher:
    """Takes the wake-ups of lanes that have somebody free, and looks now and then for jobs whose wake-up was lost.

    It runs no job itself, so that no lane can keep it from the others. One question a second, whatever the lanes.
    """

    def __init__(self, lanes: Sequence[str]) -> None:
        self.crews = {name: Crew(LANES[name]) for name in lanes}
        self.swept = 0.0

    def __call__(self) -> None:
        self.hear()
        if time.monotonic() - self.swept >= SWEEP_SECONDS:
            self.sweep()
            self.swept = time.monotonic()

    def start(self) -> None:
        for name, crew in self.crews.items():
            machinery.lanes_here[name] = crew.look
            for thread in crew.threads:
                thread.start()

    def stop(self, seconds: float) -> None:
        """Chunks under way end, and their jobs are handed back. Whoever takes longer loses the lease by and by."""
        machinery.lanes_here.clear()
        end = time.monotonic() + seconds
        for crew in self.crews.values():
            crew.asked.set()
        for crew in self.crews.values():
            for thread in crew.threads:
                while thread.is_alive() and time.monotonic() < end:
                    crew.asked.set()  # one of several may have cleared it
                    thread.join(0.05)

    def hear(self) -> None:
        free = [name for name, crew in self.crews.items() if crew.free]
        ready = DBTaskResult.objects.ready().filter(
            backend_name=DEFAULT_TASK_BACKEND_ALIAS, task_path=run_job.module_path, queue_name__in=free
        )
        found = list(ready.values_list("pk", "queue_name")[:MOST_TAKEN]) if free else []
        if found:
            # They are as good as done: the job's row says what is to do, and the sweep finds it if this process dies.
            DBTaskResult.objects.filter(pk__in=[pk for pk, _ in found]).delete()
            for name in {name for _, name in found}:
                self.crews[name].look()

    def sweep(self) -> None:
        if not self.crews:
            return
        kinds = machinery.waiting(timezone.now()).order_by().values_list("kind", flat=True).distinct()
        for name in {lane_of(kind) for kind in kinds} & self.crews.keys():
            self.crews[name].look()
