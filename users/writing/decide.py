"""What a call does to one profile, in memory: staleness, operations, removals, provenance, verdicts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from users.ground.text_forms import unpadded
from users.models import CUSTOM, NATIVE
from users.models.documents import Changes, ProvenanceEntry, entry_of
from users.registry.attributes import EDITABLE_NATIVES, Registry
from users.types.fitting import Misfit, shown
from users.types.table import folded, same
from users.types.timestamps import from_ms
from users.writing.calls import Changed, Origin, Verdict
from users.writing.operations import ARITHMETIC, Item, value_after
from users.writing.records import Profile

MINUTE_MS: Final = 60_000
SECONDS: Final = "%Y-%m-%d %H:%M:%S"


@dataclass(slots=True)
class Moment:
    """When and by whom a call was written. `explicit` if the call itself gave the time."""

    at: datetime
    now: datetime
    at_ms: int
    now_ms: int
    explicit: bool
    origin: Origin


@dataclass(slots=True)
class Effect:
    """What a call did to its profile so far."""

    verdicts: dict[str, str] = field(default_factory=dict)
    rejected: list[dict[str, str]] = field(default_factory=list)
    explained: list[dict[str, Any]] = field(default_factory=list)  # for the ingest log
    changes: Changes = field(default_factory=dict)
    entries: list[ProvenanceEntry] = field(default_factory=list)  # provenance that gets the change's id
    former: dict[str, ProvenanceEntry | None] = field(default_factory=dict)  # provenance that they replaced

    def explain(self, item: Item, verdict: str, reason: str) -> None:
        name = item.sent if item.source == NATIVE else f"{item.source}.{item.sent}"
        self.explain_field(name, verdict, reason, shown(item.value))

    def explain_field(self, name: str, verdict: str, reason: str, sent: str = "") -> None:
        self.explained.append({"attribute": name, "verdict": verdict, "reason": reason, "sent": sent})

    def reject(self, item: Item, reason: str) -> None:
        self.verdicts[item.sent] = Verdict.REJECTED
        self.rejected.append({"attribute": item.sent, "reason": reason})
        self.explain(item, Verdict.REJECTED, reason)


def apply_items(profile: Profile, items: list[Item], registry: Registry, moment: Moment, effect: Effect) -> None:
    """Apply what fits, in order. Items that were rejected already are only reported."""
    for item in items:
        if item.reason is not None:
            effect.reject(item, item.reason)
        elif item.definition is None:
            effect.verdicts[item.sent] = Verdict.UNCHANGED  # removes an attribute that was never defined
        else:
            try:
                effect.verdicts[item.sent] = apply_item(profile, item, registry, moment, effect)
            except Misfit as misfit:
                effect.reject(item, misfit.reason)


def apply_item(profile: Profile, item: Item, registry: Registry, moment: Moment, effect: Effect) -> str:
    definition = item.definition
    assert definition is not None
    ref = definition.ref
    entry = profile.provenance.get(ref)
    current = definition.held(profile.current(ref))
    arithmetic = item.operation in ARITHMETIC
    if entry and moment.at_ms < entry["t"] and not arithmetic:
        effect.explain(item, Verdict.STALE, f"{newer_words(entry)}; this one is of {moment.at:{SECONDS}} UTC.")
        return Verdict.STALE
    if item.operation == "$unset" or (item.operation == "$remove" and current is None):
        return unset_value(profile, ref, registry, moment, effect) if item.operation == "$unset" else Verdict.UNCHANGED
    if item.operation == "$set_once" and current is not None:
        return Verdict.UNCHANGED
    value = value_after(item.operation, current, item.stored)
    if current is not None and same(current, value):
        keep_time(profile, ref, moment)
        return Verdict.UNCHANGED
    at_ms = max(moment.at_ms, entry["t"]) if arithmetic and entry else moment.at_ms
    set_value(profile, ref, definition.type, value, registry)
    record_provenance(profile, ref, at_ms, moment, effect)
    record_change(effect, ref, current, value)
    if item.converted:
        effect.explain(item, Verdict.CONVERTED, f"Stored as {shown(value)}.")
        return Verdict.CONVERTED
    return Verdict.ACCEPTED


def newer_words(entry: ProvenanceEntry) -> str:
    return f"A newer value of {from_ms(entry['t']):{SECONDS}} UTC is kept"


def set_value(profile: Profile, ref: str, type_name: str, value: Any, registry: Registry) -> None:
    if ref in EDITABLE_NATIVES:
        setattr(profile, ref, value)
        profile.dirty.add(ref)
        profile.terms_dirty |= ref != "language"
        return
    is_first = ref not in profile.attributes
    profile.attributes[ref] = value
    profile.dirty.add("attributes")
    copy = folded(type_name, value)
    if copy is not None:
        profile.folded[ref] = copy
        profile.dirty.add("folded")
    if is_first and (definition := registry.by_ref(ref)) and definition.source not in profile.sources:
        profile.sources = sorted([*profile.sources, definition.source])
        profile.dirty.add("sources")


def clear_value(profile: Profile, ref: str, registry: Registry) -> None:
    if ref in EDITABLE_NATIVES:
        setattr(profile, ref, None)
        profile.dirty.add(ref)
        profile.terms_dirty |= ref != "language"
        return
    profile.attributes.pop(ref, None)
    profile.dirty.add("attributes")
    if profile.folded.pop(ref, None) is not None:
        profile.dirty.add("folded")
    refresh_sources(profile, registry)


def refresh_sources(profile: Profile, registry: Registry) -> None:
    definitions = (registry.by_ref(ref) for ref in profile.attributes)
    sources = sorted({definition.source for definition in definitions if definition})
    if sources != profile.sources:
        profile.sources = sources
        profile.dirty.add("sources")


def unset_value(profile: Profile, ref: str, registry: Registry, moment: Moment, effect: Effect) -> str:
    """Remove a value and keep the time of removal: an older value that arrives later must not come back."""
    current = profile.current(ref)
    if current is None:
        entry = profile.provenance.get(ref)
        if entry is None or (moment.at_ms > entry["t"] and (moment.explicit or moment.at_ms - entry["t"] > MINUTE_MS)):
            record_provenance(profile, ref, moment.at_ms, moment, effect, gone=True)
        return Verdict.UNCHANGED
    clear_value(profile, ref, registry)
    record_provenance(profile, ref, moment.at_ms, moment, effect, gone=True)
    record_change(effect, ref, current, None)
    return Verdict.REMOVED


def remove_unspecified(profile: Profile, items: list[Item], registry: Registry, moment: Moment, effect: Effect) -> None:
    """Remove the user's custom values that the call does not name; one named and rejected stays."""
    named = {unpadded(item.key) for item in items if item.source != NATIVE and isinstance(item.key, str)}
    for definition in registry.of_source(CUSTOM):
        if definition.key in named or definition.ref not in profile.attributes:
            continue
        entry = profile.provenance.get(definition.ref)
        if entry and moment.at_ms < entry["t"]:
            effect.verdicts[definition.key] = Verdict.STALE
            reason = f"{newer_words(entry)}; the call that did not name it is of {moment.at:{SECONDS}} UTC."
            effect.explain_field(definition.field, Verdict.STALE, reason)
        else:
            effect.verdicts[definition.key] = unset_value(profile, definition.ref, registry, moment, effect)


