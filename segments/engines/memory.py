"""Rules decided in memory, for one user: what identify, explanations and `evaluate` use.

A rule becomes a tree of small functions once, and is called for many users. It must agree with sql.py beside it for
every rule and value, which is tested by property on both databases.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Protocol

from segments.language.dates import to_micros
from segments.language.fields import EVENT, GROUP, SEGMENT, TAGS, Field
from segments.language.operators import Context, Items
from segments.language.rules import Condition, Group, is_by_clock
from segments.types.base import RuleType
from segments.types.table import TYPES

type Verdict = Callable[["Person", datetime], bool]
type Getter = Callable[["Person"], Any]


class Person(Protocol):
    """A user as rules see one. Values are stored forms; instants are datetimes or stored text."""

    @property
    def memo(self) -> dict[Any, Any]:
        """What was made of the person's values for one condition, for the others."""

    @property
    def attributes(self) -> Mapping[str, Any]: ...

    @property
    def folded(self) -> Mapping[str, Any]: ...

    def native(self, key: str) -> Any: ...

    def tag_names(self) -> Sequence[str]: ...

    def in_static(self, segment: int) -> bool: ...

    def since(self, segment: int) -> datetime | None:
        """When the user entered the segment, as stored; None if not in it."""

    def events(self, name: str) -> list[datetime]: ...

    def group_values(self, key: str) -> list[Any]: ...


@dataclass(slots=True)
class GivenPerson:
    """A user given in a call, in stored forms by ref."""

    attributes: dict[str, Any] = field(default_factory=dict)
    folded: dict[str, Any] = field(default_factory=dict)
    natives: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    segments: frozenset[int] = frozenset()
    entered: dict[int, datetime] = field(default_factory=dict)
    happened: dict[str, list[datetime]] = field(default_factory=dict)
    groups: list[dict[str, Any]] = field(default_factory=list)
    memo: dict[Any, Any] = field(default_factory=dict)

    def native(self, key: str) -> Any:
        return self.natives.get(key)

    def tag_names(self) -> Sequence[str]:
        return self.tags

    def in_static(self, segment: int) -> bool:
        return segment in self.segments

    def since(self, segment: int) -> datetime | None:
        return self.entered.get(segment)

    def events(self, name: str) -> list[datetime]:
        return self.happened.get(name, [])

    def group_values(self, key: str) -> list[Any]:
        return [group[key] for group in self.groups if group.get(key) is not None]


def matcher(node: Group | Condition, zone: tzinfo) -> Verdict:
    """The rule as a function of a user and the clock."""
    if isinstance(node, Condition):
        return of_condition(node, zone)
    # The clock last: what the others decide need not be asked of it, and most do not change their minds by it.
    parts = [matcher(part, zone) for part in sorted(node.rules, key=is_by_clock)]
    whole = parts[0] if len(parts) == 1 else every(parts) if node.combinator == "and" else some(parts)
    return (lambda person, now: not whole(person, now)) if node.negated else whole


def every(parts: list[Verdict]) -> Verdict:
    def holds(person: "Person", now: datetime) -> bool:
        for part in parts:  # noqa: SIM110  a loop takes half as long as all() over a generator
            if not part(person, now):
                return False
        return True

    return holds


def some(parts: list[Verdict]) -> Verdict:
    def holds(person: "Person", now: datetime) -> bool:
        for part in parts:  # noqa: SIM110
            if part(person, now):
                return True
        return False

    return holds


def of_condition(condition: Condition, zone: tzinfo, inside: Verdict | None = None) -> Verdict:
    """`inside` decides the rule of the segment that it names, where that was decided before."""
    if condition.field.kind == SEGMENT:
        holds = in_segment(condition, zone, inside)
    elif condition.field.kind == GROUP:
        holds = in_groups(condition, zone)
    else:
        holds = on_value(condition, zone)
    if not condition.operator.negative:
        return holds
    if not condition.require_value:
        return lambda person, now: not holds(person, now)
    present = value_getter(condition.field, zone, True)
    return lambda person, now: present(person) is not None and not holds(person, now)


def ready_at(condition: Condition, zone: tzinfo) -> Callable[[datetime], Any]:
    """The operator's value, made ready once; for those that go by the clock, once for each moment asked about."""
    prepare, value, ignore_case = condition.operator.prepare, condition.value, condition.ignore_case
    fold = condition.field.fold
    if not condition.by_clock:
        ready = prepare(value, Context(zone, datetime.min, ignore_case, fold))
        return lambda now: ready
    last: list[Any] = [None, None]

    def at(now: datetime) -> Any:
        kept, made = last
        if kept is not now:
            made = prepare(value, Context(zone, now, ignore_case, fold))
            last[:] = [now, made]
        return made

    return at


