"""What the worker does by the clock, each in short transactions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django_tasks_db.models import DBTaskResult

from users.background.delete_project import resume_deletions
from users.finding.figures import refresh_coverage, refresh_tag_counts
from users.models import CallCount, EndUser, IngestEntry, Job, JobItem, Project, RateLease, SeenMessage
from users.writing import store
from users.writing.erase import erase_user

MOST_VISITORS: Final = 5000  # removed in one go


@dataclass(frozen=True, slots=True)
class Duty:
    every: timedelta
    act: Callable[[datetime], None]


def in_slices(queryset, size: int = 500) -> None:  # type: ignore[no-untyped-def]
    """Delete in transactions short enough for SQLite's one writer."""
    while pks := list(queryset.values_list("pk", flat=True)[:size]):
        queryset.model.objects.filter(pk__in=pks).delete()
        if len(pks) < size:
            return


def forget_messages(now: datetime) -> None:
    in_slices(SeenMessage.objects.filter(received_at__lt=now - timedelta(hours=24)))


def trim_ingest_log(now: datetime) -> None:
    in_slices(IngestEntry.objects.filter(received_at__lt=now - timedelta(days=30)))


def forget_leases(now: datetime) -> None:
    in_slices(RateLease.objects.filter(window__lt=int(now.timestamp()) // 3600 - 1))


def finish_old_jobs(now: datetime) -> None:
    """Undo data and finished jobs of more than a week ago, and the wake-ups of more than a day ago."""
    old = now - timedelta(days=7)
    # A preview's samples are values of users, who may be erased: they are not kept longer than they are good for.
    in_slices(Job.objects.filter(kind="preview_type", finished__lt=now - timedelta(minutes=10)))
    in_slices(JobItem.objects.filter(job__finished__lt=old))
    in_slices(Job.objects.filter(finished__lt=old))
    in_slices(DBTaskResult.objects.filter(enqueued_at__lt=now - timedelta(days=1)))  # also for lanes that nobody takes


def roll_up_counts(now: datetime) -> None:
    """Deltas of minutes that are over become one row a minute and origin."""
    ended = CallCount.objects.filter(minute__lt=now - timedelta(minutes=3))
    names = ("project_id", "minute", "origin_kind", "origin_id")
    groups = ended.values(*names).annotate(rows=Count("pk")).filter(rows__gt=1)
    for key in groups.values_list(*names)[:500]:
        group = dict(zip(names, key, strict=True))
        with transaction.atomic():
            # Locked, and only these: another worker may be at it, and a late process may add one more.
            deltas = list(CallCount.objects.filter(**group).select_for_update())
            if len(deltas) > 1:
                CallCount.objects.filter(pk__in=[delta.pk for delta in deltas]).delete()
                CallCount.objects.create(**group, unchanged=sum(delta.unchanged for delta in deltas))
    in_slices(CallCount.objects.filter(minute__lt=now - timedelta(days=30)))


def remove_idle_visitors(now: datetime) -> None:
    """Anonymous profiles idle for as long as their project says."""
    for project in Project.objects.filter(anonymous_days__isnull=False, deleting_since=None):
        before = now - timedelta(days=project.anonymous_days or 0)
        idle = Q(last_activity__lt=before) | Q(last_activity=None, created__lt=before)
        anonymous = EndUser.objects.filter(idle, project=project, user_id=None, merged_into=None)
        for pk in list(anonymous.values_list("pk", flat=True)[:MOST_VISITORS]):
            remove_if_still(anonymous, project, pk)


def remove_if_still(anonymous: QuerySet[EndUser], project: Project, pk: int) -> None:
    """Under lock: a visitor who came back or was identified since the list was read stays."""
    with transaction.atomic():
        store.lock_users(project.pk, [pk])
        if anonymous.filter(pk=pk).exists():
            erase_user(project, pk)


def forget_sessions(now: datetime) -> None:
    in_slices(Session.objects.filter(expire_date__lt=now))


DUTIES = (
    Duty(timedelta(minutes=1), resume_deletions),
    Duty(timedelta(hours=1), forget_sessions),
    Duty(timedelta(minutes=1), roll_up_counts),
    Duty(timedelta(minutes=5), refresh_tag_counts),
    Duty(timedelta(minutes=5), refresh_coverage),
    Duty(timedelta(minutes=10), forget_messages),
    Duty(timedelta(hours=1), trim_ingest_log),
    Duty(timedelta(hours=1), forget_leases),
    Duty(timedelta(minutes=10), finish_old_jobs),
    Duty(timedelta(hours=1), remove_idle_visitors),
)
