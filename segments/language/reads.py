"""How a field reads in SQL, in both dialects: a `Read` is an expression, `where` makes a condition of it.

The document's keys are ours (`a17`), so they stand in the SQL; everything else is a parameter. SQLite's JSON
functions round numbers and PostgreSQL's texts sort by locale: what differs from Python is evened out here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from django.db.models import BooleanField, Count, DateTimeField, Exists, F, Func, OuterRef, Value
from django.db.models.lookups import In, Lookup

from segments.language.dates import Interval
from segments.language.patterns import Pattern
from users.models import UserTag
from users.types.table import compact

DATE_SHAPE: Final = r"^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{3}Z)?$"
DATE_GLOBS: Final = ("[0-9]" * 4 + "-" + "[0-9]" * 2 + "-" + "[0-9]" * 2,)
INSTANT_GLOB: Final = (
    DATE_GLOBS[0] + "T" + "[0-9]" * 2 + ":" + "[0-9]" * 2 + ":" + "[0-9]" * 2 + "." + "[0-9]" * 3 + "Z"
)

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

# What NumberSql.compare makes of one for PostgreSQL, where the value was taken out as a column.
NUMBER_COMPARED: Final = re.compile(r"""\(\("users_enduser"\."(\w+)"\) ([<>]=?) %s::jsonb\)""")


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


class BooleanSql:
    def __init__(self, ref: str) -> None:
        self.json, self.ref = document("attributes", ref, text=False), ref

    def present(self) -> Any:
        return present_in_document(self.ref)

    def equals(self, truth: bool) -> Any:
        text = compact(truth)
        return self.json.where("{0} = %s", [text], "{0} = %s::jsonb", [text])


class DateSql:
    """Days and instants in one attribute: two constants, one for each width."""

    def __init__(self, ref: str, zone: tzinfo) -> None:
        self.text, self.ref, self.zone = document("attributes", ref, text=True), ref, zone

    def present(self) -> Any:
        return present_in_document(self.ref)

    def within(self, interval: Interval) -> Any:
        days, instants = interval.as_days(self.zone), interval.as_instants()
        parts, params = [], []
        for sign, bound, day, instant in (
            (">=", interval.low, days[0], instants[0]), ("<", interval.high, days[1], instants[1])
        ):  # fmt: skip
            if bound is not None:
                parts.append(f"{{0}} {sign} CASE length({{0}}) WHEN 10 THEN %s ELSE %s END")
                params += [day, instant]
        if not parts:
            return self.present()
        template = " AND ".join(parts)
        return self.text.where(template, params, template.replace("{0} ", '{0} COLLATE "C" '))


class ColumnDateSql:
    def __init__(self, name: str) -> None:
        self.name = name

    def present(self) -> Any:
        return column(self.name).where("{0} IS NOT NULL", [])

    def within(self, interval: Interval) -> Any:
        low, high, possible = interval.as_datetimes()
        if not possible:
            return always(False)
        parts: list[Any] = [Compared(self.name, ">=", low)] if low else []
        parts += [Compared(self.name, "<", high)] if high else []
        return Both(*parts) if parts else self.present()


class Compared(Func):
    """A column against a moment, adapted as Django stores moments."""

    output_field = BooleanField()  # type: ignore[assignment]
    template = "(%(expressions)s)"

    def __init__(self, name: str, sign: str, moment: Any) -> None:
        super().__init__(F(name), Value(moment, output_field=DateTimeField()))
        self.arg_joiner = f" {sign} "


# The items of a list: texts as such; numbers and booleans by their JSON, in which they differ and numbers are exact.
# Only items decide: in the text of the whole list `",1,"` stands also where one item ends, 1 follows, another begins.
ITEMS: Final = "FROM json_each({0}) AS item WHERE "
POSTGRES_ITEMS: Final = (
    "SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof({0}) WHEN 'array' THEN {0} END) AS item "
    "WHERE item = ANY(%s::jsonb[])"
)
TEXT_AMONG: Final = "item.type = 'text' AND item.value IN "
OTHER_AMONG: Final = "item.type <> 'text' AND ({0} -> item.key) IN "


class ListSql:
    """A list in the document; items of different types differ, 1 and 1.0 do not."""

    def __init__(self, ref: str) -> None:
        self.ref = ref

    def present(self) -> Any:
        return present_in_document(self.ref)

    def read(self, ignore_case: bool) -> Read:
        return document("folded" if ignore_case else "attributes", self.ref, text=False)

    def includes(self, item: Any, ignore_case: bool) -> Any:
        return self.includes_any([item], ignore_case)

    def includes_any(self, items: list[Any], ignore_case: bool) -> Any:
        if not items:
            return always(False)
        texts, others = unlike(items)
        among, params = items_among(texts, others)
        found, looked_for = f"EXISTS (SELECT 1 {ITEMS}{among})", ""
        if len(texts) + len(others) == 1:
            # Most lists do not have it, which a search of the text tells sooner.
            looked_for = "instr({0}, %s) > 0 AND "
            params = [*map(compact, texts), *others, *params]
        return self.read(ignore_case).where(f"{looked_for}{found}", params, *postgres_among(texts, others))

    def includes_all(self, items: list[Any], ignore_case: bool) -> Any:
        if not items:
            return self.present()
        texts, others = unlike(items)
        among, params = items_among(texts, others)
        found, looked_for = f"(SELECT count(DISTINCT {{0}} -> item.key) {ITEMS}{among}) = %s", ""
        written = [*map(compact, texts), *others]
        if len(written) <= MOST_SEARCHED:
            looked_for = " AND ".join(["instr({0}, %s) > 0"] * len(written)) + " AND "
            params = [*written, *params]
        return self.read(ignore_case).where(
            f"{looked_for}{found}", [*params, len(written)], "{0} @> %s::jsonb", [compact(items)]
        )

    def is_empty(self) -> Any:
        return self.read(False).where("{0} = '[]'", [], "{0} = '[]'::jsonb")


def unlike(items: list[Any]) -> tuple[list[str], list[str]]:
    """The texts, and the JSON of the other items, each once."""
    texts = dict.fromkeys(item for item in items if isinstance(item, str))
    return list(texts), list(dict.fromkeys(compact(item) for item in items if not isinstance(item, str)))


def postgres_among(texts: list[str], others: list[str]) -> tuple[str, list[Any]]:
    """PostgreSQL's test for an item that is one of these: it looks for a few one by one, for many by their hashes."""
    if len(texts) + len(others) > MOST_SEARCHED:
        return f"EXISTS ({POSTGRES_ITEMS})", [[*map(compact, texts), *others]]
    parts, params = [], list[Any]()
    if texts:
        parts.append("{0} ?| %s")
        params.append(texts)
    if others:
        parts.append("{0} @> ANY(%s::jsonb[])")
        params.append([f"[{other}]" for other in others])
    return " OR ".join(parts), params


