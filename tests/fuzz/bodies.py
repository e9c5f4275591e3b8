"""Bodies for every call of the API: those that its description shows, and what becomes of them by accident."""

import json
from copy import deepcopy
from random import Random
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from segments.language.operators import TYPES
from tests.fuzz.nasty import BODIES, any_json, any_text
from tests.fuzz.world import World

FIELDS = {
    "string": "custom.plan", "number": "custom.seats", "boolean": "custom.beta", "date": "custom.signup", "list": "custom.skills",
    "segment": "segment", "event": "event.login", "tags": "native.tags",
}  # fmt: skip
# What calls take that the description does not list, and that other people's libraries send.
TRACKING: dict[str, Any] = {
    "type": "identify", "userId": "u1", "anonymousId": "browser-1", "messageId": "m1", "timestamp": "2024-06-15T12:00:00Z", "sentAt": "2024-06-15T12:00:01Z",
    "originalTimestamp": "2024-06-15T12:00:00Z", "traits": {"plan": "Pro", "email": "a@b.example", "firstName": "M", "lastName": "R", "address": {"city": "x"}},
    "context": {"traits": {"plan": "Pro"}, "locale": "en", "ip": "1.2.3.4", "library": {"name": "x"}}, "event": "login", "properties": {"a": 1},
    "groupId": "g1", "previousId": "browser-1", "name": "Home", "category": "x", "integrations": {}, "email": "a@b.example",
}  # fmt: skip


def described() -> dict[tuple[str, str], dict[str, Any]]:
    """(method, path) -> {"examples": [bodies], "members": names, "parameters": names} of the OpenAPI description."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found = {}
    for path, methods in schema["paths"].items():
        for method, call in methods.items():
            content = call.get("requestBody", {}).get("content", {}).get("application/json", {})
            examples = [item["value"] for item in content.get("examples", {}).values()]
            found[method.upper(), path] = {
                "examples": examples, "members": sorted(members(content.get("schema", {}))),
                "parameters": [item["name"] for item in call.get("parameters", ()) if item["in"] == "query"],
            }  # fmt: skip
    return found


def members(schema: dict[str, Any], levels: int = 3) -> set[str]:
    """The names of members, and of members of members. Rules hold rules for ever."""
    found = set(schema.get("properties", ()))
    inner = (
        *schema.get("properties", {}).values(),
        schema.get("items", {}),
        *schema.get("oneOf", ()),
        *schema.get("anyOf", ()),
    )
    return found.union(*(members(one, levels - 1) for one in inner)) if levels else found


def some_rule(random: Random, world: World, levels: int = 2) -> dict[str, Any]:
    rules: list[Any] = []
    for _ in range(random.choice((1, 1, 2, 3))):
        if levels and random.random() < 0.2:
            rules.append(some_rule(random, world, levels - 1))
            continue
        kind = random.choice(sorted(TYPES))
        operator = random.choice(list(TYPES[kind]))
        value = operator.operand.example
        if kind == "segment":
            value = random.choice(world.ids("segments") or [0])
        condition = {"field": FIELDS.get(kind, "custom.plan"), "operator": operator.name, "value": value}
        if random.random() < 0.2:
            condition |= {
                random.choice(("case_sensitive", "require_value", "id", "not")): random.choice((True, False, None, "x"))
            }
        rules.append(condition)
    return {"combinator": random.choice(("and", "or")), "not": random.random() < 0.2, "rules": rules}


def some_body(known: dict[str, Any], random: Random, world: World) -> dict[str, Any]:
    """Of the right shape, with ids and rules of this world; sometimes with every member that there is."""
    undescribed = [TRACKING, {"users": ["u0"]}, {"tags": ["vip"]}]
    body = deepcopy(random.choice(known["examples"] or undescribed))
    for name in known["members"]:
        if name not in body and random.random() < 0.08:
            body[name] = any_json(random)
    sensible = {
        "user_id": lambda: random.choice(["u0", "u1", "new", 17]), "jimer_id": lambda: random.choice(["browser-1", "anonymous-of-u0", "fresh"]),
        "project_id": lambda: str(world.project.public_id), "rule": lambda: some_rule(random, world), "message_id": lambda: f"m{random.randrange(9)}",
        "name": lambda: f"N{random.randrange(10**6)}", "key": lambda: f"k{random.randrange(40)}", "users": lambda: ["u0", "u1", "u1@x.example"],
        "timestamp": lambda: random.choice(["2024-06-15T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"]),
    }  # fmt: skip
    for name, make in sensible.items():
        if name in body and random.random() < 0.9:
            body[name] = make()
    if "user" in body and isinstance(body["user"], dict):
        body["user"] |= {
            "segments": world.ids("segments")[:2],
            "groups": [{"id": "g", "traits": {"KEY": 1}}],
            "events": [{"name": "login", "timestamp": "2024-06-15"}],
        }
    return body


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to each member and item."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in inner for found in ((*path, key), *places(item, (*path, key)))]


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    body = deepcopy(body)
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return body


def mutated(body: dict[str, Any], random: Random) -> Any:
    """With one to three members replaced, added, renamed, doubled or lost."""
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        found = places(body)
        if not found:
            return any_json(random)
        path, how = random.choice(found), random.random()
        if how < 0.7:
            body = replaced(body, path, any_json(random))
            continue
        body = deepcopy(body)
        inner: Any = body
        for step in path[:-1]:
            inner = inner[step]
        if isinstance(inner, list):
            inner.extend([any_json(random)] * random.choice((1, 1, 300)))
        elif how < 0.85:
            inner[any_text(random)] = any_json(random)
        else:
            inner[any_text(random)] = inner.pop(path[-1])
    return body


def written(body: Any, random: Random) -> bytes:
    """As JSON; sometimes broken on the way, or something else altogether."""
    how = random.random()
    if how < 0.06:
        return random.choice(BODIES)
    text = json.dumps(body, ensure_ascii=how < 0.5)
    if how > 0.97:
        text = text[: random.randrange(len(text) + 1)]
    elif how > 0.94:
        text = text.replace("1", random.choice(("NaN", "1e999", "9" * 4400, "-0", "1.0", "[" * 3000)), 1)
    return text.encode("utf-8", "surrogatepass")
