"""A member of a body, or a parameter of an address, said once: what checks it and what describes it come from here.

The tables of members are users/api/table.py and segments/api/table.py. What they say is made into plain functions
once, when they are imported: each identify is read with these.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter

from users.api.bodies import kind_in_words
from users.api.errors import ApiError, invalid
from users.api.kinds import IDS, Kind
from users.registry.naming import is_one_line
from users.types.fitting import is_valid_text


@dataclass(frozen=True, slots=True)
class Member:
    """One member. OpenAPI is told its kind and limits. Its kind is checked here unless that is left to others, and each
    limit that there are words for. Words are format strings for {name}, {path} (its place in a batch), {value},
    {size}, {least}, {most}, {choices} and {either} (choices with "or").
    """

    name: str
    kind: Kind
    description: str = ""
    example: Any = None
    default: Any = None  # what an absent one is, and null
    required: bool = False
    nullable: bool = True  # null is taken, as if it were absent or as a removal; never where it is required
    least: int | None = None  # characters of a text, items of a list, members of an object, the number itself
    most: int | None = None
    choices: Sequence[str] | Callable[[], Sequence[str]] = ()
    items: "Member | Body | None" = None  # of a list: what each is
    secret: bool = False  # only in calls with a key
    left_to: str = ""  # which function checks it, where not this one: "users/writing/refused_ids.py:check_id"
    missing: str = ""
    unlike: str = ""  # of another kind; there are words for that anyway
    unlike_item: str = ""  # a list with an item of another kind
    unstorable: str = ""  # a text that no database takes
    broken: str = ""  # a text of more than one line
    beyond: str = ""  # less than `least` or more than `most`
    unlisted: str = ""  # none of `choices`

    def listed(self) -> tuple[str, ...]:
        return tuple(self.choices() if callable(self.choices) else self.choices)

    def refusal(self, words: str, value: Any = None, path: str = "") -> ApiError:
        """What is said of a value that is wrong."""
        listed, size = self.listed(), len(value) if isinstance(value, str | list | dict) else 0
        said = words.format(
            name=self.name, path=path, value=repr(str(value)[:40]), size=size, least=self.least, most=self.most,
            choices=", ".join(listed), either=" or ".join(listed),
        )  # fmt: skip
        return invalid(f"{path}{self.name}", said)

    def other_kind(self, value: Any, path: str = "") -> ApiError:
        words = self.unlike or f"{{path}}{{name}} is {kind_in_words(value)}; it takes {self.kind.words}."
        return self.refusal(words, value, path)

    def answer(self) -> dict[str, Any]:
        """What OpenAPI says of it in an answer."""
        least, most = self.kind.sizes
        made = {
            **self.kind.schema, least: self.least, most: self.most, "enum": list(self.listed()) or None,
            "example": self.example,
        }  # fmt: skip
        if self.description:
            made["description"] = self.description
        if self.items:
            made["items"] = self.items.schema()
        return {name: said for name, said in made.items() if said is not None}

    def schema(self) -> dict[str, Any]:
        """What OpenAPI says of it in a call."""
        made = self.answer()
        if self.secret:
            made["description"] = f"{self.description} Needs a secret key."
        if isinstance(self.default, bool | int | str):
            made["default"] = self.default
        if self.nullable and not self.required:
            made["nullable"] = True
            if "enum" in made:
                made["enum"].append(None)
        return made

    def parameter(self) -> OpenApiParameter:
        shape = self.answer() | ({"default": self.default} if self.default else {})
        shape.pop("description", None)
        commas: dict[str, Any] = {"style": "form", "explode": False} if self.kind is IDS else {}
        return OpenApiParameter(self.name, shape, description=self.description, **commas)


type Holds = Callable[[Any], bool]


def is_within(member: Member) -> Holds:
    least = -math.inf if member.least is None else member.least
    most = math.inf if member.most is None else member.most
    if member.kind.type is int:
        return lambda value: least <= value <= most
    return lambda value: least <= len(value) <= most


def has_like_items(member: Member) -> Holds:
    assert isinstance(member.items, Member)
    wanted = member.items.kind.type
    return lambda value: all(type(item) is wanted for item in value)


def is_listed(member: Member) -> Holds:
    if callable(member.choices):
        return lambda value: value in member.listed()
    listed = frozenset(member.choices)
    return lambda value: value in listed


# The words of a member -> what holds of a good value, which is of its kind already.
LIMITS: Final[Mapping[str, Callable[[Member], Holds]]] = {
    "unlike_item": has_like_items,
    "unstorable": lambda member: lambda value: "\x00" not in value and is_valid_text(value),
    "broken": lambda member: is_one_line,
    "beyond": is_within,
    "unlisted": is_listed,
}
type Check = Callable[[Any, str], None]  # (value, path). Raises ApiError
type Absent = Callable[[Mapping[str, Any], str], Any]  # (all that was sent, path) -> the value. Raises ApiError


def check_of(member: Member) -> Check | None:
    """The limits as one function of a value of the right kind; None where there is nothing to check."""
    limits = tuple((words, LIMITS[name](member)) for name in LIMITS if (words := getattr(member, name)))

    def check(value: Any, path: str) -> None:
        for words, holds in limits:
            if not holds(value):
                raise member.refusal(words, value, path)

    return check if limits else None


def absent_of(member: Member) -> Absent | None:
    """What becomes of null and of nothing; None where it becomes None."""

    def missing(sent: Mapping[str, Any], path: str) -> Any:
        raise member.refusal(member.missing, None, path)

    def no_null(sent: Mapping[str, Any], path: str) -> Any:
        if member.name in sent:
            raise member.other_kind(None, path)
        return member.default

    if member.missing:
        return missing
    if not member.nullable and (member.unlike or not member.left_to):
        return no_null
    return None if member.default is None else lambda sent, path: member.default


class Members:
    """Several members, in the order in which they are checked and told."""

    def __init__(self, *members: Member) -> None:
        self.members = members
        self.names = tuple(member.name for member in members)
        self.known = frozenset(self.names)
        self.secret = [member for member in members if member.secret]

    def check_names(self, sent: Mapping[str, Any], path: str = "") -> None:
        """Refuse what the call does not have: a typing mistake must not lose values silently."""
        if not self.known.issuperset(sent):
            name = next(name for name in sent if name not in self.known)
            raise self.unknown(name, path)

    def unknown(self, name: str, path: str) -> ApiError:
        raise NotImplementedError


class Body(Members):
    """An object of JSON."""

    def __init__(self, *members: Member) -> None:
        super().__init__(*members)
        self.defaults = {member.name: member.default for member in members}
        self.steps = [
            (member.name, object if member.left_to else member.kind.type, check_of(member), absent_of(member), member)
            for member in members
            if not member.left_to or member.missing or member.unlike
        ]

    def read(self, sent: dict[str, Any], path: str = "", *, public: bool = False) -> dict[str, Any]:
        """Every member by name. Raises ApiError naming the first that is wrong; `path` is its place in a batch.

        What is left to others is as it was sent, null too. Written for speed: every identify comes by here.
        """
        found = self.defaults | sent
        for name, wanted, check, absent, member in self.steps:
            value = found[name]
            if value is None:
                if absent is not None:
                    found[name] = absent(sent, path)
            elif type(value) is wanted:
                if check is not None:
                    check(value, path)
            elif wanted is not object:
                raise member.other_kind(value, path)
        if public:
            for member in self.secret:
                if found[member.name]:
                    words = "{name} needs a secret key. Leave it out, or make this call from your server."
                    raise member.refusal(words, path=path)
        return found

    def unknown(self, name: str, path: str) -> ApiError:
        near = get_close_matches(name, self.names, 1, 0.6)
        hint = f"Did you mean {near[0]}?" if near else f"The members are {', '.join(self.names)}."
        return invalid(f"{path}{name}"[:100], f"There is no member {name[:60]!r}. {hint}", "unknown_member")

    def schema(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "type": "object",
            "properties": {member.name: member.schema() for member in self.members},
        }
        required = [member.name for member in self.members if member.required]
        return made | ({"required": required} if required else {})


class Query(Members):
    """The parameters of an address."""

    def __init__(self, *members: Member) -> None:
        super().__init__(*members)
        self.checks = [(member, check_of(member)) for member in members]

    def read(self, sent: Mapping[str, str]) -> dict[str, Any]:
        """Every parameter by name. Raises ApiError naming the first that is wrong."""
        found = {}
        for member, check in self.checks:
            text = sent.get(member.name)
            if text is None:
                found[member.name] = member.default
                continue
            try:
                found[member.name] = value = member.kind.of_text(text)
            except ValueError:
                raise member.other_kind(text) from None
            if check is not None:
                check(value, "")
        return found

    def unknown(self, name: str, path: str) -> ApiError:
        choice = f"The parameters are {', '.join(self.names)}." if self.names else "There are none here."
        return invalid(name[:60], f"There is no parameter {name[:60]!r}. {choice}", "unknown_parameter")

    def parameters(self) -> list[OpenApiParameter]:
        return [member.parameter() for member in self.members]