def items_among(texts: list[str], others: list[str]) -> tuple[str, list[Any]]:
    """SQLite's test for an item that is one of these."""
    parts, params = [], list[Any]()
    for test, values in ((TEXT_AMONG, texts), (OTHER_AMONG, others)):
        if values:
            written, given = one_of(values)
            parts.append(test + written)
            params += given
    return f"({' OR '.join(parts)})", params


class TagSql:
    """Tags are rows of their own; a user without any has an empty list, never none."""

    def __init__(self, project_id: int) -> None:
        self.project_id = project_id

    def present(self) -> Any:
        return always(True)

    def includes(self, item: Any, ignore_case: bool) -> Any:
        return self.includes_any([item], ignore_case)

    def includes_any(self, items: list[Any], ignore_case: bool) -> Any:
        texts = [item for item in items if isinstance(item, str)]
        if not texts:
            return always(False)
        users = UserTag.objects.filter(tag__project_id=self.project_id, **{lookup(ignore_case): texts}).values(
            "user_id"
        )
        return In(F("pk"), users)

    def includes_all(self, items: list[Any], ignore_case: bool) -> Any:
        if len(items) <= MOST_SEARCHED:
            return Both(self.present(), *[self.includes(item, ignore_case) for item in items])
        if not all(isinstance(item, str) for item in items):
            return always(False)
        wanted = set(items)
        held = UserTag.objects.filter(tag__project_id=self.project_id, **{lookup(ignore_case): wanted})
        counted = held.values("user_id").annotate(found=Count("pk")).filter(found=len(wanted))
        return In(F("pk"), counted.values("user_id"))

    def is_empty(self) -> Any:
        return ~Exists(UserTag.objects.filter(user_id=OuterRef("pk")))


def lookup(ignore_case: bool) -> str:
    """How rows of UserTag are found from some tags: few tags lead to few rows."""
    return "tag__folded__in" if ignore_case else "tag__name__in"


def present_in_document(ref: str) -> Any:
    return Fragment(
        ("attributes",), f"(json_type({{attributes}}, '$.{ref}') IS NOT NULL)", [],
        f"jsonb_exists({{attributes}}, '{ref}')", [],
    )  # fmt: skip


def of_type(ref: str, type_name: str) -> Any:
    """Whether the stored value has the attribute's type: while a type change runs, leftovers count as absent."""
    sqlite = {"string": "= 'text'", "number": "IN ('integer', 'real')", "boolean": "IN ('true', 'false')",
              "date": "= 'text'", "list": "= 'array'"}[type_name]  # fmt: skip
    postgres = {"list": "array", "date": "string"}.get(type_name, type_name)
    plain = document("attributes", ref, text=True)
    shape_sqlite = f" AND ({plain.sqlite} GLOB %s OR {plain.sqlite} GLOB %s)" if type_name == "date" else ""
    shape_postgres = f" AND {plain.postgres} ~ %s" if type_name == "date" else ""
    return Fragment(
        ("attributes",), f"(json_type({{attributes}}, '$.{ref}') {sqlite}{shape_sqlite})",
        [DATE_GLOBS[0], INSTANT_GLOB] if shape_sqlite else [],
        f"(jsonb_typeof({{attributes}} -> '{ref}') = '{postgres}'{shape_postgres})", [DATE_SHAPE] if shape_postgres else [],
    )  # fmt: skip
