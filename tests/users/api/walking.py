"""Walks a table of members: what each takes at its limits, what breaks them, and whether the real call says so."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from openapi_schema_validator import OAS30Validator

from users.api.kinds import IDS, UUID
from users.api.members import Body, Member, Members, Query

WRONG_KINDS = {
    str: [5, True, [], {}], bool: [1, "true", []], int: [1.5, "1", True], list: [5, "a", {}], dict: [5, "a", []],
    object: [{"a": {"b": 1}}],  # neither an id nor a value
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A call that takes these members. `good()` is a body or query that it answers; `before()` makes it possible."""

    takes: Members
    method: str
    path: str
    good: Callable[[], dict[str, Any]] = dict
    before: Callable[[], Any] = lambda: None
    unlike: tuple[tuple[str, Any], ...] = ()  # good values that do not go with the rest of `good`


def sized(member: Member, size: int) -> Any:
    kind = member.kind.type
    if kind is int:
        return size
    if kind is dict:
        return {f"k{number}": 1 for number in range(size)}
    if member.kind is IDS:
        return list(range(1, size + 1))
    if kind is list:
        return [{} if isinstance(member.items, Body) else f"t{number}" for number in range(size)]
    return "x" * size


def right(member: Member) -> Iterator[Any]:
    """Values at each bound."""
    if member.nullable and not member.required:
        yield None
    yield from member.listed()
    yield from (True, False) if member.kind.type is bool else ()
    yield from (sized(member, size) for size in (member.least, member.most) if size is not None)
    if isinstance(member.items, Member):
        yield from ([value] for value in right(member.items))


def wrong(member: Member) -> Iterator[tuple[Any, bool]]:
    """(value beyond one bound, whether OpenAPI can say that it is wrong)."""
    said = member.kind.type is not object
    yield from ((value, said) for value in WRONG_KINDS[member.kind.type])
    if not member.nullable or member.required:
        yield None, True
    if member.choices:
        yield "none of these", True
    if member.least:
        yield sized(member, member.least - 1), True
    if member.most:
        yield sized(member, member.most + 1), True
    if member.kind is UUID:
        yield "no uuid", False
    yield from ((f"a{bad}b", False) for bad in ("\x00", "\ud800") if member.unstorable)
    yield from ((f"a{bad}b", False) for bad in ("\n", "\u202e") if member.broken)
    if isinstance(member.items, Member):
        yield from (([value], said) for value, said in wrong(member.items))


def wrong_texts(member: Member) -> Iterator[str]:
    """Of a parameter."""
    if member.choices:
        yield "none of these"
    if member.unlike or member.kind.type in (int, bool):
        yield "x"
    if member.least:
        yield text_of(sized(member, member.least - 1))
    if member.most:
        yield text_of(sized(member, member.most + 1))


def text_of(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)


def ask(api: Any, call: Call, sent: dict[str, Any]) -> Any:
    call.before()
    query = isinstance(call.takes, Query)
    path = f"/api/v1/{call.path}{'?' + urlencode(sent) if query else ''}"
    raw, headers = b"" if query else json.dumps(sent), {"HTTP_AUTHORIZATION": f"Bearer {api.secret}"}
    return api.client.generic(call.method, path, raw, content_type="application/json", **headers)


def names(answer: Any, member: Member) -> bool:
    """Whether the answer refuses it by name; a rule's mistakes are named by their place in the rule."""
    if answer.status_code == 200:
        return any(item["attribute"] == f"native.{member.name}" for item in answer.json().get("rejected", ()))
    paths = [detail["path"] for detail in answer.json()["error"]["details"]]
    return answer.status_code == 422 and (member.name == "rule" or paths[0].split("[")[0].split(".")[0] == member.name)


def check_member(api: Any, call: Call, member: Member) -> None:
    """The real call takes what is at each bound and refuses what is beyond, and so does its description."""
    validator = OAS30Validator(call.takes.schema()) if isinstance(call.takes, Body) else None
    for value in right(member):
        if (member.name, value) in call.unlike or (validator is None and value is None):
            continue
        body = {**call.good(), member.name: value if validator else text_of(value)}
        answer = ask(api, call, body)
        assert answer.status_code < 400, (member.name, value, answer.content)
        assert not validator or validator.is_valid(body), (member.name, value)
    for value, described in wrong(member) if validator else ((text, False) for text in wrong_texts(member)):
        body = {**call.good(), member.name: value}
        answer = ask(api, call, body)
        assert names(answer, member), (member.name, value, answer.status_code, answer.content)
        assert not (described and validator.is_valid(body)), (member.name, value)
    if member.required:
        body = {name: value for name, value in call.good().items() if name != member.name}
        assert names(ask(api, call, body), member), member.name
        assert not validator.is_valid(body)


def walked(calls: list[Call]) -> list[Any]:
    """(call, member) for pytest, named after them."""
    return [
        pytest.param(call, member, id=f"{call.method} {call.path} {member.name}")
        for call in calls
        for member in call.takes.members
    ]
