"""The shapes that enter and leave the write path. Every source makes a `Call`; `users.writing.identify` answers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from users.models import OriginKind
from users.models.attributes import CUSTOM
from users.models.documents import Changes, WrittenChange


class Unset(Enum):
    """A member that the call did not bring, as opposed to null, which removes."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Origin:
    """What wrote. `kind` is an OriginKind; `id` the key, import row, run or account; `label` how people know it.

    Labels: the key's name ("Billing"), "april.csv row 212", "HubSpot", the member's name or email,
    "Django admin, EMAIL". `public` marks calls that anyone can make, which may create fewer definitions.
    """

    kind: str
    id: int | None = None
    label: str = ""
    public: bool = False


@dataclass(frozen=True, slots=True)
class TagChange:
    """Tags by name. `replace` leaves exactly `add`."""

    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    replace: bool = False


@dataclass(frozen=True, slots=True)
class TakeBack:
    """One attribute (`ref`) of one hand edit or line of an import, or its tags, to be put back as it was: value, time and writer.

    `what` is that attribute's part of AttributeChange.changes; the rest says how the edit can be known again.
    """

    change: int
    ref: str
    what: WrittenChange
    by: int | None  # origin id of the member or import
    received_ms: int
    kind: str = OriginKind.MEMBER


@dataclass(frozen=True, slots=True)
class Call:
    """One identify, row, record or hand edit, already of the right outer shape but with unchecked values.

    `target` names an existing user by primary key (hand edits, PATCH, tags); otherwise `jimer_id` or `user_id`
    does, and first sight creates the user. `attributes` may hold operations (`$add` ...) unless origin is public.
    `expected` (hand edits): ref -> value shown when the edit began; if another write replaced it meanwhile the
    call raises `Changed` and stores nothing. `takes_back` undoes a hand edit, unless something newer is there
    (`Changed`); of tags, `tags` then names the same ones the other way round. `takes_all_back` undoes values of an
    import: what something newer replaced stays and is answered as rejected.
    """

    jimer_id: Any = None
    user_id: Any = None
    target: int | None = None
    name: Any = UNSET
    email: Any = UNSET
    language: Any = UNSET
    source: str = CUSTOM
    attributes: Mapping[str, Any] = field(default_factory=dict)
    remove_unspecified: bool = False
    timestamp: Any = None  # ISO 8601 text or datetime; None is `now`
    sent_at: Any = None  # the sender's clock when it sent the call: its distance to `timestamp` is the age that counts
    message_id: str | None = None
    strict: bool = False
    activity: bool = False  # counts towards sessions and last activity
    tags: TagChange | None = None
    expected: Mapping[str, Any] | None = None
    takes_back: TakeBack | None = None
    takes_all_back: Sequence[TakeBack] = ()
    origin_label: str = ""  # of this call, where it is not that of all: "april.csv row 212"
    kind: str = "identify"  # for the ingest log: identify, batch, patch, tags, import, sync, dashboard


class Verdict:
    ACCEPTED = "accepted"
    CONVERTED = "converted"
    UNCHANGED = "unchanged"
    STALE = "stale"
    REMOVED = "removed"
    REJECTED = "rejected"


@dataclass(slots=True)
class Answer:
    """What a call did. Keys of `attributes` are as sent, natives as "native.email"."""

    user: int
    jimer_id: str
    user_id: str | None
    created: bool = False
    merged: bool = False
    attributes: dict[str, str] = field(default_factory=dict)
    rejected: list[dict[str, str]] = field(default_factory=list)  # {"attribute", "reason"}
    changed: Changes = field(default_factory=dict)
    change: int | None = None  # AttributeChange id, when something changed
    revision: int = 0
    fresh_jimer_id: bool = False  # the jimer_id sent belongs to somebody else: a shared computer
    version: int = 0  # of the project, when this was decided
    memberships: Sequence[int] = ()  # segments that the user is in now
    for_anyone: dict[str, str] = field(default_factory=dict)  # of a public call: its verdicts whoever the user is
    repeated: bool = False  # an earlier call with this message_id was answered already


class Refused(Exception):
    """The whole call is refused and nothing is stored. `details` = [{"path", "message"}], `code` is a slug."""

    status = 422

    def __init__(self, message: str, *, code: str = "refused", details: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details = [dict(detail) for detail in details]


class NotServed(Refused):
    """One of many calls that others did not let through in time; those before it are stored."""

    status = 503


class UnknownUser(Refused):
    """A call that may not create users named one that is not there."""

    status = 404


class Changed(Refused):
    """A hand edit met a newer value; `current` is ref -> {"value", "label", "kind", "received_at"}."""

    status = 409

    def __init__(self, message: str, current: Mapping[str, Any]) -> None:
        super().__init__(message, code="changed")
        self.current = dict(current)
