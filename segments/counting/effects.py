"""What each condition of a rule does to the number: "412 left", "+96", "removes 31", in one statement with the count."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count

from segments.counting.audience import Audience
from segments.engines.complexity import answerable
from segments.language.reads import Both, IsNotTrue
from segments.language.rules import Group, conditions
from users.database.limits import LONGEST_COUNT

MOST_PARTS: Final = 16  # beyond, each would be compiled and counted too often
MOST_CONDITIONS: Final = 50  # likewise, those of other segments too
NOBODY: Final = "Nobody is left after this one"
TOO_MANY: Final = "Too many conditions to say what each does"

type Path = tuple[int, ...]  # indexes into nested `rules`


@dataclass(frozen=True, slots=True)
class Effect:
    path: Path
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
        self.words: dict[Path, tuple[str, list[str]]] = {}
        self.seen: set[Path] = set()
        self.beyond: Path | None = None  # the first part that is left out

    def ask(self, conditions: list[Any]) -> str:
        name = f"n{len(self.asked)}"
        where = conditions[0] if len(conditions) == 1 else Both(*conditions)
        self.asked[name] = Count("pk", filter=where) if conditions else Count("pk")
        return name

    def walk(self, group: Group, path: Path, base: list[Any]) -> None:
        """`base` are the conditions that hold before this group is looked at."""
        before: list[Any] = list(base)
        for position, part in enumerate(group.rules):
            here = (*path, position)
            if len(self.seen) == MOST_PARTS:
                self.beyond = self.beyond or here
                return
            self.seen.add(here)
            where = self.found.where(part)
            if isinstance(part, Group):
                self.walk(part, here, before if group.combinator == "and" else base)
            if group.combinator == "and":
                former, before = before, [*before, where]
                if isinstance(part, Group) and part.negated:
                    self.words[here] = "removes", [self.ask(former), self.ask(before)]
                else:
                    self.words[here] = "left", [self.ask(before)]
            else:
                earlier = [IsNotTrue(self.found.where(other)) for other in group.rules[:position]]
                self.words[here] = "plus", [self.ask([*base, *earlier, where])]


def counted(found: Audience, seconds: float = LONGEST_COUNT) -> Counted:
    """Raises TookTooLong."""
    rule = found.rule
    assert isinstance(rule, Group)
    asking = Parts(found)
    total = asking.ask([found.where(rule)])
    if sum(1 for _ in conditions(rule)) <= MOST_CONDITIONS:
        asking.walk(rule, (), [])
    else:
        asking.beyond = (0,)
    everybody = Audience(found.project, None, found.now).rows().order_by()
    with answerable(seconds):
        numbers = everybody.aggregate(**asking.asked)
    figures = {path: [numbers[name] for name in names] for path, (_, names) in asking.words.items()}
    culprit = blamed(rule, (), figures) if numbers[total] == 0 else None
    effects = [
        Effect(path, NOBODY, True) if path == culprit else Effect(path, text_of(asking.words[path][0], figures[path]))
        for path in sorted(figures)
    ]
    if asking.beyond:
        effects.append(Effect(asking.beyond, TOO_MANY))
    return Counted(numbers[total], effects)


def text_of(kind: str, figures: list[int]) -> str:
    if kind == "removes":
        return f"removes {figures[0] - figures[1]:,}"
    return f"+{figures[0]:,}" if kind == "plus" else f"{figures[0]:,} left"


def blamed(group: Group, path: Path, figures: dict[Path, list[int]]) -> Path | None:
    """The part after which nobody was left, as deep down as that can be said of one."""
    if group.combinator != "and" or group.negated:
        return None
    for position, part in enumerate(group.rules):
        here = (*path, position)
        if here in figures and figures[here][-1] == 0:
            return (blamed(part, here, figures) if isinstance(part, Group) else None) or here
    return None
