"""THE table of events: what each is called, when it happens, and by what it can be narrowed."""

from dataclasses import dataclass
from typing import Final, Literal

type Filter = Literal["attributes", "tags", "segments"]


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    words: str  # when it happens, for people
    filter: Filter | None = None


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("user.created", "A user is seen for the first time"),
        Kind("user.identified", "A user gets a User ID: a new one comes with it, or a visitor is identified"),
        Kind("user.updated", "Values of a user change", "attributes"),
        Kind("user.merged", "A visitor turns out to be a known user"),
        Kind("user.deleted", "A user is erased"),
        Kind("tag.added", "A user gets a tag", "tags"),
        Kind("tag.removed", "A user loses a tag", "tags"),
        Kind("segment.entered", "A user enters a segment", "segments"),
        Kind("segment.left", "A user leaves a segment", "segments"),
    )
}
TEST: Final = "webhook.test"
