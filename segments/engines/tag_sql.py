"""How tags read in SQL."""

from typing import Any

from django.db.models import Count, Exists, F, OuterRef
from django.db.models.lookups import In

from segments.language.reads import MOST_SEARCHED, Both, always
from users.models import UserTag


class TagSql:
    """Tags are rows of their own; a user without any has an empty list, never none."""

    def __init__(self, project_id: int) -> None:
        self.project_id = project_id

    def present(self) -> Any:
        return always(True)

    def includes(self, item: Any, ignore_case: bool) -> Any:
        return self.includes_any([item], ignore_case)

    def includes_any(self, items: list[Any], ignore_case: bool) -> Any:
        texts = [item for item in items if isinstance(item, str)]
        if not texts:
            return always(False)
        users = UserTag.objects.filter(tag__project_id=self.project_id, **{lookup(ignore_case): texts}).values(
            "user_id"
        )
        return In(F("pk"), users)

    def includes_all(self, items: list[Any], ignore_case: bool) -> Any:
        if len(items) <= MOST_SEARCHED:
            return Both(self.present(), *[self.includes(item, ignore_case) for item in items])
        if not all(isinstance(item, str) for item in items):
            return always(False)
        wanted = set(items)
        held = UserTag.objects.filter(tag__project_id=self.project_id, **{lookup(ignore_case): wanted})
        counted = held.values("user_id").annotate(found=Count("pk")).filter(found=len(wanted))
        return In(F("pk"), counted.values("user_id"))

    def is_empty(self) -> Any:
        return ~Exists(UserTag.objects.filter(user_id=OuterRef("pk")))


def lookup(ignore_case: bool) -> str:
    """How rows of UserTag are found from some tags: few tags lead to few rows."""
    return "tag__folded__in" if ignore_case else "tag__name__in"
