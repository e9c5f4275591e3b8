"""The progress of a background job, and undoing one."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, RoleRefused, project_view
from users.jobs import KINDS, Undo, start_job, words_for, worker_alive
from users.models import Job


def undo_of(job: Job) -> Undo | None:
    """How to take back what the job did, once it is done."""
    kind = KINDS.get(job.kind)
    return kind.undo if kind and job.state == Job.State.DONE else None


def outcome_of(job: Job) -> str:
    """What the job did to users: "3 changed, 1 set aside." Empty where its kind does not count that."""
    kind, done, parts = KINDS.get(job.kind), job.result, []
    if done.get("problem"):
        return str(done["problem"])
    if kind and kind.counts_changes:
        parts.append(f"{done.get('changed') or 0:,} changed")
        if done.get("lost"):
            parts.append(f"{done['lost']:,} set aside")
    if done.get("refused"):
        parts.append(f"{done['refused']:,} refused ({done.get('reason', '')})")
    return ", ".join(parts) + "." if parts else ""


@project_view("users.view")
def progress(request: ProjectRequest, pk: int) -> HttpResponseBase:
    return fragment(request, get_object_or_404(Job, pk=pk, project=request.project))


def link_of(request: ProjectRequest, job: Job) -> tuple[str, str] | None:
    """What is to be had of it by this member."""
    kind = KINDS.get(job.kind)
    is_mine = job.created_by_id == request.user.pk
    return kind.link(job) if kind and kind.link and is_mine and job.state == Job.State.DONE else None


def context_of(request: ProjectRequest, job: Job) -> dict[str, Any]:
    """For users/job.html."""
    undo = undo_of(job)
    return {
        "job": job, "words": words_for(job), "outcome": outcome_of(job),
        "alive": worker_alive(timezone.now()), "running": job.state in (Job.State.QUEUED, Job.State.RUNNING),
        "can_undo": undo is not None and undo.permission in request.can and not job.undone_by.exists(),
        "link": link_of(request, job),
    }  # fmt: skip


def fragment(request: ProjectRequest, job: Job) -> HttpResponse:
    context = context_of(request, job)
    response = render(request, "users/job.html", context)
    if not context["running"]:
        response["HX-Trigger"] = "job-ended"  # lists that it changed ask for their rows again
    return response


@require_POST
@project_view("users.view")
def undo(request: ProjectRequest, pk: int) -> HttpResponseBase:
    job = get_object_or_404(Job, pk=pk, project=request.project)
    undo = undo_of(job)
    if undo is None:
        raise Http404
    if undo.permission not in request.can:
        raise RoleRefused(request.project, undo.permission)
    if job.undone_by.exists():
        return fragment(request, job)
    undoing = start_job(request.project, undo.kind, {}, request.user, undoes=job, total=job.items.count())
    return fragment(request, undoing)
