"""The mapping of a draft as a form: what it shows, and what was chosen in it."""

import re
from dataclasses import replace
from typing import Any

from django.http import QueryDict

from integrations.imports.options import EMPTY, IDS, MODES, NATIVE_KEYS, SEVERAL, BadOptions, options_of
from integrations.imports.reading import ENCODINGS, FORMATS, QUOTES, SEPARATORS, Table
from integrations.imports.records import Reading, is_empty
from integrations.models import Import
from segments.models import Segment
from users.ground.parameters import whole_number
from users.models import CUSTOM, NATIVE, Project
from users.registry.attributes import registry_of
from users.showing.problems import Problem
from users.types.table import TYPES

ROWS = 5
CHOICES = ("on", "mode", "empty", "several", "tag", "segment")  # beside those of the columns
READ_AS = ("encoding", "separator", "quote")
OF_COLUMN = re.compile(r"columns\[(\d+)\](?:\.(type|separator))?")


def mapping_context(project: Project, found: Import, table: Table, sent: QueryDict | None = None) -> dict[str, Any]:
    """`sent` is what was chosen in a form that was refused: it stays."""
    options, reading, registry = options_of(found.options), Reading(**found.reading), registry_of(project)
    by_place = {column.at: column for column in options.columns}
    columns = list[dict[str, Any]]()
    for at, name in enumerate(table.names):
        column = by_place.get(at)
        columns.append({
            "at": at, "name": name, "key": column.field.removeprefix("custom.") if column else "",
            "type": column.type if column else next(iter(TYPES)), "separator": column.separator if column else ",",
            "is_new": column is not None and registry.find(column.field) is None,
            "samples": [text for row in table.sample if (text := shown(row.cells[at]))][:3],
        })  # fmt: skip
    chosen: dict[str, Any] = {name: getattr(options, name) for name in CHOICES}
    if sent is not None and "on" in sent:
        chosen = {name: sent.get(name, chosen[name]) for name in CHOICES}
        chosen |= {"on": chosen["on"].removeprefix("native."), "segment": whole_number(str(chosen["segment"]))}
        for shown_column in columns:
            for name in ("key", "type", "separator"):
                shown_column[name] = sent.get(f"{name}-{shown_column['at']}", shown_column[name])
    elif sent is not None:  # how the file is read
        said: dict[str, Any] = {name: sent[name] for name in READ_AS if name in sent}
        reading = replace(reading, **said, header="header" in sent)
    return {
        "columns": columns, "chosen": chosen, "reading": reading, "format": FORMATS[reading.format],
        "rows": [(row.line, [shown(cell) for cell in row.cells]) for row in table.sample[:ROWS]], "bad": table.bad[:ROWS],
        "targets": [*(f"native.{key}" for key in NATIVE_KEYS), *sorted(item.key for item in registry.of_source(CUSTOM) if not item.archived)],
        "types": [(kind.name, kind.label) for kind in TYPES.values()],
        "ids": [(f"native.{key}", item.label if (item := registry.by_field(NATIVE, key)) else key) for key in IDS],
        "modes": MODES.items(), "empties": EMPTY.items(), "severals": SEVERAL.items(),
        "lists": Segment.objects.filter(project=project, static=True, archived=False).order_by("name")[:500],
        "encodings": ENCODINGS.items(), "separators": SEPARATORS.items(), "quotes": QUOTES.items(),
    }  # fmt: skip


def shown(cell: Any) -> str:
    return "" if is_empty(cell) else str(cell)[:80]


def problem_of(found: Import, sent: QueryDict, bad: BadOptions) -> Problem:
    """What is wrong with the choices, at its field, and in words for those who do not write JSON."""
    if at := OF_COLUMN.match(bad.path):
        return Problem(bad.message, f"{at[2] or 'key'}-{columns_sent(found, sent)[int(at[1])]}")
    name = bad.path.partition(".")[0]
    if name == "identifier":
        return Problem("Nothing names the users: no column goes there. Let one go there, or choose another.", "on")
    return Problem("Choose one of the list." if name in ("mode", "empty", "several", "segment") else bad.message, name)


def columns_sent(found: Import, sent: QueryDict) -> list[int]:
    """The places of the columns that go somewhere."""
    return [at for at in range(len(found.columns)) if sent.get(f"key-{at}", "").strip()]


def choices_of(found: Import, sent: QueryDict) -> dict[str, Any]:
    """What was chosen, as the API takes it. An existing attribute keeps its type, whatever stands beside it."""
    registry = registry_of(found.project)
    columns = []
    for at in columns_sent(found, sent):
        key = sent.get(f"key-{at}", "").strip()
        item = {"column": found.columns[at], "key": key}
        is_known = registry.find(key if key.startswith("native.") else f"custom.{key}") is not None
        if not is_known and (kind := sent.get(f"type-{at}")):
            item["type"] = kind
        if separator := sent.get(f"separator-{at}"):
            item["separator"] = separator
        columns.append(item)
    return {
        "columns": columns, "identifier": {"on": sent.get("on", "native.user_id")}, "mode": sent.get("mode") or None,
        "empty": sent.get("empty") or None, "several": sent.get("several") or None, "tag": sent.get("tag", "").strip(),
        "segment": sent.get("segment") or None,
    }  # fmt: skip
