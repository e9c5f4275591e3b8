"""Finding users by the start of any word of their name, email or ids, former ids too, and by any of these whole.

The index (SearchTerm) gives at most 500 candidates, 200 of several common words; whoever calls sorts those.
"""

import re
from dataclasses import dataclass

from django.db.models import Q, Value
from django.db.models.functions import Concat

from users.database.limits import TookTooLong, time_limit
from users.database.statements import fetch
from users.ground.text_forms import email_key, trimmed
from users.models import EndUser, Identity, Project, SearchTerm
from users.registry.naming import hidden_natives, shown_name
from users.types.fitting import printable
from users.writing.search_index import ids_of
from users.writing.search_terms import LONGEST_TERM, plain_form, terms_in, terms_of, without_prefixes

MOST_CANDIDATES = 500
MOST_IN_COMMON = 200  # where every word is common and not all who have one are known anyway
MOST_READ = 5000  # terms of one prefix
READ_AT_ONCE = 1000
SECONDS = 0.5  # for looking through all, where that is needed
MOST_TYPED = 1000  # characters; no name, email or id is longer than 700
MOST_PREFIXES = 8
LAST = "\U0010ffff" * (LONGEST_TERM + 1)  # p <= term < p + LAST are the terms that begin with p
NAMELESS = re.compile(r"(?:anonymous|user) (\S{1,4})", re.IGNORECASE)  # as people without a name are shown


@dataclass(frozen=True, slots=True)
class Needle:
    """What was typed: prefixes that must all be found, and `narrow` ones that fewer users have, because words stand in
    them as they were typed: usr-10 where the prefixes are usr and 10."""

    prefixes: tuple[str, ...] = ()
    narrow: tuple[str, ...] = ()


def needle_of(text: str) -> Needle:
    """Signs count only where there is no word: names are pasted with commas, brackets and quotes around them."""
    if nameless := NAMELESS.fullmatch(trimmed_query(text)):
        text = nameless[1]
    parts = trimmed_query(text).split()
    plain = [plain_form(part) for part in parts]
    words = [part.text[first:last] for part in plain for first, last in part.words]
    if not words:
        return Needle(
            *[longest_prefixes([part.signs or raw.casefold() for part, raw in zip(plain, parts, strict=True)])] * 2
        )
    wholes = [part.whole for part in plain if part.whole]
    others = [part.text[first:last] for part in plain if not part.whole for first, last in part.words]
    return Needle(longest_prefixes(words), longest_prefixes([*wholes, *others]))


def trimmed_query(text: str) -> str:
    return printable(text.replace("\x00", ""))[:MOST_TYPED].strip()


def longest_prefixes(prefixes: list[str]) -> tuple[str, ...]:
    """The few that say most, in the order of the text: of a whole page that was pasted not every word is asked."""
    kept = without_prefixes(sorted({prefix[:LONGEST_TERM] for prefix in prefixes}))
    few = sorted(kept, key=len, reverse=True)[:MOST_PREFIXES]
    return tuple(dict.fromkeys(prefix[:LONGEST_TERM] for prefix in prefixes if prefix[:LONGEST_TERM] in few))


@dataclass(frozen=True, slots=True)
class Found:
    """Primary keys of users, unsorted, and whether these are all that match; and of those whose id, email or name is
    the text as a whole."""

    users: list[int]
    complete: bool
    whole: list[int]


def search(project: Project, text: str, limit: int = MOST_CANDIDATES) -> list[int]:
    """Primary keys of users that match all parts, unsorted, at most `limit`; empty for an empty search."""
    return find_users(project, text, limit).users


