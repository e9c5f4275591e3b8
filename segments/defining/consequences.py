"""What a change of an attribute does to the segments that use it: found by compiling their rules as if it were made."""

from collections.abc import Iterable
from dataclasses import replace

from django.urls import reverse

from segments.engines.compiled import Compiled, compile_all
from segments.language.broken import for_people
from segments.language.raw_rules import fields_in
from segments.membership.sizes import sizes_of
from segments.models import Segment
from users.extend import Affected
from users.models import Attribute
from users.registry.attributes import Definition, Registry, registry_of
from users.registry.consequences import Change


def affected(attribute: Attribute, change: Change) -> list[Affected]:
    """Segments that read the attribute, through other segments too. Archived segments count: they can come back."""
    project, ref = attribute.project, attribute.ref
    known = registry_of(project)
    before = compile_all(project.pk, known)
    using = {item.id: item for item in before.by_ref.get(ref, ())}
    # A rule that is broken now is not compiled, so that what it names is read from its JSON.
    rules = Segment.objects.filter(project=project, static=False).values_list("pk", "rule")
    lame = {pk for pk, rule in rules if before.by_id[pk].broken and attribute.field in fields_in(rule)}
    if not using and not lame:
        return []
    why = reasons(compile_all(project.pk, Registry(as_changed(known.all(), ref, change))), using)
    sizes = sizes_of(using.keys() | lame)
    return [
        Affected(
            before.by_id[pk].name, reverse("segment", args=[project.slug, pk]), sizes.get(pk, 0),
            before.by_id[pk].visible, why.get(pk, ""),
        )
        for pk in using.keys() | lame
    ]  # fmt: skip


def as_changed(definitions: Iterable[Definition], ref: str, change: Change) -> Iterable[Definition]:
    for item in definitions:
        if item.ref != ref:
            yield item
        elif change.act == "type":
            yield replace(item, type=change.to)
        elif change.act != "delete":
            yield item


def reasons(after: Compiled, using: Iterable[int]) -> dict[int, str]:
    """Of those that work now, why they would not, without the place in the rule's JSON."""
    return {pk: for_people(why) for pk in using if (why := after.by_id[pk].broken)}
