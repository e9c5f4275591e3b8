"""Memberships kept right in the transaction of each write: only what a change can move is decided again."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import transaction

from segments.engines.compiled import compiled
from segments.engines.person import ProfilePerson
from segments.membership.moves import Move, write_moves, write_told
from segments.membership.passes import begin_pass
from segments.models import Cause, Membership, MembershipMove, Segment, SegmentDelta
from users.database.contention import AS_EVER
from users.database.limits import TookTooLong, work_limit
from users.extend import outboxes
from users.models import Project
from users.writing import store
from users.writing.records import Profile

LONGEST: Final = 0.02  # seconds of work that one segment may add to a call


class Follower:
    """See users.extend.Follower."""

    def column(self, vendor: str) -> str:
        made = "json_group_array(m.segment_id)" if vendor == "sqlite" else "CAST(json_agg(m.segment_id) AS text)"
        return f"(SELECT {made} FROM segments_membership m WHERE m.user_id = u.id)"

    def decide(
        self, project_id: int, version: int, profile: Profile, refs: Iterable[str], now: datetime, all_of_them: bool
    ) -> None:
        known = compiled(project_id, version)
        if not known.dynamic:
            return
        touched = known.touched_by(refs)
        candidates = known.dynamic if all_of_them else (known.by_clock | touched).values()
        person = ProfilePerson(profile)
        for segment in candidates:
            try:
                with work_limit(LONGEST) if segment.may_be_slow else AS_EVER:
                    inside = segment.verdict(person, now)
            except TookTooLong:
                profile.undecided.add(segment.id)
                continue
            if inside != (segment.id in profile.memberships):
                flip(profile, segment.id, inside, Cause.CHANGE if all_of_them or segment.id in touched else Cause.CLOCK)

    def write(self, profiles: Iterable[Profile], now: datetime) -> None:
        profiles = list(profiles)
        write_moves(
            [(item.id, segment, inside, cause) for item in profiles for segment, (inside, cause) in item.moves.items()],
            now,
        )

        if undecided := {segment for item in profiles for segment in item.undecided}:
            transaction.on_commit(partial(decide_later, undecided))

    def forget(self, users: Iterable[int], now: datetime) -> None:
        gone = Counter(Membership.objects.filter(user_id__in=list(users)).values_list("segment_id", flat=True))
        SegmentDelta.objects.bulk_create(
            SegmentDelta(segment_id=segment, at=now, entered=0, gone=count) for segment, count in sorted(gone.items())
        )

    def merged(self, survivor: Profile, absorbed: Profile, now: datetime) -> None:
        held = Membership.objects.filter(user_id=absorbed.id).values_list("segment_id", "segment__static")
        moves: list[Move] = []
        for segment, static in held:
            moves.append((absorbed.id, segment, False, Cause.MERGE))
            if static and segment not in survivor.memberships:
                flip(survivor, segment, True, Cause.MERGE)
        write_moves(moves, now)
        absorbed.memberships = set()

    def unmerged(self, project_id: int, survivor: int, absorbed: int, merged_at: datetime, now: datetime) -> None:
        at_merge = MembershipMove.objects.filter(at=merged_at, cause=Cause.MERGE, segment__static=True)
        back = set(at_merge.filter(user_id=absorbed, entered=False).values_list("segment_id", flat=True))
        brought = set(at_merge.filter(user_id=survivor, entered=True).values_list("segment_id", flat=True))
        kept = set(Membership.objects.filter(user_id=survivor).values_list("segment_id", flat=True))
        moves: list[Move] = [(absorbed, segment, True, Cause.MERGE) for segment in sorted(back)]
        moves += [(survivor, segment, False, Cause.MERGE) for segment in sorted(back & brought & kept)]
        version = Project.objects.values_list("version", flat=True).get(pk=project_id)
        write_told(project_id, version, moves, now)
        for segment in back:
            # The list held the visitor since then, not since the merge was undone.
            was_put = MembershipMove.objects.filter(
                user_id=absorbed, segment_id=segment, entered=True, at__lt=merged_at
            )
            if since := was_put.order_by("-at", "-pk").values_list("at", flat=True).first():
                Membership.objects.filter(user_id=absorbed, segment_id=segment).update(entered_at=since)
        decide_again(project_id, [survivor, absorbed], now)


def flip(profile: Profile, segment: int, inside: bool, cause: str) -> None:
    """Change the decision; two changes of mind before anything is written are none."""
    if inside:
        profile.memberships.add(segment)
    else:
        profile.memberships.discard(segment)
    if segment in profile.moves:
        del profile.moves[segment]
    else:
        profile.moves[segment] = (inside, cause)


def decide_later(segments: Iterable[int]) -> None:
    """Have the worker decide what would have held a call up. Whoever is in stays until then, whoever is out, too."""
    for segment in Segment.objects.filter(pk__in=list(segments)).select_related("project"):
        begin_pass(segment.project, [segment.pk], Cause.CHANGE)


def decide_again(project_id: int, users: list[int], now: datetime, cause: str = Cause.CHANGE) -> None:
    """All dynamic segments of these users, whose rows the caller's transaction has locked."""
    world = store.read_world(project_id, [], users)
    if world is None:
        return
    profiles = {profile.id: profile for profile in world.profiles.values()}
    for profile in profiles.values():
        Follower().decide(project_id, world.version, profile, (), now, True)
        profile.moves = {segment: (inside, cause) for segment, (inside, _) in profile.moves.items()}
    Follower().write(profiles.values(), now)
    for outbox in outboxes.all().values():
        outbox.written(project_id, world.version, profiles.values(), now)


def segments_part(project: Project, answer: Any, public: bool) -> list[dict[str, Any]]:
    """`segments` of an identify answer: archived ones are nobody's audience, browsers see those marked for them."""
    if not answer.memberships:
        return []
    known = compiled(project.pk, answer.version).by_id
    found = [known[pk] for pk in answer.memberships if pk in known]
    return [{"id": item.id, "name": item.name} for item in found if not item.archived and (item.visible or not public)]
