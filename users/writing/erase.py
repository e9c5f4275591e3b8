"""Erasing a person: everything that is known, in every table, and every profile merged into theirs."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from users.database.contention import with_retries
from users.extend import erasers, followers
from users.models import EndUser, Identity, IngestEntry, Project, SeenMessage
from users.registry.attributes import bump_version
from users.writing import store
from users.writing.blocking import block_ids


@with_retries
def erase_user(project: Project, user: int, *, block: bool = False) -> bool:
    """Erase a user and the profiles merged into theirs; `block` refuses their ids from then on. False if gone.

    Rows that name the user by id alone (refused calls in the ingest log) go too. Foreign keys take the rest.
    """
    with transaction.atomic():
        pks = lock_family(project, user)
        if not pks:
            return False
        ids = set(Identity.objects.filter(project=project, user_id__in=pks).values_list("value", flat=True))
        for jimer_id, user_id in EndUser.objects.filter(pk__in=pks).values_list("jimer_id", "user_id"):
            ids |= {value for value in (jimer_id, user_id) if value}
        if block:
            block_ids(project, ids)
            bump_version(project.pk)
        IngestEntry.objects.filter(Q(sent_user_id__in=ids) | Q(sent_jimer_id__in=ids), project=project).delete()
        for follower in followers.all().values():
            follower.forget(pks, timezone.now())
        for forget in erasers.all().values():
            forget(project, pks)
        SeenMessage.objects.filter(project=project, user_id__in=pks).delete()
        EndUser.objects.filter(pk__in=pks).update(merged_into=None)
        EndUser.objects.filter(pk__in=pks).delete()
    return True


def lock_family(project: Project, user: int) -> set[int]:
    """The family, locked: who was merged into it before the locks were held is of it too."""
    pks: set[int] = set()
    while (found := family(project, user)) != pks:
        store.lock_users(project.pk, sorted(found))
        pks = found
    return pks


def family(project: Project, user: int) -> set[int]:
    """The user and all profiles merged into it, however deep."""
    found: set[int] = set()
    level = set(EndUser.objects.filter(project=project, pk=user).values_list("pk", flat=True))
    while level:
        found |= level
        level = set(EndUser.objects.filter(merged_into_id__in=level).values_list("pk", flat=True)) - found
    return found
