"""What a change of an attribute does to those that use it, said before it is made.

A change that breaks one of them needs the confirmation that losing values needs. Archiving and hiding break nothing:
what uses the attribute goes on; people are told and asked all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from users.extend import Affected, consequences
from users.models import Attribute

type Act = Literal["type", "archived", "sensitive", "delete"]
SWITCHES: Final[tuple[Act, ...]] = ("archived", "sensitive")


@dataclass(frozen=True, slots=True)
class Change:
    """`to` is the new type, for the act "type"."""

    act: Act
    to: str = ""


def affected_by(attribute: Attribute, change: Change) -> list[Affected]:
    """Those that use the attribute: what breaks first, then the largest."""
    found = [item for find in consequences.all().values() for item in find(attribute, change)]
    return sorted(found, key=lambda item: (not item.broken, -item.members, item.name))


def broken(affected: Sequence[Affected]) -> list[Affected]:
    return [item for item in affected if item.broken]


def in_words(item: Affected) -> str:
    """One line: name, size, who sees it, and what happens to it."""
    people = f"{item.members:,} user{'' if item.members == 1 else 's'}"
    seen = ", visible to browsers" if item.visible else ""
    what = f"would break and match nobody ({item.broken})" if item.broken else "goes on"
    return f"{item.name} ({people}{seen}) {what}."
