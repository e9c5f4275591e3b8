"""Files by URL: a table that lies at an address of the team's, read again whenever it changed."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils import timezone

from integrations.connectors.base import (
    Ask,
    BadRecord,
    Connector,
    Field,
    Json,
    Link,
    ObjectKind,
    Page,
    Property,
    Record,
)
from integrations.connectors.failures import VendorAway, VendorRefused
from integrations.connectors.file_copies import Copy, checked_address
from integrations.imports.reading import guess_type, look, records, sniff
from integrations.imports.records import Bad, Reading, Unreadable, is_empty
from integrations.imports.records import Record as Line
from integrations.outside.calls import checked_url
from integrations.outside.errors import NotAllowed
from users.extend import Source
from users.ground.spreadsheets import unguarded
from users.types.fitting import printable
from users.types.list import List

OBJECT: Final = "rows"
ROWS: Final = 500  # of a page
MOST_OPEN: Final = 8
WHOLE_ONLY: Final = (b"PAR1", b"PK\x03\x04")  # Parquet and Excel say at their end what is in them

type Lines = list[Line | Bad]


class Files(Connector):
    slug = "files"
    source = Source(
        slug="files", name="File by URL", icon="icons/files.svg",
        fix="Read from the column {key} of a file. Change it in what writes the file.", how_set="File column {key}",
    )  # fmt: skip
    description = "A CSV or Parquet file at an address of yours, read when it changed."
    fields = (
        Field(
            "url", "Address of the file", example="https://files.example.com/people.csv",
            help="CSV, Parquet, JSON lines or Excel, of at most 1 GB. It is kept secret: addresses may be signed.",
        ),
        Field(
            "header", "Authorization header", required=False, example="Bearer abc123",
            help="Sent as Authorization, where the file is not for everybody.",
        ),
        Field("id_column", "Id column", secret=False, example="id", help="A user id or an email, once in the file."),
    )  # fmt: skip
    objects = (ObjectKind(OBJECT, "Rows"),)
    setup = (
        "Put the file where this server can fetch it. With an ETag or Last-Modified it is read only when it changed."
    )
    has_host = False
    match_property = "id"
    match_on = "native.user_id"

    def check_credentials(self, credentials: Mapping[str, Any]) -> None:
        super().check_credentials(credentials)
        try:
            checked_url(checked_address(credentials["url"]))
        except NotAllowed as refusal:
            raise VendorRefused(str(refusal), path="url") from None
        header = credentials.get("header") or ""
        if not header.isascii() or not header.isprintable():
            raise VendorRefused("A header has letters, digits and marks of ASCII only.", path="header")

    def check(self, link: Link) -> Json:
        names, sample, reading = columns_of(link)
        cells = [text_of(line.cells[place_of(link, names)], reading) for line in sample]
        parts = urlsplit(link.credentials["url"])
        account = f"{parts.path.rpartition('/')[2] or 'File'} on {parts.hostname}"
        return {"account": account, "identifies": identifies(cells)}

    def matches(self, link: Link, account: Json) -> tuple[str, str]:
        return link.credentials["id_column"], f"native.{account.get('identifies', 'user_id')}"

    def properties(self, link: Link, objects: Sequence[str]) -> list[Property]:
        names, sample, reading = columns_of(link)
        at = place_of(link, names)
        columns = [[text_of(line.cells[number], reading) for line in sample] for number in range(len(names))]
        return [
            Property(
                name, name, guess_type(columns[number], "string"), OBJECT, preselected=number != at,
                identifies=identifies(columns[at]) if number == at else "",
            )
            for number, name in enumerate(names)
        ]  # fmt: skip

    def page(self, link: Link, ask: Ask, position: Json) -> Page:
        copy = Copy(link)
        if "version" in position and copy.version() == position["version"]:
            return self.read(link, copy, ask, position, ROWS)
        if "version" in position:  # the copy is gone: another disk, or a long time ago
            position = {"then": position}
        return self.begin(link, copy, ask, position)

    def sample(self, link: Link, ask: Ask, count: int) -> list[Record | BadRecord]:
        names, sample, reading = columns_of(link)
        at = place_of(link, names)
        return [record_of(line, names, at, reading, ask) for line in sample[:count]]

    def begin(self, link: Link, copy: Copy, ask: Ask, position: Json) -> Page:
        """Have the file here, in as many turns as it takes; then read on, or from its beginning if it is another one."""
        then = position.get("then")
        since = ask.since if ask.since and ask.since["of"] == mark(link) and not then else None
        known = copy.version() or (since["version"] if since else None)
        got = copy.fetch(known, all_at_once=position.get("all_at_once", False))
        if got.state == "part":
            again: Json = {"loading": got.size, "all_at_once": "loading" in position and not got.went_on}
            return Page([], position=again | ({"then": then} if then else {}))
        if since and since["version"]["sha"] == got.version["sha"]:
            copy.remove()
            return Page([], cursor={**since, "version": got.version})
        if then and then["version"]["sha"] == got.version["sha"]:
            return self.read(link, copy, ask, {**then, "version": got.version}, ROWS)
        try:
            reading = sniff(copy.path, urlsplit(link.credentials["url"]).path)
            names = look(copy.path, reading).names
        except Unreadable as unreadable:
            raise VendorRefused(str(unreadable), path="url") from None
        start = {"version": got.version, "reading": reading.stored(), "names": names, "record": 0}
        return self.read(link, copy, ask, start, ROWS)

    def read(self, link: Link, copy: Copy, ask: Ask, position: Json, count: int) -> Page:
        names, reading, version = position["names"], Reading(**position["reading"]), position["version"]
        at = place_of(link, names)
        try:
            lines = taken(copy, reading, names, version["sha"], position["record"], count)
        except Unreadable as unreadable:
            raise VendorRefused(str(unreadable), path="url") from None
        except OSError:
            raise VendorAway("The copy of the file cannot be read.") from None
        found = [record_of(line, names, at, reading, ask) for line in lines]
        vanished = [name for name in ask.properties if name not in names]
        if len(lines) < count:
            copy.remove()
            return Page(found, cursor={"version": version, "of": mark(link)}, vanished=vanished, whole=True)
        after = {**position, "record": position["record"] + len(lines)}
        return Page(found, position=after, vanished=vanished, whole=True)


def identifies(cells: Sequence[Any]) -> str:
    given = [str(cell) for cell in cells if not is_empty(cell)]
    return "email" if given and all("@" in cell for cell in given) else "user_id"


def mark(link: Link) -> str:
    """What else than the file itself says what is read."""
    return str(link.credentials["id_column"])


def columns_of(link: Link) -> tuple[list[str], list[Line], Reading]:
    """Names of the columns and some first lines, from the beginning of the file where that is enough."""
    copy = Copy(link)
    name = urlsplit(link.credentials["url"]).path
    reply = copy.beginning()
    try:
        if reply.body.startswith(WHOLE_ONLY):
            if copy.fetch(copy.version(), all_at_once=False).state == "part":
                raise VendorAway("The file takes long to fetch. Try again in a moment.")
            return columns_in(copy.path, name)
        body = reply.body
        if reply.cut and b"\n" in body:
            body = body[: body.rindex(b"\n") + 1]
        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            return columns_in(Path(file.name), name)
    except Unreadable as unreadable:
        raise VendorRefused(str(unreadable), path="url") from None


def columns_in(path: Path, name: str) -> tuple[list[str], list[Line], Reading]:
    reading = sniff(path, name)
    table = look(path, reading)
    return table.names, table.sample, reading


def place_of(link: Link, names: Sequence[str]) -> int:
    name = link.credentials["id_column"]
    if name not in names:
        there = ", ".join(list(names)[:20])
        raise VendorRefused(f"The file has no column {name!r}. It has {there}.", path="id_column")
    return names.index(name)


def record_of(line: Line | Bad, names: Sequence[str], at: int, reading: Reading, ask: Ask) -> Record | BadRecord:
    if isinstance(line, Bad):
        return BadRecord(OBJECT, f"line {line.line}", line.reason, label=f"line {line.line}")
    cells = dict(zip(names, line.cells, strict=False))
    name = text_of(line.cells[at], reading)
    text = printable(str(name)).strip() if not is_empty(name) else ""
    if not text or len(text) > 200:
        reason = "The line has no id." if not text else "The id is longer than 200 characters."
        return BadRecord(OBJECT, f"line {line.line}", reason, label=f"line {line.line}")
    values = {key: value_of(cells.get(key), reading) for key in ask.properties if key in cells}
    return Record(OBJECT, text, ask.now or timezone.now(), values, label=text)


def text_of(cell: Any, reading: Reading) -> Any:
    return unguarded(cell) if isinstance(cell, str) and reading.format == "csv" else cell


def value_of(cell: Any, reading: Reading) -> Any:
    """Texts stay texts: what they are is said by the attribute's type. A list is written as a JSON array in CSV."""
    if is_empty(cell):
        return None
    cell = text_of(cell, reading)
    if isinstance(cell, str) and cell.lstrip().startswith("[") and cell.rstrip().endswith("]"):
        found = List.of_cell(cell, "\x00")
        return found if isinstance(found, list) and found != [cell.strip()] else cell
    return cell


class Open:
    """A file that is being read, between two pages of one process."""

    def __init__(self, copy: Copy, reading: Reading, names: list[str], sha: str, record: int) -> None:
        self.sha, self.record = sha, record
        self.lines = records(copy.path, reading, names)
        if record:
            next(islice(self.lines, record - 1, record), None)


_open: dict[str, Open] = {}


def taken(copy: Copy, reading: Reading, names: list[str], sha: str, record: int, count: int) -> Lines:
    """The next lines, from where another process may have left off."""
    kept = _open.pop(copy.key, None)
    if kept is None or (kept.sha, kept.record) != (sha, record):
        kept = Open(copy, replace(reading), names, sha, record)
    lines = list(islice(kept.lines, count))
    kept.record += len(lines)
    if len(lines) == count:
        if len(_open) >= MOST_OPEN:
            _open.pop(next(iter(_open)), None)
        _open[copy.key] = kept
    return lines
