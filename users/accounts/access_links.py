"""Invitations and password resets: links that an admin copies, good for seven days and once. Only hashes are kept."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from users.models import AccessLink, Account, Project, ProjectMember

LIFE = timedelta(days=7)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(kind: str, *, project: Project, email: str, by: Account, now: datetime, role: str = "") -> str:
    """The token of a new link; a former one of the same kind for the same person stops working."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        AccessLink.objects.filter(kind=kind, project=project, email=email, used=None, revoked=None).update(revoked=now)
        AccessLink.objects.create(
            kind=kind, token_hash=hash_token(token), project=project, email=email, role=role, created_by=by,
            created=now, expires=now + LIFE,
        )  # fmt: skip
    return token


def find_link(token: str) -> AccessLink | None:
    return AccessLink.objects.select_related("project", "created_by").filter(token_hash=hash_token(token)).first()


def why_dead(link: AccessLink | None, now: datetime) -> str:
    """Why a link no longer works, in words; empty if it does."""
    if link is None:
        return "This link is not known. Copy it whole, or ask for a new one."
    if link.used:
        return "This link was used already. Sign in, or ask for a new one."
    if link.revoked or (link.project and link.project.deleting_since):
        return "This link was withdrawn. Ask for a new one."
    if link.expires <= now:
        return "This link is older than seven days. Ask for a new one."
    return ""


def accept_invitation(link: AccessLink, account: Account, now: datetime) -> None:
    """Make the account a member; one that is a member already keeps the higher role. Raises ValidationError."""
    with transaction.atomic():
        use(link, now)
        member, created = ProjectMember.objects.get_or_create(
            project=link.project, account=account, defaults={"role": link.role}
        )
        ranks = list(ProjectMember.Role.values)
        if not created and ranks.index(link.role) > ranks.index(member.role):
            member.role = link.role
            member.save(update_fields=["role"])
        end_reset_links(account.email, now)


def why_no_reset(account: Account, project: Project | None, by: Account | None) -> str:
    """Why a project's admin may not set this account's password, in words; empty if they may.

    Asked when a link is made and again when it is used: people get access elsewhere in between.
    """
    if by and by.is_active and (by.is_superuser or by == account):
        return ""
    if account.is_superuser or account.memberships.exclude(project=project).exists():
        return "This person has access elsewhere: only they or a superuser can reset the password."
    if not account.memberships.filter(project=project).exists():
        return "This person is no longer a member. Ask a superuser for a new link."
    return ""


def end_reset_links(email: str, now: datetime, project: Project | None = None) -> None:
    """With a new membership every project's, with a removal that project's: what the admin might do has changed."""
    links = AccessLink.objects.filter(kind=AccessLink.Kind.RESET, email=email, used=None, revoked=None)
    (links.filter(project=project) if project else links).update(revoked=now)


def use(link: AccessLink, now: datetime) -> None:
    if not AccessLink.objects.filter(pk=link.pk, used=None, revoked=None).update(used=now):
        raise ValidationError("This link was used already. Sign in, or ask for a new one.")
