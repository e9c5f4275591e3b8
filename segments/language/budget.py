"""What a rule may cost whoever decides it, checked when it is saved or asked.

In memory a user must be decided within some 20 ms, so that no segment holds up the calls of those it is about: only
patterns take longer than a few microseconds, so their steps are counted (pattern_engine.py). PostgreSQL
keeps 32 prepared patterns a connection and prepares each one again for every row where a statement has more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segments.language.pattern_engine import steps

if TYPE_CHECKING:
    from segments.language.rules import Condition

MOST_STEPS: Final = 1_000  # of the patterns of a rule, those of the segments in it too
MOST_PATTERNS: Final = 30  # different ones
MOST_STEPS_OF_PROJECT: Final = 10_000  # of all its segments, which a single call may have to decide

type PatternKey = tuple[str, bool]  # text, whether case is ignored


@dataclass(frozen=True, slots=True)
class Cost:
    """Of deciding conditions for one user: steps for each character of the values, and the patterns."""

    steps: int
    patterns: frozenset[PatternKey]


def cost_of(conditions: Sequence["Condition"]) -> Cost:
    asked = [(item.value, item.ignore_case) for item in conditions if item.operator.operand.name == "pattern"]
    return Cost(sum(steps(*key) for key in asked), frozenset(asked))


def too_dear(rule: Sequence[tuple["Condition", Sequence["Condition"]]]) -> tuple[str, str] | None:
    """The path of what costs most and what is wrong with it, or None. `rule`: each of its own conditions, and all that
    this stands for."""
    costs = [(cost_of(all_of_it), condition) for condition, all_of_it in rule]
    whole = sum(cost.steps for cost, _ in costs)
    patterns = frozenset[PatternKey]().union(*(cost.patterns for cost, _ in costs))
    if whole <= MOST_STEPS and len(patterns) <= MOST_PATTERNS:
        return None
    worst, dearest = max(costs, key=lambda item: item[0].steps)
    path = f"{dearest.path}.value"
    if len(patterns) > MOST_PATTERNS:
        return path, (
            f"The rule has {len(patterns):,} different patterns; {MOST_PATTERNS} is the most. Join those of one attribute "
            "with |, or use contains, starts with or is any of."
        )
    here = f", {worst.steps:,} of them here" if worst.steps < whole else ""
    return path, (
        f"The rule's patterns are too dear: they take {whole:,} steps for each character of a value{here}; "
        f"{MOST_STEPS:,} is the most. A letter is a step, . is eight, and {{1,100}} takes them a hundred times: write + "
        "or * instead, or use contains, starts with or ends with."
    )
