"""The help page on rules: everything about operators comes from the operator table."""

import json
from typing import Any

from segments.language.fields import EVENT, SEGMENT
from segments.language.operands import MOST_ITEMS
from segments.language.operators import TYPES as OPERATORS_OF
from segments.language.rules import DEEPEST, DEEPEST_SEGMENTS, MOST_CONDITIONS
from segments.types.table import TYPES
from users.extend import HelpPage

HEADINGS = {**{name: known.heading() for name, known in TYPES.items()}, SEGMENT: "Segment", EVENT: "Event"}


def context() -> dict[str, Any]:
    types = []
    for name, operators in OPERATORS_OF.items():
        rows = [
            (
                operator,
                "" if operator.operand.example is None else json.dumps(operator.operand.example, ensure_ascii=False),
            )
            for operator in operators
        ]
        types.append((HEADINGS[name], rows))
    return {
        "types": types, "deepest": DEEPEST, "most": MOST_CONDITIONS, "items": MOST_ITEMS, "segments": DEEPEST_SEGMENTS,
    }  # fmt: skip


PAGE = HelpPage(
    "Segments and rules", "segments/help.html", context, "Audiences by rule or by hand: every operator, with examples."
)
