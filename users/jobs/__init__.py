"""Background work: rows of `Job` are the work, tasks only wake-ups. What a kind of job does registers itself here.

A kind is a function `chunk(job, now) -> bool` that does a short piece inside the transaction it is called in,
moves `job.cursor`, `job.progress` and `job.result`, and says whether all is done. The job is saved in the same
transaction, so a crash repeats nothing and loses nothing. It may answer `Later(seconds)` instead.

Each kind runs in a lane (users/jobs/lanes.py), so that none waits for what is in another.
"""

from users.jobs.beats import worker_alive, worker_state
from users.jobs.kinds import KINDS, Later, Undo, register, words_for
from users.jobs.lanes import LANES
from users.jobs.machinery import give_way, start_job

__all__ = [
    "KINDS", "LANES", "Later", "Undo", "give_way", "register", "start_job", "words_for", "worker_alive", "worker_state",
]  # fmt: skip
