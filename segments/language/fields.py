"""What a FIELD of a rule names: an attribute, `segment`, an event, or an attribute of the user's groups."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from users.ground.text_forms import email_key, same_look
from users.models import NATIVE
from users.registry.attributes import Definition, Registry

SEGMENT, EVENT, GROUP = "segment", "event", "group"
ATTRIBUTE: Final = "attribute"
NEVER_ABSENT: Final = ("jimer_id", "created", "sessions", "tags")
ALWAYS_FOLDED: Final = ("email",)
FOLDS: Final = {"email": email_key, "tags": same_look}
TAGS: Final = "tags"  # the native attribute that has rows of its own, where others have a column
TEXT_COLUMNS: Final = ("jimer_id", "user_id", "name", "email", "language")


@dataclass(frozen=True, slots=True)
class Field:
    """`kind` is attribute, segment, event or group; `type` one of the operator table's."""

    name: str
    kind: str
    type: str
    label: str
    source: str = ""
    key: str = ""
    ref: str = ""  # where the value is: a native column, "tags", or a17
    guarded: bool = False  # a type change runs: leftovers of the former type count as absent

    @property
    def native(self) -> bool:
        return self.source == NATIVE

    @property
    def fold(self) -> Callable[[str], str]:
        """What makes two texts of this field one where case is ignored; stored copies are folded by the same."""
        return FOLDS.get(self.key, str.casefold) if self.native else str.casefold

    def ignores_case(self, case_sensitive: bool) -> bool:
        return not case_sensitive or (self.native and self.key in ALWAYS_FOLDED)


def split(name: str) -> tuple[str, str]:
    """FIELD splits at its first dot only: keys may have more."""
    source, _, key = name.partition(".")
    return source, key


def of_definition(definition: Definition) -> Field:
    return Field(
        definition.field, ATTRIBUTE, definition.type, definition.label, definition.source, definition.key,
        definition.ref, definition.converting,
    )  # fmt: skip


def attribute_field(registry: Registry, name: str) -> Field | None:
    definition = registry.find(name)
    return of_definition(definition) if definition else None


def segment_field() -> Field:
    return Field(SEGMENT, SEGMENT, "segment", "segment")


def event_field(name: str) -> Field:
    return Field(name, EVENT, "event", split(name)[1], EVENT, split(name)[1])


def group_field(name: str, type_name: str) -> Field:
    return Field(name, GROUP, type_name, split(name)[1], GROUP, split(name)[1], split(name)[1])
