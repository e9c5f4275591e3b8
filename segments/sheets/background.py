"""A large export, written by the worker: a piece a chunk, and after a crash on from the last piece."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse

from segments.models import Segment
from segments.sheets import parquet
from segments.sheets.export import columns_of, file_name
from segments.sheets.files import KIND, folder, part_of, path_of, removed
from segments.sheets.people import Layout, Pages, People, Place, members_of, picked, values_of
from segments.sheets.writers import TEXTS, WRITERS
from users.jobs import register, start_job
from users.models import Account, Job, Project
from users.registry.attributes import Definition, registry_of
from users.writing.calls import Refused

SECONDS: Final = 2.0  # of one chunk


def start(
    people: People, chosen: dict[str, Any], kind: str, columns: list[Definition], layout: Layout, by: Account, now: datetime,
    total: int | None = None,
) -> Job:  # fmt: skip
    """`chosen` is {"segment": id}, or {"query"} or {"ids"} as lists pick users; `total` how many, where that is known."""
    params = {
        **chosen, "format": kind, "columns": [column.field for column in columns], "mark": layout.mark,
        "readable": layout.readable, "name": people.name, "file": file_name(people, kind, now),
    }  # fmt: skip
    return start_job(people.project, "export", params, by, total=total)


def people_of(project: Project, params: dict[str, Any]) -> People:
    """Raises ObjectDoesNotExist, Refused where they are gone."""
    if "segment" in params:
        return members_of(Segment.objects.select_related("project").get(pk=params["segment"], project=project))
    return picked(project, params)


def words(job: Job) -> str:
    return f"Exporting {job.params.get('name', 'users')}"


def link(job: Job) -> tuple[str, str] | None:
    """Where the file is, while it is kept."""
    if job.project is None or not path_of(job).exists():
        return None
    return "Download", reverse("export_file", args=[job.project.slug, job.pk])


class Followed:
    """Pages from behind a user on, until the time is up; says how far they went."""

    def __init__(self, people: People, cursor: dict[str, Any], seconds: float) -> None:
        self.people, self.last, self.count = people, cursor["after"], cursor["count"]
        self.until, self.is_done = time.monotonic() + seconds, False

    def pages(self, wanted: list[Any], after: Place) -> Pages:
        for page in self.people.pages(wanted, self.last):
            self.last, self.count = page.end, self.count + len(page.rows)
            yield page
            if time.monotonic() > self.until:
                return
        self.is_done = True

    def limited(self) -> People:
        return replace(self.people, pages=self.pages)


BEGINNING: Final[dict[str, Any]] = {"after": None, "count": 0, "size": 0, "parts": 0}


@register(KIND, words=words, own_transactions=True, lane="imports", in_turns=True, can_cancel=True, link=link)
def chunk(job: Job, now: datetime) -> bool:
    """params: see `start`. cursor: the last user, how many, the bytes of the file or the parts that are whole."""
    assert job.project is not None
    folder().mkdir(parents=True, exist_ok=True)
    params, cursor = job.params, job.cursor or BEGINNING
    if not is_there(job, cursor):  # somebody was erased meanwhile, whom it may name
        cursor = BEGINNING
    try:
        followed = Followed(people_of(job.project, params), cursor, SECONDS)
    except (ObjectDoesNotExist, Refused):
        job.result = {"problem": "What was to be exported is not there any more."}
        return True
    known = registry_of(job.project)
    columns = columns_of(job.project, [name for name in params["columns"] if known.find(name)])
    kinds = [[column.field, parquet.kind_of(column)] for column in columns]
    if cursor.get("columns", kinds) != kinds:  # one was deleted or became another type: a file is of one piece
        cursor, followed = BEGINNING, Followed(followed.people, BEGINNING, SECONDS)
    layout = Layout(params["mark"], params["readable"])
    write = write_text if params["format"] in TEXTS else write_part
    job.cursor = write(job, cursor, followed, columns, layout)
    job.cursor |= {"after": followed.last, "count": followed.count, "columns": kinds}
    job.progress = followed.count
    if not followed.is_done or not is_there(job, job.cursor):
        return False
    if params["format"] not in TEXTS:
        parts = [part_of(job, number) for number in range(job.cursor["parts"])]
        parquet.join(parts, path_of(job), columns)
        removed(parts)
    job.total, job.result = followed.count, {"size": path_of(job).stat().st_size, "count": followed.count}
    return True


def is_there(job: Job, cursor: dict[str, Any]) -> bool:
    files = [path_of(job)] if cursor["size"] else [part_of(job, number) for number in range(cursor["parts"])]
    return all(path.exists() for path in files)


def write_text(
    job: Job, cursor: dict[str, Any], followed: Followed, columns: list[Definition], layout: Layout
) -> dict[str, Any]:
    """Behind what is whole; half a piece of a worker that died is cut off."""
    format = TEXTS[job.params["format"]]
    with path_of(job).open("r+b" if cursor["size"] else "wb") as file:
        file.truncate(cursor["size"])
        file.seek(cursor["size"])
        if not cursor["size"]:
            file.write(format.head(columns, layout).encode())
        for rows in values_of(followed.limited(), columns):
            file.write(format.text(rows, columns).encode())
        return {"size": file.tell(), "parts": 0}


def write_part(
    job: Job, cursor: dict[str, Any], followed: Followed, columns: list[Definition], layout: Layout
) -> dict[str, Any]:
    """A file of its own, which is joined with the others in the end: Parquet files cannot grow."""
    pieces: Iterator[Any] = WRITERS[job.params["format"]](followed.limited(), columns, layout)
    with part_of(job, cursor["parts"]).open("wb") as file:
        for piece in pieces:
            file.write(piece)
    return {"size": 0, "parts": cursor["parts"] + 1}
