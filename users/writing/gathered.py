"""What a list of calls is to write, gathered while deciding and written one multi-row statement a table."""

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from users.extend import followers, outboxes
from users.models import IngestEntry
from users.writing import store
from users.writing.calls import Answer
from users.writing.records import Profile, World
from users.writing.search_index import ids_of
from users.writing.search_terms import terms_of
from users.writing.tags import write_tags

MESSAGE_LIFE: Final = timedelta(hours=24)


@dataclass(slots=True)
class Gathered:
    """Profiles that changed (by object, new ones have no id yet), lines of the ingest log, answers to remember."""

    project: int
    now: datetime
    touched: dict[int, Profile] = field(default_factory=dict)
    entries: list[tuple[IngestEntry, Profile]] = field(default_factory=list)
    messages: list[tuple[str, Profile, Answer]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.touched or self.entries or self.messages)

    def write(self, world: World) -> None:
        """Write everything within the caller's transaction, and start gathering anew."""
        profiles = list(self.touched.values())
        new = [profile for profile in profiles if profile.is_new]
        fresh = {id(profile) for profile in new}
        had_terms = [item.id for item in profiles if item.terms_dirty and id(item) not in fresh]
        store.insert_users(self.project, new)
        store.update_users(self.project, [item for item in profiles if id(item) not in fresh])
        identities = [(kind, value, item.id) for item in profiles for kind, value in item.new_identities]
        store.insert_identities(self.project, identities, self.now)
        store.insert_changes(self.project, [draft for item in profiles for draft in item.drafts])
        store.write_provenance([item for item in profiles if item.provenance_dirty or id(item) in fresh])
        self.write_terms(profiles, fresh, had_terms)
        if any(item.new_tags or item.gone_tags for item in profiles):
            write_tags(profiles)
        for follower in followers.all().values():
            follower.write(profiles, self.now)
        for outbox in outboxes.all().values():
            outbox.written(self.project, world.version, profiles, self.now)
        self.write_entries()
        self.write_messages()
        for profile in profiles:
            profile.written()
            world.profiles[profile.id] = profile
        self.touched, self.entries, self.messages = {}, [], []

    def write_terms(self, profiles: list[Profile], fresh: set[int], had_terms: list[int]) -> None:
        changed = [profile for profile in profiles if profile.terms_dirty]
        ids = ids_of(had_terms) if had_terms else defaultdict(list)
        ids |= {item.id: [value for _, value in item.new_identities] for item in changed if id(item) in fresh}
        terms = [
            (item.id, term)
            for item in changed
            for term in sorted(terms_of(item.name, item.email, (item.user_id, item.jimer_id), ids[item.id]))
        ]
        store.replace_terms(self.project, had_terms, terms)

    def write_entries(self) -> None:
        for entry, profile in self.entries:
            entry.user_id = profile.id
        IngestEntry.objects.bulk_create([entry for entry, _ in self.entries])

    def write_messages(self) -> None:
        rows = []
        for key, profile, answer in self.messages:
            answer.user, answer.revision = profile.id, profile.revision
            rows.append((key, profile.id, {**asdict(answer), "changed": {}}))
        store.insert_messages(self.project, rows, self.now, self.now - MESSAGE_LIFE)
