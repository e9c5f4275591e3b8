"""Every address, from the urlconf, and what can stand in its places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from urllib.parse import quote

from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

from tests.fuzz.nasty import NUMBERS, any_text
from tests.fuzz.world import World
from users.models import Attribute

PLACE: Final = re.compile(r"<(?:(\w+):)?(\w+)>")
NUMBER_PLACES: Final = [number for number in NUMBERS if number.isascii() and number.isdecimal()]


@dataclass(frozen=True)
class Door:
    route: str
    name: str
    view: Any

    @property
    def is_api(self) -> bool:
        return self.route.startswith(("api/", "v1/", "sse/", "segmentio-cloud/"))

    @property
    def is_admin(self) -> bool:
        return self.route.startswith("admin/")


def doors() -> list[Door]:
    found = [
        Door(route, pattern.name or route, pattern.callback) for route, pattern in walk(get_resolver().url_patterns, "")
    ]
    return sorted({(door.route, door.name): door for door in found}.values(), key=lambda door: (door.route, door.name))


def walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = prefix + re.sub(r"^\^|\$$|\\Z", "", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, route)
        else:
            yield route, pattern


def address(door: Door, world: World, random: Random, sane: float = 0.8) -> str:
    """A path to the door, percent-encoded; each place holds something that fits with the chance `sane`."""

    def fill(match: re.Match[str]) -> str:
        kind, name = match.groups()
        before = door.route[: match.start()].rstrip("/").rsplit("/", 1)[-1]
        if name == "slug":
            sane_here = random.random() < 0.97
            return encoded(
                world.project.slug
                if sane_here
                else random.choice([world.stranger.slug, world.deleting.slug, any_text(random)])
            )
        if random.random() < sane:
            return encoded(str(random.choice(fitting(door, before, name, world) or [0])))
        return encoded(random.choice(NUMBER_PLACES) if kind in ("int", "row") else any_text(random))

    path = PLACE.sub(fill, door.route)
    path = re.sub(r"\(\?P<\w+>[^)]*\)", lambda _: random.choice(["users", "segments", "auth", "é", "x"]), path)
    if any(mark in path for mark in "^$("):  # a pattern that takes anything
        path = path.split("^")[0].split("(")[0] + encoded(any_text(random))
    return f"/{path}"


def encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def fitting(door: Door, before: str, name: str, world: World) -> list[Any]:
    if door.is_admin:
        return rows_of_admin(door, name)
    if name == "user" or (before == "users" and name == "pk"):
        return world.ids("users")
    if name == "merge_pk":
        return world.ids("merges")
    if name == "pk":
        return world.ids(
            before if before in ("attributes", "tags", "keys", "members", "links", "jobs", "segments") else "users"
        )
    if name == "ref":
        refs = [row.ref for row in Attribute.objects.filter(project=world.project)]
        return [*refs, "tags", "name", "email", "a0", "a999999"]
    if name == "token":
        return world.tokens
    if name == "page":
        return ["identify", "roles", "search", "sources", "types", "segments"]
    if name == "ident":
        return ["u0", "u1", "u3", "browser-1", "anonymous-of-u0", "~dTE", "~w6kvw6QgYg", "é/ä b", "nobody"]
    if name == "field":
        return [
            "custom.plan",
            "custom.seats",
            "custom.skills",
            "native.email",
            "custom.é.ü",
            "custom.nothing",
            "hubspot.x",
        ]
    return []


def rows_of_admin(door: Door, name: str) -> list[Any]:
    model = model_of(door)
    if model is not None:
        return list(model._default_manager.order_by("-pk").values_list("pk", flat=True)[:10])
    return {"app_label": ["users", "segments", "auth"], "url": ["x"]}.get(name, list(range(1, 30)))


def model_of(door: Door) -> Any:
    """The model whose pages of the admin the door leads to."""
    parts = door.route.split("/")
    return apps.all_models.get(parts[1], {}).get(parts[2]) if door.is_admin and len(parts) > 3 else None


def look_ups(door: Door) -> list[str]:
    """The parameters that a list of the admin takes for its filters, and those that it might be given."""
    model = model_of(door)
    if model is None or model not in admin.site._registry:
        return []
    page, names = (
        admin.site._registry[model],
        ["q", "o", "p", "all", "e", "_popup", "_to_field", "_changelist_filters", "attribute"],
    )
    for listed in page.list_filter:
        names += [f"{listed}__id__exact", f"{listed}__exact", f"{listed}__isnull", str(listed)]
    for field in model._meta.fields:
        names += [
            field.name,
            f"{field.name}__in",
            f"{field.name}__gte",
            f"{field.name}__isnull",
            f"{field.attname}__exact",
        ]
    return names
