"""Making a project, its settings, its deletion."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, RoleRefused, project_view
from users.accounts.projects import create_project
from users.background.delete_project import begin_deletion
from users.forms.accounts import NewProjectForm, ProjectSettingsForm
from users.models import Project
from users.registry.attributes import definitions_moved
from users.showing.navigation import projects_of
from users.views.confirming import Question, ask_again


@login_required
def new(request: Any) -> HttpResponse:
    form = NewProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        project = create_project(
            form.cleaned_data["name"], owner=request.user, time_zone=form.cleaned_data["time_zone"]
        )
        return redirect("users_list", project.slug)
    context = {"form": form, "first": not projects_of(request.user).exists()}
    return render(request, "users/accounts/project_new.html", context, status=422 if form.errors else 200)


@project_view("project.view")
def settings_page(request: ProjectRequest) -> HttpResponseBase:
    project = request.project
    if request.method == "POST" and "project.edit" not in request.can:
        raise RoleRefused(project, "project.edit")
    form = ProjectSettingsForm(
        request.POST or None, instance=Project.objects.get(pk=project.pk),
        initial={"origins": "\n".join(project.allowed_origins)},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        form.instance.allowed_origins = form.cleaned_data["origins"]
        with transaction.atomic():
            form.instance.save(update_fields=["name", "time_zone", "anonymous_days", "allowed_origins"])
            definitions_moved(form.instance, None if "time_zone" in form.changed_data else [])
        messages.success(request, "The project was saved.")
        return redirect("project_settings", project.slug)
    return render(request, "users/settings/project.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@project_view("project.edit")
def delete(request: ProjectRequest) -> HttpResponseBase:
    """Put the project out of reach and delete it in the background."""
    project = request.project
    if request.POST.get("name", "").strip() != project.name:
        return ask_again(request, Question(
            f"Delete {project.name}?", "All its users, values, history and keys go. This cannot be undone.", "name",
            project.name, "Delete the project", resolve_url("project_settings", project.slug),
        ))  # fmt: skip
    begin_deletion(project, request.user)
    messages.success(request, f"{project.name} is being deleted.")
    return redirect("home")
