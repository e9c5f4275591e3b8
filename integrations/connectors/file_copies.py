"""Copies of files that lie at other people's addresses: fetched if they changed, kept while they are read.

A copy is on the disk that servers and workers share. A slow download goes on where it was: a job's turn is short.
"""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.conf import settings

from integrations.connectors.base import Json, Link
from integrations.connectors.failures import VendorAway, VendorBusy, VendorFailure, VendorRefused
from integrations.imports.files import LARGEST, folder
from integrations.outside.calls import Reply, call
from integrations.outside.errors import NoAnswer, NotAllowed, TookTooLong

TURN: Final = 20.0  # seconds of a download; a job's lease is longer
WHOLE: Final = 300.0  # seconds, where the server sends no parts of a file and all must come at once
BEGINNING: Final = 256 * 1024  # bytes that tell the columns
REDIRECTS: Final = 3
KEPT: Final = timedelta(hours=6)  # a copy that nobody reads on


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of asking: "same" as what was known, "part" of the file is here, or it is "here" as a whole."""

    state: str
    version: Json
    size: int = 0
    went_on: bool = False  # where an earlier turn had left off


class Copy:
    """Where the file of a link is kept on this disk, and as which version: {"etag", "modified", "sha"}."""

    def __init__(self, link: Link) -> None:
        self.link = link
        named = json.dumps([link.pk, link.credentials.get("url"), link.credentials.get("header")])
        self.key = hashlib.sha256(named.encode()).hexdigest()[:32]
        self.folder = folder() / "fetched"
        self.path, self.about = self.folder / f"{self.key}.data", self.folder / f"{self.key}.json"
        self.part, self.about_part = self.folder / f"{self.key}.part", self.folder / f"{self.key}.part.json"

    def version(self) -> Json | None:
        return read_json(self.about) if self.path.is_file() else None

    def remove(self) -> None:
        for path in (self.path, self.about):
            path.unlink(missing_ok=True)

    def fetch(self, known: Json | None, all_at_once: bool) -> Fetched:
        """Ask for the file unless it is as `known`. Raises VendorFailure."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.part) as file:
            sink = Sink(file, read_json(self.about_part) or {}, self.about_part)
            headers = {**asked_by(self.link), **conditions(known), **({} if all_at_once else sink.range())}
            seconds = WHOLE if all_at_once else TURN
            try:
                reply = asked(self.link, headers, LARGEST, seconds, sink.begin)
            except TookTooLong:
                if sink.size > sink.began_at:
                    return Fetched("part", {}, sink.size, sink.began_at > 0)
                raise VendorAway("The file did not come in time.") from None
            if reply.status == 304 and known is not None:
                return Fetched("same", known)
            if reply.status == 416 or sink.version is None:  # another file, shorter than our part of the old one
                self.forget_part(file)
                raise VendorAway("The file changed while it was fetched.")
            if reply.cut or sink.size > LARGEST:
                self.forget_part(file)
                raise VendorRefused("The file is larger than 1 GB. Offer it in parts, or without what nobody needs.")
            file.flush()
            file.seek(0)
            whole: Any = file
            version = {**sink.version, "sha": hashlib.file_digest(whole, "sha256").hexdigest()}
            write_json(self.about, version)
            os.replace(self.part, self.path)
            self.about_part.unlink(missing_ok=True)
        return Fetched("here", version)

    def forget_part(self, file: BinaryIO) -> None:
        file.truncate(0)
        self.about_part.unlink(missing_ok=True)

    def beginning(self) -> Reply:
        """The first bytes of the file, or all if there are no more. Raises VendorFailure."""
        try:
            return asked(self.link, asked_by(self.link), BEGINNING, 10.0, None)
        except TookTooLong as late:
            raise VendorAway(str(late)) from None


