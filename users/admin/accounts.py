"""Accounts, by email."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from users.accounts.members import projects_left_without_admin
from users.models import Account, ProjectMember, ProjectPreference

admin.site.unregister(Group)  # nothing here asks for groups: roles are those of project members


class AccountCreationForm(AdminUserCreationForm):
    class Meta:
        model = Account
        fields = ("email",)


class AccountChangeForm(UserChangeForm):
    def clean_is_active(self) -> bool:
        active: bool = self.cleaned_data["is_active"]
        left = projects_left_without_admin([self.instance]) if not active else []
        if left:
            raise ValidationError(without_admin(left[0].name))
        return active


def without_admin(name: str) -> str:
    return f"{name} would be without an admin. Make somebody else its admin first."


@admin.register(Account)
class AccountAdmin(UserAdmin):
    form = AccountChangeForm
    add_form = AccountCreationForm
    ordering = ("email",)
    list_display = ("email", "name", "is_superuser", "is_active", "last_login")
    list_filter = ("is_superuser", "is_active")
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "date_joined", "last_project")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "password", "name")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Choices", {"fields": ("theme", "single_key_shortcuts")}),
        ("Dates", {"fields": ("last_login", "date_joined", "last_project")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[Any], list[Any]]:
        """What goes with an account may go, though its own pages are read-only; a project's last admin may not."""
        shown, counts, missing, protected = super().get_deleted_objects(objs, request)
        own = {model._meta.verbose_name for model in (ProjectPreference, ProjectMember)}
        protected += [without_admin(project.name) for project in projects_left_without_admin(objs)]
        return shown, counts, missing - own, protected
