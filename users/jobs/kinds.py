"""What kinds of jobs there are. An entry holds all that the machinery and the pages know about a kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from users.models import Job

type Chunk = Callable[[Job, datetime], bool]


@dataclass(frozen=True, slots=True)
class Undo:
    """`kind` takes back what such a job did, started with `undoes`; for members with the permission."""

    kind: str
    permission: str


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    chunk: Chunk  # does a short piece, and says whether all is done: see the package's docstring
    words: str | Callable[[Job], str]  # what such a job does, for people: "Tagging users"
    # Its chunks read long and write in short transactions of their own. They may be repeated after a crash, so what
    # they do must bear that.
    own_transactions: bool = False
    about: str = ""  # what it changes: jobs of a project about the same things run in the order of their start
    undo: Undo | None = None
    counts_changes: bool = False  # its result says how many users it changed


KINDS: dict[str, Kind] = {}


def words_for(job: Job) -> str:
    """What the job does, for people. Of a kind that is gone, its name."""
    kind = KINDS.get(job.kind)
    words = kind.words if kind else job.kind
    return words if isinstance(words, str) else words(job)


def register(
    name: str, *, words: str | Callable[[Job], str], own_transactions: bool = False, about: str = "",
    undo: Undo | None = None, counts_changes: bool = False,
) -> Callable[[Chunk], Chunk]:  # fmt: skip
    """Make the decorated function the chunk of a new kind. A name registered twice is a programming error."""

    def keep(chunk: Chunk) -> Chunk:
        if name in KINDS:
            raise ValueError(f"{name!r} is registered already")
        KINDS[name] = Kind(name, chunk, words, own_transactions, about, undo, counts_changes)
        return chunk

    return keep
