"""Settings > Work: what runs, waits and fails in the background, with retry and cancel."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, project_view
from users.jobs import words_for
from users.jobs.hands import cancel_job, retry_job
from users.models import Job
from users.showing.work import work_of


@project_view("work.manage")
def work(request: ProjectRequest) -> HttpResponseBase:
    return render(request, "users/settings/work.html", {"work": work_of(request.project, timezone.now())})


@require_POST
@project_view("work.manage")
def retry(request: ProjectRequest, pk: int) -> HttpResponseBase:
    job = get_object_or_404(Job, pk=pk, project=request.project)
    if retry_job(job, timezone.now()):
        messages.success(request, f"{words_for(job)} is tried again.")
    else:
        messages.error(request, f"{words_for(job)} cannot be tried again: it went on or ended since. Start it anew.")
    return redirect("work", request.project.slug)


@require_POST
@project_view("work.manage")
def cancel(request: ProjectRequest, pk: int) -> HttpResponseBase:
    job = get_object_or_404(Job, pk=pk, project=request.project)
    if cancel_job(job, timezone.now()):
        messages.success(request, f"{words_for(job)} was stopped. What was done before stays.")
    else:
        messages.error(request, f"{words_for(job)} cannot be stopped: it has ended, or must not end half-way.")
    return redirect("work", request.project.slug)
