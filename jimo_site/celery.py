"""The workers of TASKS_BROKER_URL: `celery -A jimo_site worker -Q imports` takes the jobs of that lane alone.

Queues are the lanes of users/jobs/lanes.py. A message is acknowledged when its step is done, so that a killed worker's
goes to another; whether there is something to do then is decided by the job's row.
"""

import os
import socket
from contextlib import suppress
from typing import Any, Final

from celery import Celery
from celery.signals import celeryd_init, worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jimo_site.settings")

RUN: Final = "jimo.run"
# Seconds after which Redis gives a message to somebody else: a job's turn and its longest chunk fit well into it
# (LONGEST_TURN and LEASE of users/jobs/machinery.py), and whoever gets it too early finds the job taken.
VISIBLE: Final = 120
PATIENCE: Final = 2  # seconds that whoever sends waits for a broker

app = Celery("jimo_site", broker=settings.TASKS_BROKER_URL or None)
app.conf.update(
    task_default_queue="default",
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_pool="threads",  # they wait for the database and other people's servers; one process is one beat
    worker_enable_remote_control=False,  # with a queue of its own for each worker
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    broker_connection_timeout=PATIENCE,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
)
if settings.TASKS_BROKER_URL.startswith("redis"):
    app.conf.broker_transport_options = {
        "visibility_timeout": VISIBLE, "socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE * 5,
    }  # fmt: skip


@app.task(name=RUN)  # type: ignore[untyped-decorator]
def run(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Call one of Django's tasks, and nothing else that a message may name."""
    from django.tasks import Task

    task = import_string(path)
    if not isinstance(task, Task):
        raise TypeError(f"{path} is no task.")
    task.call(*args, **kwargs)


@celeryd_init.connect
def as_many_as_its_lanes_have(options: dict[str, Any], conf: Any, **about: Any) -> None:
    """As many jobs at once as the lanes given by -Q have threads, unless --concurrency says otherwise."""
    from users.jobs import LANES

    if not settings.TASKS_BROKER_URL:
        raise SystemExit("Set TASKS_BROKER_URL, such as redis://127.0.0.1:6379/0. Without it: manage.py worker.")
    given = options.get("queues") or ["default"]
    names = given.split(",") if isinstance(given, str) else list(given)
    if unknown := [name for name in names if name not in LANES]:
        raise SystemExit(f"There is no lane {unknown[0]!r}; there are {', '.join(LANES)}.")
    conf.worker_concurrency = sum(LANES[name].threads for name in names)


of_lanes: list[Any] = []  # threads besides those for jobs: users.extend.loops
NAME: Final = f"{socket.gethostname()}-{os.getpid()}-celery"[-64:]


@worker_ready.connect
def say_that_it_lives(**about: Any) -> None:
    from django.utils import timezone

    from users.database.availability import watch_database
    from users.extend import loops
    from users.jobs import beats, crew, machinery

    machinery.stopping.clear()
    watch_database()
    lanes = list(app.amqp.queues.consume_from)
    crew.Rounds("beat", lambda: beats.record_beat(NAME, timezone.now(), lanes, False)).start()
    for name, loop in loops.all().items():
        if loop.lane in lanes:
            of_lanes.append(crew.Rounds(name, loop.begin(), loop.seconds))
            of_lanes[-1].start()


@worker_shutting_down.connect
def hand_jobs_back(**about: Any) -> None:
    """Asked to end: jobs under way are handed back after their chunk."""
    from users.jobs import machinery

    machinery.stopping.set()


@worker_shutdown.connect
def say_that_it_ended(**about: Any) -> None:
    from users.jobs import beats, crew

    for thread in of_lanes:
        thread.join(2)
    with suppress(*crew.AWAY):
        beats.remove_beat(NAME)
