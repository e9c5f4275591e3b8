"""Many segments at once, a bit each: in which ones users should be, and in which they are stored to be."""

import re
from collections.abc import Sequence
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BigIntegerField, Case, Func, Sum, Value, When

from segments.compiled import Ready
from segments.models import Membership
from segments.reads import DOCUMENT_READ, always
from segments.sql import Compiler

BITS: Final = 60  # segments in one integer
PLAIN_COLUMN: Final = re.compile(r'"users_enduser"\.("\w+")')


def wanted(compiler: Compiler, segments: Sequence[Ready], users: Any) -> dict[int, int]:
    """user -> bits, for all of the queryset `users`."""
    bits = []
    for position, segment in enumerate(segments):
        where = compiler.where(segment.rule) if segment.rule else always(False)
        bits.append(Case(When(where, then=Value(1 << position)), default=Value(0), output_field=BigIntegerField()))
    together = Func(*bits, template="(%(expressions)s)", arg_joiner=" + ", output_field=BigIntegerField())
    asked = users.order_by().annotate(want=together)
    if connection.vendor == "sqlite":
        return read_once(asked)
    return dict(asked.values_list("pk", "want"))


def read_once(asked: Any) -> dict[int, int]:
    """SQLite takes a value out of its document anew for every condition on it. Here each is taken out once for a
    user, into a table that stands for the users: half the time with fifty segments. PostgreSQL gains nothing."""
    query = asked.query
    compiler = query.get_compiler(DEFAULT_DB_ALIAS)
    compiler.setup_query()
    want, want_params = compiler.compile(query.annotations["want"])
    where, where_params = compiler.compile(query.where)
    names: dict[str, str] = {}
    want = DOCUMENT_READ.sub(
        lambda found: names.setdefault(found.group(), f'"users_enduser"."value{len(names)}"'), want
    )
    taken = [f"{read} AS {name.partition('.')[2]}" for read, name in names.items()]
    plain = sorted({'"id"', *PLAIN_COLUMN.findall(want)} - {name.partition(".")[2] for name in names.values()})
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH known AS MATERIALIZED (SELECT {', '.join([*plain, *taken])} FROM users_enduser WHERE {where}) "
            f"SELECT id, {want} FROM known AS users_enduser",
            [*where_params, *want_params],
        )
        return dict(cursor.fetchall())


def stored(segments: Sequence[Ready], users: dict[str, Any]) -> dict[int, int]:
    """user -> bits, for those in any of the segments. `users` bounds them: {"user_id__gt": 0}."""
    bit = Case(
        *[When(segment_id=segment.id, then=Value(1 << position)) for position, segment in enumerate(segments)],
        default=Value(0), output_field=BigIntegerField(),
    )  # fmt: skip
    held = Membership.objects.filter(segment_id__in=[segment.id for segment in segments], **users).order_by()
    return dict(held.values_list("user_id").annotate(bits=Sum(bit)))