def find_users(project: Project, text: str, limit: int = MOST_CANDIDATES) -> Found:
    needle = needle_of(text)
    hidden = hidden_natives(project) & {"name", "email"}
    whole, complete = users_called(project, text, hidden), True
    users, most = whole, MOST_READ if hidden else limit
    for prefixes in dict.fromkeys((needle.narrow, needle.prefixes)):
        if prefixes and len(users) <= limit:
            more, complete = beginning_with(project, prefixes, most)
            users = list(dict.fromkeys(users + (found_without(more, prefixes, hidden) if hidden else more)))
    if not users and not complete and not hidden:
        users = among_all(project, needle.prefixes, limit)
    return Found(users[:limit], complete and len(users) <= limit, whole)


def users_called(project: Project, text: str, hidden: frozenset[str]) -> list[int]:
    """Users whose id, email or name is the text as a whole: of many ids not all have terms, and some have no word."""
    ways = {way for way in (trimmed_query(text), trimmed(trimmed_query(text))) if way}
    if not ways:
        return []
    users = list(Identity.objects.known_as([project], ways).values_list("user_id", flat=True))
    rows = EndUser.objects.filter(project=project, merged_into=None)
    if "email" not in hidden:
        users += rows.filter(email_folded__in={email_key(way) for way in ways}).values_list("pk", flat=True)[:MOST_READ]
    if "name" not in hidden:
        users += rows.filter(name_folded__in={way.casefold() for way in ways}).values_list("pk", flat=True)[:MOST_READ]
    return list(dict.fromkeys(users))


def beginning_with(project: Project, prefixes: tuple[str, ...], limit: int) -> tuple[list[int], bool]:
    """Users with a term of each prefix, more than `limit` of them only to say so, and whether these are all."""
    if len(prefixes) == 1:
        # Not DISTINCT: the database would read every match before the first. A user has few terms of one prefix.
        return users_with(project, prefixes[0], min(limit * 4, MOST_READ))
    return with_all(project, prefixes, limit + 1)


def among_all(project: Project, prefixes: tuple[str, ...], limit: int) -> list[int]:
    """Some of those who have terms of every prefix, where all are so common that the first few thousand lack others."""
    try:
        with time_limit(SECONDS):
            return list(EndUser.objects.filter(with_terms(project, prefixes)).values_list("pk", flat=True)[:limit])
    except TookTooLong:
        return []


def with_terms(project: Project, prefixes: tuple[str, ...]) -> Q:
    condition = Q()
    for prefix in prefixes:
        condition &= Q(pk__in=terms_with(project, prefix).values("user_id"))
    return condition


def matching_filter(project: Project, text: str, whole: list[int] | None = None) -> Q:
    """All that match, however many: for counts and jobs, which may take their time. `whole`: see Found, if known."""
    prefixes, hidden = needle_of(text).prefixes, hidden_natives(project) & {"name", "email"}
    if not prefixes or hidden:
        return Q(pk__in=search(project, text, MOST_READ))
    condition = with_terms(project, prefixes)
    users = users_called(project, text, hidden) if whole is None else whole
    without_term = set(users).difference(EndUser.objects.filter(condition, pk__in=users).values_list("pk", flat=True))
    # Not in any case: PostgreSQL looks at every user for an OR.
    return condition | Q(pk__in=without_term) if without_term else condition


def found_without(users: list[int], prefixes: tuple[str, ...], hidden: frozenset[str]) -> list[int]:
    """Those that are found by what is not sensitive: the index has words of sensitive names and emails too."""
    ids = ids_of(users)
    kept = set()
    for user in EndUser.objects.filter(pk__in=users).only("name", "email", "user_id", "jimer_id"):
        name, email = (None if key in hidden else getattr(user, key) for key in ("name", "email"))
        terms = terms_of(name, email, (user.user_id, user.jimer_id), ids[user.pk])
        if all(any(term.startswith(prefix) for term in terms) for prefix in prefixes):
            kept.add(user.pk)
    return [user for user in users if user in kept]


