"""Numbers in rules."""

import re
from datetime import tzinfo
from typing import Any, Final

from segments.language.reads import Fragment, always, among, column, document, present_in_document
from segments.types.base import RuleType, has_a_value
from users.types import number
from users.types.table import compact

# What NumberSql.compare makes of one for PostgreSQL, where the value was taken out as a column.
NUMBER_COMPARED: Final = re.compile(r"""\(\("users_enduser"\."(\w+)"\) ([<>]=?) %s::jsonb\)""")


class Number(RuleType):
    kind = number.Number
    sqlite, postgres = "IN ('integer', 'real')", "number"
    counted_as = staticmethod(has_a_value)

    @classmethod
    def document(cls, ref: str, zone: tzinfo) -> "NumberSql":
        return NumberSql(ref)

    @classmethod
    def column(cls, name: str) -> "ColumnNumberSql":
        return ColumnNumberSql(name)


class NumberSql:
    """A number in the document. SQLite reads its digits with an error in the last place, so what is near the
    operand is compared by its text, and by Python where that is not enough."""

    def __init__(self, ref: str) -> None:
        self.json, self.value = document("attributes", ref, text=False), document("attributes", ref, text=True)
        self.ref = ref

    def present(self) -> Any:
        return present_in_document(self.ref)

    def equals(self, number: float) -> Any:
        text = compact(number)
        return self.json.where("{0} = %s", [text], "{0} = %s::jsonb", [text])

    def any_of(self, numbers: list[Any]) -> Any:
        if not numbers:
            return always(False)
        texts = [compact(number) for number in numbers]
        return self.json.where(*among(texts), "{0} = ANY(%s::jsonb[])", [texts])

    def compare(self, sign: str, number: float) -> Any:
        """sign is one of > >= < <=."""
        text, equal = compact(number), "=" in sign
        margin = max(abs(number) * 1e-12, 1e-300)
        near, far = (number - margin, number + margin) if sign[0] == ">" else (number + margin, number - margin)
        json, value = self.json.sqlite, self.value.sqlite
        exact = f"{json} = %s" if equal else f"{json} <> %s"
        within = f"{exact} {'OR' if equal else 'AND'} jimo_compare({json}, %s) {sign} 0"
        return Fragment(
            ("attributes",),
            f"({value} {sign[0]} %s AND ({value} {sign[0]} %s OR ({within})))", [near, far, text, text],
            f"({self.json.postgres} {sign} %s::jsonb)", [text],
        )  # fmt: skip


class ColumnNumberSql:
    """A number in a column of its own, never absent."""

    def __init__(self, name: str) -> None:
        self.read = column(name)

    def present(self) -> Any:
        return self.read.where("{0} IS NOT NULL", [])

    def equals(self, number: float) -> Any:
        return self.read.where("{0} = %s", [number])

    def any_of(self, numbers: list[Any]) -> Any:
        if not numbers:
            return always(False)
        return self.read.where(*among(numbers), "{0} = ANY(%s)", [[float(number) for number in numbers]])

    def compare(self, sign: str, number: float) -> Any:
        return self.read.where(f"{{0}} {sign} %s", [number])
