"""Members, their roles, invitation and reset links."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from users.accounts.access import ProjectRequest, project_view
from users.accounts.access_links import make_link, why_no_reset
from users.accounts.members import change_role as give_role
from users.accounts.members import remove_member
from users.accounts.shown_once import show_once, taken
from users.forms.accounts import InviteForm
from users.models import AccessLink, Account, ProjectMember
from users.showing.problems import Problem


def show_members(
    request: ProjectRequest, form: InviteForm | None = None, problem: Problem | None = None
) -> HttpResponseBase:
    project = request.project
    here = list(project.members.select_related("account").order_by("account__name", "account__email"))
    admins = [member for member in here if member.role == ProjectMember.Role.ADMIN]
    context = {
        "members": here,
        "last_admin": admins[0].pk if len(admins) == 1 else None,
        "role_help": {admins[0].pk: "last-admin"} if len(admins) == 1 else {},
        "is_open": bool(form and form.errors),
        "superusers": Account.objects.filter(is_superuser=True).exclude(memberships__project=project).order_by("email"),
        "links": project.access_links.filter(used=None, revoked=None, expires__gt=timezone.now()).order_by("-created"),
        "roles": ProjectMember.Role.choices,
        "form": form or InviteForm(),
        "problem": problem,
        **taken(request, "members"),
    }
    status = 422 if problem or (form and form.errors) else 200
    response = render(request, "users/settings/members.html", context, status=status)
    response["Cache-Control"] = "no-store"  # a link may be on it
    return response


@project_view("members.manage")
def members(request: ProjectRequest) -> HttpResponseBase:
    return show_members(request)


@require_POST
@project_view("members.manage")
def invite(request: ProjectRequest) -> HttpResponseBase:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return show_members(request, form)
    email = form.cleaned_data["email"]
    token = make_link(
        AccessLink.Kind.INVITE, project=request.project, email=email, by=request.user, now=timezone.now(),
        role=form.cleaned_data["role"],
    )  # fmt: skip
    return show_link(request, email, token, "invitation")


def show_link(request: ProjectRequest, email: str, token: str, kind: str) -> HttpResponseBase:
    url = request.build_absolute_uri(reverse("access_link", args=[token]))
    show_once(request, "members", link_for=email, link_url=url, link_kind=kind)
    return redirect("members", request.project.slug)


def member_at(request: ProjectRequest, pk: int) -> ProjectMember:
    return get_object_or_404(ProjectMember.objects.select_related("account"), pk=pk, project=request.project)


@require_POST
@project_view("members.manage")
def change_role(request: ProjectRequest, pk: int) -> HttpResponseBase:
    member = member_at(request, pk)
    try:
        give_role(member, request.POST.get("role", ""))
        messages.success(request, f"{member.account.display_name} is {request.POST['role']} now.")
    except ValidationError as error:
        return show_members(request, problem=Problem(error.messages[0], f"role-{member.pk}"))
    return redirect("members", request.project.slug)


@require_POST
@project_view("members.manage")
def remove(request: ProjectRequest, pk: int) -> HttpResponseBase:
    member = member_at(request, pk)
    try:
        remove_member(member)
        messages.success(request, f"{member.account.display_name} is no longer a member.")
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("members", request.project.slug)


@require_POST
@project_view("members.manage")
def reset(request: ProjectRequest, pk: int) -> HttpResponseBase:
    """A reset link. Not for people who are elsewhere too, whose account is not this project's to take over."""
    member = member_at(request, pk)
    if reason := why_no_reset(member.account, request.project, request.user):
        messages.error(request, reason)
        return redirect("members", request.project.slug)
    email = member.account.email
    token = make_link(AccessLink.Kind.RESET, project=request.project, email=email, by=request.user, now=timezone.now())
    return show_link(request, email, token, "password reset")


@require_POST
@project_view("members.manage")
def revoke_link(request: ProjectRequest, pk: int) -> HttpResponseBase:
    link = get_object_or_404(AccessLink, pk=pk, project=request.project)
    AccessLink.objects.filter(pk=link.pk, used=None).update(revoked=timezone.now())
    messages.success(request, f"The link for {link.email} no longer works.")
    return redirect("members", request.project.slug)
