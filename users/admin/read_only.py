"""Pages that only show, over tables that may be large."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest
from django.utils.functional import cached_property

from users.admin.numbers import grouped
from users.ground.parameters import whole_number
from users.ground.text_forms import trimmed
from users.models import Identity, Project

COUNTED = 10_000
MOST_PROJECTS = 200


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to 10,000 and no further: COUNT(*) over a large table takes seconds."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return len(rows.order_by().values_list("pk")[:COUNTED])


def users_named(text: str) -> list[int]:
    """The users whose id this is, in any project: their number here, User ID or Jimer ID, found by an index."""
    projects = list(Project.objects.values_list("pk", flat=True)[:MOST_PROJECTS])
    named = Identity.objects.known_as(projects, [trimmed(text).replace("\x00", "")])
    return [*named.values_list("user_id", flat=True), *([] if (number := whole_number(text)) is None else [number])]


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    user_fields: tuple[str, ...] = ()  # a search for a user's id looks in these, besides search_fields
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return grouped(self.model, super().get_list_display(request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [
            (title, {**options, "fields": grouped(self.model, options["fields"])})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not self.user_fields or not search_term.strip():
            return super().get_search_results(request, queryset, search_term)
        ids = users_named(search_term.strip())
        found = Q(pk__in=[])
        for name in self.user_fields:
            found |= Q(**{f"{name}__in": ids})
        for name in self.search_fields:
            found |= Q(**{name: search_term.strip()}) if name not in self.user_fields else Q()
        return queryset.filter(found), False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)  # type: ignore[union-attr]
