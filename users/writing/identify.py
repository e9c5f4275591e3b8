"""THE write path: every source's values enter here, one call or many.

A call is checked and coerced against the registry, decided in memory against what one SELECT read, and, if there
is anything to write, decided again under lock and written in a handful of statements (users/writing/store.py). A call
that changes nothing opens no transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import IntegrityError, OperationalError, transaction

from users.database.contention import Busy, Patience, got_through
from users.extend import followers, outboxes
from users.models import AttributeChange, Project
from users.models.documents import entry_of
from users.registry.attributes import NewKey, Registry, create_missing, note_received, registry
from users.writing import ingest_log, store
from users.writing.blocking import blocked_ids
from users.writing.call_counts import note_unchanged
from users.writing.calls import Answer, Call, Changed, NotServed, Origin, Refused, UnknownUser
from users.writing.decide import (
    Effect,
    Moment,
    apply_items,
    check_expected,
    remove_unspecified,
    replace_entry,
)
from users.writing.gathered import MESSAGE_LIFE, Gathered
from users.writing.group_commit import write_in_group
from users.writing.merge import merge_profiles
from users.writing.operations import Missing, fit_items, for_anyone, items_of, rejections, strict_refusal
from users.writing.records import Draft, Profile, World
from users.writing.resolve import USER, Resolution, resolve
from users.writing.sessions import note_activity
from users.writing.tags import Catalog, apply_tags, catalog_for, load_tags, take_tags_back
from users.writing.take_back import TAGS, UNDOABLE, keep_former, take_all_back, take_value_back
from users.writing.work import Work, check_call

SLICE: Final = 100  # calls of one transaction: on SQLite none may hold the one write lock for long


def identify(project: Project, call: Call, origin: Origin, now: datetime) -> Answer:
    """Carry out the call. Raises Refused (nothing was stored), UnknownUser, Changed, or Busy.

    Calls of one origin at the same time are written together, unless the caller has a transaction of its own.
    """

    def write(calls: Sequence[Call], latest: datetime, since: float | None = None) -> list[Answer | Refused]:
        return write_calls(project, calls, origin, latest, since)

    alone = transaction.get_connection().in_atomic_block
    result = write([call], now)[0] if alone else write_in_group((project.pk, origin), call, now, write)
    if isinstance(result, Refused):
        raise result
    return result


def identify_batch(project: Project, calls: Sequence[Call], origin: Origin, now: datetime) -> list[Answer | Refused]:
    """The calls one after the other, each with its own answer or refusal, in a constant number of statements.

    Raises Busy if none could be served. If some could, the others are NotServed.
    """
    results: list[Answer | Refused] = []
    for start in range(0, len(calls), SLICE):
        try:
            results += write_calls(project, calls[start : start + SLICE], origin, now)
        except Busy as busy:
            if not results:
                raise
            return results + [NotServed(str(busy), code="busy") for _ in calls[start:]]
    return results


class Moved(Exception):
    """Between reading and locking, an id came to belong to another user or an attribute was deleted. Start over."""


class Settled(Exception):
    """A call was refused after it had changed profiles in memory. Start over without it."""

    def __init__(self, work: Work, refused: Refused) -> None:
        super().__init__(refused.message)
        self.work, self.refused = work, refused


def write_calls(
    project: Project, calls: Sequence[Call], origin: Origin, now: datetime, since: float | None = None
) -> list[Answer | Refused]:
    """Answer all calls, trying again while the cause of a failure may pass.

    `since` is when the first caller arrived (monotonic seconds); that caller is answered within LONGEST.
    """
    patience = Patience(since)
    settled: dict[int, Refused] = {}
    while True:
        works = [check_call(call, origin, now) for call in calls]
        for position, refused in settled.items():
            works[position].result = refused
        try:
            with patience.waits():
                Attempt(project, works, origin, now, in_turn=patience.in_turn).carry_out()
            break
        except Settled as left_out:
            settled[works.index(left_out.work)] = left_out.refused
        except (IntegrityError, OperationalError, Moved) as passing:
            # Another attempt may succeed after two calls that create one id, a deadlock, a busy database, or a merge.
            patience.bear(passing)
    results: list[Answer | Refused] = []
    for work in works:
        assert work.result is not None
        results.append(work.result)
    ingest_log.record_refused(project, origin, now, list(zip(calls, results, strict=True)))
    return results


class Attempt:
    """One attempt at a list of calls. With `in_turn` no other transaction writes users of the project meanwhile."""

    def __init__(
        self, project: Project, works: list[Work], origin: Origin, now: datetime, *, in_turn: bool = False
    ) -> None:
        self.project, self.works, self.origin, self.now = project, works, origin, now
        self.world: World
        self.registry: Registry
        self.catalog = Catalog({})
        self.gathered = Gathered(project.pk, now)
        self.in_turn = in_turn
        self.locked = False
        self.needs_lock = in_turn  # a merge and tags set it too: they are decided only once their rows are locked
        self.not_defined: dict[tuple[str, str], str] = {}  # new attributes that may not be defined, and why

    @property
    def unanswered(self) -> list[Work]:
        return [work for work in self.works if work.result is None]

    def carry_out(self) -> None:
        self.read_world()
        self.answer_repeats()
        self.refuse_blocked()
        self.define_new()
        pending = self.unanswered
        if not self.in_turn:
            self.decide(pending)
        if not pending or not self.must_write():
            if pending:
                note_unchanged(self.project.pk, self.origin.kind, self.origin.id, self.now, len(pending))
            return
        alone = self.in_turn and not transaction.get_connection().in_atomic_block
        with transaction.atomic():
            got_through()
            if alone:
                store.wait_for_writers(self.project.pk)
                self.answer_repeats()
                pending = self.unanswered
            if self.needs_lock or not self.still_as_read():
                self.decide_under_lock(pending)
            self.gathered.write(self.world)
        self.fill_answers(pending)

    def read_world(self) -> None:
        identifiers = [pair for work in self.unanswered for pair in work.identifiers()]
        targets = [work.call.target for work in self.unanswered if work.call.target is not None]
        world = store.read_world(self.project.pk, identifiers, targets)
        if world is None or world.deleting:
            raise Refused("There is no such project any more.", code="unknown_project")
        self.world = world
        self.registry = registry(self.project.pk, world.version)

    def answer_repeats(self) -> None:
        keys = [key for work in self.unanswered if (key := work.message_key)]
        if not keys:
            return
        answers = store.read_messages(self.project.pk, keys, self.now - MESSAGE_LIFE)
        first: dict[str, Work] = {}
        for work in self.unanswered:
            key = work.message_key
            if key in answers:
                work.result = Answer(**{**answers[key], "repeated": True})
            elif key and key in first:
                work.repeats = {"of": first[key]}
            elif key:
                first[key] = work

    def refuse_blocked(self) -> None:
        if self.world.has_blocks:
            blocked = blocked_ids(self.project, [pair[1] for work in self.unanswered for pair in work.identifiers()])
            for work in self.unanswered:
                for kind, value in work.identifiers():
                    if value in blocked:
                        path = "user_id" if kind == USER else "jimer_id"
                        message = f"{path} belongs to a person who was erased and blocked. Nothing is stored for it."
                        work.result = Refused(message, code="blocked", details=[{"path": path, "message": message}])

    def define_new(self) -> None:
        """Coerce all items; define attributes seen for the first time, in a transaction of their own."""
        missing: Missing = {}
        for work in self.unanswered:
            with_these = dict(missing)  # a refused call defines nothing, not even for those after it
            fit_items(work.items, self.registry, with_these)
            if work.call.strict and any(item.reason for item in work.items):
                work.result = strict_refusal(rejections(work.items))
            else:
                missing = with_these
        if not missing:
            return
        new = [NewKey(source, key, kind) for (source, key), kind in missing.items()]
        self.not_defined = create_missing(self.project, new, public=self.origin.public, now=self.now)
        fresh = store.read_world(self.project.pk, [])
        assert fresh is not None
        self.world.version = fresh.version
        self.registry = registry(self.project.pk, fresh.version)
        for work in self.unanswered:
            self.fit_undefined(work)
            if work.call.strict and any(item.reason for item in work.items):
                work.result = strict_refusal(rejections(work.items))

    def fit_undefined(self, work: Work) -> None:
        """Fit items without a definition to the registry as it is now. Raises Moved if a definition was deleted."""
        unsettled = [item for item in work.items if item.reason is None and item.definition is None]
        fit_items(unsettled, self.registry, {})
        for item in unsettled:
            if item.reason is None and item.new_type and item.definition is None:
                item.reason = self.not_defined.get((item.source, item.key))
                if item.reason is None:
                    raise Moved

    def fit_from_scratch(self, pending: list[Work]) -> None:
        """Registry or rules changed after reading. Fit all items to the new ones, without starting over."""
        for work in pending:
            work.items = items_of(work.call, public=self.origin.public)
            self.fit_undefined(work)
            if work.call.strict and any(item.reason for item in work.items):
                raise Settled(work, strict_refusal(rejections(work.items)))

    def still_as_read(self) -> bool:
        """Lock the users. True if what was decided without the lock still holds and can be written."""
        profiles = {profile.id: profile for profile in self.world.profiles.values()}
        return store.lock_and_compare(self.project.pk, self.world.version, list(profiles.values()))

    def decide_under_lock(self, pending: list[Work]) -> None:
        ids = self.world.ids()
        version = self.world.version
        store.lock_users(self.project.pk, ids)
        for work in pending:
            work.result = work.draft = None
        self.gathered = Gathered(self.project.pk, self.now)
        self.read_world()
        if set(self.world.ids()) - set(ids):
            raise Moved
        if self.world.version != version:
            self.fit_from_scratch(pending)
        self.locked = True
        if any(work.call.tags for work in pending):
            self.catalog = catalog_for(self.project, [work.call for work in pending], now=self.now)
            load_tags(self.world.profiles.values())
        self.decide(pending)

    def decide(self, pending: list[Work]) -> None:
        for work in pending:
            if work.repeats:
                original = work.repeats["of"].result
                work.result = replace(original, repeated=True) if isinstance(original, Answer) else original
                continue
            try:
                work.result = self.decide_one(work)
            except (UnknownUser, Changed) as refused:  # raised before anything was touched
                work.result = refused
            except Refused as refused:
                raise Settled(work, refused) from None

    def decide_one(self, work: Work) -> Answer:
        call, moment = work.call, work.moment
        assert moment is not None
        resolution = self.resolve(work)
        profile = work.profile = resolution.profile
        if call.expected:
            check_expected(profile, dict(call.expected), self.registry)
        merged = resolution.absorb is not None
        if resolution.absorb is not None:
            self.merge(resolution)
        effect = Effect()
        if call.takes_back and call.takes_back.ref != TAGS:
            take_value_back(profile, call.takes_back, self.registry, effect)
            self.needs_lock = True
        if call.takes_all_back:
            take_all_back(profile, call.takes_all_back, self.registry, effect)
            self.needs_lock = True
        apply_items(profile, work.items, self.registry, moment, effect)
        if call.strict and effect.rejected:
            raise strict_refusal(effect.rejected)
        if call.remove_unspecified:
            remove_unspecified(profile, work.items, self.registry, moment, effect)
        if call.activity:
            note_activity(profile, moment.at)
        if call.tags:
            if self.locked and call.takes_back:
                take_tags_back(profile, call.takes_back, self.catalog, effect)
            elif self.locked:
                apply_tags(profile, call.tags, self.catalog, self.origin, self.now, effect)
            self.needs_lock = True
        self.record_identity(resolution, moment, effect)
        self.tell_followers(profile, effect, resolution.created or merged)
        answer = Answer(
            user=profile.id, jimer_id=resolution.fresh_jimer_id or work.jimer_id or profile.jimer_id,
            user_id=profile.user_id, created=resolution.created, merged=merged, attributes=effect.verdicts,
            rejected=effect.rejected, changed=effect.changes, revision=profile.revision,
            fresh_jimer_id=resolution.fresh_jimer_id is not None, version=self.world.version,
            memberships=sorted(profile.memberships), for_anyone=for_anyone(work.items) if self.origin.public else {},
        )  # fmt: skip
        self.gather(work, profile, resolution, effect, answer)
        return answer

    def tell_followers(self, profile: Profile, effect: Effect, all_of_them: bool) -> None:
        refs = effect.changes.keys() | profile.dirty
        for follower in followers.all().values():
            follower.decide(self.project.pk, self.world.version, profile, refs, self.now, all_of_them)

    def resolve(self, work: Work) -> Resolution:
        if work.call.target is not None:
            profile = self.world.profiles.get(work.call.target)
            if profile is None:
                raise UnknownUser("There is no such user in this project.", code="unknown_user")
            return Resolution(profile)
        return resolve(self.world, work.jimer_id, work.user_id, self.now)

    def merge(self, resolution: Resolution) -> None:
        survivor, absorbed = resolution.profile, resolution.absorb
        assert absorbed is not None
        if not self.locked:
            self.needs_lock = True
            return
        self.gathered.write(self.world)  # both users must be rows that hold what earlier calls of the batch changed
        merge = merge_profiles(self.project.pk, survivor, absorbed, self.registry, self.origin, self.now)
        for outbox in outboxes.all().values():
            outbox.merged(self.project.pk, self.world.version, survivor, absorbed, merge, self.now)
        self.gathered.touched[id(survivor)] = survivor
        self.gathered.touched.pop(id(absorbed), None)
        for identifier, owner in self.world.owners.items():
            if owner is absorbed:
                self.world.owners[identifier] = survivor

    def record_identity(self, resolution: Resolution, moment: Moment, effect: Effect) -> None:
        """Record history and provenance of ids: both ids of a new profile, the User ID of a promoted one, new browsers."""
        profile = resolution.profile
        refs = {}
        if resolution.created:
            refs["jimer_id"] = profile.jimer_id
        if (resolution.created or resolution.promoted) and profile.user_id is not None:
            refs["user_id"] = profile.user_id
        for ref, value in refs.items():
            replace_entry(profile, ref, entry_of(moment.origin, moment.at_ms, moment.now_ms), effect)
            effect.changes[ref] = {"n": value}
        if resolution.linked:
            effect.changes["ids"] = {"added": [resolution.linked]}

    def gather(self, work: Work, profile: Profile, resolution: Resolution, effect: Effect, answer: Answer) -> None:
        """Gather what this call will write: history, a line of the ingest log, its message id."""
        moment = work.moment
        assert moment is not None
        origin = moment.origin
        if effect.changes or resolution.created:
            kind = AttributeChange.Kind.CREATED if resolution.created else AttributeChange.Kind.WRITE
            back = work.call.takes_back
            if back:
                kind = AttributeChange.Kind.RESTORE
            elif origin.kind in UNDOABLE:
                keep_former(effect)
            work.draft = Draft(
                profile, kind, origin.kind, origin.id, origin.label, moment.at, self.now, effect.changes,
                undoes=back.change if back else None, entries=effect.entries,
            )  # fmt: skip
            profile.drafts.append(work.draft)
        if effect.explained:
            entry = ingest_log.log_entry(
                self.project.pk, work.call, origin, self.now, written_at=moment.at, verdicts=effect.explained
            )
            self.gathered.entries.append((entry, profile))
        if key := work.message_key:
            self.gathered.messages.append((key, profile, answer))
        if profile.must_write or profile.terms_dirty:
            self.gathered.touched[id(profile)] = profile

    def must_write(self) -> bool:
        return bool(self.gathered) or self.needs_lock

    def fill_answers(self, pending: list[Work]) -> None:
        """Put ids of written rows into the answers. After the commit, note when attributes were last received."""
        received: set[int] = set()
        for work in pending:
            if not isinstance(work.result, Answer):
                continue
            answer = work.result
            answer.change = work.draft.id if work.draft else None
            if work.profile:
                answer.user, answer.revision = work.profile.id, work.profile.revision
            received |= {item.definition.id for item in work.items if item.definition and item.reason is None}
        transaction.on_commit(lambda: note_received(received, self.now))
