"""The progress of a background job, and undoing one."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, project_view
from users.jobs import start, worker_alive
from users.models import Job

UNDONE_BY = {"bulk_tag": "undo_bulk_tag"}
WORDS = {
    "bulk_tag": "Tagging users",
    "undo_bulk_tag": "Undoing the tagging",
    "bulk_erase": "Erasing users",
    "delete_tag": "Taking the tag off its users",
    "retype": "Converting values",
    "preview_type": "Trying the values",
    "delete_project": "Deleting the project",
    "count_users": "Counting users",
    "search_terms": "Preparing the search",
}


def words_of(job: Job) -> str:
    if job.kind == "delete_tag" and "name" in job.params:
        return f"Taking {job.params['name']} off its users"
    return WORDS.get(job.kind, job.kind)


@project_view("users.view")
def progress(request: ProjectRequest, pk: int) -> HttpResponseBase:
    return fragment(request, get_object_or_404(Job, pk=pk, project=request.project))


def fragment(request: ProjectRequest, job: Job) -> HttpResponse:
    now = timezone.now()
    can_undo = job.kind in UNDONE_BY and job.state == Job.State.DONE and not job.undone_by.exists()
    context = {
        "job": job, "words": words_of(job), "alive": worker_alive(now),
        "running": job.state in (Job.State.QUEUED, Job.State.RUNNING),
        "can_undo": can_undo and "tags.edit" in request.can,
    }  # fmt: skip
    response = render(request, "users/job.html", context)
    if not context["running"]:
        response["HX-Trigger"] = "job-ended"  # lists that it changed ask for their rows again
    return response


@require_POST
@project_view("tags.edit")
def undo(request: ProjectRequest, pk: int) -> HttpResponseBase:
    job = get_object_or_404(Job, pk=pk, project=request.project, kind__in=UNDONE_BY, state=Job.State.DONE)
    if job.undone_by.exists():
        return fragment(request, job)
    undoing = start(request.project, UNDONE_BY[job.kind], {}, request.user, undoes=job, total=job.items.count())
    return fragment(request, undoing)
