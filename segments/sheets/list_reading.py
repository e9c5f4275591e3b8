"""Reading a list of users as people have it: names in lines or with commas, a spreadsheet's table, our own exports.

What names the users is told from the header, else from what leads to users. Where that is not clear, `Unclear` has the
columns to choose from.
"""

from collections.abc import Sequence
from typing import Final

from segments.sheets.list_tables import Column, Listing, cell_at, read
from segments.sheets.listing import ANY, Found, Names
from users.ground.spreadsheets import SEPARATORS, Row, unguarded
from users.models import Project

SAMPLE: Final = 200  # rows from which it is told what a column holds
EACH: Final = "each"  # the choice that every cell is a name


class Unclear(ValueError):
    """Several columns, and none of them leads to users."""

    def __init__(self, columns: list[Column]) -> None:
        super().__init__("It is not clear which column holds the ids or emails. Choose it.")
        self.columns = columns


def find_users(project: Project, text: str, column: str = "", before: Found | None = None) -> Found:
    """The users that a list names, and that an earlier list did not.

    `column` is a number from 0 or EACH where somebody chose it. Raises Unclear, TooLong.
    """
    listing, names = read(project, text), Names(project)
    found = Found(seen=before.seen if before else set())
    lone = listing.header if listing.header and len(listing.header.cells) == 1 and listing.header.line else None
    if lone:  # somebody may be called email
        names.load([lone.whole.strip()])
        if names.find(lone.whole.strip()):
            listing.rows, listing.header = [lone, *listing.rows], None
    columns = chosen(listing, names, column)
    if listing.header and listing.header.line:
        found.notes.append(f"Line {listing.header.line} was read as the header.")
    if columns is None:
        each_cell(listing.rows, names, found)
    else:
        by_columns(listing.rows, columns, names, found)
        found.notes += unread(listing, [at for at, _ in columns])
    for line, content, why in listing.bad:
        found.miss(line, content, why)
    return found


def chosen(listing: Listing, names: Names, column: str) -> list[tuple[int, str]] | None:
    """The columns that name a user, the first that is known counting; None if every cell is a name. Raises Unclear."""
    if column == EACH:
        return None
    if column.isascii() and column.isdigit() and len(column) < 6 and int(column) < listing.width:
        return [(int(column), ANY)]
    named = listing.named()
    rows = listing.rows[:SAMPLE]
    if named and (listing.width == len(named) or hits(rows, named, names) or not rows):
        return named
    if len({len(row.cells) for row in listing.rows}) != 1 or listing.width < 2 or len(listing.rows) < 2:
        return named or None
    leading = [at for at in range(listing.width) if hits(rows, [(at, ANY)], names)]
    whole = [row.whole.strip() for row in rows]
    names.load(whole)
    if not leading:
        if named or any(map(names.find, whole)):
            return named or None
        raise Unclear(listing.columns())
    together = [(at, ANY) for at in leading]
    if len(leading) == 1 or all(len(users_of(row, together, names)) < 2 for row in rows):
        return together
    return None


def hits(rows: Sequence[Row], columns: Sequence[tuple[int, str]], names: Names) -> bool:
    names.load(cell_at(row, at) for row in rows for at, _ in columns)
    return any(users_of(row, columns, names) for row in rows)


def users_of(row: Row, columns: Sequence[tuple[int, str]], names: Names) -> set[int]:
    return {user for at, kind in columns for user in names.find(cell_at(row, at), kind)}


def by_columns(rows: Sequence[Row], columns: list[tuple[int, str]], names: Names, found: Found) -> None:
    """The first column that leads to one user counts. A table of one column is a list: a row may hold several names."""
    names.load(cell_at(row, at) for row in rows for at, _ in columns)
    load_parts([row for row in rows if len(row.cells) == 1 and not users_of(row, columns, names)], names)
    for row in rows:
        given = [(cell_at(row, at).strip(), kind) for at, kind in columns if cell_at(row, at).strip()]
        results = [names.find(text, kind) for text, kind in given]
        alone = next((users for users in results if len(users) == 1), next(filter(None, results), []))
        if alone or len(row.cells) > 1 or not given:
            found.take(row.line, unguarded(given[0][0]) if given else "", alone)
        else:
            take_parts(row, names, found)


def each_cell(rows: Sequence[Row], names: Names, found: Found) -> None:
    load_parts(rows, names)
    for row in rows:
        take_parts(row, names, found)


def load_parts(rows: Sequence[Row], names: Names) -> None:
    names.load(row.whole.strip() for row in rows)
    rest = [row for row in rows if not names.find(row.whole.strip())]
    names.load(piece for row in rest for cell in row.cells for piece in pieces(cell))


def take_parts(row: Row, names: Names, found: Found) -> None:
    """Every line is a name; if it is none, each of its cells is; if that is none, each of its parts."""
    whole = row.whole.strip()
    if whole and (users := names.find(whole)):
        found.take(row.line, whole, users)
        return
    parts = [part for cell in row.cells if cell.strip() for part in parts_of(cell, names)]
    for part in parts or [""]:
        found.take(row.line, part, names.find(part))


def parts_of(cell: str, names: Names) -> list[str]:
    """The cell, or what other separators make of it where that leads to users."""
    if names.find(cell):
        return [cell]
    parts = [part for piece in cut(cell) for part in parts_of(piece, names)]
    return parts if any(map(names.find, parts)) else [cell]


def pieces(cell: str) -> list[str]:
    """The cell and all that its separators make of it, however deep."""
    return [cell, *(piece for part in cut(cell) for piece in pieces(part))]


def cut(cell: str) -> list[str]:
    """A cell at the first kind of separator that it has."""
    mark = next((mark for mark in SEPARATORS if mark in cell), None)
    return [part.strip() for part in cell.split(mark) if part.strip()] if mark else []


def unread(listing: Listing, read_columns: list[int]) -> list[str]:
    """Says which columns were read and which were not."""
    rest = [listing.name(at) for at in range(listing.width) if at not in read_columns]
    if not rest:
        return []
    used = listed([listing.name(at) for at in read_columns])
    return [f"Users were found by {used}. Not read: {listed(rest)}."]


def listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
