"""Worker processes say every few seconds that they live, and what they take."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet

from users.models import WorkerBeat

ALIVE: Final = timedelta(seconds=20)


def record_beat(worker: str, now: datetime, lanes: Sequence[str] = (), duties: bool = True) -> None:
    WorkerBeat.objects.update_or_create(worker=worker, defaults={"at": now, "lanes": list(lanes), "duties": duties})
    WorkerBeat.objects.filter(at__lt=now - timedelta(hours=1)).delete()


def remove_beat(worker: str) -> None:
    """This worker has ended on purpose: pages need not wait to notice."""
    WorkerBeat.objects.filter(worker=worker).delete()


def those_who_take_jobs() -> QuerySet[WorkerBeat]:
    """With a broker those are Celery's workers, which do no duties."""
    beats = WorkerBeat.objects.all()
    return beats.filter(duties=False) if settings.TASKS_BROKER_URL else beats


def worker_alive(now: datetime) -> bool:
    return those_who_take_jobs().filter(at__gte=now - ALIVE).exists()


def worker_state(now: datetime) -> dict[str, Any]:
    """For components/worker_stopped.html: whether one runs, and when one last did."""
    seen = those_who_take_jobs().order_by("-at").values_list("at", flat=True).first()
    return {"worker_alive": seen is not None and seen >= now - ALIVE, "worker_seen": seen}
