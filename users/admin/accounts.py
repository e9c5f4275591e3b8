"""Accounts, by email."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm

from users.models import Account


class AccountCreationForm(AdminUserCreationForm):
    class Meta:
        model = Account
        fields = ("email",)


@admin.register(Account)
class AccountAdmin(UserAdmin):
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