def keep_time(profile: Profile, ref: str, moment: Moment) -> None:
    """An unchanged value with a newer time moves its time. Without a time of its own, at most once a minute."""
    entry = profile.provenance.get(ref)
    if entry and moment.at_ms <= entry["t"]:
        return
    origin = moment.origin
    if entry and not moment.explicit and moment.at_ms - entry["t"] < MINUTE_MS:
        sender = (origin.kind, origin.id, origin.label)
        if (entry.get("k"), entry.get("o"), entry.get("l", "")) == sender:
            return
    profile.provenance[ref] = entry_of(origin, moment.at_ms, moment.now_ms, entry["c"] if entry else None)
    profile.provenance_dirty = True


def record_provenance(
    profile: Profile, ref: str, at_ms: int, moment: Moment, effect: Effect, *, gone: bool = False
) -> None:
    entry = entry_of(moment.origin, at_ms, moment.now_ms)
    if gone:
        entry["x"] = 1
    replace_entry(profile, ref, entry, effect)


def replace_entry(profile: Profile, ref: str, entry: ProvenanceEntry, effect: Effect) -> None:
    """Set the provenance of a value. The entry that it replaces is kept for an undo."""
    effect.former.setdefault(ref, profile.provenance.get(ref))
    profile.provenance[ref] = entry
    profile.provenance_dirty = True
    effect.entries.append(entry)


def record_change(effect: Effect, ref: str, before: Any, after: Any) -> None:
    change = effect.changes.setdefault(ref, {} if before is None else {"p": before})
    change.pop("n", None)
    if after is not None:
        change["n"] = after
    if "p" in change and "n" in change and same(change["p"], change["n"]):
        del effect.changes[ref]  # two operations of one call cancelled out
    elif not change:
        del effect.changes[ref]


def check_expected(profile: Profile, expected: dict[str, Any], registry: Registry) -> None:
    """Raise Changed when a value is no longer what the person who edits it was shown."""
    newer = []
    for ref, shown_value in expected.items():
        definition, current = registry.by_ref(ref), profile.current(ref)
        current = definition.held(current) if definition else current
        if current is None and shown_value is None:
            continue
        if current is None or shown_value is None or not same(current, shown_value):
            newer.append(ref)
    if newer:
        raise changed_meanwhile(profile, newer, registry)


def changed_meanwhile(profile: Profile, refs: list[str], registry: Registry) -> Changed:
    current = {}
    for ref in refs:
        entry, definition = profile.provenance.get(ref), registry.by_ref(ref)
        value = definition.held(profile.current(ref)) if definition else profile.current(ref)
        label, kind, at_ms = (entry["l"], entry["k"], entry["t"]) if entry else ("", "", None)
        current[ref] = {"value": value, "label": label, "kind": kind, "t": at_ms}
    names = ", ".join(definition.label for ref in refs if (definition := registry.by_ref(ref)))
    return Changed(f"{names} was changed meanwhile.", current)
