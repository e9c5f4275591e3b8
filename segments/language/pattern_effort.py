"""What a pattern costs PostgreSQL to prepare, which gives up on some ("regular expression is too complex").

It writes a pattern out as states for characters and arcs between them, one arc for every character that tells
classes apart and for every way to get from one to the next through what takes no character: each `\\b`, `^` and `$`
that may stand in between doubles the ways. `effort` counts these arcs as PostgreSQL would make them. Below LIMIT it
took no longer than a second and a half for any of some thousands of patterns drawn at random; it gave up on few below
ten times as much.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from segments.language.pattern_nodes import Assertion, Choice, Letters, Ranges, Repeat, Sequence, parts_of

LIMIT: Final = 500_000
MOST: Final = 10**12  # numbers are cut here
WORD_BOUNDARY: Final = "bB"


@dataclass(frozen=True, slots=True)
class Ways:
    """How many ways lead through a part without a character (`free`: one of them without a condition), from its
    beginning to a character, from a character to its end, and from one character to another."""

    free: bool
    conditional: int
    head: int
    tail: int
    inner: int

    @property
    def through(self) -> int:
        return self.free + self.conditional


NOTHING: Final = Ways(True, 0, 0, 0, 0)


def effort(node: Any) -> int:
    whole = ways(node, len(told_apart(node)) + 1)
    return whole.through + whole.head + whole.inner


def told_apart(node: Any) -> set[Ranges | Assertion]:
    """What divides all characters into classes."""
    if isinstance(node, Letters):
        return {*((item,) for item in node.ranges), *node.outside}
    if isinstance(node, Assertion):
        return {Assertion(WORD_BOUNDARY)} if node.sign in WORD_BOUNDARY else set()
    return set[Any]().union(*map(told_apart, parts_of(node)))


def ways(node: Any, classes: int) -> Ways:
    if isinstance(node, Letters):
        one = not node.negated and not node.outside and len(node.ranges) == 1 and node.ranges[0][0] == node.ranges[0][1]
        return Ways(False, 0, 1 if one else classes, 1, 0)
    if isinstance(node, Assertion):
        return Ways(False, classes if node.sign in WORD_BOUNDARY else 1, 0, 0, 0)
    if isinstance(node, Repeat):
        return repeated(node, ways(node.node, classes))
    if isinstance(node, Choice):
        return of_any([ways(branch, classes) for branch in node.branches])
    assert isinstance(node, Sequence)
    whole = NOTHING
    for part in node.nodes:
        whole = after_another(whole, ways(part, classes))
    return whole


def cut(free: bool, *numbers: int) -> Ways:
    return Ways(free, *(min(number, MOST) for number in numbers))


def after_another(first: Ways, then: Ways) -> Ways:
    free = first.free and then.free
    return cut(
        free, first.through * then.through - free, first.head + first.through * then.head,
        then.tail + first.tail * then.through, first.inner + then.inner + first.tail * then.head,
    )  # fmt: skip


def of_any(branches: list[Ways]) -> Ways:
    return cut(
        any(branch.free for branch in branches),
        *(sum(getattr(branch, name) for branch in branches) for name in ("conditional", "head", "tail", "inner")),
    )


def repeated(node: Repeat, once: Ways) -> Ways:
    whole = NOTHING
    for _ in range(node.least):
        whole = after_another(whole, once)
    if node.most is None:
        return after_another(whole, endless(once))
    rest = NOTHING
    for _ in range(node.most - node.least):
        rest = replace(after_another(once, rest), free=True)
    return after_another(whole, rest)


def endless(once: Ways) -> Ways:
    """A loop that conditions alone can go round is unrolled."""
    rounds = (1 + once.conditional) ** 3
    return cut(
        True, once.conditional * rounds, once.head * rounds, once.tail * rounds,
        once.inner + once.tail * once.head * rounds,
    )  # fmt: skip
