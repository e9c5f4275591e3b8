"""A pass over all users, for new and edited rules and for those that go by the clock: many segments at once.

Correct beside any number of writers: the rule is committed before the pass, which first waits for writers that may
not have seen it. From then on every writer keeps the memberships right for the users it writes, so the pass only
has to look at each user once, without a lock, and to lock and decide again those whose membership is wrong.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from django.db import transaction
from django.utils import timezone

from segments.engines import bits
from segments.engines.compiled import Ready, compiled, compiled_now
from segments.engines.complexity import TooComplex, answerable
from segments.engines.person import ProfilePerson
from segments.engines.sql import Compiler
from segments.language.budget import MOST_PATTERNS, PatternKey, cost_of
from segments.language.rules import MOST_IN_ALL, conditions
from segments.membership.moves import Move, write_told
from segments.models import Segment
from users.database.limits import TookTooLong
from users.jobs import give_way, register, start_job
from users.models import Account, EndUser, Job, Project
from users.writing import store
from users.writing.tags import load_tags

LOOKED_AT: Final = 40_000  # users that one statement reads, without any lock
FEWEST: Final = 1_000  # where more of them take a statement too long
LONGEST_LOOK: Final = 10.0  # seconds of one statement, well within a job's lease
WRITTEN: Final = 100  # users of one transaction, at most: on SQLite nobody else may write meanwhile
TOO_SLOW: Final = (
    "This rule takes the database too long even for a few users. Use simpler patterns or fewer conditions."
)
MOVED: Final = 400  # memberships of one transaction, about


def begin_pass(project: Project, segments: list[int], cause: str, by: Account | None = None) -> Job | None:
    """Compute these segments in the background. Their rules are committed with, or before, this.

    A pass that nobody began yet takes them along: fifty segments made one after the other are one pass. It must be
    the newest, as of two passes the younger has the last word.
    """
    if not segments:
        return None
    rows = Segment.objects.filter(pk__in=segments).values_list("pk", "version")
    versions = {str(pk): number for pk, number in rows}
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        passes = Job.objects.select_for_update().filter(project=project, kind="compute_segments")
        newest = passes.order_by("-pk").first()
        if newest and is_waiting(newest) and newest.params["cause"] == cause and newest.created_by_id == (by and by.pk):
            newest.params["segments"] |= versions
            newest.save(update_fields=["params"])
            return newest
        return start_job(project, "compute_segments", {"segments": versions, "cause": cause}, by)


def is_waiting(job: Job) -> bool:
    """Whether no worker took it yet. Who locked its row can change it: a worker takes it by an update."""
    return job.state == Job.State.QUEUED and job.cursor is None and job.attempts == 0


@register("compute_segments", words="Computing segments", own_transactions=True, lane="segments")
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
    refused = job.result.setdefault("refused", {})
    width = min(job.params.get("width", LOOKED_AT), LOOKED_AT)
    try:
        moved, last = compute_some(project, ids, job.cursor, job.params["cause"], now, refused, width)
    except TookTooLong:
        job.params["width"] = max(width // 10, FEWEST)
        Job.objects.filter(pk=job.pk).update(params=job.params)
        return False
    job.progress += width if last is not None else 0
    job.result["moved"] = job.result.get("moved", 0) + moved
    if last is not None:
        job.cursor = last
        return False
    finish(project, job)
    return True


def compute_some(
    project: Project, ids: list[int], after: int, cause: str, now: datetime, refused: dict[str, str],
    width: int = LOOKED_AT,
) -> tuple[int, int | None]:  # fmt: skip
    """Put right the memberships of the next users after that id, `width` at most. Returns how many moved, and the last
    user's id if there are more.

    `refused` gets those that the database does not take (id: why), so that the others go on. Raises TookTooLong where
    one takes longer than LONGEST_LOOK for so many users; of the fewest, it is refused too.
    """
    known = compiled_now(project)
    ids = [pk for pk in ids if str(pk) not in refused]
    segments = [known.by_id[pk] for pk in ids if pk in known.by_id and not known.by_id[pk].static]
    compiler, wrong = Compiler(project.pk, known.zone, now), dict[int, list[int]]()
    ahead, ends = batches(segments), list[int]()
    while ahead:
        together = ahead.pop()
        try:
            with answerable(LONGEST_LOOK, somebody_waits=False):
                found = wrong_users(project, compiler, together, after, width)
            for user, segment_ids in found.wrong:
                wrong.setdefault(user, []).extend(segment_ids)
            if found.last is not None:
                ends.append(found.last)
        except TookTooLong as stopped:
            if len(together) > 1:
                ahead += [[segment] for segment in together]
            elif isinstance(stopped, TooComplex):
                refused[str(together[0].id)] = str(stopped)
            elif width > FEWEST:
                raise
            else:
                refused[str(together[0].id)] = TOO_SLOW
    moved = 0
    for some in portions(wrong):
        began = time.monotonic()
        moved += put_right(project, some, cause, now)
        give_way(time.monotonic() - began)
    return moved, min(ends, default=None)  # users that came or went between two statements are looked at again


def portions(wrong: dict[int, list[int]]) -> Iterator[dict[int, list[int]]]:
    """What is put right in one transaction each, in order of the users."""
    some: dict[int, list[int]] = {}
    moves = 0
    for user in sorted(wrong):
        some[user] = wrong[user]
        moves += len(wrong[user])
        if len(some) == WRITTEN or moves >= MOVED:
            yield some
            some, moves = {}, 0
    if some:
        yield some


def batches(segments: list[Ready]) -> list[list[Ready]]:
    """What one statement decides: so many segments, and together no more conditions and patterns than one may have."""
    made: list[list[Ready]] = []
    room, patterns = 0, frozenset[PatternKey]()
    for segment in segments:
        parts = list(conditions(segment.rule)) if segment.rule else []
        more = cost_of(parts).patterns
        full = not made or len(made[-1]) == bits.BITS or len(parts) > room or len(patterns | more) > MOST_PATTERNS
        if full:
            made.append([])
            room, patterns = MOST_IN_ALL, frozenset()
        made[-1].append(segment)
        room -= len(parts)
        patterns |= more
    return made


@dataclass(frozen=True, slots=True)
class Wrong:
    wrong: list[tuple[int, list[int]]]  # user, the segments that they are wrongly in or out of
    last: int | None  # the last user that was looked at, if there may be more


def wrong_users(project: Project, compiler: Compiler, segments: list[Ready], after: int, width: int) -> Wrong:
    """Of the next users after that id. Read in two statements: whoever is written between them is kept right by that
    write, or looked at in vain."""
    users = EndUser.objects.filter(project=project, merged_into=None, pk__gt=after)
    wanted = bits.wanted(compiler, segments, users, width)
    if not wanted:
        return Wrong([], None)
    last = max(wanted)
    stored = bits.stored(segments, after, last)
    wrong = [
        (user, [item.id for position, item in enumerate(segments) if (want ^ held) >> position & 1])
        for user, want in wanted.items()
        if want != (held := stored.get(user, 0))
    ]
    return Wrong(wrong, last if len(wanted) == width else None)


def put_right(project: Project, wrong: dict[int, list[int]], cause: str, now: datetime) -> int:
    """Decide again under lock, in memory, by the rules as they are now, and write: one short transaction.

    `wrong`: user -> segments. The others of the user were right when they were read, and writers keep them so.
    """
    users = list(wrong)
    with transaction.atomic():
        store.lock_users(project.pk, users)
        world = store.read_world(project.pk, [], users)
        if world is None:
            return 0
        known = compiled(project.pk, world.version)
        profiles = [world.profiles[pk] for pk in users if pk in world.profiles and world.profiles[pk].id == pk]
        dynamic = {segment.id: segment for segment in known.dynamic}
        if any("tags" in dynamic[pk].refs for pk in dynamic.keys() & chain(*wrong.values())):
            load_tags(profiles)
        moves: list[Move] = []
        for profile in profiles:
            person = ProfilePerson(profile)
            for segment in (dynamic[pk] for pk in wrong[profile.id] if pk in dynamic):
                inside = segment.verdict(person, now)
                if inside != (segment.id in profile.memberships):
                    moves.append((profile.id, segment.id, inside, cause))
        write_told(project.pk, world.version, moves, now)
    return len(moves)


def finish(project: Project, job: Job) -> None:
    """Ready, unless a rule or what it stands on changed meanwhile: then the pass that was started for it finishes."""
    with transaction.atomic():
        # Changes lock the project first: what is about to begin a pass has begun it, or waits for this.
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        known, waiting = compiled_now(project), begun_after(project, job)
        began = job.params.get("began")
        for pk, version in job.params["segments"].items():
            segment = known.by_id.get(int(pk))
            if segment is None or pk in waiting:
                continue
            reason = segment.broken or job.result.get("refused", {}).get(pk, "")
            Segment.objects.filter(pk=segment.id, version=version).update(
                state=Segment.State.BROKEN if reason else Segment.State.READY, state_reason=reason,
                refreshed_at=began or timezone.now(), by_clock=segment.by_clock,
            )  # fmt: skip


def begun_after(project: Project, job: Job) -> set[str]:
    """Segments that a younger pass has still to compute. Of two at once the younger has the last word, so neither
    waits for the other."""
    younger = Job.objects.filter(
        project=project, kind="compute_segments", pk__gt=job.pk,
        state__in=[Job.State.QUEUED, Job.State.RUNNING, Job.State.FAILED],
    )  # fmt: skip
    return {pk for params in younger.values_list("params", flat=True) for pk in params["segments"]}
