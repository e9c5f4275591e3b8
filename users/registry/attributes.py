"""The registry of a project: which attributes there are, kept per process and per version of the project."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from sys import getsizeof
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from users.database.contention import beside_the_call, with_retries
from users.ground.bounded_cache import Minutes, bounded
from users.ground.text_forms import unpadded
from users.models import CUSTOM, NATIVE, Attribute, Project
from users.signals import definitions_changed
from users.types.fitting import Misfit
from users.types.table import is_of

LONGEST_KEY: Final = 100
HIDDEN: Final = "••••"  # what answers and exports say instead of a sensitive value


class AlreadyDefined(Exception):
    """There is an attribute with this source and key."""


@dataclass(frozen=True, slots=True)
class Native:
    key: str
    name: str
    type: str
    how_set: str
    description: str
    editable: bool = False


# In the order of the reference product's page on attributes.
NATIVES: Final = (
    Native("jimer_id", "Jimer ID", "string", "automatic", "Unique id that every detected user gets."),
    Native("user_id", "User ID", "string", "identify", "Your own stable id of the user."),
    Native("name", "Name", "string", "user:name", "Display name.", editable=True),
    Native("email", "Email", "string", "user:email", "Email address; integrations match on it.", editable=True),
    Native("language", "Language", "string", "user:language", "The user's language.", editable=True),
    Native("first_seen", "First seen", "date", "automatic", "First session."),
    Native("last_activity", "Last activity", "date", "automatic", "Most recent session."),
    Native("sessions", "Sessions", "number", "automatic", "Sessions recorded."),
    Native("created", "Created", "date", "automatic", "When the profile was made here."),
    Native("tags", "Tags", "list", "dashboard", "Labels given by hand."),
)
NATIVE_BY_KEY: Final = {native.key: native for native in NATIVES}
EDITABLE_NATIVES: Final = tuple(native.key for native in NATIVES if native.editable)


@dataclass(frozen=True, slots=True)
class Definition:
    """An attribute as the hot path needs it; `Attribute` is its row."""

    id: int
    source: str
    key: str
    type: str
    label: str
    sensitive: bool
    archived: bool
    converting: bool
    ref: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ref", self.key if self.source == NATIVE else f"a{self.id}")

    @property
    def field(self) -> str:
        return f"{self.source}.{self.key}"

    def shown(self, value: Any) -> Any:
        """What an answer or an export says of a value: dots if the attribute is sensitive."""
        return HIDDEN if self.sensitive and value is not None else value

    def held(self, stored: Any) -> Any:
        """The stored value, or None for a leftover that a type change has not reached yet."""
        return None if self.converting and stored is not None and not is_of(self.type, stored) else stored


class Registry:
    """All definitions of a project at one version."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._by_field = {(item.source, item.key): item for item in definitions}
        self._by_ref = {item.ref: item for item in self._by_field.values()}
        self.hidden = frozenset(item.key for item in self.of_source(NATIVE) if item.sensitive)

    def by_field(self, source: str, key: str) -> Definition | None:
        return self._by_field.get((source, key))

    def by_ref(self, ref: str) -> Definition | None:
        return self._by_ref.get(ref)

    def find(self, field: str) -> Definition | None:
        """The definition of a FIELD such as "custom.plan": the source ends at the first dot."""
        source, _, key = field.partition(".")
        return self.by_field(source, key)

    def all(self) -> list[Definition]:
        return list(self._by_field.values())

    def of_source(self, source: str) -> list[Definition]:
        return [item for item in self._by_field.values() if item.source == source]


def weight(found: Registry, *_: int) -> int:
    """Bytes, rather too many."""
    return 4_000 + sum(1_000 + getsizeof(item.key) + getsizeof(item.label) for item in found.all())


@bounded(48 << 20, weight)
def registry(project_id: int, version: int) -> Registry:
    """The registry as of `version`, or newer. Callers pass the version that they read with their data."""
    rows = Attribute.objects.filter(project_id=project_id).values_list(
        "id", "source", "key", "type", "name", "sensitive", "archived", "converting_id"
    )
    return Registry(
        Definition(pk, source, key, kind, name or key, sensitive, archived, converting is not None)
        for pk, source, key, kind, name, sensitive, archived, converting in rows
    )


def registry_of(project: Project) -> Registry:
    """The registry as it is now: one query for the version, none more while it stays."""
    version = Project.objects.filter(pk=project.pk).values_list("version", flat=True).get()
    return registry(project.pk, version)


def create_natives(project: Project) -> None:
    Attribute.objects.bulk_create(
        Attribute(project=project, source=NATIVE, key=native.key, type=native.type, name=native.name,
                  description=native.description)
        for native in NATIVES
    )  # fmt: skip


