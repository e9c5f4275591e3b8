"""What narrows the Users list: the filters of its address, by django-filter."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import QueryDict

from users.extend import former_filters, sources, user_filters
from users.finding.search import find, matching
from users.models import NATIVE, EndUser, Project
from users.models.end_user import all_users


class UserFilter(django_filters.FilterSet):
    """The search and the source. All else is a rule, which `narrowed` applies."""

    source = django_filters.ChoiceFilter(method="by_source", empty_label="Any source", label="Source")
    q = django_filters.CharFilter(method="by_search", label="Search")

    class Meta:
        model = EndUser
        fields: list[str] = []

    def __init__(self, data: Any, queryset: QuerySet[EndUser], *, project: Project, whole_search: bool = False) -> None:
        """A search takes the first few hundred that it finds, for a page; the whole of it for counts and jobs."""
        super().__init__(data, queryset=queryset)
        self.project, self.whole_search = project, whole_search
        self.listed: int | None = None  # how many a search found before it stopped, if it did
        self.filters["source"].extra["choices"] = [
            (slug, source.name) for slug, source in sources.all().items() if slug != NATIVE
        ]

    def by_source(self, rows: QuerySet[EndUser], name: str, value: str) -> QuerySet[EndUser]:
        return rows.annotate(source_text=Cast("sources", TextField())).filter(source_text__contains=f'"{value}"')

    def by_search(self, rows: QuerySet[EndUser], name: str, value: str) -> QuerySet[EndUser]:
        if self.whole_search:
            return rows.filter(matching(self.project, value))
        found = find(self.project, value)
        self.listed = None if found.complete else len(found.users)
        return rows.filter(pk__in=found.users)


def current(project: Project, given: Mapping[str, str]) -> dict[str, str] | None:
    """The parameters that say the same today; None if these are of today."""
    for say in former_filters.all().values():
        if (now := say(project, given)) is not None:
            return now
    return None


def filtered_users(project: Project, query: str) -> QuerySet[EndUser]:
    """The users that a query string selects, unordered; for jobs that act on all that match."""
    given = QueryDict(query).dict()
    given = current(project, given) or given
    filters = UserFilter(given, all_users(project), project=project, whole_search=True)
    rows = filters.qs if filters.is_valid() else all_users(project).none()
    return narrowed(project, given, rows)


def narrowed(project: Project, given: Mapping[str, str], rows: QuerySet[EndUser]) -> QuerySet[EndUser]:
    """By the parameters that later apps add. Raises Refused where one makes no sense."""
    for name, narrow in user_filters.all().items():
        if given.get(name):
            rows = narrow(project, given[name], rows)
    return rows
