"""Wake-ups that a broker lost are sent again. Without a broker the workers look for such jobs themselves: crew.py."""

from datetime import datetime
from typing import Any, Final

from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends

from users.jobs.lanes import LANES
from users.jobs.machinery import enqueue, unfinished_about_the_same, waiting_in
from users.models import Job

MOST: Final = 100  # jobs of a lane in one go


def wake_up_again(now: datetime) -> None:
    """Where fewer messages are under way than jobs wait, some were lost, or their worker was: all are sent again.

    So a queue never grows beyond twice what waits, however long nobody takes from it.
    """
    backend: Any = task_backends[DEFAULT_TASK_BACKEND_ALIAS]  # one that knows `length`: jimo_site/broker.py
    for name in LANES:
        jobs = [job for job in waiting_in(name, now)[:MOST] if may_run(job)]
        length = backend.length(name) if jobs else None
        if length is not None and length < len(jobs):
            for job in jobs:
                enqueue(job)


def may_run(job: Job) -> bool:
    """Whether it waits for no earlier job, whose end wakes it."""
    return not unfinished_about_the_same(job).filter(pk__lt=job.pk).exists()