def on_value(condition: Condition, zone: tzinfo) -> Verdict:
    test = condition.operator.test
    get = value_getter(condition.field, zone, condition.ignore_case and condition.operator.folds)
    if not condition.by_clock:
        ready = ready_at(condition, zone)(datetime.min)

        def holds(person: "Person", now: datetime) -> bool:
            value = get(person)
            return value is not None and test(value, ready)

        return holds
    at = ready_at(condition, zone)

    def holds_now(person: "Person", now: datetime) -> bool:
        value = get(person)
        return value is not None and test(value, at(now))

    return holds_now


def in_segment(condition: Condition, zone: tzinfo, inside: Verdict | None) -> Verdict:
    """A dynamic segment's rule is part of this one; a static one's list is read."""
    target = condition.target
    assert target is not None
    pk = target.id
    if inside is None:
        inside = matcher(target.rule, zone) if target.rule else lambda person, now: person.in_static(pk)
    decided = inside
    if condition.operator.name != "is_in_for":
        return decided
    at, test = ready_at(condition, zone), condition.operator.test

    def for_long(person: "Person", now: datetime) -> bool:
        since = person.since(pk)
        return since is not None and test(to_micros(since), at(now)) and decided(person, now)

    return for_long


def in_groups(condition: Condition, zone: tzinfo) -> Verdict:
    """Holds if one of the user's groups has it."""
    test, at = condition.operator.test, ready_at(condition, zone)
    get = group_getter(condition.field, zone, condition.ignore_case and condition.operator.folds)
    return lambda person, now: any(test(value, at(now)) for value in get(person))


def value_getter(item: Field, zone: tzinfo, folds: bool) -> Getter:
    """The value in the form that the type's tests take; None when absent. `folds`: texts by their folded copy."""
    if item.kind == EVENT:
        name = item.key
        return once(("event", name), lambda person: [to_micros(moment) for moment in person.events(name)])
    if item.kind == GROUP:
        many = group_getter(item, zone, folds)
        return lambda person: many(person) or None
    kind = TYPES[item.type]
    folds = folds and kind.kind.is_folded
    get = native_getter(item, kind, zone, folds) if item.native else document_getter(item, kind, zone, folds)
    return once((item.ref, folds, item.guarded), get) if kind.is_kept else get


def once(key: Any, get: Getter) -> Getter:
    """The getter, asked once for each person."""

    def remembered(person: "Person") -> Any:
        memo = person.memo
        if key not in memo:
            memo[key] = get(person)
        return memo[key]

    return remembered


def document_getter(item: Field, kind: type[RuleType], zone: tzinfo, folds: bool) -> Getter:
    ref, ready = item.ref, kind.ready
    if item.guarded:
        return lambda person: guarded(person.attributes.get(ref), kind, zone, folds)
    if ready is None:
        if folds:
            return lambda person: person.folded.get(ref)
        return lambda person: person.attributes.get(ref)
    if folds:
        return lambda person: None if (copy := person.folded.get(ref)) is None else ready(copy, zone)
    return lambda person: None if (stored := person.attributes.get(ref)) is None else ready(stored, zone)


def guarded(value: Any, kind: type[RuleType], zone: tzinfo, folds: bool) -> Any:
    """A value while its attribute's type changes: None for a leftover of another type."""
    if value is None or not kind.kind.holds(value):
        return None
    if folds:
        value = kind.kind.fold(value)
    return value if kind.ready is None else kind.ready(value, zone)


def native_getter(item: Field, kind: type[RuleType], zone: tzinfo, folds: bool) -> Getter:
    key, fold = item.key, item.fold
    if key == TAGS:
        if folds:
            return lambda person: Items([fold(name) for name in person.tag_names()])
        return lambda person: Items(person.tag_names())
    if folds:
        return lambda person: None if (text := person.native(key)) is None else fold(text)
    ready = kind.ready_column
    if ready is None:
        return lambda person: person.native(key)
    return lambda person: None if (value := person.native(key)) is None else ready(value, zone)


def group_getter(item: Field, zone: tzinfo, folds: bool) -> Callable[["Person"], list[Any]]:
    key, kind = item.key, TYPES[item.type]
    ready, fold = kind.ready, kind.kind.fold
    folds = folds and kind.kind.is_folded

    def values(person: "Person") -> list[Any]:
        found = person.group_values(key)
        copies = map(fold, found) if folds else found
        return list(copies) if ready is None else [ready(value, zone) for value in copies]

    return once((GROUP, key, folds), values)
