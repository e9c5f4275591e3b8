"""Finding users by the start of any word of their name, email or ids, former ids too.

The index (SearchTerm) gives at most 500 candidates; whoever calls sorts those.
"""

from dataclasses import dataclass

from users.models import EndUser, Identity, Project, SearchTerm
from users.search_terms import LONGEST_TERM, plain, words

MOST_CANDIDATES = 500
MOST_READ = 5000  # terms of one prefix
READ_AT_ONCE = 1000
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
    if len(needle.prefixes) == 1:
        # Not DISTINCT: the database would read every match before the first. A user has few terms of one prefix.
        return users_with(project, needle.prefixes[0], limit * 4)[0][:limit]
    found = {prefix: users_with(project, prefix, MOST_READ) for prefix in needle.prefixes}
    # Of a rare word all are known; where every word is common, the first few thousand are looked at.
    first, *others = sorted(needle.prefixes, key=lambda prefix: len(found[prefix][0]))
    candidates, open_words = found[first][0], []
    for prefix in others:
        users, complete = found[prefix]
        if complete:
            among = set(users)
            candidates = [user for user in candidates if user in among]
        else:
            open_words.append(prefix)
    return having(candidates, open_words, limit)


def users_with(project: Project, prefix: str, most: int) -> tuple[list[int], bool]:
    """Users of the first `most` terms that begin with the prefix, each once, and whether these are all."""
    rows = terms_with(project, prefix).order_by("term", "user_id").values_list("user_id", flat=True)[:most]
    return list(dict.fromkeys(rows)), len(rows) < most


def having(users: list[int], prefixes: list[str], limit: int) -> list[int]:
    """Those that have a term of each prefix. Their terms are read by user and compared here: databases would rather
    walk the whole range of a common prefix once for each user."""
    if not prefixes:
        return users[:limit]
    kept: list[int] = []
    for start in range(0, len(users), READ_AT_ONCE):
        some = users[start : start + READ_AT_ONCE]
        missing = {user: set(prefixes) for user in some}
        for user, term in SearchTerm.objects.filter(user_id__in=some).values_list("user_id", "term"):
            left = missing[user]
            left -= {prefix for prefix in left if term.startswith(prefix)}
        kept += [user for user in some if not missing[user]]
        if len(kept) >= limit:
            break
    return kept[:limit]


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
