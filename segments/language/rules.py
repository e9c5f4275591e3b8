"""Rules: from JSON to a checked tree and back. Every mistake is found at once, each with its path.

group     = {"combinator": "and" | "or", "not": false, "rules": [group | condition, ...]}
condition = {"field", "operator", "value", "case_sensitive": false, "require_value": false}

The group shape is react-querybuilder's, whose `id` is dropped. A value or switch that an operator has no use for
is dropped too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Final, Protocol

from segments.language import operators
from segments.language.budget import too_dear
from segments.language.fields import SEGMENT, Field
from segments.language.operands import Wrong
from segments.language.operators import Operator
from users.types.fitting import shown

DEEPEST: Final = 10  # groups in groups, the top one counted
MOST_CONDITIONS: Final = 200
MOST_IN_ALL: Final = 1000  # conditions, those of the segments in it too, once for every mention
DEEPEST_SEGMENTS: Final = 5
MOST_ERRORS: Final = 50
GROUP_MEMBERS: Final = ("combinator", "not", "rules", "id")
CONDITION_MEMBERS: Final = ("field", "operator", "value", "case_sensitive", "require_value", "id")


class RuleErrors(Exception):
    """A rule that cannot be used: `errors` = [{"path": "rules[0].value", "message": ...}], in order."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{error['path']}: {error['message']}" for error in errors[:3]))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Target:
    """The segment that a condition names. Where there is no rule, its list is read.

    `size` are the conditions that it stands for, `height` how many segments are in each other below it, itself too.
    """

    id: int
    name: str
    rule: "Group | None"
    static: bool = False
    size: int = 0
    height: int = 1


@dataclass(frozen=True, slots=True)
class Condition:
    field: Field
    operator: Operator
    value: Any
    case_sensitive: bool = False
    require_value: bool = False
    path: str = ""
    target: Target | None = None

    @property
    def by_clock(self) -> bool:
        return operators.by_clock(self.value, self.operator)

    @property
    def ignore_case(self) -> bool:
        return self.field.ignores_case(self.case_sensitive)


@dataclass(frozen=True, slots=True)
class Group:
    combinator: str
    negated: bool
    rules: "tuple[Group | Condition, ...]"
    path: str = ""


class Scope(Protocol):
    """What a rule may name. `field` answers None or a reason in words where there is no such field."""

    @property
    def zone(self) -> tzinfo: ...

    def field(self, name: str) -> Field | str: ...

    def segment(self, pk: int) -> "SegmentSource | None": ...


@dataclass(frozen=True, slots=True)
class SegmentSource:
    """A segment as rules see it; `rule` is its JSON, None where its list is read."""

    id: int
    name: str
    rule: Any
    static: bool = False


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a segment cannot be part of a rule: `names` lead from it to the one that is at fault."""

    names: tuple[str, ...]
    reason: str
    by_depth: bool = False  # of where it is named: elsewhere it may be of use

    def __str__(self) -> str:
        first, *others = reversed(self.names)
        chain = f", part of {', part of '.join(others)}," if others else ""
        return f"The segment {first}{chain} cannot be used: {self.reason}"


class Targets:
    """The segments that rules name, each read once however often it is named."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.known: dict[int, Target | Unusable] = {}
        self.open: list[int] = []  # those being read now, each part of the one before

    def target(self, source: SegmentSource) -> Target | Unusable:
        if source.rule is None:
            return Target(source.id, source.name, None, source.static)
        if source.id not in self.known:
            found = self.read(source)
            if isinstance(found, Unusable) and found.by_depth:
                return found
            self.known[source.id] = found
        return self.known[source.id]

    def read(self, source: SegmentSource) -> Target | Unusable:
        reader = Reader(self.scope, self)
        try:
            rule = reader.read(source.rule, source.id)
        except RuleErrors as broken:
            inner = reader.unusable or Unusable((), broken.errors[0]["message"])
            return Unusable((source.name, *inner.names), inner.reason, inner.by_depth)
        return Target(source.id, source.name, rule, False, reader.size, reader.height + 1)


def parse(raw: Any, scope: Scope, within: tuple[int, ...] = (), targets: Targets | None = None) -> Group:
    """The checked tree. Raises RuleErrors. `within` is the segment whose rule it is, if it is one's.

    Whoever reads many rules of one scope gives the same `targets` with each.
    """
    return Reader(scope, targets or Targets(scope)).read(raw, *within)


