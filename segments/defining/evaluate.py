"""`evaluate`: a rule decided for a user given in the call, without storing anything."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from segments.defining.edit import one_error
from segments.engines.memory import GivenPerson
from segments.language.fields import (
    ATTRIBUTE,
    EVENT,
    GROUP,
    SEGMENT,
    Field,
    attribute_field,
    event_field,
    group_field,
    segment_field,
    split,
)
from segments.language.rules import SegmentSource
from segments.language.scope import no_such_field, segment_sources
from users.extend import sources
from users.models import NATIVE, Project
from users.registry.attributes import NATIVE_BY_KEY, Registry, registry_of
from users.types.date import stored_date
from users.types.fitting import Misfit, shown
from users.types.table import TYPES, folded, infer

MEMBERS: Final = ("segments", "groups", "events")


class CallScope:
    """Fields are the registry's, else of the type of the value in the call, else unknown."""

    def __init__(self, project: Project, user: Mapping[str, Any]) -> None:
        self.zone = ZoneInfo(project.time_zone)
        self.registry: Registry = registry_of(project)
        self.sources: dict[int, SegmentSource] = segment_sources(project.pk)
        self.user = user

    def field(self, name: str) -> Field | str:
        source, key = split(name)
        if name == SEGMENT:
            return segment_field()
        if source == EVENT and key:
            return event_field(name)
        if source == GROUP and key:
            type_name = self.group_type(key)
            return (
                group_field(name, type_name)
                if type_name
                else f"No group in the call has {key!r}, so its type is unknown."
            )
        known = attribute_field(self.registry, name)
        if known:
            return known
        given = self.user.get(source)
        if source in sources.all() and source != NATIVE and isinstance(given, dict) and given.get(key) is not None:
            try:
                return Field(name, ATTRIBUTE, infer(given[key]), key, source, key, f"given:{name}")
            except Misfit as misfit:
                return misfit.reason
        return no_such_field(name, self.registry)

    def group_type(self, key: str) -> str | None:
        for group in self.user.get("groups") or []:
            value = (group.get("traits") or {}).get(key)
            if value is not None:
                try:
                    return infer(value)
                except Misfit:
                    continue
        return None

    def segment(self, pk: int) -> SegmentSource | None:
        """Where the call says which segments the user is in, that decides; else rules of other segments do."""
        found = self.sources.get(pk)
        if found is not None and self.user.get("segments") is not None:
            return SegmentSource(found.id, found.name, None, found.static)
        return found


def check_user(raw: Any) -> dict[str, Any]:
    """The shape of `user`. Raises BadSegment."""
    if not isinstance(raw, dict):
        raise one_error("user", f'{shown(raw)} is no user. Give {{"native": {{}}, "custom": {{"plan": "Pro"}}}}.')
    for name, part in raw.items():
        if name in MEMBERS:
            if part is not None and not isinstance(part, list):
                raise one_error(f"user.{name}", f"user.{name} takes a list.")
        elif name not in sources.all():
            raise one_error(
                f"user.{name}"[:80],
                f"There is no member {name[:60]!r}. Members are {', '.join([*sources.all(), *MEMBERS])}.",
            )
        elif part is not None and not isinstance(part, dict):
            raise one_error(f"user.{name}", f"user.{name} takes an object of keys and values.")
    for key in raw.get(NATIVE) or {}:
        if key not in NATIVE_BY_KEY:
            raise one_error(
                f"user.native.{key}"[:80],
                f"There is no native attribute {key[:60]!r}. They are {', '.join(NATIVE_BY_KEY)}.",
            )
    return raw


def fitting(type_name: str, value: Any) -> Any:
    """The value in stored form; None for one that does not fit, which counts as absent."""
    if value is None:
        return None
    try:
        return TYPES[type_name].coerce(value)
    except Misfit:
        return None


def person_of(scope: CallScope) -> GivenPerson:
    """The user of the call. Raises BadSegment for segments, groups and events that make no sense."""
    user, person = scope.user, GivenPerson()
    for source, part in user.items():
        if source in MEMBERS or not isinstance(part, dict):
            continue
        for key, value in part.items():
            set_given_value(scope, person, source, key, value)
    person.natives["sessions"] = person.natives.get("sessions") or 0
    person.segments = frozenset(check_segments(scope, user.get("segments") or []))
    person.groups = [group_traits(scope, at, group) for at, group in enumerate(user.get("groups") or [])]
    for at, event in enumerate(user.get("events") or []):
        name, moment = check_event(at, event)
        person.happened.setdefault(name, []).append(moment)
    return person


def set_given_value(scope: CallScope, person: GivenPerson, source: str, key: str, value: Any) -> None:
    if source == NATIVE and key == "tags":
        tags = fitting("list", value) or []
        person.tags = [tag for tag in tags if isinstance(tag, str)]
        return
    name = f"{source}.{key}"
    found = scope.field(name) if source != NATIVE or key in NATIVE_BY_KEY else None
    if not isinstance(found, Field):
        return
    stored = fitting(found.type, value)
    if stored is None:
        return
    if source == NATIVE:
        person.natives[key] = stored
        return
    person.attributes[found.ref] = stored
    copy = folded(found.type, stored)
    if copy is not None:
        person.folded[found.ref] = copy


def check_segments(scope: CallScope, raw: list[Any]) -> list[int]:
    for at, pk in enumerate(raw):
        if not isinstance(pk, int) or isinstance(pk, bool) or pk not in scope.sources:
            raise one_error(f"user.segments[{at}]", f"There is no segment {shown(pk)} in this project.")
    return raw


def group_traits(scope: CallScope, at: int, raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict) or not isinstance(raw.get("traits") or {}, dict):
        raise one_error(f"user.groups[{at}]", 'A group is an object such as {"id": "acme", "traits": {"plan": "Pro"}}.')
    made = {}
    for key, value in (raw.get("traits") or {}).items():
        type_name = scope.group_type(key)
        stored = fitting(type_name, value) if type_name else None
        if stored is not None:
            made[key] = stored
    return made


def check_event(at: int, raw: Any) -> tuple[str, datetime]:
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
        raise one_error(
            f"user.events[{at}]",
            'An event is an object such as {"name": "export", "timestamp": "2024-06-15T10:30:00Z"}.',
        )
    text = raw.get("timestamp")
    if not isinstance(text, str) or stored_date(text) is None:
        raise one_error(f"user.events[{at}].timestamp", f"{shown(text)} is no time. Give 2024-06-15T10:30:00Z.")
    moment = datetime.fromisoformat(text)
    return raw["name"], moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def check_now(raw: Any, default: datetime) -> datetime:
    """`now` of a call: ISO 8601 with an offset."""
    if raw is None:
        return default
    try:
        moment = datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise one_error("now", f"{shown(raw)} is no instant. Give one with an offset, such as 2024-06-15T10:30:00Z.")
    if not 1900 <= moment.year <= 9000:
        raise one_error("now", "now is too far away. Give a year from 1900 to 9000.")
    return moment.astimezone(UTC)
