"""The documents that say who wrote what: their shapes, and how they are made.

`Provenance.values` is an `Entries`, `AttributeChange.changes` a `Changes`, `EndUser.set_aside` a dict of `SetAside`
by ref. The keys of what every write stores are one letter long, because each user has one such entry a value.
"""

from datetime import datetime
from typing import Any, NotRequired, Protocol, TypedDict


class ProvenanceEntry(TypedDict):
    """Where one value came from. A removal has one too, so that an older value stays away."""

    t: int  # when it was written, epoch ms, by the clock of whoever wrote it
    r: int  # when that was received, epoch ms
    c: int | None  # the AttributeChange; None until that has its id, and where nothing changed
    k: str  # OriginKind
    o: int | None  # the origin's id: key, import row, run or account
    l: str  # noqa: E741  the origin's label
    x: NotRequired[int]  # 1: the value was removed


class TagFact(TypedDict):
    """Who put a tag on a user that somebody took off by hand."""

    t: str  # when, ISO 8601
    k: str
    o: int | None
    l: str  # noqa: E741


class ValueChange(TypedDict, total=False):
    """What a write did to one value."""

    p: Any  # the previous value, missing where there was none
    n: Any  # the new value, missing where there is none
    w: ProvenanceEntry | None  # by hand only: the former entry, which an undo puts back


class NamesChange(TypedDict, total=False):
    """What a write did to the tags ("tags") or to the Jimer IDs ("ids", which are only added)."""

    added: list[str]
    removed: list[str]
    was: dict[str, TagFact]  # by hand only: of the removed tags, by name
    w: ProvenanceEntry | None


class WrittenChange(ValueChange, NamesChange, total=False):  # type: ignore[misc]  # `w` is the same in both
    """Either; the key in `Changes` tells which."""


class SetAside(TypedDict):
    """A value that a type change could not keep."""

    value: Any
    type: str  # the one that it had
    reason: str
    job: int
    entry: ProvenanceEntry | None


type Entries = dict[str, ProvenanceEntry]  # by ref; also "tags", "user_id" and "jimer_id"
type Changes = dict[str, WrittenChange]  # by ref; also "tags" and "ids"


class Writer(Protocol):
    """Who wrote, as users.writing.calls.Origin says it."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> int | None: ...
    @property
    def label(self) -> str: ...


def entry_of(writer: Writer, at_ms: int, received_ms: int, change: int | None = None) -> ProvenanceEntry:
    return {"t": at_ms, "r": received_ms, "c": change, "k": writer.kind, "o": writer.id, "l": writer.label}


def tag_fact(writer: Writer, added: datetime) -> TagFact:
    return {"t": added.isoformat(), "k": writer.kind, "o": writer.id, "l": writer.label}
