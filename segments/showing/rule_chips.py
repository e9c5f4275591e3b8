"""A rule to read: its conditions as chips, each with the mark of its attribute's source, and what stands between."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from segments.engines.explain import words_of
from segments.language.fields import SEGMENT
from segments.language.rules import Condition, Group
from users.models import NATIVE, Project
from users.registry.attributes import registry


@dataclass(frozen=True, slots=True)
class Piece:
    """A condition (`is_condition`), or a word or bracket between conditions."""

    text: str
    sources: list[str]  # the source whose mark it has, if any
    is_condition: bool = False
    url: str = ""  # the page of the attribute or segment that the condition names


def pieces_of(node: Group | Condition, project: Project, top: bool = True) -> Iterator[Piece]:
    """In the order in which they are read."""
    if isinstance(node, Condition):
        marked = node.field.kind != SEGMENT and node.field.source != NATIVE
        yield Piece(
            words_of(node), [node.field.source] if marked else [], is_condition=True, url=page_of(node, project)
        )
        return
    bracketed = node.negated or (not top and len(node.rules) > 1)
    if node.negated:
        yield Piece("not", [])
    if bracketed:
        yield Piece("(", [])
    for number, part in enumerate(node.rules):
        if number:
            yield Piece(node.combinator, [])
        yield from pieces_of(part, project, False)
    if bracketed:
        yield Piece(")", [])


def page_of(condition: Condition, project: Project) -> str:
    if condition.target is not None:
        return reverse("segment", args=[project.slug, condition.target.id])
    named = registry(project.pk, project.version).find(condition.field.name)
    return reverse("attribute_edit", args=[project.slug, named.id]) if named else ""
