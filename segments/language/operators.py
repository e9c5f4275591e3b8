"""THE operator table: everything about an operator, once.

Validation, SQL, evaluation in memory, explanations, the builder's menus, the sentence, OpenAPI and the help page
read it. To add an operator is to add an entry.

An entry describes the positive condition on a value that is there: `prepare` makes its value ready (folded,
compiled, turned into instants), `test(value, ready)` decides in memory, `sql(read, ready)` in the database. A
negative operator is the opposite of its positive one and also matches absent values, unless `require_value`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any, Final

from segments.language import operands
from segments.language.dates import MILLI, Interval, clock, day_span, operand_span, shifted
from segments.language.operands import Operand
from segments.language.patterns import Pattern
from segments.language.reads import Both, IsNotTrue


@dataclass(frozen=True, slots=True)
class Context:
    """What a value is read against: the project's zone, the clock, the condition's switch for case, and how its
    field folds texts."""

    zone: tzinfo
    now: datetime
    ignore_case: bool = True
    fold: Callable[[str], str] = str.casefold

    def folded(self, value: Any) -> Any:
        return self.fold(value) if self.ignore_case and isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Operator:
    name: str
    type: str
    words: str  # between the attribute and the value: "is not", "is in the last"
    operand: Operand
    prepare: Callable[[Any, Context], Any]
    test: Callable[[Any, Any], bool]
    sql: Callable[[Any, Any], Any]
    negative: bool = False
    negation: str = ""  # the operator that decides the opposite of present values, if there is one
    by_clock: bool = False  # what it says changes as time passes
    cased: bool = False  # takes case_sensitive
    requires: bool = True  # takes require_value, if negative
    menu: str = ""  # what menus call it, where the sentence's words would be another operator's too
    heading: str = ""  # under which menus list it; those of a type that have the same stand together
    tail: str = ""  # words behind the value: "30 days" + "ago"
    folds: bool = True  # is given the folded copy where case is ignored; else it sees to case itself
    cost: int | None = None  # of asking it in SQL, where that is not what its field costs: segments/engines/sql.py:cost


@dataclass(frozen=True, slots=True)
class Cased:
    """A prepared value, the items that it stands for, and whether they ignore case."""

    value: Any
    keys: frozenset[tuple[str, Any]]
    ignore_case: bool


def cased(value: Any, context: Context) -> Cased:
    ready = context.folded(value)
    return Cased(ready, frozenset([item_key(ready)]), context.ignore_case)


def cased_many(values: list[Any], context: Context) -> Cased:
    ready = [context.folded(value) for value in values]
    return Cased(ready, frozenset(map(item_key, ready)), context.ignore_case)


def as_it_is(value: Any, context: Context) -> Any:
    return value


def item_key(item: Any) -> tuple[str, Any]:
    """Equal for equal items: 1 and 1.0 are, 1 and "1" and true are not."""
    return ("boolean" if isinstance(item, bool) else "text" if isinstance(item, str) else "number", item)


class Items(list[Any]):
    """The items of one user's list, whose keys are made once, however many conditions ask for them."""

    @cached_property
    def keys(self) -> frozenset[tuple[str, Any]]:
        return frozenset(map(item_key, self))


