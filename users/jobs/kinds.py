"""What kinds of jobs there are. An entry holds all that the machinery and the pages know about a kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from users.jobs.lanes import LANES
from users.models import Job


class Later(Exception):
    """A chunk's answer, returned or raised: go on in so many seconds, which is no failure. `why` is for people.

    Returned, what the chunk did is kept, as of any chunk; raised, it is undone where the chunk has a transaction.
    """

    def __init__(self, seconds: float, why: str = "") -> None:
        super().__init__(why)
        self.seconds, self.why = seconds, why


type Chunk = Callable[[Job, datetime], bool | Later]


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
    lane: str = "default"  # one of LANES: what it waits behind
    in_turns: bool = False  # gives its place to the next of its lane again and again, not only after LONGEST_TURN
    can_cancel: bool = False  # it may end half-way: what it did before stands by itself
    # Told within the transaction that stops or tries it again, for what keeps a state of its own beside the job. The
    # second says whether that is still possible.
    on_cancel: Callable[[Job, datetime], None] | None = None
    on_retry: Callable[[Job, datetime], bool] | None = None
    # What there is to have once it is done, as a label and an address; shown to the member who started it.
    link: Callable[[Job], tuple[str, str] | None] | None = None


KINDS: dict[str, Kind] = {}


def words_for(job: Job) -> str:
    """What the job does, for people. Of a kind that is gone, its name."""
    kind = KINDS.get(job.kind)
    words = kind.words if kind else job.kind
    return words if isinstance(words, str) else words(job)


def lane_of(name: str) -> str:
    """The lane that jobs of the kind run in. Of a kind that is gone, the default one, where they fail and say so."""
    kind = KINDS.get(name)
    return kind.lane if kind else "default"


def register(
    name: str, *, words: str | Callable[[Job], str], own_transactions: bool = False, about: str = "",
    undo: Undo | None = None, counts_changes: bool = False, lane: str = "default", in_turns: bool = False,
    can_cancel: bool = False, on_cancel: Callable[[Job, datetime], None] | None = None,
    on_retry: Callable[[Job, datetime], bool] | None = None,
    link: Callable[[Job], tuple[str, str] | None] | None = None,
) -> Callable[[Chunk], Chunk]:  # fmt: skip
    """Make the decorated function the chunk of a new kind. A name registered twice is a programming error, and so is a
    lane that users/jobs/lanes.py does not have."""

    def keep(chunk: Chunk) -> Chunk:
        if name in KINDS:
            raise ValueError(f"{name!r} is registered already")
        if lane not in LANES:
            raise ValueError(f"There is no lane {lane!r}; there are {', '.join(LANES)}.")
        KINDS[name] = Kind(
            name, chunk, words, own_transactions, about, undo, counts_changes, lane, in_turns, can_cancel, on_cancel,
            on_retry, link,
        )  # fmt: skip
        return chunk

    return keep
