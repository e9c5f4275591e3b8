"""What all segments of a project may cost together: one call may have to decide every one of them."""

from segments.engines.compiled import compiled_now
from segments.language.budget import MOST_STEPS_OF_PROJECT, cost_of
from segments.language.rules import Group, conditions
from users.models import Project


def too_dear_together(project: Project, rule: Group, own: int = 0) -> str:
    """What is wrong with a new or changed rule of the segment `own` beside the others; nothing if it may be saved."""
    mine = cost_of(list(conditions(rule))).steps
    if not mine:
        return ""
    others = [item for item in compiled_now(project).dynamic if item.id != own and item.rule]
    whole = mine + sum(cost_of(list(conditions(item.rule))).steps for item in others if item.rule)
    if whole <= MOST_STEPS_OF_PROJECT:
        return ""
    return (
        f"With this rule the patterns of all segments would take {whole:,} steps for each character of a value, "
        f"{mine:,} of them here; {MOST_STEPS_OF_PROJECT:,} is the most of a project. Use a simpler pattern, or delete "
        "segments that nobody needs."
    )
