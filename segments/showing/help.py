"""The help page on rules: everything about operators comes from the operator table."""

import json
from typing import Any

from segments.language.operands import MOST_ITEMS
from segments.language.operators import TYPES
from segments.language.rules import DEEPEST, DEEPEST_SEGMENTS, MOST_CONDITIONS
from users.extend import HelpPage

LABELS = {
    "string": "Text", "number": "Number", "boolean": "True or false", "date": "Date", "list": "List and tags",
    "segment": "Segment", "event": "Event",
}  # fmt: skip


def context() -> dict[str, Any]:
    types = []
    for name, operators in TYPES.items():
        rows = [
            (
                operator,
                "" if operator.operand.example is None else json.dumps(operator.operand.example, ensure_ascii=False),
            )
            for operator in operators
        ]
        types.append((LABELS[name], rows))
    return {
        "types": types, "deepest": DEEPEST, "most": MOST_CONDITIONS, "items": MOST_ITEMS, "segments": DEEPEST_SEGMENTS,
    }  # fmt: skip


PAGE = HelpPage("Segments and rules", "segments/help.html", context)
