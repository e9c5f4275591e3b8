"""How the members of a segment differ from everyone, attribute by attribute: shares of values, from samples."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from segments.models import Membership, Segment
from segments.types.table import TYPES
from users.models import NATIVE
from users.models.end_user import all_users
from users.registry.attributes import Definition, registry_of

SAMPLE: Final = 3000
SHOWN: Final = 12
LEAST: Final = 0.05  # a difference that is worth a line


@dataclass(frozen=True, slots=True)
class Contrast:
    definition: Definition
    words: str  # the value, or "has a value"
    inside: float  # share of the members, 0 to 1
    everyone: float


@dataclass(frozen=True, slots=True)
class Contrasts:
    rows: list[Contrast]
    inside: int  # users that were looked at
    everyone: int


def contrasts(segment: Segment) -> Contrasts:
    """The largest differences, at most one line for each attribute."""
    known = {
        item.ref: item for item in registry_of(segment.project).all()
        if not item.sensitive and not item.archived and (item.source != NATIVE or item.key == "language")
    }  # fmt: skip
    everybody = all_users(segment.project)
    # A sample along an index: asked for the newest users among the members, SQLite goes through all users.
    newest = Membership.objects.filter(segment=segment).order_by("-user_id").values_list("user_id", flat=True)
    inside, size = shares(everybody.filter(pk__in=list(newest[:SAMPLE])), known)
    everyone, total = shares(everybody.order_by("-created", "-pk")[:SAMPLE], known)
    if not size or not total:
        return Contrasts([], size, total)
    best: dict[str, Contrast] = {}
    for ref, words in inside.keys() | everyone.keys():
        row = Contrast(known[ref], words, inside[ref, words] / size, everyone[ref, words] / total)
        gap = abs(row.inside - row.everyone)
        if gap >= LEAST and (ref not in best or gap > abs(best[ref].inside - best[ref].everyone)):
            best[ref] = row
    rows = sorted(best.values(), key=lambda row: -abs(row.inside - row.everyone))
    return Contrasts(rows[:SHOWN], size, total)


def shares(rows: Any, known: dict[str, Definition]) -> tuple[Counter[tuple[str, str]], int]:
    counts: Counter[tuple[str, str]] = Counter()
    size = 0
    for attributes, language in rows.values_list("attributes", "language"):
        size += 1
        for ref, value in [*attributes.items(), ("language", language)]:
            if value is not None and ref in known:
                counts.update((ref, words) for words in TYPES[known[ref].type].counted_as(value))
    return counts, size
