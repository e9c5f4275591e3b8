"""Undoing a hand edit in memory: the value, its time and its writer are again what they were before it."""

from typing import Final

from users.models import AttributeChange, OriginKind
from users.models.documents import ProvenanceEntry
from users.registry.attributes import Registry
from users.types.fitting import Misfit
from users.types.table import TYPES
from users.types.timestamps import to_ms
from users.writing.calls import Refused, TakeBack
from users.writing.decide import Effect, changed_meanwhile, clear_value, record_change, set_value
from users.writing.records import Profile

TAGS: Final = "tags"


def keep_former(effect: Effect) -> None:
    """Let the history of what was changed by hand keep the entries that an undo puts back."""
    for ref, entry in effect.former.items():
        if ref in effect.changes:
            effect.changes[ref]["w"] = entry


def back_of(change: AttributeChange, ref: str) -> TakeBack | None:
    """How to undo what the change did to `ref`; None where it did not keep enough to put it back as it was."""
    what = change.changes.get(ref, {})
    if "w" not in what or change.written_for_id:  # a merge weighed it against the survivor's own
        return None
    return TakeBack(change.pk, ref, what, change.origin_id, to_ms(change.received_at))


def is_last_word(entry: ProvenanceEntry | None, change: int, by: int | None, received_ms: int) -> bool:
    """Whether nobody has written since: a sender that confirms a value becomes its writer, at a later time."""
    return entry is not None and (entry.get("c"), entry.get("k"), entry.get("o"), entry.get("r")) == (
        change, OriginKind.MEMBER, by, received_ms,
    )  # fmt: skip


def take_value_back(profile: Profile, back: TakeBack, registry: Registry, effect: Effect) -> None:
    """Raises Changed when something newer is there, Refused when the value does not fit the attribute any more."""
    definition, before = registry.by_ref(back.ref), back.what.get("p")
    if definition is None:
        raise Refused("There is no such attribute any more.", code="no_attribute")
    if not is_last_word(profile.provenance.get(back.ref), back.change, back.by, back.received_ms):
        raise changed_meanwhile(profile, [back.ref], registry)
    current = profile.current(back.ref)
    if before is None:
        clear_value(profile, back.ref, registry)
    else:
        try:
            before = TYPES[definition.type].coerce(before)
        except Misfit as misfit:
            raise Refused(
                f"The value does not fit {definition.label} any more. {misfit.reason}", code="no_fit"
            ) from None
        set_value(profile, back.ref, definition.type, before, registry)
    put_entry_back(profile, back.ref, back.what["w"])
    record_change(effect, back.ref, current, before)


def put_entry_back(profile: Profile, ref: str, entry: ProvenanceEntry | None) -> None:
    if entry is None:
        profile.provenance.pop(ref, None)
    else:
        profile.provenance[ref] = entry.copy()
    profile.provenance_dirty = True
