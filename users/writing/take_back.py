"""Undoing a hand edit or an import in memory: the value, its time and its writer are again what they were before it."""

from collections.abc import Sequence
from typing import Final

from users.models import AttributeChange, OriginKind
from users.models.documents import ProvenanceEntry
from users.registry.attributes import Registry
from users.types.fitting import Misfit
from users.types.table import TYPES
from users.types.timestamps import to_ms
from users.writing.calls import Refused, TakeBack, Verdict
from users.writing.decide import Effect, changed_meanwhile, clear_value, record_change, set_value
from users.writing.records import Profile

TAGS: Final = "tags"
UNDOABLE: Final = (OriginKind.MEMBER, OriginKind.IMPORT)  # their history keeps what an undo puts back


def keep_former(effect: Effect) -> None:
    """Let the history of what was changed by hand or from a file keep the entries that an undo puts back."""
    for ref, entry in effect.former.items():
        if ref in effect.changes:
            effect.changes[ref]["w"] = entry


def back_of(change: AttributeChange, ref: str) -> TakeBack | None:
    """How to undo what the change did to `ref`; None where it did not keep enough to put it back as it was."""
    what = change.changes.get(ref, {})
    if "w" not in what or change.written_for_id:  # a merge weighed it against the survivor's own
        return None
    return TakeBack(change.pk, ref, what, change.origin_id, to_ms(change.received_at), change.origin_kind)


def is_last_word(
    entry: ProvenanceEntry | None, change: int, by: int | None, received_ms: int, kind: str = OriginKind.MEMBER
) -> bool:
    """Whether nobody has written since: a sender that confirms a value becomes its writer, at a later time."""
    return entry is not None and (entry.get("c"), entry.get("k"), entry.get("o"), entry.get("r")) == (
        change, kind, by, received_ms,
    )  # fmt: skip


def take_value_back(profile: Profile, back: TakeBack, registry: Registry, effect: Effect) -> None:
    """Raises Changed when something newer is there, Refused when the value does not fit the attribute any more."""
    definition, before = registry.by_ref(back.ref), back.what.get("p")
    if definition is None:
        raise Refused("There is no such attribute any more.", code="no_attribute")
    if not is_last_word(profile.provenance.get(back.ref), back.change, back.by, back.received_ms, back.kind):
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


def take_all_back(profile: Profile, backs: Sequence[TakeBack], registry: Registry, effect: Effect) -> None:
    """Each on its own: one that cannot be undone stays, with the reason."""
    for back in backs:
        definition = registry.by_ref(back.ref)
        field = definition.field if definition else back.ref
        try:
            take_value_back(profile, back, registry, effect)
        except Refused as refused:
            effect.rejected.append({"attribute": field, "reason": refused.message})
        else:
            effect.verdicts[field] = Verdict.ACCEPTED


def put_entry_back(profile: Profile, ref: str, entry: ProvenanceEntry | None) -> None:
    if entry is None:
        profile.provenance.pop(ref, None)
    else:
        profile.provenance[ref] = entry.copy()
    profile.provenance_dirty = True
