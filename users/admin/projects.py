"""Projects and who belongs to them. Deleting one is a background job that asks for its name."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from users.accounts.access_links import end_reset_links
from users.accounts.members import change_role, remove_member
from users.accounts.projects import create_project
from users.background.delete_project import begin_deletion
from users.forms.accounts import ZoneField
from users.ground.parameters import whole_number
from users.models import Project, ProjectMember
from users.registry.attributes import definitions_moved


class ProjectAdminForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = ZoneField(help_text="Days and dates follow it.")


class KeySelect(AutocompleteSelect):
    """Shows a refused form with what was chosen, which the framework's own cannot where that is no key."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if whole_number(str(key)) is not None], attr)


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = ProjectAdminForm
    list_display = ("name", "slug", "time_zone", "created", "deleting_since", "dashboard")
    search_fields = ("name", "slug", "public_id")
    list_filter = ("identity_mode",)
    fields = (
        "name",
        "time_zone",
        "attribute_limit",
        "public_attribute_limit",
        "anonymous_days",
        "slug",
        "public_id",
        "version",
        "created",
        "deleting_since",
        "dashboard",
    )
    readonly_fields = ("slug", "public_id", "version", "created", "deleting_since", "dashboard")
    actions = None

    @admin.display(description="View in dashboard")
    def dashboard(self, project: Project) -> str:
        return (
            format_html('<a href="{}">View in dashboard</a>', reverse("users_list", args=[project.slug]))
            if project.pk
            else ""
        )

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            definitions_moved(obj, None if "time_zone" in form.changed_data else [])
            return
        made = create_project(obj.name, time_zone=obj.time_zone)
        obj.pk, obj.slug = made.pk, made.slug

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return super().log_addition(request, obj, message)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Ask for the name, then leave the work to the worker."""
        project = self.get_object(request, object_id)
        if project is None or not self.has_delete_permission(request, project):
            return HttpResponseRedirect(reverse("admin:users_project_changelist"))
        if request.method == "POST" and request.POST.get("name", "").strip() == project.name:
            begin_deletion(project, request.user)  # type: ignore[arg-type]
            messages.success(request, f"{project.name} is being deleted in the background.")
            return HttpResponseRedirect(reverse("admin:users_project_changelist"))
        if request.method == "POST":
            messages.error(request, f"Type {project.name} to confirm.")
        context = {
            **self.admin_site.each_context(request),
            "project_to_delete": project,
            "title": "Delete project",
            "opts": self.opts,
        }
        return TemplateResponse(request, "users/admin/delete_project.html", context)


@admin.register(ProjectMember)
class ProjectMemberAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("account", "project", "role", "created")
    list_filter = ("role",)
    search_fields = ("account__email", "project__name")
    autocomplete_fields = ("account", "project")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        return super().formfield_for_foreignkey(
            db_field, request, **{**options, "widget": KeySelect(db_field, self.admin_site)}
        )

    readonly_fields = ("created", "in_dashboard")
    actions = None

    @admin.display(description="Dashboard")
    def in_dashboard(self, row: ProjectMember) -> str:
        url = reverse("members", args=[row.project.slug]) if row.pk else ""
        return format_html('<a href="{}">View in dashboard</a>', url) if url else ""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("account", "project", "created", "in_dashboard") if obj else ("created", "in_dashboard")

    def save_model(self, request: HttpRequest, obj: ProjectMember, form: Any, change: bool) -> None:
        if change:
            change_role(ProjectMember.objects.get(pk=obj.pk), obj.role)
        else:
            super().save_model(request, obj, form, change)
            end_reset_links(obj.account.email, timezone.now())

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        from django.core.exceptions import ValidationError

        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as error:
            messages.error(request, error.messages[0])
            return HttpResponseRedirect(request.path)

    def delete_model(self, request: HttpRequest, obj: ProjectMember) -> None:
        remove_member(obj)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        from django.core.exceptions import ValidationError

        try:
            return super().delete_view(request, *args, **kwargs)
        except ValidationError as error:
            messages.error(request, error.messages[0])
            return HttpResponseRedirect(reverse("admin:users_projectmember_changelist"))
