"""Finding users by the start of any word of their name, email or ids, former ids too.

The index (SearchTerm) gives at most 500 candidates; whoever calls sorts those.
"""

from dataclasses import dataclass

from users.models import EndUser, Identity, Project, SearchTerm
from users.search_terms import LONGEST_TERM, plain, words

MOST_CANDIDATES = 500
LAST = "\U0010ffff"  # sorts after every letter: p <= term < p + LAST are the terms that begin with p


@dataclass(frozen=True, slots=True)
class Needle:
    """What was typed, as the prefixes that must all be found."""

    prefixes: tuple[str, ...]


def needle_of(text: str) -> Needle:
    """Each blank-separated part as it is, or, where it has punctuation that names lack, its words."""
    prefixes: list[str] = []
    for part in plain(text).split():
        found = words(part)
        whole = "@" in part or found == [part] or len(found) == 1 or "-" in part or "_" in part
        prefixes += [part] if whole or not found else found
    return Needle(tuple(dict.fromkeys(prefix[:LONGEST_TERM] for prefix in prefixes)))


def search(project: Project, text: str, limit: int = MOST_CANDIDATES) -> list[int]:
    """Primary keys of users that match all parts, unsorted, at most `limit`; empty for an empty search."""
    needle = needle_of(text)
    if not needle.prefixes:
        return []
    first, *others = sorted(needle.prefixes, key=len, reverse=True)
    rows = terms_with(project, first).order_by("term", "user_id").values_list("user_id", flat=True)
    # Not DISTINCT: the database would read every match before the first. A user has few terms of one prefix.
    candidates = list(dict.fromkeys(rows[: limit * (4 if not others else 40)]))
    for prefix in others:
        matching = set(terms_with(project, prefix).filter(user_id__in=candidates).values_list("user_id", flat=True))
        candidates = [pk for pk in candidates if pk in matching]
    return candidates[:limit]


def terms_with(project: Project, prefix: str):  # type: ignore[no-untyped-def]
    return SearchTerm.objects.filter(project=project, term__gte=prefix, term__lt=prefix + LAST)


def former_ids(users: list[EndUser], text: str) -> dict[int, str]:
    """For users found by an id that is not the one shown: that id, by primary key."""
    needle = needle_of(text)
    shown = {user.pk: {user.user_id, user.jimer_id} for user in users}
    found: dict[int, str] = {}
    for user, value in Identity.objects.filter(user_id__in=shown).values_list("user_id", "value"):
        parts = {plain(value), *words(value)}
        if value not in shown[user] and any(part.startswith(prefix) for part in parts for prefix in needle.prefixes):
            found.setdefault(user, value)
    return found
