"""Django's tasks on Celery, where TASKS_BROKER_URL names Redis, Valkey or RabbitMQ.

A message is only a wake-up: the rows of `Job` are the work. So one that cannot be sent is no reason for whoever sends
it to fail, and one that is lost is sent again (users/jobs/again.py). No result is kept.
"""

import logging
import time
from typing import Any, Final
from uuid import uuid4

from django.tasks import Task, TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.signals import task_enqueued
from django.utils import timezone

from jimo_site.celery import RUN, app

log = logging.getLogger("users.jobs")
QUIET: Final = 5.0  # seconds in which nobody waits once more for a broker that did not answer


class CeleryBackend(BaseTaskBackend):
    supports_defer = True

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.quiet_until = 0.0

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        self.validate_task(task)
        result: TaskResult = TaskResult(
            task=task, id=str(uuid4()), status=TaskResultStatus.READY, enqueued_at=timezone.now(), started_at=None,
            finished_at=None, last_attempted_at=None, args=list(args), kwargs=kwargs, backend=self.alias, errors=[],
            worker_ids=[],
        )  # fmt: skip
        if time.monotonic() >= self.quiet_until:
            self.send(result)
        task_enqueued.send(type(self), task_result=result)
        return result

    def send(self, result: TaskResult) -> None:
        task = result.task
        try:
            app.send_task(
                RUN, [task.module_path, result.args, result.kwargs], task_id=result.id, queue=task.queue_name,
                eta=task.run_after, retry=False,
            )  # fmt: skip
        except Exception as error:  # whatever the broker's client says
            self.quiet_until = time.monotonic() + QUIET
            log.warning("The broker took no wake-up; it is sent again: %s", type(error).__name__)

    def length(self, queue_name: str) -> int | None:
        """How many messages wait in the queue; None while the broker does not answer."""
        try:
            with app.connection_for_read() as connection:
                try:
                    return int(connection.channel().queue_declare(queue_name, passive=True).message_count)
                except connection.channel_errors:  # nobody has sent anything there yet
                    return 0
        except Exception as error:
            log.warning("The broker does not answer: %s", type(error).__name__)
            return None
