"""Numbers over all users, computed by the worker and shown with their time: never on a page load."""

import hashlib
from datetime import datetime

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from users.models import Attribute, EndUser, Figure, Project, Tag, UserTag
from users.registry.attributes import NATIVE_BY_KEY

CHUNK = 5000


def refresh_coverage(now: datetime) -> None:
    for project in Project.objects.filter(deleting_since=None):
        refresh_coverage_of(project, now)


def refresh_coverage_of(project: Project, now: datetime) -> None:
    """How many users have a value for each attribute. Reads in chunks by id and holds no lock."""
    counts: dict[str, int] = {}
    last = 0
    columns = [key for key in NATIVE_BY_KEY if key != "tags"]
    total_tagged = UserTag.objects.filter(user__project=project, user__merged_into=None)
    while True:
        rows = list(
            EndUser.objects.filter(project=project, merged_into=None, pk__gt=last)
            .order_by("pk").values_list("pk", "attributes", *columns)[:CHUNK]
        )  # fmt: skip
        for _, attributes, *natives in rows:
            for ref in attributes:
                counts[ref] = counts.get(ref, 0) + 1
            for key, value in zip(columns, natives, strict=True):
                if value is not None:
                    counts[key] = counts.get(key, 0) + 1
        if len(rows) < CHUNK:
            break
        last = rows[-1][0]
    counts["tags"] = total_tagged.values("user_id").distinct().count()
    changed = []
    for attribute in Attribute.objects.filter(project=project):
        attribute.coverage, attribute.coverage_at = counts.get(attribute.ref, 0), now
        changed.append(attribute)
    for attribute in changed:
        Attribute.objects.filter(pk=attribute.pk).update(coverage=attribute.coverage, coverage_at=now)
    save_figure(project, "users", EndUser.objects.filter(project=project, merged_into=None).count(), now)


def refresh_tag_counts(now: datetime) -> None:
    """Users that have each tag. A merged-away profile keeps its tags for an undo, but is nobody to count."""
    users = Count("user_tags", filter=Q(user_tags__user__merged_into=None))
    for tag in Tag.objects.filter(project__deleting_since=None).annotate(found=users):
        Tag.objects.filter(pk=tag.pk).update(user_count=tag.found, counted_at=now)


def save_figure(project: Project, name: str, value: object, now: datetime) -> None:
    Figure.objects.update_or_create(project=project, name=name, defaults={"value": value, "computed_at": now})


def count_name(queryset: QuerySet[EndUser]) -> str:
    """The figure's name for the count of a list: a hash of what the list asks for."""
    sql, parameters = queryset.order_by().query.sql_with_params()
    return "count:" + hashlib.sha256(f"{connection.vendor}{sql}{parameters}".encode()).hexdigest()[:32]


def figure(project: Project, name: str) -> Figure | None:
    return Figure.objects.filter(project=project, name=name).first()


def is_recent(found: Figure | None, seconds: int) -> bool:
    return found is not None and (timezone.now() - found.computed_at).total_seconds() < seconds
