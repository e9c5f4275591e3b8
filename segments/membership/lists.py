"""Static segments: users are put on them and taken off, by hand, by list and by API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction

from segments.engines.compiled import compiled
from segments.membership.follow import decide_again
from segments.membership.moves import Move, write_told
from segments.models import Cause, Membership, Segment
from users.models import EndUser, Project
from users.writing import store

WRITTEN: Final = 100  # users of one transaction


def add_members(segment: Segment, users: Iterable[int], now: datetime) -> int:
    return change_members(segment, users, True, now)


def remove_members(segment: Segment, users: Iterable[int], now: datetime) -> int:
    return change_members(segment, users, False, now)


def change_members(segment: Segment, users: Iterable[int], inside: bool, now: datetime) -> int:
    """Put users of the project on the list or take them off; returns how many that changed.

    Segments built on the list are decided again in the same transaction.
    """
    if not segment.static:
        raise ValueError(f"{segment.name} has a rule; users enter and leave it by what is known about them.")
    pks, changed = sorted(set(users)), 0
    for start in range(0, len(pks), WRITTEN):
        changed += len(change_some(segment, pks[start : start + WRITTEN], inside, now))
    return changed


def change_some(segment: Segment, pks: list[int], inside: bool, now: datetime) -> list[int]:
    """In one transaction; returns the users that changed."""
    with transaction.atomic():
        store.lock_users(segment.project_id, pks)
        here = set(
            EndUser.objects.filter(project_id=segment.project_id, merged_into=None, pk__in=pks).values_list(
                "pk", flat=True
            )
        )
        held = set(Membership.objects.filter(segment=segment, user_id__in=pks).values_list("user_id", flat=True))
        moving = sorted(here - held if inside else held)
        moves: list[Move] = [(user, segment.pk, inside, Cause.LIST) for user in moving]
        version = Project.objects.values_list("version", flat=True).get(pk=segment.project_id)
        write_told(segment.project_id, version, moves, now)
        if moving and segment.pk in compiled(segment.project_id, version).by_list:
            decide_again(segment.project_id, moving, now, Cause.LIST)
    return moving
