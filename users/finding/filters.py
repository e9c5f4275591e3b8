"""What narrows the Users list: the filters of its address, by django-filter."""

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils import timezone

from users.database.value_json import read_json
from users.extend import sources, user_filters
from users.finding.search import find, matching
from users.models import NATIVE, EndUser, Project, Tag, UserTag
from users.models.end_user import all_users
from users.registry.attributes import Definition, registry_of
from users.types.in_sql import HasValue
from users.types.table import TYPES, Misfit

WHO = [("identified", "Identified"), ("anonymous", "Anonymous")]
ACTIVE = [
    ("1", "Last 24 hours"),
    ("7", "Last 7 days"),
    ("30", "Last 30 days"),
    ("quiet30", "Not for 30 days"),
    ("never", "Never"),
]


class UserFilter(django_filters.FilterSet):
    who = django_filters.ChoiceFilter(choices=WHO, method="by_who", empty_label="Everyone", label="Who")
    tag = django_filters.ChoiceFilter(method="by_tag", empty_label="Any tag", label="Tag")
    language = django_filters.CharFilter(method="by_language", label="Language")
    source = django_filters.ChoiceFilter(method="by_source", empty_label="Any source", label="Source")
    active = django_filters.ChoiceFilter(
        choices=ACTIVE, method="by_activity", empty_label="Any time", label="Last activity"
    )
    has = django_filters.CharFilter(method="by_value", label="Attribute")
    q = django_filters.CharFilter(method="by_search", label="Search")

    class Meta:
        model = EndUser
        fields: list[str] = []

    def __init__(self, data: Any, queryset: QuerySet[EndUser], *, project: Project, whole_search: bool = False) -> None:
        """A search takes the first few hundred that it finds, for a page; the whole of it for counts and jobs."""
        super().__init__(data, queryset=queryset)
        self.project, self.whole_search = project, whole_search
        self.listed: int | None = None  # how many a search found before it stopped, if it did
        tags = Tag.objects.filter(project=project).order_by("folded").values_list("folded", "name")[:500]
        self.filters["tag"].extra["choices"] = list(tags)
        self.filters["source"].extra["choices"] = [
            (slug, source.name) for slug, source in sources.all().items() if slug != NATIVE
        ]

    def by_who(self, rows: QuerySet[EndUser], name: str, value: str) -> QuerySet[EndUser]:
        return rows.filter(user_id_folded__isnull=value == "anonymous")

    def by_tag(self, rows: QuerySet[EndUser], name: str, value: str) -> QuerySet[EndUser]:
        tagged = UserTag.objects.filter(tag__project=self.project, tag__folded=value).values("user_id")
        return rows.filter(pk__in=tagged)

    def by_language(self, rows: QuerySet[EndUser], name: str, value: str) -> QuerySet[EndUser]:
        return rows.filter(language_folded=value.casefold())

    def by_source(self, rows: QuerySet[EndUser], name: str, value: str) -> QuerySet[EndUser]:
        return rows.annotate(source_text=Cast("sources", TextField())).filter(source_text__contains=f'"{value}"')

    def by_activity(self, rows: QuerySet[EndUser], name: str, value: str) -> QuerySet[EndUser]:
        # Whole minutes, so that the count's figure is found again by the same query.
        now = timezone.now().replace(second=0, microsecond=0)
        if value == "never":
            return rows.filter(last_activity__isnull=True)
        if value == "quiet30":
            return rows.filter(last_activity__lt=now - timedelta(days=30))
        return rows.filter(last_activity__gte=now - timedelta(days=int(value)))

    def by_search(self, rows: QuerySet[EndUser], name: str, value: str) -> QuerySet[EndUser]:
        if self.whole_search:
            return rows.filter(matching(self.project, value))
        found = find(self.project, value)
        self.listed = None if found.complete else len(found.users)
        return rows.filter(pk__in=found.users)

    def by_value(self, rows: QuerySet[EndUser], name: str, value: str) -> QuerySet[EndUser]:
        """Users whose attribute `has` holds exactly what the parameter `value` says."""
        definition = registry_of(self.project).find(value)
        if definition is None or definition.sensitive:
            return rows.none()
        return with_value(rows, definition, self.data.get("value", ""))


def with_value(rows: QuerySet[EndUser], definition: Definition, text: str) -> QuerySet[EndUser]:
    try:
        parsed = read_json(text) if definition.type == "list" else TYPES[definition.type].parse(text)
        value = TYPES[definition.type].coerce(parsed)
    except (Misfit, ValueError):
        return rows.none()
    if definition.source == NATIVE:
        if definition.key == "tags":
            return rows.none()
        return rows.filter(**{definition.key: value})
    return rows.filter(HasValue(definition.ref, value))


def filtered_users(project: Project, query: str) -> QuerySet[EndUser]:
    """The users that a query string selects, unordered; for jobs that act on all that match."""
    given = QueryDict(query)
    filters = UserFilter(given, all_users(project), project=project, whole_search=True)
    rows = filters.qs if filters.is_valid() else all_users(project).none()
    return narrowed(project, given, rows)


def narrowed(project: Project, given: Any, rows: QuerySet[EndUser]) -> QuerySet[EndUser]:
    """By the parameters that later apps add. Raises Refused where one makes no sense."""
    for name, narrow in user_filters.all().items():
        if given.get(name):
            rows = narrow(project, given[name], rows)
    return rows
