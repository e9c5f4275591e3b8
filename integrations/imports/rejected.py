"""The lines that were refused, as a file that can be corrected and uploaded again."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from integrations.imports.files import path_of
from integrations.imports.options import WHY
from integrations.imports.reading import records
from integrations.imports.records import Bad, Reading, is_empty
from integrations.models import Import
from users.ground.spreadsheets import csv_line, guarded


def rejected(found: Import) -> Iterator[str]:
    """CSV with the file's own columns and one that says why; imports leave that out. Raises Unreadable at once."""
    return lines_of(found, records(path_of(found), Reading(**found.reading), found.columns))


def lines_of(found: Import, rows: Iterator[Any]) -> Iterator[str]:
    yield csv_line([*map(guarded, found.columns), WHY])
    step = Import.Step.DRY_RUN if found.state == Import.State.DRAFT else Import.Step.RUN
    problems = found.problems.filter(step=step).order_by("line", "id").values_list("line", "column", "reason")
    for number, reasons in groupby(problems.iterator(), lambda problem: problem[0]):
        row = next((row for row in rows if row.line >= number), None)
        if row is None:
            return
        why = " ".join(f"{column}: {reason}" if column else reason for _, column, reason in reasons)
        cells = [row.text] if isinstance(row, Bad) else [text_of(cell) for cell in row.cells]
        yield csv_line([*cells, *[""] * (len(found.columns) - len(cells)), guarded(why)])


def text_of(cell: Any) -> str:
    """As it stands in the file; lists, true and false as JSON."""
    if is_empty(cell):
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