def bump_version(project_id: int) -> None:
    """Tell every process that rules, registry or settings changed. Call it in the transaction of the change."""
    Project.objects.filter(pk=project_id).update(version=F("version") + 1)


def definitions_moved(project: Project, refs: Iterable[str] | None) -> None:
    """Say that what rules stand on changed, in the transaction of the change: these refs, or None for all."""
    bump_version(project.pk)
    definitions_changed.send(
        Project, project=project, refs=None if refs is None else frozenset(refs), created=frozenset()
    )


def definitions_made(project: Project, fields: Iterable[str]) -> None:
    """Say that these FIELDs are new, in the transaction that defines them."""
    bump_version(project.pk)
    definitions_changed.send(Project, project=project, refs=frozenset(), created=frozenset(fields))


def check_key(key: Any) -> str:
    """The key as stored, or Misfit: 1 to 100 characters, trimmed, no control characters, nothing reserved."""
    if not isinstance(key, str):
        raise Misfit("The key is not a text. Keys are texts such as plan.")
    # What is kept of other people's texts is bounded before it is kept: blanks around a key may be many.
    return check_key_text(key) if len(key) <= LONGEST_KEY else check_key_text.__wrapped__(key)


@lru_cache(maxsize=4096)
def check_key_text(key: str) -> str:
    kept = unpadded(key)
    if not kept:
        raise Misfit("The key is empty. Name the attribute, for example plan.")
    if len(kept) > LONGEST_KEY:
        raise Misfit(f"The key has {len(kept):,} characters; {LONGEST_KEY} is the most. Choose a shorter one.")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in kept):
        raise Misfit("The key has a control character or half a surrogate pair. Remove it.")
    if kept.startswith("native."):
        field = kept.removeprefix("native.")
        raise Misfit(f"The key names a native attribute. Send {field} beside attributes, or choose another key.")
    if kept.startswith("$"):
        raise Misfit("The key begins with $, which is reserved for operations. Choose another key.")
    return kept


@dataclass(frozen=True, slots=True)
class NewKey:
    source: str
    key: str
    type: str


def create_missing(
    project: Project, keys: Sequence[NewKey], *, public: bool, now: datetime
) -> dict[tuple[str, str], str]:
    """Define what is not there yet, by key in one order for all callers; returns why for those that may not be.

    The project's row is locked for the moment that counting and inserting take, so limits hold under any load.
    """
    refused: dict[tuple[str, str], str] = {}
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        there = set(Attribute.objects.filter(project=project).exclude(source=NATIVE).values_list("source", "key"))
        by_public = Attribute.objects.filter(project=project, created_by_public=True).count()
        new = []
        for item in sorted(set(keys), key=lambda item: (item.source, item.key)):
            if (item.source, item.key) in there:
                continue
            if len(there) >= locked.attribute_limit:
                refused[item.source, item.key] = limit_reason(locked.attribute_limit, "this project")
            elif public and by_public >= locked.public_attribute_limit:
                refused[item.source, item.key] = limit_reason(locked.public_attribute_limit, "calls without a key")
            else:
                there.add((item.source, item.key))
                by_public += public
                new.append(Attribute(project=project, source=item.source, key=item.key, type=item.type,
                                     created=now, created_by_public=public))  # fmt: skip
        if new:
            Attribute.objects.bulk_create(new)
            definitions_made(project, [item.field for item in new])
    return refused


def limit_reason(limit: int, whose: str) -> str:
    return (
        f"This would be a new attribute, but {whose} may define {limit:,} at most. "
        "Use an existing key, or ask an admin to define it."
    )


_noted = Minutes()


def note_received(attribute_ids: Iterable[int], now: datetime) -> None:
    """Move "last received", at most once a minute for each attribute and process, outside any transaction."""
    if due := _noted.due(attribute_ids, int(now.timestamp()) // 60):
        with beside_the_call():
            Attribute.objects.filter(pk__in=due).exclude(last_received__gte=now).update(last_received=now)


@with_retries
def define(
    project: Project, *, source: str = CUSTOM, key: Any, type_name: str, now: datetime, **fields: Any
) -> Attribute:
    """Define an attribute by hand or API. Raises Misfit for a bad key, AlreadyDefined when it exists."""
    key = check_key(key)
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        mine = Attribute.objects.filter(project=project)
        if mine.filter(source=source, key=key).exists():
            raise AlreadyDefined(f"{source}.{key} is defined already.")
        if mine.exclude(source=NATIVE).count() >= locked.attribute_limit:
            raise Misfit(limit_reason(locked.attribute_limit, "this project"))
        made = Attribute.objects.create(project=project, source=source, key=key, type=type_name, created=now, **fields)
        definitions_made(project, [made.field])
    return made
