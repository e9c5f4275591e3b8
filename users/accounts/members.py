"""Who is a member with which role. A project always keeps an admin."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from users.accounts.access_links import end_reset_links
from users.accounts.roles import ADMIN
from users.models import Account, Project, ProjectMember


def change_role(member: ProjectMember, role: str) -> None:
    """Raises ValidationError for the last admin, or an unknown role."""
    if role not in ProjectMember.Role.values:
        raise ValidationError("Choose viewer, editor or admin.")
    with transaction.atomic():
        locked = lock_members(member)
        if role != ADMIN:
            keep_an_admin(member, locked, "get another role")
        ProjectMember.objects.filter(pk=member.pk).update(role=role)


def remove_member(member: ProjectMember) -> None:
    with transaction.atomic():
        keep_an_admin(member, lock_members(member), "be removed")
        end_reset_links(member.account.email, timezone.now(), member.project)
        member.delete()


def projects_left_without_admin(accounts: Iterable[Account]) -> list[Project]:
    """Those whose only admins with an account in use are these."""
    pks = [account.pk for account in accounts]
    admins = ProjectMember.objects.filter(role=ADMIN, account__is_active=True)
    others = admins.exclude(account__in=pks).filter(project=OuterRef("pk"))
    mine = admins.filter(account__in=pks).values("project")
    return list(Project.objects.filter(~Exists(others), pk__in=mine, deleting_since=None).order_by("name"))


def lock_members(member: ProjectMember) -> list[ProjectMember]:
    rows = ProjectMember.objects.filter(project=member.project_id).select_related("account").order_by("pk")
    return list(rows.select_for_update(of=("self",)))


def keep_an_admin(member: ProjectMember, members: list[ProjectMember], doing: str) -> None:
    others = [item for item in members if item.role == ADMIN and item.pk != member.pk and item.account.is_active]
    if not others and any(item.pk == member.pk and item.role == ADMIN for item in members):
        raise ValidationError(f"The last admin cannot {doing}. Make somebody else an admin first.")
