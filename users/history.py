"""The History tab: each write that changed something, in words, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from users.attributes import Definition, Registry
from users.models import NATIVE, AttributeChange, EndUser, Merge, OriginKind
from users.profile import lock_of
from users.types import same
from users.writers import writer_words

PAGE = 40


@dataclass(slots=True)
class Part:
    """One attribute of a write: what it was and what it became."""

    definition: Definition
    before: Any
    after: Any
    undo: bool = False  # by hand, and nothing newer replaced it

    @property
    def kind(self) -> str:
        return self.definition.type


@dataclass(slots=True)
class Line:
    change: AttributeChange
    title: str
    by: str
    parts: list[Part]
    words: list[str]  # what is not a value: tags, ids
    merge: Merge | None
    late: bool  # received more than a minute after it was written


TITLES = {
    AttributeChange.Kind.CREATED: "First seen",
    AttributeChange.Kind.WRITE: "Changed",
    AttributeChange.Kind.MERGE: "Merged an anonymous profile into this one",
    AttributeChange.Kind.UNMERGE: "A merge was undone",
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
    rows = list(changes[: PAGE + 1])
    return [line_of(change, registry, user, only=ref) for change in rows[:PAGE]], len(rows) > PAGE


def can_undo(change: AttributeChange, definition: Definition, user: EndUser) -> bool:
    if change.origin_kind != OriginKind.MEMBER or change.kind != AttributeChange.Kind.WRITE or lock_of(definition):
        return False
    native = definition.source == NATIVE
    current = getattr(user, definition.key) if native else user.attributes.get(definition.ref)
    return same(current, change.changes[definition.ref].get("n"))


def line_of(change: AttributeChange, registry: Registry, user: EndUser, *, only: str = "") -> Line:
    parts, words = [], []
    for ref, what in change.changes.items():
        if only and ref != only:
            continue
        if ref == "tags":
            words += [f"Added the tag {name}" for name in what["added"]]
            words += [f"Removed the tag {name}" for name in what["removed"]]
        elif ref == "ids":
            words += [f"Seen on another browser, Jimer ID {value}" for value in what["added"]]
        elif definition := registry.by_ref(ref):
            parts.append(Part(definition, what.get("p"), what.get("n"), can_undo(change, definition, user)))
    late = (change.received_at - change.written_at).total_seconds() > 60
    title = TITLES[AttributeChange.Kind(change.kind)]
    if change.kind == AttributeChange.Kind.WRITE and words and not parts:
        title = "Tagged" if "tags" in change.changes else "Recognised"
    by = writer_words(change.origin_kind, change.origin_label)
    return Line(
        change, title, by, parts, words, change.merge if change.kind == AttributeChange.Kind.MERGE else None, late
    )
