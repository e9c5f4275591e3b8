"""Five real records of the vendor, and what a run would write of each to whom: without writing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from integrations.connectors.base import Ask, BadRecord, Connector, Link, Record
from integrations.models import Connection, PropertyMapping
from integrations.syncing.calls import call_of, origin_of
from integrations.syncing.choices import Choices, Chosen
from integrations.syncing.matching import Match, matched
from integrations.syncing.problem_words import WITHHELD
from integrations.syncing.values import is_empty, written_values
from users.models import EndUser
from users.registry.attributes import Registry, registry_of
from users.types.fitting import Misfit
from users.types.table import TYPES
from users.writing.calls import Answer, Refused
from users.writing.rehearse import rehearse, with_new

COUNT: Final = 5


@dataclass(slots=True)
class Cell:
    """One property of a record: what the vendor holds, what would be written, and what is there now.

    `verdict` is one of the write path's, "empty" for what would not be written, or "" where nobody was found.
    """

    property: str
    label: str
    field: str
    internal: Any
    value: Any
    type: str = ""
    stored: Any = None  # the value as the attribute's type keeps it; None where it does not fit
    before: Any = None
    verdict: str = ""
    reason: str = ""

    def internal_text(self) -> str:
        """What the vendor holds, where that reads otherwise than the value."""
        held, said = (
            [str(item) for item in one] if isinstance(one, list) else [str(one)] for one in (self.internal, self.value)
        )
        return "" if held == said else ", ".join(held)


@dataclass(slots=True)
class Sample:
    """A record, its user if one was found, and why not if none was."""

    object: str
    record: str
    label: str
    url: str = ""
    user: EndUser | None = None
    creates: bool = False
    reason: str = ""
    cells: list[Cell] = field(default_factory=list)


def preview(connection: Connection, found: Connector, link: Link, choices: Choices, now: datetime) -> list[Sample]:
    """Raises VendorFailure. Nothing of it is kept."""
    names = [choices.match_property, *(chosen.property.name for chosen in choices.mapped)]
    ask = Ask(objects=choices.objects, properties=list(dict.fromkeys(names)), now=now, match=choices.match_property)
    records = found.sample(link, ask, COUNT)
    trial = with_choices(connection, choices)
    matches = matched(trial, [record for record in records if isinstance(record, Record) and not record.gone])
    mappings = [mapping_of(trial, chosen) for chosen in choices.mapped]
    registry = registry_of(connection.project)
    answers = rehearsed(trial, matches, mappings, registry, now)
    users = EndUser.objects.in_bulk([match.user for match in matches if match.user is not None])
    bad = [
        Sample(record.object, record.id, record.label, reason=record.reason)
        for record in records
        if isinstance(record, BadRecord)
    ]
    return [
        sample_of(trial, found, link, match, mappings, answers.get(id(match)), users, registry) for match in matches
    ] + bad


def with_choices(connection: Connection, choices: Choices) -> Connection:
    """The connection as it would be; never stored."""
    return Connection(
        pk=connection.pk, project=connection.project, connector=connection.connector, name=connection.name,
        match_property=choices.match_property, match_on=choices.match_on, create_users=choices.create_users,
        empty=choices.empty,
    )  # fmt: skip


def mapping_of(connection: Connection, chosen: Chosen) -> PropertyMapping:
    return PropertyMapping(
        connection=connection, property=chosen.property.name, label=chosen.property.label, key=chosen.key, type=chosen.type,
        options=dict(chosen.property.options),
    )  # fmt: skip


def rehearsed(
    connection: Connection, matches: Sequence[Match], mappings: Sequence[PropertyMapping], registry: Registry, now: datetime
) -> dict[int, Answer | Refused]:  # fmt: skip
    told = [match for match in matches if match.user is not None or match.creates]
    calls = [call_of(connection, match, mappings, now) for match in told]
    planned = with_new(registry, connection.connector, [(mapping.key, mapping.type) for mapping in mappings])
    answers = rehearse(connection.project, calls, origin_of(connection), now, planned) if calls else []
    return {id(match): answer for match, answer in zip(told, answers, strict=True)}


def sample_of(
    connection: Connection, found: Connector, link: Link, match: Match, mappings: Sequence[PropertyMapping],
    answer: Answer | Refused | None, users: dict[int, EndUser], registry: Registry,
) -> Sample:  # fmt: skip
    record = match.record
    made = Sample(
        record.object, record.id, record.label, found.record_url(link, record.object, record.id),
        users.get(match.user or 0), match.creates, match.reason,
    )  # fmt: skip
    if isinstance(answer, Refused):
        made.reason = answer.message
    values = written_values(record.values, mappings, connection.empty)
    for mapping in mappings:
        made.cells.append(cell_of(connection, made, mapping, record, values, answer, registry))
    return made


def cell_of(
    connection: Connection, made: Sample, mapping: PropertyMapping, record: Record, values: dict[str, Any],
    answer: Answer | Refused | None, registry: Registry,
) -> Cell:  # fmt: skip
    raw = record.values.get(mapping.property)
    value = values.get(mapping.key)
    cell = Cell(
        mapping.property, mapping.label or mapping.property, f"{connection.connector}.{mapping.key}", raw, value,
        mapping.type, stored_form(value, mapping.type),
    )  # fmt: skip
    definition = registry.by_field(connection.connector, mapping.key)
    if definition and made.user:
        cell.before = definition.shown(definition.held(made.user.attributes.get(definition.ref)))
    if definition and definition.sensitive:
        cell.internal, cell.value, cell.stored = (definition.shown(one) for one in (raw, value, cell.stored))
    if is_empty(raw) and connection.empty == Connection.Empty.KEEP:
        cell.verdict = "empty"
    elif isinstance(answer, Answer):
        cell.verdict = answer.attributes.get(mapping.key, "")
        cell.reason = next((item["reason"] for item in answer.rejected if item["attribute"] == mapping.key), "")
        if cell.reason and definition and definition.sensitive:
            cell.reason = WITHHELD
    return cell


def stored_form(value: Any, type_name: str) -> Any:
    try:
        return None if value is None else TYPES[type_name].coerce(value)
    except Misfit:
        return None  # the verdict says so
