"""Finding users by the start of any word of their name, email or ids, former ids too.

The index (SearchTerm) gives at most 500 candidates; whoever calls sorts those.
"""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from users.models import EndUser, Identity, Project, SearchTerm
from users.search_terms import LONGEST_TERM, plain, words

MOST_CANDIDATES = 500
MOST_READ = 5000
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
    first, *others = rarest_first(project, needle.prefixes)
    rows = terms_with(project, first).order_by("term", "user_id")
    if others:
        # Of a rare word all are looked at; where every word is common, the first few thousand.
        rows = SearchTerm.objects.filter(pk__in=rows.values("pk")[:MOST_READ])
        for prefix in others:
            rows = rows.filter(Exists(terms_with(project, prefix).filter(user_id=OuterRef("user_id"))))
    # Not DISTINCT: the database would read every match before the first. A user has few terms of one prefix.
    found = rows.values_list("user_id", flat=True)[: limit * 4]
    return list(dict.fromkeys(found))[:limit]


def rarest_first(project: Project, prefixes: tuple[str, ...]) -> list[str]:
    """The prefixes by how many terms have them, counted up to a bound."""
    if len(prefixes) == 1:
        return list(prefixes)
    return sorted(
        prefixes, key=lambda prefix: (len(terms_with(project, prefix).values("pk")[:MOST_READ]), -len(prefix))
    )


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
