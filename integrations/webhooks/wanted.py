"""Which webhooks want what, ready to decide in memory: kept per process and per version of the project.

Paused webhooks want as much as others: what happens meanwhile waits for them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from integrations.models import Webhook
from integrations.webhooks.kinds import KINDS
from users.ground.bounded_cache import bounded
from users.ground.text_forms import same_look
from users.models import Attribute, Project, Tag


@dataclass(frozen=True, slots=True)
class Hook:
    """What one webhook wants. An empty filter narrows nothing; None is one whose things are all gone: no match."""

    id: int
    events: frozenset[str]
    filters: dict[str, frozenset[Any] | None]  # refs of attributes, folded names of tags, ids of segments

    def wants(self, kind: str, subjects: Iterable[Any]) -> bool:
        if kind not in self.events:
            return False
        narrowed = KINDS[kind].filter
        if narrowed is None:
            return True
        wanted = self.filters[narrowed]
        return wanted is not None and (not wanted or any(item in wanted for item in subjects))


@dataclass(frozen=True, slots=True)
class Hooks:
    """All webhooks of a project at one version. False if there are none."""

    project: str  # its public id
    hooks: tuple[Hook, ...]
    kinds: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.hooks)

    def ids(self, kind: str, subjects: Iterable[Any] = ()) -> str:
        """Who wants it, as WebhookEvent.hooks."""
        subjects = list(subjects)
        return ",".join(str(hook.id) for hook in self.hooks if hook.wants(kind, subjects))


NOBODY: Final = Hooks("", (), frozenset())


@bounded(8 << 20, lambda found, *_: 300 + 2_000 * len(found.hooks) + 100 * sum(map(size_of, found.hooks)))
def hooks(project_id: int, version: int) -> Hooks:
    """As of `version`, or newer. Callers pass the version that they read with their data."""
    rows = list(Webhook.objects.filter(project_id=project_id).order_by("pk"))
    if not rows:
        return NOBODY
    public = Project.objects.values_list("public_id", flat=True).get(pk=project_id)
    attributes = {pk for row in rows for pk in row.attributes}
    tags = {pk for row in rows for pk in row.tags}
    refs = {item.pk: item.ref for item in Attribute.objects.filter(project_id=project_id, pk__in=attributes)}
    names = dict(Tag.objects.filter(project_id=project_id, pk__in=tags).values_list("pk", "name"))
    made = tuple(
        Hook(
            row.pk,
            frozenset(row.events),
            {
                "attributes": narrowed(row.attributes, refs.get),
                "tags": narrowed(row.tags, lambda pk: same_look(names[pk]) if pk in names else None),
                "segments": narrowed(row.segments, lambda pk: pk),
            },
        )
        for row in rows
    )
    return Hooks(str(public), made, frozenset().union(*(hook.events for hook in made)))


def narrowed(ids: list[int], find: Callable[[int], Any]) -> frozenset[Any] | None:
    found = frozenset(item for pk in ids if (item := find(pk)) is not None)
    return None if ids and not found else found


def size_of(hook: Hook) -> int:
    return sum(len(items or ()) for items in hook.filters.values())


def hooks_now(project_id: int) -> Hooks:
    """One query for the version, none more while it stays."""
    version = Project.objects.filter(pk=project_id).values_list("version", flat=True).first()
    return hooks(project_id, version) if version is not None else NOBODY