class Reader:
    """Reads one rule; afterwards `size` and `height` are as in Target, without the rule's own segment."""

    def __init__(self, scope: Scope, targets: Targets) -> None:
        self.scope, self.targets = scope, targets
        self.errors: list[dict[str, str]] = []
        self.size = self.height = 0
        self.unusable: Unusable | None = None  # if that is the first error

    def read(self, raw: Any, *within: int) -> Group:
        self.targets.open += within
        try:
            return self.rule(raw)
        finally:
            del self.targets.open[len(self.targets.open) - len(within) :]

    def rule(self, raw: Any) -> Group:
        if not isinstance(raw, dict) or "rules" not in raw:
            message = (
                'A rule is a group: {"combinator": "and", "rules": [{"field": ..., "operator": ..., "value": ...}]}.'
            )
            raise RuleErrors([{"path": "rule" if not isinstance(raw, dict) else "rules", "message": message}])
        if (count := conditions_in(raw)) > MOST_CONDITIONS:
            message = (
                f"The rule has {count:,} conditions; {MOST_CONDITIONS} is the most. Use lists of values, or segments."
            )
            raise RuleErrors([{"path": "rules", "message": message}])
        self.size = count
        group = self.group(raw, "", 1)
        if self.errors:
            raise RuleErrors(self.errors[:MOST_ERRORS])
        assert group is not None
        dear = too_dear([(own, list(conditions(own))) for own in own_conditions(group)])
        if dear:
            raise RuleErrors([{"path": dear[0], "message": dear[1]}])
        return group

    def wrong(self, path: str, message: str) -> None:
        self.errors.append({"path": path, "message": message})

    def node(self, raw: Any, path: str, depth: int) -> Group | Condition | None:
        if not isinstance(raw, dict):
            self.wrong(path, f"{shown(raw)} is neither a group nor a condition. Give an object.")
            return None
        if "rules" in raw or "combinator" in raw:
            return self.group(raw, path, depth)
        return self.condition(raw, path)

    def group(self, raw: dict[str, Any], path: str, depth: int) -> Group | None:
        before = len(self.errors)
        if depth > DEEPEST:
            self.wrong(path, f"Groups nest {DEEPEST} deep at most. Move this one up, or make a segment of it.")
            return None
        self.unknown(raw, GROUP_MEMBERS, path, "A group has combinator, not and rules.")
        combinator = raw.get("combinator")
        if combinator not in ("and", "or") or not isinstance(combinator, str):
            self.wrong(join(path, "combinator"), f'{shown(combinator)} does not combine. Give "and" or "or".')
        negated = self.switch(raw, "not", path)
        rules = raw.get("rules")
        nodes: list[Any] = []
        if not isinstance(rules, list):
            self.wrong(join(path, "rules"), f"{shown(rules)} is not a list of groups and conditions.")
        elif not rules:
            self.wrong(join(path, "rules"), "The group is empty. Add a condition or remove the group.")
        else:
            nodes = [self.node(item, f"{join(path, 'rules')}[{at}]", depth + 1) for at, item in enumerate(rules)]
        if len(self.errors) > before:
            return None
        return Group(str(combinator), negated, tuple(nodes), path)

    def condition(self, raw: dict[str, Any], path: str) -> Condition | None:
        before = len(self.errors)
        self.unknown(
            raw, CONDITION_MEMBERS, path, "A condition has field, operator, value, case_sensitive and require_value."
        )
        field = self.field(raw, path)
        if field is None:
            return None
        operator = self.operator(raw, field, path)
        if operator is None:
            return None
        case_sensitive = self.switch(raw, "case_sensitive", path) if operator.cased else False
        require_value = self.switch(raw, "require_value", path)
        if require_value and operator.name == "is_not_set":
            self.wrong(
                join(path, "require_value"),
                "is_not_set asks for users without a value; require_value would leave nobody.",
            )
        require_value = require_value and operator.negative and operator.requires
        value = self.value(raw, operator, path)
        if len(self.errors) > before:
            return None
        condition = Condition(field, operator, value, case_sensitive, require_value, path)
        return self.with_target(condition) if field.kind == SEGMENT else condition

    def unknown(self, raw: dict[str, Any], known: tuple[str, ...], path: str, hint: str) -> None:
        for name in raw:
            if name not in known:
                self.wrong(join(path, str(name)[:60]), f"There is no member {str(name)[:60]!r} here. {hint}")

    def switch(self, raw: dict[str, Any], name: str, path: str) -> bool:
        value = raw.get(name, False)
        if not isinstance(value, bool):
            self.wrong(join(path, name), f"{shown(value)} is neither true nor false.")
            return False
        return value

    def field(self, raw: dict[str, Any], path: str) -> Field | None:
        name = raw.get("field")
        if not isinstance(name, str) or not name:
            self.wrong(join(path, "field"), f'{shown(name)} names no field. Give one such as "custom.plan".')
            return None
        found = self.scope.field(name)
        if isinstance(found, str):
            self.wrong(join(path, "field"), found)
            return None
        return found

    def operator(self, raw: dict[str, Any], field: Field, path: str) -> Operator | None:
        name = raw.get("operator")
        found = operators.operator(field.type, name) if isinstance(name, str) else None
        if found is None:
            possible = operators.names(operators.TYPES[field.type])
            what = f"{field.name} is a {field.type}" if field.kind != SEGMENT else "A segment"
            self.wrong(
                join(path, "operator"), f"There is no operator {shown(name)} for it: {what}, which takes {possible}."
            )
        return found

    def value(self, raw: dict[str, Any], operator: Operator, path: str) -> Any:
        operand = operator.operand
        if operand.name == "none":
            return None
        if "value" not in raw and operand.name != "event":
            self.wrong(join(path, "value"), f"{operator.name} needs a value, such as {shown(operand.example)}.")
            return None
        try:
            value = operand.check(raw.get("value"))
            if operand.check_in_zone:
                operand.check_in_zone(value, self.scope.zone)
        except Wrong as wrong:
            self.wrong(f"{join(path, 'value')}{wrong.at}", wrong.message)
            return None
        return value

    def with_target(self, condition: Condition) -> Condition | None:
        pk = condition.value["segment"] if isinstance(condition.value, dict) else condition.value
        path = join(condition.path, "value" + (".segment" if isinstance(condition.value, dict) else ""))
        source = self.scope.segment(pk)
        if source is None:
            self.wrong(path, f"There is no segment {pk} in this project.")
            return None
        if pk in self.targets.open:
            self.wrong(path, f"The segment would contain itself: {source.name} is part of its own rule.")
            return None
        deep = f"Segments nest {DEEPEST_SEGMENTS} deep at most, and {source.name} would be deeper. Write out its rule here."
        if len(self.targets.open) > DEEPEST_SEGMENTS:
            self.unusable = self.unusable if self.errors else Unusable((), deep, True)
            self.wrong(path, deep)
            return None
        found = self.targets.target(source)
        if isinstance(found, Unusable):
            self.unusable = self.unusable if self.errors else found
            self.wrong(path, str(found))
            return None
        if found.height > DEEPEST_SEGMENTS:
            self.wrong(path, deep)
            return None
        self.height, self.size = max(self.height, found.height), self.size + found.size
        if self.size > MOST_IN_ALL:
            self.wrong(
                path,
                f"With {source.name}, which stands for {found.size:,} conditions, the rule has {self.size:,}; "
                f"{MOST_IN_ALL:,} is the most. Name fewer segments, or name each once.",
            )
            return None
        return replace(condition, target=found)


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def conditions_in(raw: Any) -> int:
    """How many objects without `rules` there are, counted without recursion: nesting may be absurd."""
    count, stack = 0, [raw]
    while stack and count <= 1_000_000:
        node = stack.pop()
        if isinstance(node, dict) and isinstance(node.get("rules"), list):
            stack += node["rules"]
        else:
            count += 1
    return count


