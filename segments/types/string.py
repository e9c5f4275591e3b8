"""Texts in rules."""

from datetime import tzinfo
from typing import Any

from segments.language.patterns import Pattern
from segments.language.reads import Holds, Read, always, among, column, document, present_in_document
from segments.types.base import RuleType
from users.types import string


class String(RuleType):
    kind = string.String
    sqlite, postgres = "= 'text'", "string"

    @classmethod
    def document(cls, ref: str, zone: tzinfo) -> "TextSql":
        return in_document(ref)

    @classmethod
    def column(cls, name: str) -> "TextSql":
        plain = column(name)
        return TextSql(column(f"{name}_folded"), plain, plain.where("{0} IS NOT NULL", []))

    @classmethod
    def narrowed(cls, rows: Any, ref: str, needle: str) -> Any:
        return rows.filter(Holds(in_document(ref).contains(needle, True)))

    @staticmethod
    def exactly(value: str) -> dict[str, Any]:
        return {"operator": "is", "value": value, "case_sensitive": True}


class TextSql:
    """A string: `folded` for rules that ignore case, the stored text for the others."""

    def __init__(self, folded: Read, plain: Read, plain_present: Any) -> None:
        self.folded, self.plain, self.plain_present = folded, plain, plain_present

    def present(self) -> Any:
        return self.plain_present

    def read(self, ignore_case: bool) -> Read:
        return self.folded if ignore_case else self.plain

    def equals(self, needle: str, ignore_case: bool) -> Any:
        return self.read(ignore_case).where("{0} = %s", [needle])

    def any_of(self, needles: list[str], ignore_case: bool) -> Any:
        if not needles:
            return always(False)
        return self.read(ignore_case).where(*among(needles), "{0} = ANY(%s)", [needles])

    def contains(self, needle: str, ignore_case: bool) -> Any:
        return self.read(ignore_case).where("instr({0}, %s) > 0", [needle], "strpos({0}, %s) > 0")

    def starts_with(self, needle: str, ignore_case: bool) -> Any:
        return self.read(ignore_case).where(
            "substr({0}, 1, %s) = %s", [len(needle), needle], "starts_with({0}, %s)", [needle]
        )

    def ends_with(self, needle: str, ignore_case: bool) -> Any:
        return self.read(ignore_case).where("substr({0}, -%s) = %s", [len(needle), needle], "right({0}, %s) = %s")

    def matches(self, pattern: Pattern) -> Any:
        return self.plain.where(
            "jimo_matches(%s, %s, {0})", [pattern.text, pattern.ignore_case], "{0} ~ %s", [pattern.for_postgres]
        )


def in_document(ref: str) -> TextSql:
    return TextSql(
        document("folded", ref, text=True), document("attributes", ref, text=True), present_in_document(ref)
    )  # fmt: skip
