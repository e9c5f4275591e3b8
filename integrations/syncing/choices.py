"""What a team chooses of a connection: kinds of records, how users are found, and where each property goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations.connectors.base import Connector, Link, Property
from integrations.models import Connection, PropertyMapping
from integrations.syncing.matching import MATCH_ON
from integrations.syncing.runs import next_run_of
from integrations.syncing.schedules import minutes_of, text_of
from users.models import Attribute
from users.registry.attributes import AlreadyDefined, Registry, check_key, define, registry_of
from users.types.fitting import Misfit
from users.types.table import TYPES

MOST: Final = 200  # properties of a connection: a call carries 250 attributes


class BadChoice(ValueError):
    """What was chosen is not possible. `path` is the member of the API's body."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path, self.message = path, message


@dataclass(frozen=True, slots=True)
class Chosen:
    """A property and the attribute that it becomes."""

    property: Property
    key: str
    type: str


@dataclass(slots=True)
class Choices:
    """All that was chosen, checked."""

    objects: list[str]
    match_property: str
    match_on: str
    create_users: bool
    empty: str
    schedule: int | None
    mapped: list[Chosen] = field(default_factory=list)


def choices_of(connection: Connection) -> dict[str, Any]:
    """What is chosen now, as the API says and takes it."""
    return {
        "match": {"property": connection.match_property, "on": connection.match_on},
        "create_users": connection.create_users, "objects": connection.objects_read,
        "properties": [
            {"property": mapping.property, "key": mapping.key, "type": mapping.type}
            for mapping in connection.mappings.order_by("pk")
        ],
        "schedule": text_of(connection.schedule), "empty": connection.empty,
    }  # fmt: skip


def read_choices(connection: Connection, found: Connector, link: Link, sent: Mapping[str, Any]) -> Choices:
    """Check what was sent over what is chosen already. Raises BadChoice, or what the vendor's failures raise."""
    said = {**choices_of(connection), **{name: value for name, value in sent.items() if value is not None}}
    objects = checked_objects(found, said["objects"])
    match = said["match"]
    if not isinstance(match, Mapping):
        raise BadChoice("match", 'match is an object such as {"property": "email", "on": "native.email"}.')
    on = match.get("on") or connection.match_on
    if on not in MATCH_ON:
        raise BadChoice("match.on", f"Users are found by {', '.join(MATCH_ON)}.")
    try:
        schedule = minutes_of(sent["schedule"]) if "schedule" in sent else connection.schedule
    except ValueError as wrong:
        raise BadChoice("schedule", str(wrong)) from None
    if said["empty"] not in Connection.Empty.values:
        raise BadChoice("empty", f"empty is one of {', '.join(Connection.Empty.values)}.")
    if not isinstance(said["create_users"], bool):
        raise BadChoice("create_users", "create_users is true or false.")
    choices = Choices(
        objects,
        str(match.get("property") or connection.match_property),
        on,
        said["create_users"],
        said["empty"],
        schedule,
    )
    listed = {one.name: one for one in found.properties(link, objects)}
    if choices.match_property not in listed:
        raise BadChoice("match.property", unknown(found, choices.match_property))
    choices.mapped = read_mapped(found, said["properties"], listed, registry_of(connection.project))
    return choices


def checked_objects(found: Connector, sent: Any) -> list[str]:
    known = [kind.slug for kind in found.objects]
    if not isinstance(sent, Sequence) or isinstance(sent, str) or any(name not in known for name in sent):
        raise BadChoice("objects", f"objects is a list of {', '.join(known)}.")
    people = {kind.slug for kind in found.objects if kind.people}
    if not people & set(sent):
        raise BadChoice("objects", f"Choose one of {', '.join(sorted(people))}: those are people.")
    return [name for name in known if name in sent]


def unknown(found: Connector, name: str) -> str:
    return f"{found.source.name} has no property {name[:100]!r} among the chosen kinds of records."


