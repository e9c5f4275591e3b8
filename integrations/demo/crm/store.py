"""What the Demo CRM knows: records, their properties, who belongs to whom. In memory, for one process."""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Final

from integrations.demo.crm.definitions import DEFINED, Json

PORTAL: Final = 4240042
TOKEN: Final = "demo-token"  # noqa: S105  everybody may know it: the demo listens on this machine alone
KINDS: Final = {"contacts": "0-1", "companies": "0-2", "deals": "0-3"}
MODIFIED: Final = {"contacts": "lastmodifieddate", "companies": "hs_lastmodifieddate", "deals": "hs_lastmodifieddate"}
# typeId, label of the associations that HubSpot defines
ASSOCIATIONS: Final = {
    ("contacts", "companies"): ((1, "Primary"), (279, None)),
    ("companies", "contacts"): ((2, "Primary"), (280, None)),
    ("contacts", "deals"): ((4, None),),
    ("deals", "contacts"): ((3, None),),
}


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Thing:
    """A contact, company or deal."""

    kind: str
    id: str
    properties: dict[str, str | None]
    created: datetime
    updated: datetime
    archived: datetime | None = None

    def value(self, name: str) -> str | None:
        kept = {
            "hs_object_id": self.id,
            "createdate": written(self.created),
            MODIFIED[self.kind]: written(self.updated),
        }
        return kept.get(name) or self.properties.get(name)

    def answer(self, names: Iterable[str]) -> Json:
        always = ("hs_object_id", "createdate", MODIFIED[self.kind])
        shown = {name: self.value(name) for name in (*always, *names)}
        ended = {"archivedAt": written(self.archived)} if self.archived else {}
        return {
            "id": self.id, "properties": shown, "createdAt": written(self.created), "updatedAt": written(self.updated),
            "archived": self.archived is not None, **ended,
        }  # fmt: skip


@dataclass
class Grants:
    """What the pretend app may do. `codes` are code -> PKCE challenge, `refresh` the refresh tokens that count."""

    client_id: str = "demo-client"
    client_secret: str = "demo-client-secret"  # noqa: S105
    codes: dict[str, str] = field(default_factory=dict)
    refresh: set[str] = field(default_factory=set)
    given: int = 0


@dataclass
class StaticList:
    """A list of contacts. `kind` is MANUAL where people and programs say who is in it."""

    id: str
    name: str
    kind: str = "MANUAL"
    members: set[str] = field(default_factory=set)


@dataclass
class Crm:
    """One account. `now` may be replaced by tests."""

    now: Callable[[], datetime] = clock
    things: dict[str, dict[str, Thing]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    definitions: dict[str, dict[str, Json]] = field(default_factory=lambda: {
        kind: {row["name"]: copy.deepcopy(row) for row in rows} for kind, rows in DEFINED.items()
    })  # fmt: skip
    # (kind, id, other kind) -> {other id: is it the primary one}
    links: dict[tuple[str, str, str], dict[str, bool]] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)  # contact -> the one that it is part of
    lists: dict[str, StaticList] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    grants: Grants = field(default_factory=Grants)
    lock: RLock = field(default_factory=RLock)
    made: int = 1000

    def add(
        self, kind: str, at: datetime | None = None, created: datetime | None = None, **properties: str | None
    ) -> Thing:
        with self.lock:
            self.made += 1
            when = at or self.now()
            thing = Thing(kind, str(self.made), properties, created or when, when)
            self.things[kind][thing.id] = thing
            return thing

    def link(self, one: Thing, other: Thing, primary: bool = True) -> None:
        """They belong together; the primary company of a contact is one at a time."""
        with self.lock:
            if primary and other.kind == "companies":
                for linked in self.links.get((one.kind, one.id, other.kind), {}):
                    self.links[one.kind, one.id, other.kind][linked] = False
                    self.links[other.kind, linked, one.kind][one.id] = False
            self.links.setdefault((one.kind, one.id, other.kind), {})[other.id] = primary
            self.links.setdefault((other.kind, other.id, one.kind), {})[one.id] = primary

    def change(self, thing: Thing, at: datetime | None = None, **properties: str | None) -> None:
        with self.lock:
            thing.properties.update(properties)
            thing.updated = at or max(self.now(), thing.updated + timedelta(milliseconds=1))

    def archive(self, thing: Thing) -> None:
        with self.lock:
            thing.archived = self.now()

    def delete(self, thing: Thing) -> None:
        """As for a person who asks to be forgotten: nothing says that there was one."""
        with self.lock:
            del self.things[thing.kind][thing.id]

    def merge(self, winner: Thing, loser: Thing) -> None:
        """The loser's id is no record any more; the winner has its emails and says whom it took in."""
        with self.lock:
            self.delete(loser)
            self.merged[loser.id] = winner.id
            emails = self.parts(winner, "hs_additional_emails") | self.parts(loser, "email", "hs_additional_emails")
            ids = self.parts(winner, "hs_merged_object_ids") | {loser.id} | self.parts(loser, "hs_merged_object_ids")
            self.change(
                winner, hs_additional_emails=";".join(sorted(emails)), hs_merged_object_ids=";".join(sorted(ids))
            )

    @staticmethod
    def parts(thing: Thing, *names: str) -> set[str]:
        return {part for name in names for part in (thing.properties.get(name) or "").split(";") if part}

    def living(self, kind: str) -> list[Thing]:
        with self.lock:
            return [thing for thing in self.things[kind].values() if thing.archived is None]

    def find(self, kind: str, name: str, value: str) -> Thing:
        return next(thing for thing in self.things[kind].values() if thing.properties.get(name) == value)
