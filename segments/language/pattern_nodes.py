"""What a pattern is read into, and ranges of code points."""

from dataclasses import dataclass
from typing import Any, Final

LAST: Final = 0x10FFFF

type Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Letters:
    """One character out of `ranges`, or one that none of the classes in `outside` has, as `\\W` in brackets."""

    ranges: Ranges
    negated: bool = False
    outside: tuple[Ranges, ...] = ()


@dataclass(frozen=True, slots=True)
class Assertion:
    sign: str  # ^ $ b B


@dataclass(frozen=True, slots=True)
class Repeat:
    node: Any
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Sequence:
    nodes: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    branches: tuple[Any, ...]


def parts_of(node: Any) -> tuple[Any, ...]:
    """What the node is made of."""
    if isinstance(node, Repeat):
        return (node.node,)
    return node.nodes if isinstance(node, Sequence) else node.branches if isinstance(node, Choice) else ()


def takes_nothing(node: Any) -> bool:
    """Whether the node only looks where it stands, and so says the same however often it is repeated."""
    return not isinstance(node, Letters) and all(map(takes_nothing, parts_of(node)))


def normal(ranges: list[tuple[int, int]] | Ranges) -> Ranges:
    """Sorted, without overlaps."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    gaps, start = [], 0
    for low, high in ranges:
        if low > start:
            gaps.append((start, low - 1))
        start = high + 1
    return tuple([*gaps, (start, LAST)] if start <= LAST else gaps)
