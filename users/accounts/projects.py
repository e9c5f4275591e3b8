"""Making and naming projects."""

import secrets

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from users.accounts.access_links import end_reset_links
from users.ground.secrets import encrypt
from users.ground.time_zones import all_names
from users.models import Account, Project, ProjectMember
from users.registry.attributes import create_natives

SLUGS_TRIED = 3
RESERVED_SLUGS = {"new", "admin", "api"}


def create_project(
    name: str, *, owner: Account | None = None, time_zone: str = "UTC", identity: str = Project.Identity.OFF
) -> Project:
    """A project with its native attributes; the owner becomes its admin. Raises ValidationError."""
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": "Give the project a name."})
    check_time_zone(time_zone)
    project = Project(
        name=name, slug=free_slug(name), time_zone=time_zone, identity_mode=identity,
        identity_secret=encrypt(secrets.token_hex(32)),
    )  # fmt: skip
    project.full_clean(validate_unique=False)
    for _ in range(SLUGS_TRIED):
        try:
            return make(project, owner)
        except IntegrityError:  # somebody else took the slug a moment ago
            project.pk, project.slug = None, f"{free_slug(name)[:50]}-{secrets.token_hex(2)}"
    return make(project, owner)


@transaction.atomic
def make(project: Project, owner: Account | None) -> Project:
    project.save(force_insert=True)
    create_natives(project)
    if owner:
        ProjectMember.objects.create(project=project, account=owner, role=ProjectMember.Role.ADMIN)
        end_reset_links(owner.email, timezone.now())
    return project


def check_time_zone(name: str) -> str:
    if name not in all_names():
        text = f"{name!r} is no time zone. Type a city or a country and choose from the list, or write UTC."
        raise ValidationError({"time_zone": text})
    return name


def free_slug(name: str) -> str:
    base = slugify(name)[:50] or "project"
    taken = set(Project.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | RESERVED_SLUGS
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
