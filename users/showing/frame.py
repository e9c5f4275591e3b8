"""What every page needs: the product's name, the theme, and inside a project its sidebar."""

from typing import Any

from django.conf import settings
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest

from users.accounts.access import role_in
from users.accounts.roles import permissions_of
from users.showing.navigation import last_project, projects_of, sections

THEME_COOKIE = "theme"


class FieldRenderer(TemplatesSetting):
    """Forms render each field through one template."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"


def theme_of(request: HttpRequest) -> str:
    """ "light", "dark", or "" for the device's own."""
    account = getattr(request, "user", None)
    chosen = (
        account.theme if account is not None and account.is_authenticated else request.COOKIES.get(THEME_COOKIE, "")
    )
    return chosen if chosen in ("light", "dark") else ""


def enter_last_project(request: Any) -> None:
    """A page of no project is shown in the frame of the one where the person was last, if there is any."""
    account = getattr(request, "user", None)
    if hasattr(request, "project") or account is None or not account.is_authenticated:
        return
    project = last_project(account)
    role = role_in(account, project) if project else None
    if project and role:
        request.project, request.role, request.can = project, role, permissions_of(role)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Queries run only where a template uses them."""
    context: dict[str, Any] = {
        "product_name": settings.PRODUCT_NAME,
        "theme": theme_of(request),
        "demo": False,
    }
    project = getattr(request, "project", None)
    if project is not None:
        match = request.resolver_match
        context |= {
            "project": project,
            "demo": settings.DEMO and project.slug == settings.DEMO_PROJECT,
            "role": getattr(request, "role", ""),
            "can": getattr(request, "can", frozenset()),
            "sidebar": sections(project.slug, getattr(request, "can", frozenset()), match.url_name if match else None),
            "other_projects": lambda: projects_of(request.user).only("slug", "name").exclude(pk=project.pk)[:50],
        }
    return context