def none_of(value: Items, ready: Cased) -> bool:
    return ready.keys.isdisjoint(value.keys)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers as given, and to look one up."""

    value: list[Any]
    known: frozenset[Any]


def numbers(values: list[Any], context: Context) -> Numbers:
    return Numbers(values, frozenset(values))


def span(low: int | None, high: int | None) -> Interval:
    return Interval(low, high)


def on_day(value: str, context: Context) -> Interval:
    return span(*day_span(value, context.zone))


def before(value: str, context: Context) -> Interval:
    return span(None, operand_span(value, context.zone)[0])


def after(value: str, context: Context) -> Interval:
    return span(operand_span(value, context.zone)[1], None)


def between_dates(value: list[str], context: Context) -> Interval:
    return span(operand_span(value[0], context.zone)[0], operand_span(value[1], context.zone)[1])


def in_last(value: dict[str, Any], context: Context) -> Interval:
    return span(shifted(context.now, value, -1, context.zone) + MILLI, clock(context.now) + MILLI)


def in_next(value: dict[str, Any], context: Context) -> Interval:
    return span(clock(context.now), shifted(context.now, value, +1, context.zone))


def long_ago(value: dict[str, Any], context: Context) -> Interval:
    return span(None, shifted(context.now, value, -1, context.zone))


def within(value: int, interval: Interval) -> bool:
    return interval.has(value)


def within_sql(read: Any, interval: Interval) -> Any:
    return read.within(interval)


@dataclass(frozen=True, slots=True)
class Times:
    """How often an event must have happened, and since when."""

    operator: str
    count: int
    interval: Interval


COUNTS: Final[dict[str, Callable[[int, int], bool]]] = {
    "is": lambda count, bound: count == bound, "gt": lambda count, bound: count > bound,
    "gte": lambda count, bound: count >= bound, "lt": lambda count, bound: count < bound,
    "lte": lambda count, bound: count <= bound,
}  # fmt: skip


def times(value: dict[str, Any] | None, context: Context) -> Times:
    count = (value or {}).get("count") or {"operator": "gte", "value": 1}
    within = (value or {}).get("within")
    interval = in_last(within, context) if within else Interval(None, None)
    return Times(count["operator"], count["value"], interval)


def happened(moments: list[int], wanted: Times) -> bool:
    """Once at least, and as often as asked: who never did an event did not do it "fewer than 3 times"."""
    count = sum(1 for moment in moments if wanted.interval.has(moment))
    return count > 0 and COUNTS[wanted.operator](count, wanted.count)


def no_events(read: Any, wanted: Times) -> Any:
    return read.happened(wanted)


def entry(
    type_name: str, name: str, words: str, operand: Operand, *, prepare: Callable[[Any, Context], Any] = as_it_is,
    test: Callable[[Any, Any], bool], sql: Callable[[Any, Any], Any], opposite: tuple[str, str] | None = None,
    by_clock: bool = False, cased: bool = False, requires: bool = True, menu: str = "", heading: str = "", tail: str = "",
    folds: bool = True, cost: int | None = None,
) -> list[Operator]:  # fmt: skip
    """One condition, and its negative operator as (name, words) where there is one."""
    negation = opposite[0] if opposite else ""
    positive = Operator(
        name,
        type_name,
        words,
        operand,
        prepare,
        test,
        sql,
        negation=negation,
        by_clock=by_clock,
        cased=cased,
        menu=menu,
        heading=heading,
        tail=tail,
        folds=folds,
        cost=cost,
    )
    if opposite is None:
        return [positive]
    negative = Operator(
        opposite[0], type_name, opposite[1], operand, prepare, test, sql, negative=True, negation=name,
        by_clock=by_clock, cased=cased, requires=requires, heading=heading, tail=tail,
        folds=folds, cost=cost,
    )  # fmt: skip
    return [positive, negative]


def presence(type_name: str, heading: str = "") -> list[Operator]:
    return entry(
        type_name, "is_set", "has any value", operands.NONE, test=lambda value, _: True,
        sql=lambda read, _: read.present(), opposite=("is_not_set", "has no value"), requires=False,
        heading=heading,
    )  # fmt: skip


STRING: Final = [
    *entry("string", "is", "is", operands.TEXT, prepare=cased, cased=True,
           test=lambda value, ready: value == ready.value,
           sql=lambda read, ready: read.equals(ready.value, ready.ignore_case), opposite=("is_not", "is not")),
    *entry("string", "is_any_of", "is", operands.TEXTS, menu="is any of", prepare=cased_many, cased=True,
           test=lambda value, ready: ("text", value) in ready.keys,
           sql=lambda read, ready: read.any_of(ready.value, ready.ignore_case), opposite=("is_none_of", "is none of")),
    *entry("string", "contains", "contains", operands.NEEDLE, prepare=cased, cased=True,
           test=lambda value, ready: ready.value in value,
           sql=lambda read, ready: read.contains(ready.value, ready.ignore_case),
           opposite=("not_contains", "does not contain")),
    *entry("string", "starts_with", "starts with", operands.NEEDLE, prepare=cased, cased=True,
           test=lambda value, ready: value.startswith(ready.value),
           sql=lambda read, ready: read.starts_with(ready.value, ready.ignore_case),
           opposite=("not_starts_with", "does not start with")),
    *entry("string", "ends_with", "ends with", operands.NEEDLE, prepare=cased, cased=True,
           test=lambda value, ready: value.endswith(ready.value),
           sql=lambda read, ready: read.ends_with(ready.value, ready.ignore_case),
           opposite=("not_ends_with", "does not end with")),
    *entry("string", "matches", "matches the pattern", operands.PATTERN, cased=True, folds=False, cost=4,
           prepare=lambda value, context: Pattern(value, context.ignore_case),
           test=lambda value, pattern: pattern.found_in(value),
           sql=lambda read, pattern: read.matches(pattern),
           opposite=("not_matches", "does not match the pattern")),
    *presence("string"),
]  # fmt: skip

NUMBER: Final = [
    *entry("number", "is", "is", operands.NUMBER, test=lambda value, ready: value == ready,
           sql=lambda read, ready: read.equals(ready), opposite=("is_not", "is not")),
    *entry("number", "is_any_of", "is", operands.NUMBERS, menu="is any of", prepare=numbers,
           test=lambda value, ready: value in ready.known, sql=lambda read, ready: read.any_of(ready.value), opposite=("is_none_of", "is none of")),
    *entry("number", "gt", "is more than", operands.NUMBER, test=lambda value, ready: value > ready,
           sql=lambda read, ready: read.compare(">", ready)),
    *entry("number", "gte", "is at least", operands.NUMBER, test=lambda value, ready: value >= ready,
           sql=lambda read, ready: read.compare(">=", ready)),
    *entry("number", "lt", "is less than", operands.NUMBER, test=lambda value, ready: value < ready,
           sql=lambda read, ready: read.compare("<", ready)),
    *entry("number", "lte", "is at most", operands.NUMBER, test=lambda value, ready: value <= ready,
           sql=lambda read, ready: read.compare("<=", ready)),
    *entry("number", "between", "is between", operands.RANGE,
           test=lambda value, ready: ready[0] <= value <= ready[1],
           sql=lambda read, ready: Both(read.compare(">=", ready[0]), read.compare("<=", ready[1])),
           opposite=("not_between", "is not between")),
    *presence("number"),
]  # fmt: skip

BOOLEAN: Final = [
    *entry("boolean", "is_true", "is true", operands.NONE, test=lambda value, _: value is True,
           sql=lambda read, _: read.equals(True)),
    *entry("boolean", "is_false", "is false", operands.NONE, test=lambda value, _: value is False,
           sql=lambda read, _: read.equals(False)),
    *presence("boolean"),
]  # fmt: skip

DATE: Final = [
    *entry("date", "on", "is on", operands.DATE, prepare=on_day, test=within, sql=within_sql,
           opposite=("not_on", "is not on"), heading="Fixed"),
    *entry("date", "before", "is before", operands.DATE, prepare=before, test=within, sql=within_sql, heading="Fixed"),
    *entry("date", "after", "is after", operands.DATE, prepare=after, test=within, sql=within_sql, heading="Fixed"),
    *entry("date", "between", "is between", operands.DATES, prepare=between_dates, test=within, sql=within_sql,
           opposite=("not_between", "is not between"), heading="Range"),
    *entry("date", "in_last", "is in the last", operands.PERIOD, prepare=in_last, test=within, sql=within_sql,
           opposite=("not_in_last", "is not in the last"), by_clock=True, heading="Relative"),
    *entry("date", "in_next", "is in the next", operands.PERIOD, prepare=in_next, test=within, sql=within_sql,
           opposite=("not_in_next", "is not in the next"), by_clock=True, heading="Relative"),
    *entry("date", "more_than_ago", "is more than", operands.PERIOD, prepare=long_ago, test=within, sql=within_sql,
           by_clock=True, menu="is longer ago than", heading="Relative", tail="ago"),
    *presence("date", heading="Any"),
]  # fmt: skip

LIST: Final = [
    *entry("list", "includes", "includes", operands.ITEM, prepare=cased, cased=True,
           test=lambda value, ready: not none_of(value, ready),
           sql=lambda read, ready: read.includes(ready.value, ready.ignore_case),
           opposite=("not_includes", "does not include")),
    *entry("list", "includes_any", "includes", operands.ANY_ITEMS, menu="includes any of", prepare=cased_many, cased=True,
           test=lambda value, ready: not none_of(value, ready),
           sql=lambda read, ready: read.includes_any(ready.value, ready.ignore_case),
           opposite=("includes_none", "includes none of")),
    *entry("list", "includes_all", "includes all of", operands.ALL_ITEMS, prepare=cased_many, cased=True,
           test=lambda value, ready: ready.keys <= value.keys,
           sql=lambda read, ready: read.includes_all(ready.value, ready.ignore_case)),
    *entry("list", "is_empty", "is empty", operands.NONE, test=lambda value, _: not value,
           sql=lambda read, _: read.is_empty()),
    *entry("list", "is_not_empty", "is not empty", operands.NONE, test=lambda value, _: bool(value),
           sql=lambda read, _: Both(read.present(), IsNotTrue(read.is_empty()))),
    *presence("list"),
]  # fmt: skip

SEGMENT: Final = [
    *entry("segment", "is_in", "is in", operands.SEGMENT, cost=5, test=lambda inside, _: inside,
           sql=lambda read, _: read.inside(), opposite=("is_not_in", "is not in"), requires=False),
    *entry("segment", "is_in_for", "has been in", operands.STAY, cost=5, by_clock=True,
           prepare=lambda value, context: Interval(None, shifted(context.now, value, -1, context.zone) + MILLI),
           test=lambda since, interval: since is not None and interval.has(since),
           sql=lambda read, interval: read.inside_since(interval)),
]  # fmt: skip

EVENT: Final = [
    *entry("event", "did", "was done", operands.EVENT, cost=0, prepare=times, test=happened, sql=no_events,
           opposite=("did_not", "was not done"), requires=False),
]  # fmt: skip

TYPES: Final[dict[str, list[Operator]]] = {
    "string": STRING, "number": NUMBER, "boolean": BOOLEAN, "date": DATE, "list": LIST, "segment": SEGMENT,
    "event": EVENT,
}  # fmt: skip
OPERATORS: Final[dict[tuple[str, str], Operator]] = {
    (operator.type, operator.name): operator for listed in TYPES.values() for operator in listed
}


def operator(type_name: str, name: str) -> Operator | None:
    return OPERATORS.get((type_name, name))


def by_clock(value: Any, found: Operator) -> bool:
    """Whether the condition's verdict can change without a write."""
    return found.by_clock or (found.type == "event" and bool(value and value.get("within")))


def names(operators: Iterable[Operator]) -> str:
    return ", ".join(item.name for item in operators)
