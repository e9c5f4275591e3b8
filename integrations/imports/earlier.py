"""What earlier lines of a file would have done, for a dry run: a line that names their user again comes after them.

Kept beside the file, not in memory: a file may name millions of users. Gone when the dry run ends.
"""

import json
import sqlite3
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from integrations.imports.records import NOT_GIVEN, Record

MOST: Final = 20  # of the lines that name one user: the last ones say what is there
TABLES: Final = """
    PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS names (name INTEGER, at INTEGER, PRIMARY KEY (name, at)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS records (at INTEGER PRIMARY KEY, line INTEGER, cells TEXT);
"""


def beside(upload: Path) -> Path:
    return upload.with_suffix(".earlier")


def number_of(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)


class Earlier:
    """Records before the one numbered `done`; those behind it are of a slice that was never counted."""

    def __init__(self, upload: Path, done: int) -> None:
        self.database = sqlite3.connect(beside(upload), isolation_level=None)
        self.database.executescript(TABLES)
        for table in ("names", "records"):
            self.database.execute(f"DELETE FROM {table} WHERE at >= ?", [done])

    def __enter__(self) -> "Earlier":
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    def of(self, names: Iterable[str]) -> list[int]:
        """The places of those who name the same user, in order."""
        found: set[int] = set()
        for name in names:
            rows = self.database.execute(
                "SELECT at FROM names WHERE name = ? ORDER BY at DESC LIMIT ?", [number_of(name), MOST]
            )
            found.update(row[0] for row in rows)
        return sorted(found)

    def records(self, places: Iterable[int]) -> list[Record]:
        found = []
        for at in places:
            line, text = self.database.execute("SELECT line, cells FROM records WHERE at = ?", [at]).fetchone()
            cells, missing = json.loads(text)
            for place in missing:
                cells[place] = NOT_GIVEN
            found.append(Record(line, cells))
        return found

    def keep(self, dealt_with: Iterable[tuple[int, Record, Iterable[str]]]) -> None:
        """(place, record, names) of those that would have been written."""
        records, names = [], []
        for at, record, named in dealt_with:
            records.append((at, record.line, as_text(record.cells)))
            names += [(number_of(name), at) for name in named]
        self.database.execute("BEGIN")
        self.database.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", records)
        self.database.executemany("INSERT OR IGNORE INTO names VALUES (?, ?)", names)
        self.database.execute("COMMIT")


def as_text(cells: list[Any]) -> str:
    missing = [at for at, cell in enumerate(cells) if cell is NOT_GIVEN]
    return json.dumps([[None if cell is NOT_GIVEN else cell for cell in cells] if missing else cells, missing])
