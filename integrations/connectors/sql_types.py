"""Which of our types a column has: as its first values say, and where all are empty, as the driver says."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from integrations.connectors.sql_query import with_t
from users.types.date import stored_date

POSTGRES: Final = {
    16: "boolean", 20: "number", 21: "number", 23: "number", 700: "number", 701: "number", 1700: "number",
    1082: "date", 1114: "date", 1184: "date", 1000: "list", 1007: "list", 1009: "list", 1015: "list", 1016: "list",
}  # fmt: skip
MYSQL: Final = {
    0: "number", 1: "number", 2: "number", 3: "number", 4: "number", 5: "number", 8: "number", 9: "number",
    246: "number", 7: "date", 10: "date", 12: "date",
}  # fmt: skip
BY_DRIVER: Final = {"postgresql": POSTGRES, "mysql": MYSQL, "mariadb": MYSQL}


def is_truth(code: tuple[Any, ...], kind: str) -> bool:
    """Whether it is a column of true and false where these are numbers of one digit or bit: MySQL's BOOLEAN, BIT(1)."""
    return kind in ("mysql", "mariadb") and bool(code) and code[0] in (1, 16) and code[2] == 1


def with_truths(cells: Iterable[Any], truths: list[int]) -> list[Any]:
    found = list(cells)
    for at in truths:
        if found[at] in (0, 1, b"\x00", b"\x01"):
            found[at] = found[at] in (1, b"\x01")
    return found


def type_of(cells: list[Any], code: tuple[Any, ...], kind: str) -> str:
    given = {type_of_cell(cell) for cell in cells if cell is not None}
    if len(given) == 1:
        return given.pop()
    if given or not code:
        return "string"
    return BY_DRIVER.get(kind, {}).get(code[0], "string")


def type_of_cell(cell: Any) -> str:
    """Texts are texts, even of digits: the database keeps numbers as numbers. Dates as texts are SQLite's."""
    if isinstance(cell, bool):
        return "boolean"
    if isinstance(cell, int | float | Decimal):
        return "number"
    if isinstance(cell, datetime | date) or (isinstance(cell, str) and stored_date(with_t(cell))):
        return "date"
    if isinstance(cell, list) and not any(isinstance(item, list | dict) for item in cell):
        return "list"
    return "string"
