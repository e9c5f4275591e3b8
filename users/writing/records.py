"""What the write path holds in memory while it decides: profiles, and what is to be written about them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from users.models.documents import Changes, Entries, ProvenanceEntry

type Identifier = tuple[str, str]  # (Identity.Kind, value)


@dataclass(slots=True)
class Draft:
    """An AttributeChange to be: `entries` is the provenance that gets its id."""

    profile: "Profile"
    kind: str
    origin_kind: str
    origin_id: int | None
    origin_label: str
    written_at: datetime
    received_at: datetime
    changes: Changes
    id: int | None = None
    undoes: int | None = None  # the change that a RESTORE takes back
    entries: list[ProvenanceEntry] = field(default_factory=list)


@dataclass(slots=True)
class Profile:
    """A row of EndUser and its provenance, and what a call changed of them. `id` is 0 until it is inserted."""

    id: int
    jimer_id: str
    user_id: str | None
    name: str | None
    email: str | None
    language: str | None
    first_seen: datetime | None
    last_activity: datetime | None
    sessions: int
    created: datetime
    attributes: dict[str, Any]
    folded: dict[str, Any]
    sources: list[str]
    revision: int
    provenance: Entries
    tags: dict[int, str] | None = None  # tag id -> name, read only when a call brings tags
    tagged: dict[int, Any] = field(default_factory=dict)  # tag id -> (Origin, time), read with them
    memberships: set[int] = field(default_factory=set)  # segments, as read and then as decided

    dirty: set[str] = field(default_factory=set)  # EndUser columns to write
    provenance_dirty: bool = False
    terms_dirty: bool = False
    new_identities: list[Identifier] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    new_tags: dict[int, Any] = field(default_factory=dict)  # tag id -> Origin and time, see users/writing/tags.py
    gone_tags: set[int] = field(default_factory=set)
    moves: dict[int, tuple[bool, str]] = field(default_factory=dict)  # segment -> entered or left, and the cause
    undecided: set[int] = field(default_factory=set)  # segments that took too long to decide: a pass will

    @property
    def memberships_read(self) -> set[int]:
        """As they are stored: what was decided, without the moves that are not written yet."""
        entered = {segment for segment, (inside, _) in self.moves.items() if inside}
        return (self.memberships - entered) | (self.moves.keys() - entered)

    @property
    def is_new(self) -> bool:
        return self.id == 0

    @property
    def must_write(self) -> bool:
        return bool(
            self.id == 0 or self.dirty or self.provenance_dirty or self.new_identities or self.drafts
            or self.new_tags or self.gone_tags or self.moves
        )  # fmt: skip

    def written(self) -> None:
        """Everything that was noted is in the database now."""
        self.dirty, self.drafts, self.new_identities = set(), [], []
        self.new_tags, self.gone_tags, self.moves, self.undecided = {}, set(), {}, set()
        self.provenance_dirty = self.terms_dirty = False

    def current(self, ref: str) -> Any:
        """The stored value under `ref`, None when absent."""
        if ref in ("name", "email", "language"):
            return getattr(self, ref)
        return self.attributes.get(ref)


def fresh_profile(jimer_id: str, user_id: str | None, created: datetime) -> Profile:
    return Profile(
        id=0, jimer_id=jimer_id, user_id=user_id, name=None, email=None, language=None, first_seen=None,
        last_activity=None, sessions=0, created=created, attributes={}, folded={}, sources=[], revision=1,
        provenance={}, tags={}, terms_dirty=True,
    )  # fmt: skip


@dataclass(slots=True)
class World:
    """What one SELECT found for the ids of a call or a batch."""

    version: int
    has_blocks: bool
    deleting: bool
    owners: dict[Identifier, Profile]
    profiles: dict[int, Profile]

    def ids(self) -> list[int]:
        return sorted(self.profiles)
