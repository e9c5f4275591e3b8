"""What narrows the Users list: the filters of its address, by django-filter."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import QueryDict

from users.extend import former_filters, sources, user_filters
from users.finding.search import Found, find_users, matching_filter
from users.models import NATIVE, EndUser, Project
from users.models.end_user import all_users


class UserFilter(django_filters.FilterSet):
    """The search and the source. All else is a rule, which `apply_extensions` applies."""

    source = django_filters.ChoiceFilter(method="by_source", empty_label="Any source", label="Source")
    q = django_filters.CharFilter(method="by_search", label="Search")

    class Meta:
        model = EndUser
        fields: list[str] = []

    def __init__(
        self, data: Any, queryset: QuerySet[EndUser], *, project: Project, whole_search: bool = False,
        found: Found | None = None,
    ) -> None:  # fmt: skip
        """A search takes the first few hundred that it finds, for a page; the whole of it for counts and jobs.
        `found`: what the same search found for a page, if that is known."""
        super().__init__(data, queryset=queryset)
        self.project, self.whole_search, self.found = project, whole_search, found
        self.filters["source"].extra["choices"] = [
            (slug, source.name) for slug, source in sources.all().items() if slug != NATIVE
        ]

    def by_source(self, rows: QuerySet[EndUser], name: str, value: str) -> QuerySet[EndUser]:
        return rows.annotate(source_text=Cast("sources", TextField())).filter(source_text__contains=f'"{value}"')

    def by_search(self, rows: QuerySet[EndUser], name: str, value: str) -> QuerySet[EndUser]:
        if self.whole_search:
            return rows.filter(matching_filter(self.project, value, self.found.whole if self.found else None))
        self.found = find_users(self.project, value)
        return rows.filter(pk__in=self.found.users)

    @property
    def listed(self) -> int | None:
        """How many a search found before it stopped, if it did."""
        return None if self.found is None or self.found.complete else len(self.found.users)


def todays_parameters(project: Project, given: Mapping[str, str]) -> dict[str, str] | None:
    """The parameters that say the same today; None if these are of today."""
    for say in former_filters.all().values():
        if (now := say(project, given)) is not None:
            return now
    return None


def filtered_users(project: Project, query: str, found: Found | None = None) -> QuerySet[EndUser]:
    """The users that a query string selects, unordered; for jobs that act on all that match. `found`: see UserFilter."""
    given = QueryDict(query).dict()
    given = todays_parameters(project, given) or given
    filters = UserFilter(given, all_users(project), project=project, whole_search=True, found=found)
    rows = filters.qs if filters.is_valid() else all_users(project).none()
    return apply_extensions(project, given, rows)


def apply_extensions(project: Project, given: Mapping[str, str], rows: QuerySet[EndUser]) -> QuerySet[EndUser]:
    """By the parameters that later apps add. Raises Refused where one makes no sense."""
    for name, narrow in user_filters.all().items():
        if given.get(name):
            rows = narrow(project, given[name], rows)
    return rows