def read_mapped(found: Connector, sent: Any, listed: Mapping[str, Property], registry: Registry) -> list[Chosen]:
    if not isinstance(sent, Sequence) or isinstance(sent, str):
        raise BadChoice("properties", 'properties is a list such as [{"property": "plan", "key": "plan"}].')
    if len(sent) > MOST:
        raise BadChoice("properties", f"{len(sent):,} properties are more than the {MOST} that a connection may read.")
    mapped: list[Chosen] = []
    for number, item in enumerate(sent):
        path = f"properties.{number}"
        if not isinstance(item, Mapping) or not isinstance(item.get("property"), str):
            raise BadChoice(path, 'Each is an object such as {"property": "plan", "key": "plan", "type": "string"}.')
        one = listed.get(item["property"])
        if one is None:
            raise BadChoice(f"{path}.property", unknown(found, item["property"]))
        mapped.append(read_one(found, path, item, one, registry))
        check_once(path, mapped)
    return mapped


def check_once(path: str, mapped: Sequence[Chosen]) -> None:
    last = mapped[-1]
    for other in mapped[:-1]:
        if other.property.name == last.property.name:
            raise BadChoice(f"{path}.property", f"{last.property.name} is named twice.")
        if other.key == last.key:
            raise BadChoice(f"{path}.key", f"{other.property.name} becomes {last.key} already. Choose another key.")


def read_one(found: Connector, path: str, item: Mapping[str, Any], one: Property, registry: Registry) -> Chosen:
    try:
        key = check_key(item.get("key") or one.key)
    except Misfit as misfit:
        raise BadChoice(f"{path}.key", misfit.reason) from None
    there = registry.by_field(found.slug, key)
    kind = item.get("type") or (there.type if there else one.type)
    if kind not in TYPES:
        raise BadChoice(f"{path}.type", f"type is one of {', '.join(TYPES)}.")
    if there and there.type != kind:
        raise BadChoice(
            f"{path}.type", f"{found.slug}.{key} is of type {there.type} already. Choose that, or another key."
        )
    return Chosen(one, key, kind)


def keep_choices(connection: Connection, found: Connector, choices: Choices, now: datetime) -> None:
    """Store them, and define the attributes that are new. What was not read before makes the next run read all.

    Raises BadChoice where the project may define no more attributes: nothing is stored then.
    """
    with transaction.atomic():
        for number, chosen in enumerate(choices.mapped):
            define_one(connection, found, chosen, number, now)
        locked = Connection.objects.select_for_update().get(pk=connection.pk)
        before = {(row.property, row.key, row.type) for row in locked.mappings.all()}
        after = {(chosen.property.name, chosen.key, chosen.type) for chosen in choices.mapped}
        reads = (locked.objects_read, locked.match_property, locked.match_on, locked.create_users, locked.empty)
        locked.objects_read, locked.match_property, locked.match_on = (
            choices.objects,
            choices.match_property,
            choices.match_on,
        )
        locked.create_users, locked.empty = choices.create_users, choices.empty
        will = (locked.objects_read, locked.match_property, locked.match_on, locked.create_users, locked.empty)
        if after - before or reads != will:
            locked.cursor = None
        if locked.schedule != choices.schedule or locked.state == Connection.State.DRAFT:
            locked.schedule = choices.schedule
            locked.next_run = next_run_of(locked, now)
        if locked.state == Connection.State.DRAFT and choices.mapped:
            locked.state = Connection.State.ACTIVE
        locked.save()
        write_mappings(locked, choices)
    connection.refresh_from_db()


def write_mappings(connection: Connection, choices: Choices) -> None:
    connection.mappings.all().delete()
    PropertyMapping.objects.bulk_create(
        PropertyMapping(
            connection=connection, property=chosen.property.name, object=chosen.property.object, label=chosen.property.label[:200],
            key=chosen.key, type=chosen.type, options=dict(chosen.property.options),
        )
        for chosen in choices.mapped
    )  # fmt: skip


def define_one(connection: Connection, found: Connector, chosen: Chosen, number: int, now: datetime) -> None:
    mine = Attribute.objects.filter(project=connection.project, source=found.slug, key=chosen.key)
    if mine.exists():
        return
    label = chosen.property.label[:100]
    try:
        define(
            connection.project, source=found.slug, key=chosen.key, type_name=chosen.type, now=now,
            name="" if label == chosen.key else label, description=chosen.property.description[:500],
        )  # fmt: skip
    except AlreadyDefined:
        return  # somebody was faster; what does not fit their type is refused by value
    except Misfit as misfit:
        raise BadChoice(f"properties.{number}.key", misfit.reason) from None