class Sink:
    """Takes a body into the part that is here already, or from the beginning if the server sends all of it."""

    def __init__(self, file: BinaryIO, about: Json, about_path: Path) -> None:
        self.file, self.about_path = file, about_path
        self.before = about
        self.size = os.fstat(file.fileno()).st_size if about else 0
        self.began_at = self.size
        self.version: Json | None = None

    def range(self) -> dict[str, str]:
        unchanged = self.before.get("etag") or self.before.get("modified")
        if not self.size or not unchanged or unchanged.startswith("W/"):  # a weak one does not say the same bytes
            self.size = self.began_at = 0
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": unchanged}

    def begin(self, status: int, headers: Mapping[str, str]) -> Any:
        if status not in (200, 206):
            return None
        goes_on = status == 206 and headers.get("content-range", "").startswith(f"bytes {self.size}-")
        if status == 206 and not goes_on:
            return None
        if not goes_on:
            self.size = self.began_at = 0
        self.file.seek(self.size)
        self.file.truncate()
        said = {"etag": headers.get("etag", ""), "modified": headers.get("last-modified", "")}
        self.version = self.before if goes_on else said
        write_json(self.about_path, self.version)
        return self.take

    def take(self, piece: bytes) -> None:
        self.file.write(piece)
        self.size += len(piece)


@contextmanager
def locked(path: Path) -> Iterator[BinaryIO]:
    """The file, open for this process alone: two that write into one would mix two files."""
    with path.open("a+b") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise VendorBusy("The file is being fetched already.", after=5) from None
        with path.open("r+b") as file:
            yield file


def asked(link: Link, headers: Mapping[str, str], most: int, seconds: float, into: Any) -> Reply:
    """The answer to GET, if it is one with a file or says that nothing changed. Raises VendorFailure or TookTooLong."""
    address = checked_address(str(link.credentials["url"]))
    try:
        reply = call("GET", address, headers=headers, seconds=seconds, most_bytes=most, redirects=REDIRECTS, into=into)
    except TookTooLong:
        raise
    except NotAllowed as refusal:
        raise VendorRefused(str(refusal), path="url") from None
    except NoAnswer as refusal:
        raise VendorAway(str(refusal)) from None
    except OSError:
        raise VendorAway("The file cannot be kept: the server's disk is full, or cannot be written to.") from None
    if reply.status not in (200, 206, 304, 416):
        raise failure_of(reply)
    return reply


def failure_of(reply: Reply) -> VendorFailure:
    if reply.status == 429:
        wait = reply.headers.get("retry-after", "")
        return VendorBusy("The file's server asks us to wait.", after=float(wait) if wait.isdecimal() else 60)
    if reply.status >= 500:
        return VendorAway(f"The file's server answers {reply.status}.")
    if reply.status in (401, 403):
        return VendorRefused(
            f"The file's server does not let us in ({reply.status}). Check the header, or the address.", path="header"
        )
    return VendorRefused(f"There is no file at this address: its server answers {reply.status}.", path="url")


def checked_address(text: str) -> str:
    """Raises VendorRefused for what is not https, which is for local servers alone."""
    if not text.startswith("https://") and not (settings.ALLOW_PRIVATE_CONNECTIONS and text.startswith("http://")):
        raise VendorRefused("Write an address that begins with https://.", path="url")
    return text


def asked_by(link: Link) -> dict[str, str]:
    header = link.credentials.get("header")
    return {"Authorization": str(header)} if header else {}


def conditions(known: Json | None) -> dict[str, str]:
    found = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("modified")} if known else {}
    return {name: value for name, value in found.items() if value}


def read_json(path: Path) -> Json | None:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError):
        return None


def write_json(path: Path, content: Json) -> None:
    made = path.with_suffix(f".{os.getpid()}.new")
    made.write_text(json.dumps(content))
    os.replace(made, path)


def forget_old(now: datetime) -> None:
    """Copies that nobody reads on: of runs that failed, and of connections that were tried out."""
    fetched = folder() / "fetched"
    if not fetched.is_dir():
        return
    for path in fetched.iterdir():
        try:
            if path.stat().st_mtime < time.time() - KEPT.total_seconds():
                path.unlink(missing_ok=True)
        except OSError:
            continue
