"""What people do to a job: try it again after it failed for good, or stop it."""

from datetime import datetime

from django.db import transaction

from users.jobs.kinds import KINDS
from users.jobs.machinery import wake_up
from users.models import Job


def may_retry(job: Job) -> bool:
    return job.state == Job.State.FAILED and job.kind in KINDS


def may_cancel(job: Job) -> bool:
    kind = KINDS.get(job.kind)
    return job.state in (Job.State.QUEUED, Job.State.RUNNING) and kind is not None and kind.can_cancel


def retry_job(job: Job, now: datetime) -> bool:
    """Go on where it failed, with all its attempts. False if it is no longer failed, or its kind says that it is past.

    A job that waits until later, or failed a moment ago, goes on now.
    """
    kind = KINDS.get(job.kind)
    if kind is None:
        return False
    with transaction.atomic():
        failed = Job.objects.filter(pk=job.pk, state=Job.State.FAILED)
        if failed.update(
            state=Job.State.QUEUED, attempts=0, error="", failing_since=None, finished=None, lease_until=None
        ):
            if kind.on_retry and not kind.on_retry(job, now):
                transaction.set_rollback(True)
                return False
        elif not Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(lease_until=None):
            return False
        transaction.on_commit(lambda: wake_up(job))
    return True


def cancel_job(job: Job, now: datetime) -> bool:
    """What it did before stays; a chunk under way ends. False if it has ended, or must not end half-way."""
    kind = KINDS.get(job.kind)
    if kind is None or not kind.can_cancel:
        return False
    with transaction.atomic():
        waiting = Job.objects.filter(pk=job.pk, state__in=[Job.State.QUEUED, Job.State.RUNNING])
        if not waiting.update(state=Job.State.CANCELLED, finished=now):
            return False
        if kind.on_cancel:
            kind.on_cancel(job, now)
    return True
