"""What each condition of a rule does to the number: "412 left", "+96", "removes 31", in one statement with the count."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count

from segments.audience import Audience
from segments.reads import Both, IsNotTrue
from segments.rules import Condition, Group
from users.limits import LONGEST_COUNT, time_limit

MOST_PARTS: Final = 16  # beyond, each would be compiled and counted too often


@dataclass(frozen=True, slots=True)
class Effect:
    """`path` are indexes into nested `rules`."""

    path: tuple[int, ...]
    text: str
    nobody: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    count: int
    effects: list[Effect]


class Parts:
    """The numbers to ask for: for every part who is left with it, or who came with it."""

    def __init__(self, found: Audience) -> None:
        self.found = found
        self.asked: dict[str, Any] = {}
        self.words: list[tuple[tuple[int, ...], str, list[str]]] = []

    def ask(self, conditions: list[Any]) -> str:
        name = f"n{len(self.asked)}"
        where = conditions[0] if len(conditions) == 1 else Both(*conditions)
        self.asked[name] = Count("pk", filter=where) if conditions else Count("pk")
        return name

    def walk(self, group: Group, path: tuple[int, ...], base: list[Any]) -> None:
        """`base` are the conditions that hold before this group is looked at."""
        before: list[Any] = list(base)
        for position, part in enumerate(group.rules):
            here = (*path, position)
            where = self.found.where(part)
            if isinstance(part, Group):
                self.walk(part, here, before if group.combinator == "and" else base)
            if group.combinator == "and":
                former, before = before, [*before, where]
                negated = isinstance(part, Group) and part.negated
                if negated:
                    self.words.append((here, "removes", [self.ask(former), self.ask(before)]))
                else:
                    self.words.append((here, "left", [self.ask(before)]))
            else:
                earlier = [IsNotTrue(self.found.where(other)) for other in group.rules[:position]]
                self.words.append((here, "plus", [self.ask([*base, *earlier, where])]))


def parts_of(node: Group | Condition) -> int:
    return 1 + sum(map(parts_of, node.rules)) if isinstance(node, Group) else 1


def counted(found: Audience, seconds: float = LONGEST_COUNT) -> Counted:
    """Raises TookTooLong."""
    rule = found.rule
    assert isinstance(rule, Group)
    asking = Parts(found)
    total = asking.ask([found.where(rule)])
    if parts_of(rule) <= MOST_PARTS:
        asking.walk(rule, (), [])
    everybody = Audience(found.project, None, found.now).rows().order_by()
    with time_limit(seconds):
        numbers = everybody.aggregate(**asking.asked)
    effects, reached_nobody = [], False
    for path, kind, names in sorted(asking.words, key=lambda item: item[0]):
        figures = [numbers[name] for name in names]
        if kind == "removes":
            effects.append(Effect(path, f"removes {figures[0] - figures[1]:,}"))
        elif kind == "plus":
            effects.append(Effect(path, f"+{figures[0]:,}"))
        else:
            first = figures[0] == 0 and not reached_nobody and len(path) == 1
            reached_nobody |= first
            effects.append(Effect(path, "Nobody is left after this one" if first else f"{figures[0]:,} left", first))
    return Counted(numbers[total], effects)
