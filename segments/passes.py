"""A pass over all users, for new and edited rules and for those that go by the clock: many segments at once.

Correct beside any number of writers: the rule is committed before the pass, which first waits for writers that may
not have seen it. From then on every writer keeps the memberships right for the users it writes, so the pass only
has to look at each user once, without a lock, and to lock and decide again those whose membership is wrong.
"""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from segments import bits
from segments.compiled import Ready, compiled, compiled_now
from segments.follow import Move, write_moves
from segments.models import Segment
from segments.person import ProfilePerson
from segments.sql import Compiler
from users import store
from users.jobs import register, start
from users.models import Account, EndUser, Job, Project
from users.tags import load_tags

LOOKED_AT: Final = 20_000  # users that one statement reads, without any lock
WRITTEN: Final = 200  # users of one transaction, at most
MOVED: Final = 1000  # memberships of one transaction, about


def begin_pass(project: Project, segments: list[int], cause: str, by: Account | None = None) -> Job | None:
    """Compute these segments in the background. Their rules are committed with, or before, this."""
    if not segments:
        return None
    versions = dict(Segment.objects.filter(pk__in=segments).values_list("pk", "version"))
    params = {"segments": {str(pk): number for pk, number in versions.items()}, "cause": cause}
    return start(project, "compute_segments", params, by)


@register("compute_segments", own_transactions=True)
def compute_chunk(job: Job, now: datetime) -> bool:
    """params: {"segments": {id: version}, "cause"}. A chunk may be repeated: it finds nothing left to do."""
    project = job.project
    if project is None:
        return True
    if job.cursor is None:
        with transaction.atomic():
            store.wait_for_writers(project.pk)
        job.cursor = 0
        job.params["began"] = now.isoformat()
        Job.objects.filter(pk=job.pk).update(params=job.params)
    ids = [int(pk) for pk in job.params["segments"]]
    last = end_of_chunk(project.pk, job.cursor)
    moved = compute_range(project, ids, job.cursor, last, job.params["cause"], now)
    job.progress += LOOKED_AT if last is not None else 0
    job.result["moved"] = job.result.get("moved", 0) + moved
    if last is not None:
        job.cursor = last
        return False
    finish(project, job)
    return True


def end_of_chunk(project_id: int, after: int) -> int | None:
    rows = EndUser.objects.filter(project_id=project_id, merged_into=None, pk__gt=after).order_by("pk")
    return next(iter(rows.values_list("pk", flat=True)[LOOKED_AT - 1 : LOOKED_AT]), None)


def compute_range(project: Project, ids: list[int], after: int, last: int | None, cause: str, now: datetime) -> int:
    """Put right the memberships of users with after < id <= last. Returns how many moved."""
    known = compiled_now(project)
    segments = [known.by_id[pk] for pk in ids if pk in known.by_id and not known.by_id[pk].static]
    wrong: set[int] = set()
    for at in range(0, len(segments), bits.BITS):
        wrong |= wrong_users(project, Compiler(project.pk, known.zone, now), segments[at : at + bits.BITS], after, last)
    moved, pending = 0, sorted(wrong)
    size = max(min(WRITTEN, MOVED * 4 // max(len(ids), 1)), 1)  # a user is seldom in more than a quarter of them
    for at in range(0, len(pending), size):
        moved += put_right(project, ids, pending[at : at + size], cause, now)
    return moved


def wrong_users(project: Project, compiler: Compiler, segments: list[Ready], after: int, last: int | None) -> set[int]:
    """Read in two statements: whoever is written between them is kept right by that write, or looked at in vain."""
    within = {"gt": after} if last is None else {"gt": after, "lte": last}
    users = EndUser.objects.filter(
        project=project, merged_into=None, **{f"pk__{sign}": pk for sign, pk in within.items()}
    )
    wanted = bits.wanted(compiler, segments, users)
    stored = bits.stored(segments, {f"user_id__{sign}": pk for sign, pk in within.items()})
    return {user for user, want in wanted.items() if want != stored.get(user, 0)}


def put_right(project: Project, ids: list[int], users: list[int], cause: str, now: datetime) -> int:
    """Decide again under lock, in memory, by the rules as they are now, and write: one short transaction."""
    with transaction.atomic():
        store.lock(project.pk, users)
        world = store.read(project.pk, [], users)
        if world is None:
            return 0
        known = compiled(project.pk, world.version)
        segments = [known.by_id[pk] for pk in ids if pk in known.by_id and not known.by_id[pk].static]
        profiles = [world.profiles[pk] for pk in users if pk in world.profiles and world.profiles[pk].id == pk]
        if any("tags" in segment.refs for segment in segments):
            load_tags(profiles)
        moves: list[Move] = []
        for profile in profiles:
            person = ProfilePerson(profile)
            for segment in segments:
                inside = segment.verdict(person, now)
                if inside != (segment.id in profile.memberships):
                    moves.append((profile.id, segment.id, inside, cause))
        write_moves(moves, now)
    return len(moves)


def finish(project: Project, job: Job) -> None:
    """Ready, unless a rule was edited meanwhile: then the pass that was started for that edit finishes it."""
    known = compiled_now(project)
    began = job.params.get("began")
    for pk, version in job.params["segments"].items():
        segment = known.by_id.get(int(pk))
        if segment is None:
            continue
        state = Segment.State.BROKEN if segment.broken else Segment.State.READY
        Segment.objects.filter(pk=segment.id, version=version).update(
            state=state, state_reason=segment.broken, refreshed_at=began or timezone.now(), by_clock=segment.by_clock
        )
