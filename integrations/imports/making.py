"""An import is made of an upload: the file is kept, looked at, and the choices for it are checked."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from integrations.imports import files
from integrations.imports.options import Options, identifier_of, options_of, read_options, suggested
from integrations.imports.reading import Table, checked, look, sniff
from integrations.imports.records import Reading
from integrations.models import Import
from users.models import Account, Project
from users.writing.calls import Origin


def make(
    project: Project, name: str, pieces: Iterable[bytes], origin: Origin, now: datetime, by: Account | None = None
) -> tuple[Import, Table]:
    """A draft of this file, with how it is most likely read and mapped. Raises Unreadable, files.TooLarge."""
    name = " ".join(name.replace("\x00", "").split())[-200:] or "Pasted"
    kept, size = files.keep(pieces)
    try:
        path = files.folder() / kept
        reading = sniff(path, name)
        table = look(path, reading)
        columns = suggested(project, table)
        found = Import.objects.create(
            project=project, name=name, file=kept, size=size, reading=reading.stored(), columns=table.names,
            options=Options(on=identifier_of(columns), columns=columns).stored(), created=now, created_by=by,
            origin_kind=origin.kind, origin_id=origin.id, origin_label=origin.label,
        )  # fmt: skip
    except BaseException:
        (files.folder() / kept).unlink(missing_ok=True)
        raise
    return found, table


def read_again(found: Import, corrections: dict[str, Any]) -> Table:
    """Read the file of a draft as somebody says that it is to be read. Raises Unreadable."""
    said = {name: value for name, value in corrections.items() if value is not None}
    reading = checked(replace(Reading(**found.reading), **said))
    table = table_of(found, reading)
    found.reading, found.columns = reading.stored(), table.names
    found.save(update_fields=["reading", "columns"])
    return table


def table_of(found: Import, reading: Reading | None = None) -> Table:
    path: Path = files.path_of(found)
    return look(path, reading or Reading(**found.reading))


def choose(found: Import, table: Table, sent: dict[str, Any]) -> Options:
    """Keep these choices for a draft. Raises BadOptions."""
    options = read_options(found.project, table, sent)
    with transaction.atomic():
        found.options = options.stored()
        found.save(update_fields=["options"])
    return options


def discard(found: Import) -> None:
    """A draft that nobody wants goes, and its file."""
    files.remove(found)
    found.delete()


def map_again(found: Import, table: Table) -> None:
    """The mapping that these columns suggest, with the other choices as they are."""
    columns = suggested(found.project, table)
    found.options = replace(options_of(found.options), on=identifier_of(columns), columns=columns).stored()
    found.checked = None
    found.save(update_fields=["options", "checked"])
