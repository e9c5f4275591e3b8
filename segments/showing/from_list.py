"""A segment from the Users page: what of its filters a rule can say, and what it cannot."""

from dataclasses import dataclass
from typing import Any, Final

from users.database.value_json import read_json
from users.extend import sources
from users.models import NATIVE, Project
from users.registry.attributes import registry_of
from users.types.table import compact

MOST_OF_SOURCE: Final = 100  # attributes that a rule names one by one


@dataclass(frozen=True, slots=True)
class Converted:
    """`rule` as JSON text; `left_out` in words, a sentence each."""

    rule: str
    left_out: list[str]


def converted(project: Project, rule: str, source: str, search: str) -> Converted:
    """The list's rule and source filter as one rule. A rule that cannot be read stays as it was typed."""
    left_out = []
    if search.strip():
        left_out.append(
            f"The search for \u201c{search.strip()[:60]}\u201d is no part of it: the number below is without the search."
        )
    if not source or source == NATIVE or source not in sources.all():
        return Converted(rule, left_out)
    name = sources.all()[source].name
    fields = [item.field for item in registry_of(project).of_source(source)]
    if not 0 < len(fields) <= MOST_OF_SOURCE:
        left_out.append(
            f"The source filter {name} is no part of it, as a rule would have to name all of its {len(fields):,} attributes: "
            "the number below is without it."
        )
        return Converted(rule, left_out)
    present: dict[str, Any] = {
        "combinator": "or", "rules": [{"field": field, "operator": "is_set"} for field in fields],
    }  # fmt: skip
    try:
        own = read_json(rule) if rule else None
    except ValueError:
        own = None
    if rule and not isinstance(own, dict):
        return Converted(rule, [*left_out, f"The source filter {name} is no part of it."])
    both = {"combinator": "and", "rules": [own, present]} if own else {"combinator": "and", "rules": [present]}
    return Converted(compact(both), left_out)
