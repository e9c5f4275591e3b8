"""What a request is about goes while it is being answered: between two of its statements somebody else deletes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from django.db import connection
from django.urls import Resolver404, resolve

from segments.defining import edit
from segments.defining.edit import InUse
from segments.models import Segment
from tests.fuzz.doors import Door
from tests.fuzz.world import KINDS, World
from users.models import Attribute, Project
from users.registry.attributes import registry_of
from users.writing.calls import Refused
from users.writing.erase import erase_user
from users.writing.resolve import find_user


class Meanwhile:
    """An execute_wrapper. `at` is the number of the statement before which it happens, outside of any transaction:
    inside one, what is deleted could not be seen to go."""

    def __init__(self, at: int, act: Any) -> None:
        self.at, self.act = at, act
        self.seen, self.done = 0, False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not connection.in_atomic_block and not self.done:
            self.seen += 1
            if self.seen > self.at:
                self.done = True
                self.act()
        return execute(sql, params, many, context)


@contextmanager
def meanwhile(at: int, act: Any) -> Iterator[Meanwhile]:
    happening = Meanwhile(at, act)
    with connection.execute_wrapper(happening):
        yield happening


def deleting(world: World, door: Door, path: str) -> Any:
    """An act that deletes what the address names; None where it names nothing that is there."""
    try:
        kwargs = resolve(unquote(path.partition("?")[0])).kwargs
    except Resolver404:
        return None
    if "ident" in kwargs:
        found = find_user(world.project, kwargs["ident"]) if "\x00" not in kwargs["ident"] else None
        return found and (lambda: erase_user(world.project, found.pk))
    if "field" in kwargs:
        definition = registry_of(world.project).find(kwargs["field"])
        return definition and definition.id and (lambda: Attribute.objects.filter(pk=definition.id).delete())
    for name, kind in (("user", "users"), ("merge_pk", "merges"), ("pk", kind_of(door))):
        if name in kwargs and kind in KINDS:
            return row_deleting(world.project, kind, int(kwargs[name]))
    return None


def kind_of(door: Door) -> str:
    before = door.route.split("pk>")[0].rsplit("<", 1)[0].rstrip("/").rsplit("/", 1)[-1]
    return before if before in KINDS else "users"


def row_deleting(project: Project, kind: str, pk: int) -> Any:
    rows = KINDS[kind].objects.filter(project=project, pk=pk)
    if kind == "users":
        return lambda: erase_user(project, pk)
    if kind == "segments":
        return lambda: delete_segment(pk)
    return rows.delete


def delete_segment(pk: int) -> None:
    segment = Segment.objects.filter(pk=pk).first()
    try:
        if segment:
            edit.delete_segment(segment)
    except (InUse, Refused):
        pass
