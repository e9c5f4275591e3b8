"""What calls would do, without doing it: the write path up to where it would write."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from users.models import Project, Tag
from users.registry.attributes import Definition, Registry
from users.writing.calls import Answer, Call, Origin, Refused
from users.writing.decide import Effect
from users.writing.identify import Attempt
from users.writing.operations import fit_items, rejections, strict_refusal
from users.writing.records import Profile
from users.writing.resolve import Resolution
from users.writing.tags import Catalog, load_tags, same_look
from users.writing.work import Work, check_call


def rehearse(
    project: Project, calls: Sequence[Call], origin: Origin, now: datetime, planned: Registry
) -> list[Answer | Refused]:
    """The answers that `identify_batch` would give. `planned` is the registry with the attributes that would be new.

    Nothing is written, also no attribute, tag or line of the ingest log. Segments are not decided.
    """
    works = [check_call(call, origin, now) for call in calls]
    Rehearsal(project, works, origin, now, planned).carry_out()
    return [work.result for work in works if work.result is not None]


def with_new(registry: Registry, source: str, keys: Iterable[tuple[str, str]]) -> Registry:
    """The registry with those attributes (key, type) that are not there yet; theirs have ids below zero."""
    new = [(key, kind) for key, kind in keys if registry.by_field(source, key) is None]
    made = [
        Definition(-number, source, key, kind, key, False, False, False) for number, (key, kind) in enumerate(new, 1)
    ]
    return Registry([*registry.all(), *made])


class Rehearsal(Attempt):
    def __init__(self, project: Project, works: list[Work], origin: Origin, now: datetime, planned: Registry) -> None:
        super().__init__(project, works, origin, now)
        self.planned = planned
        self.locked = True  # tags are decided here as under the lock

    def carry_out(self) -> None:
        self.read_world()
        self.refuse_blocked()
        self.define_new()
        if any(work.call.tags for work in self.unanswered):
            self.catalog = self.known_and_new_tags()
            load_tags(self.world.profiles.values())
        self.decide(self.unanswered)

    def define_new(self) -> None:
        self.registry = self.planned
        for work in self.unanswered:
            fit_items(work.items, self.planned, {})
            if work.call.strict and any(item.reason for item in work.items):
                work.result = strict_refusal(rejections(work.items))

    def known_and_new_tags(self) -> Catalog:
        """The tags that the calls name; those that do not exist yet have keys below zero."""
        names = {same_look(name): name for work in self.works if work.call.tags for name in work.call.tags.add}
        found = {tag.folded: tag for tag in Tag.objects.filter(project=self.project, folded__in=names)}
        for number, (folded, name) in enumerate(names.items(), 1):
            found.setdefault(folded, Tag(pk=-number, project=self.project, name=name, folded=folded))
        return Catalog(found)

    def decide(self, pending: list[Work]) -> None:
        for work in pending:
            try:
                work.result = self.decide_one(work)
            except Refused as refused:
                work.result = refused

    def merge(self, resolution: Resolution) -> None:
        """What the absorbed profile would bring along is not looked at."""

    def tell_followers(self, profile: Profile, effect: Effect, all_of_them: bool) -> None:
        """Segments change by themselves."""
