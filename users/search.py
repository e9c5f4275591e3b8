"""Finding users by the start of any word of their name, email or ids, former ids too.

The index (SearchTerm) gives at most 500 candidates, 200 of several common words; whoever calls sorts those.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, Value
from django.db.models.functions import Concat

from users.models import EndUser, Identity, Project, SearchTerm
from users.naming import hidden_natives
from users.search_terms import LONGEST_TERM, plain, terms_of, words

MOST_CANDIDATES = 500
MOST_IN_COMMON = 200  # where every word is common and not all who have one are known anyway
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


@dataclass(frozen=True, slots=True)
class Found:
    """Primary keys of users, unsorted, and whether these are all that match."""

    users: list[int]
    complete: bool


def search(project: Project, text: str, limit: int = MOST_CANDIDATES) -> list[int]:
    """Primary keys of users that match all parts, unsorted, at most `limit`; empty for an empty search."""
    return find(project, text, limit).users


def find(project: Project, text: str, limit: int = MOST_CANDIDATES) -> Found:
    prefixes = needle_of(text).prefixes
    hidden = hidden_natives(project) & {"name", "email"}
    if not prefixes:
        return Found([], True)
    if len(prefixes) == 1:
        # Not DISTINCT: the database would read every match before the first. A user has few terms of one prefix.
        users, complete = users_with(project, prefixes[0], MOST_READ if hidden else limit * 4)
    else:
        users, complete = with_all(project, prefixes, MOST_READ if hidden else limit + 1)
    if hidden:
        users = found_without(users, prefixes, hidden)
    return Found(users[:limit], complete and len(users) <= limit)


def matching(project: Project, text: str) -> Q:
    """All that match, however many: for counts and jobs, which may take their time."""
    prefixes = needle_of(text).prefixes
    if not prefixes or hidden_natives(project) & {"name", "email"}:
        return Q(pk__in=search(project, text, MOST_READ))
    condition = Q()
    for prefix in prefixes:
        condition &= Q(pk__in=terms_with(project, prefix).values("user_id"))
    return condition


def found_without(users: list[int], prefixes: tuple[str, ...], hidden: frozenset[str]) -> list[int]:
    """Those that are found by what is not sensitive: the index has words of sensitive names and emails too."""
    ids = defaultdict(list)
    for user, value in Identity.objects.filter(user_id__in=users).values_list("user_id", "value"):
        ids[user].append(value)
    kept = set()
    for pk, name, email in EndUser.objects.filter(pk__in=users).values_list("pk", "name", "email"):
        terms = terms_of(None if "name" in hidden else name, None if "email" in hidden else email, ids[pk])
        if all(any(term.startswith(prefix) for term in terms) for prefix in prefixes):
            kept.add(pk)
    return [user for user in users if user in kept]


def with_all(project: Project, prefixes: tuple[str, ...], limit: int) -> tuple[list[int], bool]:
    """Users with a term of each prefix, and whether no others can have them."""
    found = {prefix: users_with(project, prefix, MOST_READ) for prefix in prefixes}
    # Of a rare word all are known; where every word is common, the first few thousand are looked at.
    first, *others = sorted(prefixes, key=lambda prefix: len(found[prefix][0]))
    (candidates, complete), open_words = found[first], []
    for prefix in others:
        users, these_are_all = found[prefix]
        if these_are_all:
            among = set(users)
            candidates = [user for user in candidates if user in among]
        else:
            open_words.append(prefix)
    return having(candidates, open_words, limit if complete else min(limit, MOST_IN_COMMON)), complete


def users_with(project: Project, prefix: str, most: int) -> tuple[list[int], bool]:
    """Users of the first `most` terms that begin with the prefix, each once, and whether these are all."""
    rows = terms_with(project, prefix).order_by("term", "user_id").values_list("user_id", flat=True)[:most]
    return list(dict.fromkeys(rows)), len(rows) < most


def having(users: list[int], prefixes: list[str], limit: int) -> list[int]:
    """Those that have a term of each prefix, found by user: an expression of the term has no index, so that databases
    do not walk the whole range of a common prefix once for each user."""
    kept: list[int] = []
    for start in range(0, len(users) if prefixes else 0, READ_AT_ONCE):
        some = users[start : start + READ_AT_ONCE]
        for prefix in prefixes:
            terms = SearchTerm.objects.filter(user_id__in=some).annotate(whole=Concat("term", Value("")))
            has = set(terms.filter(whole__gte=prefix, whole__lt=prefix + LAST).values_list("user_id", flat=True))
            some = [user for user in some if user in has]
        kept += some
        if len(kept) >= limit:
            break
    return kept[:limit] if prefixes else users[:limit]


def terms_with(project: Project, prefix: str):  # type: ignore[no-untyped-def]
    return SearchTerm.objects.filter(project=project, term__gte=prefix, term__lt=prefix + LAST)


def other_ids(users: list[EndUser], text: str) -> dict[int, tuple[str, str]]:
    """For users found by an id that is not the one shown: what it is, and the id, by primary key."""
    needle = needle_of(text)
    shown = {user.pk: user.user_id or user.jimer_id for user in users}
    found: dict[int, tuple[str, str]] = {}
    ids = Identity.objects.filter(user_id__in=shown).values_list("user_id", "value", "kind", "merge_id")
    for user, value, kind, merge in ids:
        parts = {plain(value), *words(value)}
        if value != shown[user] and any(part.startswith(prefix) for part in parts for prefix in needle.prefixes):
            is_own = kind == Identity.Kind.JIMER and merge is None
            found.setdefault(user, ("Jimer ID" if is_own else "formerly", value))
    return found
