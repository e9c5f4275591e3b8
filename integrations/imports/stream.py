"""The records of an import's file from where it left off, kept open between two chunks of one worker."""

from itertools import islice
from typing import Final

from integrations.imports.files import path_of
from integrations.imports.reading import records
from integrations.imports.records import Bad, Reading, Record
from integrations.models import Import

MOST_OPEN: Final = 8


class Stream:
    """Records in the order of the file, with one that was looked at and not taken."""

    def __init__(self, found: Import) -> None:
        self.found = records(path_of(found), Reading(**found.reading), found.columns)
        self.done = found.done
        self.waiting: Record | Bad | None = None
        if found.done:
            next(islice(self.found, found.done - 1, found.done), None)

    def take(self, most: int, ids: list[int]) -> list[Record | Bad]:
        """The next ones, up to one that names the same user as an earlier one: each slice writes a user once.

        `ids` are the places of the columns that name users.
        """
        taken: list[Record | Bad] = []
        seen: set[tuple[int, str]] = set()
        while len(taken) < most and (item := self.next()) is not None:
            if isinstance(item, Record):
                keys = {(at, str(item.cells[at]).strip().casefold()) for at in ids if item.cells[at]}
                if keys & seen:
                    self.waiting = item
                    break
                seen |= keys
            taken.append(item)
        self.done += len(taken)
        return taken

    def next(self) -> Record | Bad | None:
        item, self.waiting = self.waiting, None
        return item or next(self.found, None)


_open: dict[tuple[str, int | None], Stream] = {}  # by file and job: the next try may read the file otherwise


def stream_of(found: Import) -> Stream:
    """The one that this process has open, if it is where the import is; else a new one that goes there."""
    key = (found.file, found.job_id)
    kept = _open.pop(key, None)
    if kept is None or kept.done != found.done:
        kept = Stream(found)
    if len(_open) >= MOST_OPEN:
        _open.pop(next(iter(_open)))
    _open[key] = kept
    return kept


def close(found: Import) -> None:
    _open.pop((found.file, found.job_id), None)
