"""Exports as files: written by the worker, kept for a week on the disk that servers and workers share."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from users.models import Job

KEPT: Final = timedelta(days=7)
KIND: Final = "export"


def folder() -> Path:
    return Path(settings.IMPORTS_DIR) / "exports"


def path_of(job: Job) -> Path:
    return folder() / f"{job.project_id}-{job.pk}.export"


def part_of(job: Job, number: int) -> Path:
    return path_of(job).with_suffix(f".{number}.part")


def removed(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def forget_old(now: datetime) -> None:
    removed(path for path in folder().glob("*-*.*") if written(path) < now.timestamp() - KEPT.total_seconds())


def written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another worker was faster
        return time.time()


def forget_people(project: Any, users: Iterable[int]) -> None:
    """Nobody knows who is in a file, so that all of the project go. One that is being written begins again."""
    number = getattr(project, "pk", project)
    transaction.on_commit(lambda: removed(folder().glob(f"{number}-*.*")))
