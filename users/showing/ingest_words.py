"""What the ingest log says: one table of verdicts, one of calls, in words."""

from dataclasses import dataclass
from typing import Any, Final

from users.ground.times import local_times
from users.registry.attributes import Definition, Registry
from users.showing.profile import HIDDEN


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict as a chip: what it says, its colour, and the whole sentence for people who ask what it means."""

    words: str
    tone: str
    meaning: str


VERDICTS: Final = {
    "rejected": Verdict("Refused", "chip--red", "The value does not fit. It was not stored; the rest of the call was."),
    "refused": Verdict("Refused", "chip--red", "Because of this nothing of the call was stored."),
    "stale": Verdict("Came too late", "chip--blue", "A newer value is there already. The older one was not stored."),
    "converted": Verdict("Converted", "chip--amber", "Stored, in another form than it was sent."),
    "stored": Verdict("Stored", "chip--green", "Stored as it was sent."),
    "removed": Verdict("Removed", "", "The value was taken away."),
}
CALLS: Final = {
    "identify": "Identify", "batch": "Batch item", "whole_batch": "Batch", "patch": "PATCH", "tags": "Tags", "import": "Import row",
    "sync": "Sync", "dashboard": "Edit here",
}  # fmt: skip


def verdict_words(
    verdict: str, attribute: str, *, sent: str = "", reason: str = "", page: int | None = None
) -> dict[str, Any]:
    """One verdict for the page: {"words", "tone", "meaning", "attribute", "sent", "reason", "page"}.

    `page` is the id of the attribute, if it is one alone.
    """
    known = VERDICTS.get(verdict, Verdict(verdict, "", ""))
    return {
        "words": known.words, "tone": known.tone, "meaning": known.meaning,
        "attribute": attribute, "sent": sent, "reason": reason, "page": page,
    }  # fmt: skip


def explained(item: dict[str, Any], known: Registry) -> dict[str, Any]:
    """An ingest entry's verdict for people; what was sent for a sensitive attribute is not shown."""
    named = definitions_of(item["attribute"], known)
    page = named[0].id if len(named) == 1 else None
    if any(definition.sensitive for definition in named):
        return verdict_words(item["verdict"], item["attribute"], reason=HIDDEN, page=page)
    reason = local_times(item["reason"]) if item["verdict"] == "stale" else item["reason"]
    return verdict_words(item["verdict"], item["attribute"], sent=item["sent"], reason=reason, page=page)


def is_sensitive(name: str, known: Registry) -> bool:
    """`custom.plan`, with the spaces that were sent around the key, or `attributes.plan`, the path of a refusal."""
    return any(definition.sensitive for definition in definitions_of(name, known))


def definitions_of(name: str, known: Registry) -> list[Definition]:
    before, marker, rest = name.partition("attributes.")
    if marker and not before.strip("[]0123456789.batch"):
        # A path does not say the source: any attribute with this key might be meant.
        found = [item for item in known.all() if item.key == rest.strip()]
        return found or [item for item in (known.find(rest.strip()),) if item]
    source, _, key = name.partition(".")
    definition = known.by_field(source, key.strip())
    return [definition] if definition else []