def with_all(project: Project, prefixes: tuple[str, ...], limit: int) -> tuple[list[int], bool]:
    """Users with a term of each prefix, and whether no others can have them."""
    common = [prefix for prefix in prefixes if is_common(project, prefix)]
    if len(common) == len(prefixes):  # the first few thousand are looked at
        return first_with_all(project, common, min(limit, MOST_IN_COMMON)), False
    candidates, *others = sorted(
        [users_with(project, prefix, MOST_READ)[0] for prefix in prefixes if prefix not in common], key=len
    )
    for users in map(set, others):
        candidates = [user for user in candidates if user in users]
    return users_having(candidates, common, limit), True


def is_common(project: Project, prefix: str) -> bool:
    """Whether more users than are read have a term of it. None is read to know that."""
    return terms_with(project, prefix).order_by("term", "user_id")[MOST_READ - 1 : MOST_READ].exists()


def first_with_all(project: Project, prefixes: list[str], limit: int) -> list[int]:
    """Those who have a term of each, among the users of the first few thousand terms of the first prefix.

    One statement, which stops at the limit: the ids of thousands would take longer on their way here and back. What
    is in brackets is asked for each candidate by the index of their own terms; as EXISTS, PostgreSQL might join it
    instead, and read all terms of a common prefix. The last bracket is for who has several terms of the first prefix.
    """
    first, *others = ((prefix, prefix + LAST) for prefix in prefixes)
    of_candidate = (
        "(SELECT 1 FROM users_searchterm t WHERE t.user_id = c.user_id AND t.term >= %s AND t.term < {} LIMIT 1)"
    )
    conditions = [f"{of_candidate.format('%s')} IS NOT NULL" for _ in others]
    rows = fetch(
        "SELECT c.user_id FROM (SELECT term, user_id FROM users_searchterm WHERE project_id = %s AND term >= %s"
        " AND term < %s ORDER BY term, user_id LIMIT %s) c"
        f" WHERE {' AND '.join(conditions)} AND {of_candidate.format('c.term')} IS NULL LIMIT %s",
        [project.pk, *first, MOST_READ, *(bound for pair in others for bound in pair), first[0], limit],
    )
    return [user for (user,) in rows]


def users_with(project: Project, prefix: str, most: int) -> tuple[list[int], bool]:
    """Users of the first `most` terms that begin with the prefix, each once, and whether these are all."""
    rows = terms_with(project, prefix).order_by("term", "user_id").values_list("user_id", flat=True)[:most]
    return list(dict.fromkeys(rows)), len(rows) < most


def users_having(users: list[int], prefixes: list[str], limit: int) -> list[int]:
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


def other_ids(users: list[EndUser], text: str, project: Project) -> dict[int, tuple[str, str]]:
    """For users found by an id that is not the one shown: what it is, and the id, by primary key."""
    needle = needle_of(text)
    shown = {user.pk: user.user_id or user.jimer_id for user in users}
    open_prefixes = {user.pk: not_shown(user, needle, project) for user in users}
    found: dict[int, tuple[str, str]] = {}
    ids = Identity.objects.filter(user_id__in=[pk for pk, prefixes in open_prefixes.items() if prefixes])
    for user, value, kind, merge in ids.order_by("-pk").values_list("user_id", "value", "kind", "merge_id"):
        terms = list(terms_in(value))
        begins = any(term.startswith(prefix) for term in terms for prefix in open_prefixes[user])
        if value != shown[user] and (begins or value == trimmed(trimmed_query(text))):
            is_own = kind == Identity.Kind.JIMER and merge is None
            found.setdefault(user, ("Jimer ID" if is_own else "formerly", value))
    return found


def not_shown(user: EndUser, needle: Needle, project: Project) -> list[str]:
    """What of the needle the row does not explain."""
    email = None if "email" in hidden_natives(project) else user.email
    terms = terms_of(shown_name(user, project), email, [user.user_id or user.jimer_id])
    return [prefix for prefix in needle.prefixes if not any(term.startswith(prefix) for term in terms)]
