"""The search terms of stored users, kept in step with their names, emails and ids."""

from collections import defaultdict
from collections.abc import Sequence

from users.models import EndUser, Identity, SearchTerm
from users.writing import store
from users.writing.search_terms import terms_of


def ids_of(users: Sequence[int]) -> defaultdict[int, list[str]]:
    """All ids that lead to these users, the newest first."""
    ids: defaultdict[int, list[str]] = defaultdict(list)
    rows = Identity.objects.filter(user_id__in=users).order_by("-pk").values_list("user_id", "value")
    for user, value in rows:
        ids[user].append(value)
    return ids


def refresh_terms(project_id: int, users: Sequence[int]) -> None:
    """Write the terms of these users anew where they differ, from their rows and all ids that lead to them. Those who
    were merged into others have none."""
    ids, stored = ids_of(users), defaultdict[int, set[str]](set)
    for user, term in SearchTerm.objects.filter(user_id__in=users).values_list("user_id", "term"):
        stored[user].add(term)
    wanted: dict[int, set[str]] = {pk: set() for pk in users}
    rows = EndUser.objects.filter(pk__in=users, merged_into=None)
    for pk, name, email, *shown in rows.values_list("pk", "name", "email", "user_id", "jimer_id"):
        wanted[pk] = terms_of(name, email, shown, ids[pk])
    changed = [pk for pk in users if wanted[pk] != stored[pk]]
    store.replace_terms(project_id, changed, [(pk, term) for pk in changed for term in sorted(wanted[pk])])
