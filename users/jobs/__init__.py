"""Background work: rows of `Job` are the work, tasks only wake-ups. What a kind of job does registers itself here.

A kind is a function `chunk(job, now) -> bool` that does a short piece inside the transaction it is called in,
moves `job.cursor`, `job.progress` and `job.result`, and says whether all is done. The job is saved in the same
transaction, so a crash repeats nothing and loses nothing.
"""

from users.jobs.kinds import KINDS, Undo, register, words_for
from users.jobs.machinery import give_way, start_job, worker_alive, worker_state

__all__ = ["KINDS", "Undo", "give_way", "register", "start_job", "words_for", "worker_alive", "worker_state"]
