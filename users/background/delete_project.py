"""Deleting a project: its users in chunks, then the rest with its row."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from users.extend import belongings
from users.jobs import register, start_job
from users.models import (
    Account,
    AttributeChange,
    CallCount,
    EndUser,
    IngestEntry,
    Job,
    Merge,
    Project,
    SearchTerm,
    SeenMessage,
)

CHUNK = 100
MODELS = (AttributeChange, IngestEntry, CallCount, SeenMessage, Merge, SearchTerm)
OVERDUE = timedelta(minutes=1)


def begin_deletion(project: Project, by: Account | None) -> Job:
    """Out of reach at once, and deleted in the background: both, or neither."""
    with transaction.atomic():
        Project.objects.filter(pk=project.pk).update(deleting_since=timezone.now())
        return start_job(project, "delete_project", {"name": project.name}, by)


def resume_deletions(now: datetime) -> None:
    """Projects out of reach that nothing deletes any more: their job was lost, or failed a while ago."""
    trying = Job.objects.filter(project=OuterRef("pk"), kind="delete_project")
    under_way = Q(state__in=[Job.State.QUEUED, Job.State.RUNNING]) | Q(finished__gt=now - 10 * OVERDUE)
    for project in Project.objects.filter(~Exists(trying.filter(under_way)), deleting_since__lt=now - OVERDUE):
        start_job(project, "delete_project", {"name": project.name})


@register("delete_project", words="Deleting the project", in_turns=True)
def delete_chunk(job: Job, now: datetime) -> bool:
    project = job.project
    if project is None:
        return True
    ids = list(EndUser.objects.filter(project=project).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    if ids:
        EndUser.objects.filter(merged_into_id__in=ids).update(merged_into=None)
        EndUser.objects.filter(pk__in=ids).delete()
        job.progress += len(ids)
        return False
    for model in (*belongings.all().values(), *MODELS):
        pks = list(model.objects.filter(project=project).values_list("pk", flat=True)[: CHUNK * 5])
        if pks:
            model.objects.filter(pk__in=pks).delete()
            return False
    # The job outlives its project, so that whoever asked can see that it is done.
    Job.objects.filter(pk=job.pk).update(project=None)
    job.project = None
    project.delete()
    return True
