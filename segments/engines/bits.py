"""Many segments at once, a bit each: in which ones users should be, and in which they are stored to be."""

import re
from collections.abc import Sequence
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BigIntegerField, Case, Func, Value, When

from segments.engines.compiled import Ready
from segments.engines.sql import Compiler
from segments.language.reads import DOCUMENT_READ, always
from segments.types.number import NUMBER_COMPARED

BITS: Final = 60  # segments in one integer
PLAIN_COLUMN: Final = re.compile(r'"users_enduser"\."(\w+)"')


# Users with each value taken out of its document once, however many conditions read it: a third of the time with
# fifty segments. On SQLite a table that is made first, as a subquery's values would be worked out again where they
# are asked for; NOT INDEXED leaves it the primary key, which is the order here, where another index would be read
# whole and sorted. PostgreSQL works out a subquery with a LIMIT or OFFSET once, and takes longer to make a table of it;
# to compare a number as JSON takes it ten times as long as a number.
TAKEN_OUT: Final = {
    "sqlite": "WITH taken AS MATERIALIZED (SELECT {columns} FROM users_enduser NOT INDEXED WHERE {where} ORDER BY id "
              "LIMIT {most:d}) SELECT id, {want} FROM taken AS users_enduser",
    "postgresql": "SELECT id, {want} FROM (SELECT *{numbers} FROM (SELECT {columns} FROM users_enduser WHERE {where} "
                  "ORDER BY id LIMIT {most:d}) AS taken OFFSET 0) AS users_enduser",
}  # fmt: skip
NUMBER: Final = ", CASE WHEN jsonb_typeof({0}) = 'number' THEN {0}::numeric END AS {0}_number"


def wanted(compiler: Compiler, segments: Sequence[Ready], users: Any, most: int) -> dict[int, int]:
    """user -> bits, for the first `most` of the queryset `users` in order of their ids."""
    bits = []
    for position, segment in enumerate(segments):
        where = compiler.where(segment.rule) if segment.rule else always(False)
        bits.append(Case(When(where, then=Value(1 << position)), default=Value(0), output_field=BigIntegerField()))
    together = Func(*bits, template="(%(expressions)s)", arg_joiner=" + ", output_field=BigIntegerField())
    query = users.order_by().annotate(want=together).query
    sql = query.get_compiler(DEFAULT_DB_ALIAS)
    sql.setup_query()
    want, want_params = sql.compile(query.annotations["want"])
    where, where_params = sql.compile(query.where)
    statement = TAKEN_OUT[connection.vendor].format(where=where, most=most, **taken_out(want))
    in_order = [*where_params, *want_params] if connection.vendor == "sqlite" else [*want_params, *where_params]
    with connection.cursor() as cursor:
        cursor.execute(statement, in_order)
        return dict(cursor.fetchall())


def taken_out(want: str) -> dict[str, str]:
    """The expression with columns in the place of values in documents, all its columns, and which are numbers too."""
    names: dict[str, str] = {}
    want = DOCUMENT_READ.sub(
        lambda found: f'("users_enduser"."{names.setdefault(found.group(), f"value{len(names)}")}")', want
    )
    plain = sorted({"id", *PLAIN_COLUMN.findall(want)} - set(names.values()))
    columns = [*(f'"{name}"' for name in plain), *(f"{read} AS {name}" for read, name in names.items())]
    numbers = ""
    if connection.vendor == "postgresql":
        numbers = "".join(NUMBER.format(name) for name in sorted({name for name, _ in NUMBER_COMPARED.findall(want)}))
        want = NUMBER_COMPARED.sub(r'("users_enduser"."\1_number" \2 (%s::jsonb)::numeric)', want)
    return {"want": want, "columns": ", ".join(columns), "numbers": numbers}


def stored(segments: Sequence[Ready], after: int, last: int) -> dict[int, int]:
    """user -> bits, for users with after < id <= last that are in any of the segments."""
    bits = ", ".join(f"({segment.id:d}, {1 << position:d})" for position, segment in enumerate(segments))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH b (segment_id, bit) AS (VALUES {bits}) SELECT m.user_id, CAST(SUM(b.bit) AS bigint) "
            "FROM segments_membership m JOIN b ON b.segment_id = m.segment_id "
            "WHERE m.user_id > %s AND m.user_id <= %s GROUP BY m.user_id",
            [after, last],
        )
        return dict(cursor.fetchall())
