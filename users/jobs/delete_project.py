"""Deleting a project: its users in chunks, then the rest with its row."""

from datetime import datetime

from users.jobs.machinery import register
from users.models import AttributeChange, CallCount, EndUser, IngestEntry, Job, Merge, SearchTerm, SeenMessage

CHUNK = 100


@register("delete_project")
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
    for model in (AttributeChange, IngestEntry, CallCount, SeenMessage, Merge, SearchTerm):
        pks = list(model.objects.filter(project=project).values_list("pk", flat=True)[: CHUNK * 5])
        if pks:
            model.objects.filter(pk__in=pks).delete()
            return False
    # The job outlives its project, so that whoever asked can see that it is done.
    Job.objects.filter(pk=job.pk).update(project=None)
    job.project = None
    project.delete()
    return True
