"""The History tab: each write that changed something, in words, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from users.models import NATIVE, AttributeChange, EndUser, Merge, OriginKind
from users.models.documents import Entries, NamesChange, ProvenanceEntry
from users.registry.attributes import Definition, Registry
from users.showing.profile import lock_of
from users.showing.writers import writer_words
from users.types.table import same
from users.types.timestamps import to_ms
from users.writing.take_back import is_last_word

PAGE = 40


@dataclass(slots=True)
class Part:
    """One attribute of a write: what it was and what it became."""

    definition: Definition
    before: Any
    after: Any
    undo: bool = False  # by hand, and nothing newer replaced it
    back: AttributeChange | None = None  # what took it back

    @property
    def kind(self) -> str:
        return self.definition.type


@dataclass(frozen=True, slots=True)
class TagPart:
    """A tag that was given or taken, and what became of that: an undo stands in the same line."""

    name: str
    taken_back: str


@dataclass(slots=True)
class Line:
    change: AttributeChange
    title: str  # for the ingest log and readers of the page
    verb: str
    by: str
    parts: list[Part]
    tagged: list[TagPart]
    untagged: list[TagPart]
    browsers: list[str]  # Jimer IDs of further browsers
    merge: Merge | None
    late: bool  # received more than a minute after it was written


TITLES = {
    AttributeChange.Kind.CREATED: "First seen",
    AttributeChange.Kind.WRITE: "Changed",
    AttributeChange.Kind.MERGE: "Merged an anonymous profile into this one",
    AttributeChange.Kind.UNMERGE: "A merge was undone",
    AttributeChange.Kind.RESTORE: "Taken back",
}


VERBS = {
    AttributeChange.Kind.CREATED: "was first seen",
    AttributeChange.Kind.MERGE: "merged an anonymous profile into this one",
    AttributeChange.Kind.UNMERGE: "undid a merge",
    AttributeChange.Kind.RESTORE: "took back",
}


def lines(
    user: EndUser, registry: Registry, *, origin: str = "", ref: str = "", before: tuple[datetime, int] | None = None
) -> tuple[list[Line], bool]:
    """A page of history, and whether there is more. `before` is (received_at, id) of the last line shown."""
    changes = AttributeChange.objects.filter(user=user).select_related("merge").order_by("-received_at", "-pk")
    if origin in OriginKind.values:
        changes = changes.filter(origin_kind=origin)
    if ref:
        changes = changes.filter(changes__has_key=ref)
    if before:
        at, pk = before
        changes = changes.filter(Q(received_at__lt=at) | Q(received_at=at, pk__lt=pk))
    rows = list(changes.exclude(kind=AttributeChange.Kind.RESTORE)[: PAGE + 1])
    backs = taken_back(rows[:PAGE])
    entries = user.entries()
    return [line_of(change, registry, user, entries, backs, only=ref) for change in rows[:PAGE]], len(rows) > PAGE


def taken_back(rows: list[AttributeChange]) -> dict[tuple[int, str], AttributeChange]:
    """What took these changes back, by change and attribute: one line says both."""
    found = AttributeChange.objects.filter(undoes__in=[row.pk for row in rows if row.origin_kind == OriginKind.MEMBER])
    return {(back.undoes_id or 0, ref): back for back in found.order_by("pk") for ref in back.changes}


def can_undo(change: AttributeChange, definition: Definition, user: EndUser, entry: ProvenanceEntry | None) -> bool:
    if change.kind != AttributeChange.Kind.WRITE or lock_of(definition):
        return False
    if not is_last_word(entry, change.pk, change.origin_id, to_ms(change.received_at)):
        return False
    native = definition.source == NATIVE
    current = getattr(user, definition.key) if native else user.attributes.get(definition.ref)
    return same(current, change.changes[definition.ref].get("n"))


def line_of(
    change: AttributeChange, registry: Registry, user: EndUser, entries: Entries,
    backs: dict[tuple[int, str], AttributeChange], *, only: str = "",
) -> Line:  # fmt: skip
    parts: list[Part] = []
    tagged, untagged, browsers = [], [], []
    for ref, what in change.changes.items():
        if only and ref != only:
            continue
        if ref == "tags":
            back = backs.get((change.pk, ref))
            undone: NamesChange = back.changes[ref] if back else {"added": [], "removed": []}
            tagged = [TagPart(name, "taken off again" * (name in undone["removed"])) for name in what["added"]]
            untagged = [TagPart(name, "restored" * (name in undone["added"])) for name in what["removed"]]
        elif ref == "ids":
            browsers = list(what["added"])
        elif definition := registry.by_ref(ref):
            undo = can_undo(change, definition, user, entries.get(ref))
            parts.append(Part(definition, what.get("p"), what.get("n"), undo, backs.get((change.pk, ref))))
    late = (change.received_at - change.written_at).total_seconds() > 60
    kind = AttributeChange.Kind(change.kind)
    by = writer_words(change.origin_kind, change.origin_label)
    merge = change.merge if kind == AttributeChange.Kind.MERGE else None
    verb = VERBS.get(kind) or verb_of(parts, tagged, untagged)
    return Line(change, TITLES[kind], verb, by, parts, tagged, untagged, browsers, merge, late)


def verb_of(parts: list[Part], tagged: list[TagPart], untagged: list[TagPart]) -> str:
    """What a plain write did."""
    if parts:
        if all(part.after is None for part in parts):
            return "removed"
        return "set" if all(part.before is None for part in parts) else "changed"
    if tagged:
        return "tagged"
    return "untagged" if untagged else "was seen on another browser"