def conditions(node: Group | Condition) -> Iterator[Condition]:
    """All conditions, those of inlined segments too."""
    if isinstance(node, Group):
        for part in node.rules:
            yield from conditions(part)
        return
    yield node
    if node.target and node.target.rule:
        yield from conditions(node.target.rule)


def own_conditions(node: Group | Condition) -> Iterator[Condition]:
    """Those written in the rule itself."""
    if isinstance(node, Condition):
        yield node
        return
    for part in node.rules:
        yield from own_conditions(part)


def to_json(node: Group | Condition) -> dict[str, Any]:
    """The rule as it is kept and shown: nothing that makes no difference."""
    if isinstance(node, Group):
        rules = [to_json(part) for part in node.rules]
        return {"combinator": node.combinator, **({"not": True} if node.negated else {}), "rules": rules}
    made: dict[str, Any] = {"field": node.field.name, "operator": node.operator.name}
    if node.operator.operand.name != "none" and not (node.operator.operand.name == "event" and node.value is None):
        made["value"] = node.value
    if node.case_sensitive:
        made["case_sensitive"] = True
    if node.require_value:
        made["require_value"] = True
    return made


def fields_of(node: Group | Condition) -> set[str]:
    """Refs of the attributes that the rule reads, inlined segments included."""
    return {condition.field.ref for condition in conditions(node) if condition.field.ref}


def segments_of(node: Group | Condition) -> set[int]:
    return {condition.target.id for condition in conditions(node) if condition.target}


def is_by_clock(node: Group | Condition) -> bool:
    return any(condition.by_clock for condition in conditions(node))
