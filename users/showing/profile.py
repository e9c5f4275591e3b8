"""The rows of the Data tab: every attribute that is known about one user, and where each came from.

Needs the user's row and provenance, the registry, the newest lines of their ingest log: no history.
"""

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from users.extend import sources
from users.ground.text_forms import is_blank
from users.ground.times import relative_text
from users.models import CUSTOM, NATIVE, EndUser, IngestEntry
from users.models.documents import Entries, ProvenanceEntry
from users.registry.attributes import EDITABLE_NATIVES, NATIVES, Definition, Registry
from users.showing.differences import differing, same_key, text_of
from users.showing.feeds import FeedsOf
from users.showing.fixes import Fix, fix_for, group_fix
from users.showing.values import NO_NAME, value_html, value_text
from users.showing.writers import AUTOMATIC, writer_of
from users.types.table import TYPES
from users.types.timestamps import from_ms, iso

TIMES = ("first_seen", "last_activity", "created")
RECENT_ENTRIES = 30
HIDDEN = "What was sent is hidden, because the attribute is sensitive."


@dataclass(slots=True)
class Refusal:
    """The newest call for a key did not change it: why, when, and the line of the ingest log that says so."""

    verdict: str
    reason: str
    at: datetime
    entry: int
    key: str


@dataclass(slots=True)
class Row:
    ref: str
    field: str
    source: str
    key: str
    name: str
    type: str
    type_label: str
    value: Any
    sensitive: bool
    archived: bool
    updated: datetime | None
    by: str
    definition: Definition
    entry: ProvenanceEntry | None  # of the value, if there is one
    slug: str
    feeds: FeedsOf
    lock: str  # why it cannot be edited; empty if it can
    pinned: bool = False
    refusal: Refusal | None = None
    others: list["Row"] = dataclasses.field(default_factory=list)

    @property
    def fix(self) -> Fix:
        """Where to fix it. Worked out where it is shown: a page has 400 rows, and opens one."""
        return fix_for(self.definition, self.entry if self.value is not None else None, self.slug, self.feeds)

    @property
    def writer(self) -> tuple[str, int | None] | None:
        """The kind and id of who wrote it; None where nobody did."""
        return (self.entry["k"], self.entry["o"]) if self.by and self.by != AUTOMATIC and self.entry else None

    @property
    def show_key(self) -> bool:
        return same_key(self.key) != same_key(self.name)

    @property
    def html(self) -> Any:
        if self.source == NATIVE and self.key == "name" and self.raw and is_blank(self.raw):
            return NO_NAME
        return value_html(self.value, self.type, self.sensitive)

    @property
    def raw(self) -> str:
        """What Copy gives. Nothing for a sensitive value: that is asked for on its own."""
        return "" if self.value is None or self.sensitive else text_of(self)

    @property
    def flags(self) -> str:
        marks = ["all", self.source, "differ" if self.others else "", "refused" if self.refusal else ""]
        return " ".join(mark for mark in marks if mark)

    @property
    def text(self) -> str:
        """What the search box looks through."""
        seen = "" if self.value is None or self.sensitive else value_text(self.value, self.type)
        return " ".join(dict.fromkeys((self.name, self.key, self.raw, seen))).lower()

    @property
    def state(self) -> str:
        """Changes with anything that the row shows, so that a page knows which rows to swap."""
        shown = (
            self.raw,
            str(self.updated),
            self.by,
            self.name,
            self.pinned,
            self.flags,
            self.refusal and self.refusal.entry,
            [text_of(other) for other in self.others],
            self.value is None,
        )
        return hashlib.blake2b(repr(shown).encode("utf-8", "replace"), digest_size=8).hexdigest()

    @property
    def difference(self) -> str:
        """ "HubSpot says Enterprise": what the amber mark reads."""
        parts = []
        for other in self.others:
            source = sources.get(other.source)
            text = "something else" if other.sensitive or self.sensitive else text_of(other)[:40]
            parts.append(f"{source.name if source else other.source} says {text}")
        return ", ".join(parts)


@dataclass(slots=True)
class Group:
    source: str
    rows: list[Row]
    fix: Fix
    title: str = ""


@dataclass(slots=True)
class DataTab:
    groups: list[Group]
    rows: list[Row]
    archived: list[Row]
    unset: list[Definition]
    never_stored: list[Refusal]
    set_aside: list[dict[str, Any]]

    @property
    def filters(self) -> list[tuple[str, str, int]]:
        """(flag, label, count) for the chips."""
        chips = [("all", "All", len(self.rows))]
        for slug in dict.fromkeys(row.source for row in sorted(self.rows, key=source_order)):
            source = sources.get(slug)
            count = sum(row.source == slug for row in self.rows)
            chips.append((slug, source.name if source else slug, count))
        differ = sum(bool(row.others) for row in self.rows)
        refused = sum(row.refusal is not None for row in self.rows)
        extra = [("differ", "Differ", differ), ("refused", "Refused", refused)]
        return chips + [chip for chip in extra if chip[2]]


def native_value(user: EndUser, key: str, tags: list[str]) -> Any:
    if key == "tags":
        return tags or None
    value = getattr(user, key)
    return iso(value) if key in TIMES else value


def build_row(
    user: EndUser, definition: Definition, entries: Entries, tags: list[str], slug: str, feeds: FeedsOf
) -> Row:  # fmt: skip
    native = definition.source == NATIVE
    value = native_value(user, definition.key, tags) if native else definition.held(user.attributes.get(definition.ref))
    entry = entries.get(definition.ref)
    derived = native and definition.key in (*TIMES, "sessions")
    updated = from_ms(entry["t"]) if entry and value is not None else None
    if derived and value is not None:
        updated = getattr(user, definition.key) if definition.key in TIMES else user.last_activity
    by = (
        AUTOMATIC
        if derived or (definition.key == "jimer_id" and native)
        else writer_of(entry)
        if updated and entry
        else ""
    )
    return Row(
        ref=definition.ref, field=definition.field, source=definition.source, key=definition.key,
        name=definition.label, type=definition.type, type_label=TYPES[definition.type].label, value=value,
        sensitive=definition.sensitive, archived=definition.archived, updated=updated, by=by,
        definition=definition, entry=entry, slug=slug, feeds=feeds, lock=lock_of(definition),
    )  # fmt: skip


