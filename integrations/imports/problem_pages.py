"""Refused lines a page at a time, in the order of the file, also only those of a column or with a reason."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from integrations.models import Import, ImportProblem
from users.ground.parameters import whole_number

SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """`why` is part of a reason or a value; `after` the (line, id) behind which the page begins."""

    column: str = ""
    why: str = ""
    after: tuple[int, int] | None = None

    @property
    def is_all(self) -> bool:
        return not (self.column or self.why or self.after)


@dataclass(frozen=True, slots=True)
class ProblemPage:
    rows: list[ImportProblem]
    next: str  # for Asked.after of the next page; empty on the last


def place_of(text: str) -> tuple[int, int] | None:
    """None, the first page, for what is no place."""
    line, _, pk = text.partition("~")
    found = whole_number(line), whole_number(pk)
    return None if None in found else found  # type: ignore[return-value]


def page_of(found: Import, step: str, asked: Asked) -> ProblemPage:
    rows = found.problems.filter(step=step)
    if asked.column:
        rows = rows.filter(column=asked.column)
    if asked.why:
        rows = rows.filter(Q(reason__icontains=asked.why) | Q(value__icontains=asked.why))
    if asked.after:
        line, pk = asked.after
        # The line alone first: that is what the index can start from.
        rows = rows.filter(line__gte=line).filter(Q(line__gt=line) | Q(pk__gt=pk))
    page = list(rows.order_by("line", "id")[: SHOWN + 1])
    last = page[SHOWN - 1] if len(page) > SHOWN else None
    return ProblemPage(page[:SHOWN], f"{last.line}~{last.pk}" if last else "")
