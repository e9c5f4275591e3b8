"""What SQL is made of, in both dialects: a `Read` is an expression, `where` makes a condition of it. How each type
reads is said in segments/types.

The document's keys are ours (`a17`), so they stand in the SQL; everything else is a parameter. SQLite's JSON
functions round numbers and PostgreSQL's texts sort by locale: what differs from Python is evened out here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import BooleanField, F, Func
from django.db.models.lookups import Lookup

from users.types.table import compact

MOST_WRITTEN_OUT: Final = 30  # a statement of 1,000 conditions stays below SQLite's 32,766 parameters
MOST_SEARCHED: Final = 8  # items that are looked for one by one: in the text of a list first, or among tags
WIDE: Final = 32  # parts that stand beside each other in SQL; SQLite parses only so deep


class Fragment(Func):
    """A condition given as SQL of each dialect. `{column}` stands for a column of EndUser, %s for a parameter.

    A parameter that only one dialect needs and that takes long to make is a function that makes it.
    """

    output_field = BooleanField()  # type: ignore[assignment]

    def __init__(
        self, columns: tuple[str, ...], sqlite: str, sqlite_params: list[Any], postgres: str, postgres_params: list[Any]
    ) -> None:
        super().__init__(*[F(column) for column in columns])
        self.columns = columns
        self.dialects = {"sqlite": (sqlite, sqlite_params), "postgresql": (postgres, postgres_params)}

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        names = {
            column: compiler.compile(source)[0]
            for column, source in zip(self.columns, self.source_expressions, strict=True)
        }
        sql, params = self.dialects[connection.vendor]
        return sql.format(**names), [param() if callable(param) else param for param in params]


def always(truth: bool) -> Fragment:
    return Fragment((), "(1 = %s)", [1 if truth else 0], "(1 = %s)", [1 if truth else 0])


class Both(Func):
    """Many parts become nested halves: a row of 1,000 would be an expression 1,000 deep, more than SQLite takes."""

    output_field = BooleanField()  # type: ignore[assignment]
    template = "(%(expressions)s)"
    arg_joiner = " AND "

    def __init__(self, *parts: Any) -> None:
        if len(parts) > WIDE:
            middle = len(parts) // 2
            parts = (type(self)(*parts[:middle]), type(self)(*parts[middle:]))
        super().__init__(*parts)


class Either(Both):
    arg_joiner = " OR "


class IsNotTrue(Func):
    """True where the condition is false or unknown."""

    output_field = BooleanField()  # type: ignore[assignment]
    template = "(%(expressions)s IS NOT TRUE)"


class Holds(Lookup):  # type: ignore[type-arg]
    """The condition as it stands in a WHERE. On SQLite Django would write `(condition) = 1` around any other
    expression, which makes the database evaluate all of its parts for every row."""

    lookup_name = "holds"

    def __init__(self, condition: Any) -> None:
        super().__init__(condition, True)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return self.process_lhs(compiler, connection)


@dataclass(frozen=True, slots=True)
class Read:
    """An expression over `columns` in both dialects."""

    columns: tuple[str, ...]
    sqlite: str
    postgres: str

    def where(
        self, template: str, params: list[Any], postgres: str = "", postgres_params: list[Any] | None = None
    ) -> Any:
        """A condition on it: `template` holds {0}; PostgreSQL's differs where it is given."""
        return Fragment(
            self.columns, f"({template})".replace("{0}", self.sqlite), params,
            f"({postgres or template})".replace("{0}", self.postgres),
            params if postgres_params is None else postgres_params,
        )  # fmt: skip


def column(name: str) -> Read:
    return Read((name,), f"{{{name}}}", f"{{{name}}}")


# What `document` makes, in compiled SQL of either dialect.
DOCUMENT_READ: Final = re.compile(r"""\("users_enduser"\."(?:attributes|folded)" ->>? '(?:\$\.)?\w+'\)""")


def document(name: str, ref: str, *, text: bool) -> Read:
    """A value in a JSON document: as SQL text or number, or as JSON."""
    assert ref.isalnum(), ref
    arrow = "->>" if text else "->"
    return Read((name,), f"({{{name}}} {arrow} '$.{ref}')", f"({{{name}}} {arrow} '{ref}')")


def one_of(values: Sequence[Any]) -> tuple[str, list[Any]]:
    """SQLite's values to be IN: written out while they are few."""
    if len(values) <= MOST_WRITTEN_OUT:
        return f"({', '.join(['%s'] * len(values))})", list(values)
    return "(SELECT value FROM json_each(%s))", [compact(list(values))]


def among(values: Sequence[Any]) -> tuple[str, list[Any]]:
    """SQLite's test for one of some values."""
    written, params = one_of(values)
    return f"{{0}} IN {written}", params


def present_in_document(ref: str) -> Any:
    return Fragment(
        ("attributes",), f"(json_type({{attributes}}, '$.{ref}') IS NOT NULL)", [],
        f"jsonb_exists({{attributes}}, '{ref}')", [],
    )  # fmt: skip


def of_json_type(ref: str, sqlite: str, postgres: str) -> Any:
    """Whether the stored value is of a JSON type: as a test of SQLite's json_type, and by PostgreSQL's name."""
    return Fragment(
        ("attributes",), f"(json_type({{attributes}}, '$.{ref}') {sqlite})", [],
        f"(jsonb_typeof({{attributes}} -> '{ref}') = '{postgres}')", [],
    )  # fmt: skip