def lock_of(definition: Definition) -> str:
    if definition.source == CUSTOM or (definition.source == NATIVE and definition.key in EDITABLE_NATIVES):
        return ""
    if definition.source == NATIVE:
        return (
            "Tags are changed at the top of the page."
            if definition.key == "tags"
            else "Kept automatically; it cannot be edited."
        )
    source = sources.get(definition.source)
    name = source.name if source else definition.source
    return f"Synced from {name}: change it there, or the next sync would undo your edit."


def reason_of(verdict: dict[str, Any], entry: IngestEntry) -> str:
    """As the API said it, but for a late value its age instead of two times in UTC."""
    if verdict["verdict"] != "stale" or entry.written_at is None:
        return str(verdict["reason"])
    age = relative_text(entry.written_at, entry.received_at)
    return f"A newer value is kept; this one was {age.removesuffix(' ago')} old." if age.endswith("ago") else (
        f"A newer value is kept; this one was of {age}."
    )  # fmt: skip


def refusals(user: EndUser, entries: Entries, registry: Registry) -> tuple[dict[str, Refusal], list[Refusal]]:
    """By ref, where the newest call for an attribute was rejected or stale; and keys that were never stored."""
    by_ref: dict[str, Refusal] = {}
    never: dict[str, Refusal] = {}
    recent = IngestEntry.objects.filter(user=user).order_by("-received_at", "-pk")[:RECENT_ENTRIES]
    for entry in recent:
        for verdict in entry.verdicts:
            if verdict["verdict"] not in ("rejected", "stale"):
                continue
            name = verdict["attribute"]
            definition = registry.find(name)
            reason = HIDDEN if definition and definition.sensitive else reason_of(verdict, entry)
            refusal = Refusal(verdict["verdict"], reason, entry.received_at, entry.pk, name.partition(".")[2])
            if definition is None:
                never.setdefault(name, refusal)
                continue
            known = entries.get(definition.ref)
            if known is None or from_ms(known["r"]) <= entry.received_at:
                by_ref.setdefault(definition.ref, refusal)
    return by_ref, list(never.values())


def build(
    user: EndUser, registry: Registry, *, tags: list[str], slug: str, pins: Iterable[str] = (), order: str = "source"
) -> DataTab:
    """Everything that the Data tab shows of a user."""
    entries, feeds = user.entries(), FeedsOf(user.project_id, user.pk)
    refused, never = refusals(user, entries, registry)
    rows = []
    unset = []
    for definition in registry.all():
        row = build_row(user, definition, entries, tags, slug, feeds)
        row.refusal = refused.get(definition.ref)
        if row.value is None and definition.source != NATIVE and not row.refusal:
            # A connector that never sent anything of this user has nothing missing here.
            if not definition.archived and (definition.source == CUSTOM or definition.source in user.sources):
                unset.append(definition)
            continue
        rows.append(row)
    archived = [row for row in rows if row.archived]
    rows = [row for row in rows if not row.archived]
    for ref, others in differing(rows).items():
        next(row for row in rows if row.ref == ref).others = others
    positions = {pin: number for number, pin in enumerate(pins)}
    for row in rows:
        row.pinned = row.field in positions
    return DataTab(
        groups=grouped(rows, positions, order, slug, feeds), rows=rows, archived=sorted(archived, key=source_order),
        unset=sorted(unset, key=lambda item: (item.source != CUSTOM, item.source, item.key)), never_stored=never,
        set_aside=set_aside_of(user, registry),
    )  # fmt: skip


NATIVE_ORDER = {native.key: number for number, native in enumerate(NATIVES)}


def source_order(row: Row) -> tuple[Any, ...]:
    """Native in the seed's order, then custom, then integrations; keys A-Z inside."""
    rank = {NATIVE: 0, CUSTOM: 1}.get(row.source, 2)
    return rank, row.source, NATIVE_ORDER.get(row.key, 0) if row.source == NATIVE else 0, row.key.casefold(), row.key


def grouped(
    rows: list[Row], positions: dict[str, int], order: str, project: str, feeds: FeedsOf
) -> list[Group]:  # fmt: skip
    if order == "updated":
        newest = sorted(rows, key=lambda row: (row.updated is None, -(row.updated.timestamp() if row.updated else 0)))
        return [Group("", newest, Fix("", "", ""), "Newest first")]
    pinned = sorted((row for row in rows if row.pinned), key=lambda row: positions[row.field])
    groups = [Group("", pinned, Fix("Only you see these here.", "", ""), "Pinned")] if pinned else []
    others = sorted((row for row in rows if not row.pinned), key=source_order)
    for slug in dict.fromkeys(row.source for row in others):
        groups.append(Group(slug, [row for row in others if row.source == slug], group_fix(slug, project, feeds)))
    return groups


def set_aside_of(user: EndUser, registry: Registry) -> list[dict[str, Any]]:
    """Values that a type change could not keep."""
    found = []
    for ref, item in user.set_aside.items():
        definition = registry.by_ref(ref)
        if definition:
            found.append({"name": definition.label, "id": definition.id, "value": item["value"], "type": item["type"],
                          "reason": item["reason"], "sensitive": definition.sensitive})  # fmt: skip
    return found
