"""Which project a page is about and what the person looking at it may do there."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from users.accounts.roles import ADMIN, PERMISSIONS, permissions_of
from users.database.contention import beside_the_call
from users.models import Account, Project, ProjectMember


class ProjectRequest(HttpRequest):
    """A request inside a project, as views decorated with `project_view` receive it."""

    user: Account  # type: ignore[assignment]
    project: Project
    role: str
    can: frozenset[str]


class RoleRefused(PermissionDenied):
    """Out of role: the 403 page says what the member cannot do here and which admins to ask."""

    def __init__(self, project: Project, permission: str) -> None:
        _, doing = PERMISSIONS[permission]
        names = [
            member.account.display_name
            for member in project.members.filter(role=ADMIN, account__is_active=True).select_related("account")[:3]
        ]
        ask = f" Ask an admin: {', '.join(names)}." if names else " Ask an admin."
        super().__init__(f"You can look at {project.name}'s users but not {doing}.{ask}")


def role_in(account: Account, project: Project) -> str | None:
    """The account's role in the project, "admin" for superusers, None for strangers."""
    if account.is_superuser:
        return ADMIN
    return ProjectMember.objects.filter(project=project, account=account).values_list("role", flat=True).first()


def open_project(account: Account, slug: str) -> tuple[Project, str]:
    """The project at this address and the account's role in it; Http404 for strangers, as for no such project."""
    project = Project.objects.filter(slug=slug, deleting_since__isnull=True).first()
    role = role_in(account, project) if project else None
    if project is None or role is None:
        raise Http404("No such project, or you are not a member of it.")
    return project, role


def wants_fragment(request: HttpRequest) -> bool:
    """Whether a script on a page asks, not somebody who opens one."""
    return bool(request.headers.get("HX-Request") or request.headers.get("X-Requested-With"))


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Pages lead to the sign-in; fragments answer 401, so that a login never appears inside a panel."""
    if wants_fragment(request):
        return HttpResponse("Your session is over. Sign in again.", status=401, content_type="text/plain")
    return redirect(f"/sign-in/?next={quote(request.get_full_path())}", max_length=None)  # a rule may be long


def note_visit(request: Any) -> None:
    """Remember the project that `/` leads back to; written only when it is another one."""
    if request.user.last_project_id != request.project.pk:
        with beside_the_call():
            Account.objects.filter(pk=request.user.pk).update(last_project=request.project)


type PageView[**P] = Callable[Concatenate[ProjectRequest, P], HttpResponseBase]


def project_view[**P](permission: str) -> Callable[[PageView[P]], Callable[..., HttpResponseBase]]:
    """Give a view its `request.project`, `.role` and `.can`; refuse strangers with 404, other roles with 403."""
    assert permission in PERMISSIONS, permission

    def decorate(view: PageView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def wrapper(request: Any, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            request.project, request.role = open_project(request.user, slug)
            request.can = permissions_of(request.role)
            if permission not in request.can:
                raise RoleRefused(request.project, permission)
            note_visit(request)
            with timezone.override(request.project.time_zone):
                return view(request, *args, **kwargs)

        wrapper.permission = permission  # type: ignore[attr-defined]  # tests read it: every page has one
        return wrapper

    return decorate
