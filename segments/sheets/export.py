"""Users as downloads, streamed: which columns, what the file is called."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from segments.sheets.people import Layout, People
from segments.sheets.writers import WRITERS
from users.models import Project
from users.registry.attributes import Definition, registry_of

DEFAULT: Final = ("native.user_id", "native.jimer_id", "native.name", "native.email")
FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}


class UnknownColumn(ValueError):
    """A column that is no attribute of the project."""


def columns_of(project: Project, fields: list[str]) -> list[Definition]:
    registry = registry_of(project)
    found = []
    for field in fields or DEFAULT:
        definition = registry.find(field)
        if definition is None:
            raise UnknownColumn(f"There is no attribute {field[:120]!r}.")
        found.append(definition)
    return found


def file_name(people: People, kind: str, now: datetime) -> str:
    """After those in it and the day in the project's zone."""
    day = now.astimezone(ZoneInfo(people.project.time_zone)).date()
    return f"{slugify(people.name, allow_unicode=True)[:80] or 'segment'}-{day.isoformat()}.{kind}"


def download(
    people: People, kind: str, columns: list[Definition], layout: Layout, now: datetime
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(WRITERS[kind](people, columns, layout), content_type=FORMATS[kind])
    response["Content-Disposition"] = content_disposition_header(True, file_name(people, kind, now)) or ""
    return response
