"""True and false in rules."""

from datetime import tzinfo
from typing import Any

from segments.language.reads import document, present_in_document
from segments.types.base import RuleType
from users.types import boolean
from users.types.table import compact


class Boolean(RuleType):
    kind = boolean.Boolean
    sqlite, postgres = "IN ('true', 'false')", "boolean"

    @classmethod
    def document(cls, ref: str, zone: tzinfo) -> "BooleanSql":
        return BooleanSql(ref)

    @staticmethod
    def exactly(value: bool) -> dict[str, Any]:
        return {"operator": "is_true" if value else "is_false"}


class BooleanSql:
    def __init__(self, ref: str) -> None:
        self.json, self.ref = document("attributes", ref, text=False), ref

    def present(self) -> Any:
        return present_in_document(self.ref)

    def equals(self, truth: bool) -> Any:
        text = compact(truth)
        return self.json.where("{0} = %s", [text], "{0} = %s::jsonb", [text])
