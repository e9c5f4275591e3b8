"""Group commit: calls of one origin that come while another is being written are written together with the next.

The first caller writes at once and waits for nobody. Those who come meanwhile queue; when the first is done, the head
of the queue writes for all of them, in one transaction, as a batch does. Each caller gets the answer, or the refusal,
of its own call.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from users.database.contention import LONGEST, Busy
from users.writing.calls import Answer, Call, Refused

type Results = Sequence[Answer | Refused]
# Calls, the time that holds for them, and since when (monotonic seconds) the first has waited.
type Write = Callable[[Sequence[Call], datetime, float], Results]

MOST: Final = 50  # calls of one transaction, so that none takes long


@dataclass(slots=True, eq=False)
class Waiting:
    """A caller in the queue. `woken` is held until its call was answered or it is to write for `group`."""

    call: Call
    now: datetime
    since: float = field(default_factory=time.monotonic)
    woken: threading.Lock = field(default_factory=threading.Lock)
    group: "list[Waiting]" = field(default_factory=list)
    outcome: Answer | Refused | Busy | None = None


_guard: Final = threading.Lock()  # held for a few instructions, never while the database is asked
_queues: Final[dict[Hashable, deque[Waiting]]] = {}  # whoever has an entry is being written for


def write_in_group(key: Hashable, call: Call, now: datetime, write: Write) -> Answer | Refused:
    """The result of the call. `key`: what calls must have in common to be written together. Raises what `write` does."""
    mine = Waiting(call, now)
    with _guard:
        queue = _queues.get(key)
        if queue is None:
            _queues[key] = deque()
            mine.group = [mine]
        else:
            mine.woken.acquire()
            queue.append(mine)
    if queue is not None:
        wait_for_turn(mine, queue)
    if mine.group:
        write_as_leader(mine, key, write)
    if mine.outcome is None:  # the group failed for a reason that may be one call's: each alone finds out whose
        return write([call], now, mine.since)[0]
    if isinstance(mine.outcome, Busy):
        raise mine.outcome
    return mine.outcome


def wait_for_turn(mine: Waiting, queue: deque[Waiting]) -> None:
    """Until others wrote the call or it is its turn to write. Raises Busy after LONGEST in the queue."""
    if mine.woken.acquire(timeout=LONGEST):
        return
    with _guard:
        if mine in queue:
            queue.remove(mine)
            raise Busy
    mine.woken.acquire()  # it is being written just now


def write_as_leader(leader: Waiting, key: Hashable, write: Write) -> None:
    """Write the leader's group, let the next one begin, and tell each of the group what became of its call."""
    group = leader.group
    try:
        write_group(group, write)
    finally:
        wake_next(key)
        for one in group:
            if one is not leader:
                one.woken.release()


def write_group(group: list[Waiting], write: Write) -> None:
    calls, now = [one.call for one in group], max(one.now for one in group)
    try:
        results = write(calls, now, min(one.since for one in group))
    except Busy:
        for one in group:
            one.outcome = Busy()
    except Refused as refused:
        for one in group:
            one.outcome = refused
    except Exception:
        if len(group) == 1:
            raise
    else:
        for one, result in zip(group, results, strict=True):
            one.outcome = result


def wake_next(key: Hashable) -> None:
    with _guard:
        queue = _queues[key]
        if not queue:
            del _queues[key]
            return
        group = [queue.popleft() for _ in range(min(len(queue), MOST))]
        group[0].group = group
    group[0].woken.release()
