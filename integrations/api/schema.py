"""What the OpenAPI document says of each call of imports."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from integrations.api import table
from integrations.models import Import
from users.api.kinds import TIME as A_TIME
from users.api.shapes import OF_BODIES, TEXT, listing, operation
from users.api.table import PAGING

TIME: dict[str, Any] = {**A_TIME.schema, "nullable": True}
NUMBER: dict[str, Any] = {"type": "integer"}
COUNTS: dict[str, Any] = {
    "type": "object", "nullable": True,
    "properties": dict.fromkeys(("rows", "created", "changed", "unchanged", "failed"), NUMBER),
}  # fmt: skip
SAMPLE: dict[str, Any] = {
    "type": "array", "description": "What the dry run found for the first fifty users. Needs the scope read.",
    "items": {"type": "object", "properties": {
        "line": NUMBER, "user": TEXT, "created": {"type": "boolean"}, "before": {"type": "object"}, "after": {"type": "object"},
    }},
}  # fmt: skip
IMPORT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": NUMBER, "name": TEXT, "state": {"type": "string", "enum": list(Import.State.values)},
        "step": {"type": "string", "enum": ["", *Import.Step.values]}, "size": NUMBER, "options": {"type": "object"},
        "progress": {"type": "object", "properties": {"done": NUMBER, "total": {**NUMBER, "nullable": True}}},
        "dry_run": {**COUNTS, "properties": {**COUNTS["properties"], "sample": SAMPLE}}, "counts": COUNTS,
        "undone": {"type": "object", "nullable": True, "properties": dict.fromkeys(("restored", "removed", "left"), NUMBER)},
        "error": TEXT, "created": TIME, "started": TIME, "finished": TIME,
    },
}  # fmt: skip
PROBLEM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "line": NUMBER, "step": {"type": "string", "enum": list(Import.Step.values)}, "column": TEXT, "value": TEXT,
        "reason": TEXT,
    },
}  # fmt: skip
EXAMPLE_OPTIONS: dict[str, Any] = {
    "identifier": {"column": "id", "on": "native.user_id"},
    "columns": [{"column": "plan", "key": "plan"}, {"column": "seats", "key": "seats", "type": "number"}],
    "mode": "both", "empty": "keep", "tag": "april", "dry_run": False,
}  # fmt: skip
EXAMPLE: dict[str, Any] = {
    "id": 12, "name": "april.csv", "state": "running", "step": "run", "size": 48211, "options": EXAMPLE_OPTIONS,
    "progress": {"done": 100, "total": 500}, "dry_run": None,
    "counts": {"rows": 100, "created": 80, "changed": 12, "unchanged": 7, "failed": 1}, "undone": None, "error": "",
    "created": "2026-03-05T14:30:00.000Z", "started": "2026-03-05T14:30:00.000Z", "finished": None,
}  # fmt: skip
EXAMPLE_PROBLEM: dict[str, Any] = {
    "line": 212, "step": "run", "column": "seats", "value": "four",
    "reason": '"four" is not a number. Send a number such as 42 or 3.5.',
}  # fmt: skip
IMPORT_ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="The import's id.")
MULTIPART: dict[str, Any] = {
    "multipart/form-data": {
        "type": "object", "required": ["file"],
        "properties": {
            "file": {"type": "string", "format": "binary", "description": "CSV, TSV, JSON lines, Excel or Parquet; 1 GB at most."},
            "options": table.OPTIONS.schema(),
        },
    }
}  # fmt: skip
CALL = OpenApiExample(
    "A call", request_only=True, media_type="multipart/form-data",
    value={"file": "id,plan,seats\nu1,Pro,3\n", "options": EXAMPLE_OPTIONS},
)  # fmt: skip
ANSWER = OpenApiExample("Its answer", response_only=True, status_codes=["202"], value=EXAMPLE)


def call(name: str, summary: str, description: str, *codes: int, **more: Any) -> dict[str, Any]:
    return operation(name, "Imports", summary, description, *codes, **more)


CREATE = call(
    "create_import", "Import users from a file",
    "Takes `file` and `options` as multipart/form-data, and works in the background: ask for the import by its id. A line "
    "with a value that does not fit is refused as a whole, with the reason, and the others go in. With dry_run nothing is "
    "written: the import is a draft again when the whole file was tried out.",
    *OF_BODIES, answer=IMPORT, status=202, request=MULTIPART, examples=[CALL, ANSWER],
)  # fmt: skip
READ = call(
    "read_import", "One import: its state, progress and numbers", "Ask until `state` is not running.", 404,
    path=[IMPORT_ID], answer=IMPORT, example=EXAMPLE | {"state": "done", "finished": "2026-03-05T14:30:04.000Z"},
)  # fmt: skip
PROBLEMS = call(
    "import_problems", "The lines that were refused, and why",
    "Of the dry run, of the import, and what an undo left alone, in the order in which they were found.", 404, 422,
    path=[IMPORT_ID], query=PAGING, answer=listing(PROBLEM), example={"results": [EXAMPLE_PROBLEM], "next": None},
)  # fmt: skip
CANCEL = call(
    "cancel_import", "Stop a running import", "What it wrote before stays, and can be undone.", 404, 409,
    path=[IMPORT_ID], answer=IMPORT, example=EXAMPLE | {"state": "cancelled", "finished": "2026-03-05T14:30:02.000Z"},
)  # fmt: skip
UNDO = call(
    "undo_import", "Take an import back",
    "What it replaced comes back, and users that it created go, unless something newer came; what is left alone is among "
    "the problems, with why. Works in the background.",
    404, 409, path=[IMPORT_ID], answer=IMPORT, status=202, example=EXAMPLE | {"step": "undo", "undone": {"restored": 0, "removed": 0, "left": 0}},
)  # fmt: skip
