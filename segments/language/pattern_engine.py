"""Patterns in memory, and on SQLite: RE2, which takes a time in proportion to the text and to the pattern's steps.

A step is an instruction of RE2's program: a letter is one, `.` about eight, and a repetition writes its part out. The
worst that some ten thousand patterns and texts drawn at random found for a text of 700 characters was 30
microseconds a step, a hundred times what most take.
"""

from functools import lru_cache
from typing import Any, Final

import re2

from users.database.limits import look_at_clock

OPTIONS: Final = re2.Options()
OPTIONS.log_errors = False  # what is wrong with a pattern goes to who wrote it
OPTIONS.never_capture = True  # whether it matches is all that is asked; where its groups do takes longer
OPTIONS.max_mem = 384 << 10  # bytes of one pattern, program and states; more makes the worst cases slower
KEPT: Final = 256  # engines, of 100 MB together at most; the library keeps 128 of its own

# RE2 looks between the bytes of a character too, where \B holds. What takes whole characters from the start does not.
FROM_A_CHARACTER: Final = r"\A(?s:.)*?"


def compiled(text: str) -> Any:
    return re2.compile(text, OPTIONS)


@lru_cache(maxsize=KEPT)
def engine(text: str, ignore_case: bool) -> Any:
    start = FROM_A_CHARACTER if "\\B" in text else ""
    return compiled(f"{'(?i)' if ignore_case else ''}{start}(?:{text})")


def found(text: str, ignore_case: bool, value: str) -> bool:
    """Whether the pattern matches somewhere in the value. Raises OutOfTime under a time limit."""
    look_at_clock()
    return engine(text, ignore_case).search(value) is not None


@lru_cache(maxsize=4096)
def steps(text: str, ignore_case: bool) -> int:
    """What deciding the pattern costs."""
    return int(engine(text, ignore_case).programsize)
