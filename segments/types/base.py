"""What rules and pages on segments know of each attribute type. A type is a class in a file of its own, beside the one
of the same name in users/types that says what its values are; segments/types/table.py lists them.
"""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any, ClassVar

from segments.language.reads import of_json_type
from users.types.base import AttributeType
from users.types.table import compact

type Ready = Callable[[Any, tzinfo], Any]


class RuleType:
    """The abilities of a type, with what most types do. Its operators are in segments/language/operators.py."""

    kind: ClassVar[type[AttributeType]]
    # What the `test` of its operators takes, made of a stored value or its folded copy, and of what the column of a
    # native attribute holds. Most take it as it is, which spares a call for each user and condition.
    ready: Ready | None = None
    ready_column: Ready | None = None
    sqlite: ClassVar[str]  # test of json_type that its stored values pass
    postgres: ClassVar[str]  # what jsonb_typeof calls them
    cost: ClassVar[int] = 1  # of reading one in a document: segments/engines/sql.py:cost
    is_kept: ClassVar[bool] = False  # its ready form is made once for each person, however many conditions ask
    is_offered: ClassVar[bool] = True  # values repeat, so the builder offers the commonest

    @classmethod
    def heading(cls) -> str:
        """Above its operators on the help page."""
        return cls.kind.label

    @classmethod
    def document(cls, ref: str, zone: tzinfo) -> Any:
        """How a value in a document reads in SQL: what the `sql` of the type's operators is called with."""
        raise NotImplementedError

    @classmethod
    def column(cls, name: str) -> Any:
        """The same of a native attribute's column."""
        raise NotImplementedError

    @classmethod
    def is_held(cls, ref: str) -> Any:
        """Whether a stored value has the type's form, in SQL: while a type change runs, leftovers count as absent."""
        return of_json_type(ref, cls.sqlite, cls.postgres)

    @classmethod
    def narrowed(cls, rows: Any, ref: str, needle: str) -> Any:
        """Rows whose value may contain what was typed (case folded), where a database can tell."""
        return rows

    @staticmethod
    def counted_as(value: Any) -> list[str]:
        """What is counted of a value where members are compared with everyone: itself, said as a condition would."""
        return [f"is {value if isinstance(value, str) else compact(value)}"]

    @staticmethod
    def exactly(value: Any) -> dict[str, Any]:
        """The condition, but for its field, that is true of this stored value alone; of a list, of all its items."""
        return {"operator": "is", "value": value}

    @classmethod
    def from_address(cls, text: str) -> Any:
        """A value in an older address of the Users page, for `coerce`. Raises Misfit or ValueError."""
        return cls.kind.parse(text)


def has_a_value(value: Any) -> list[str]:
    """`counted_as` of types whose values seldom repeat."""
    return ["has a value"]
