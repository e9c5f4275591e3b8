"""Excel and Parquet: cells have types of their own, which become JSON's values."""

import math
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from integrations.imports.records import Bad, Record, Records, Unreadable

LARGEST_TEXTS: Final = 300 * 1024 * 1024  # bytes of a workbook's shared texts, which are held in memory
NO_PARQUET: Final = (
    "Parquet files need the Python package pyarrow, which is not installed here. Send CSV, or install it."
)
NO_EXCEL: Final = "This is not an Excel file that can be read. Save it as .xlsx or CSV and send that."
NO_TABLE: Final = "This is not a Parquet file that can be read."


def excel_records(path: Path) -> Records:
    """The rows of the first sheet that are not blank, the header too; formulas as they were last computed."""
    from openpyxl import load_workbook  # takes a while to import, and few files are Excel's

    try:
        check_size(path)
        book = load_workbook(path, read_only=True, data_only=True)
    except Unreadable:
        raise
    except Exception:  # whatever a broken archive makes of its readers
        raise Unreadable(NO_EXCEL) from None
    try:
        if not book.worksheets:
            raise Unreadable("The file has no sheet with cells.")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # files may say wrong ones
        for number, cells in enumerate(sheet.iter_rows(), 1):
            broken = [cell for cell in cells if cell.data_type == "e"]
            if broken:
                where = f"{broken[0].column_letter}{number}"
                yield Bad(number, str(broken[0].value), f"The cell {where} has the error {broken[0].value}.")
                continue
            values = [plain(cell.value) for cell in cells]
            if any(value is not None for value in values):
                yield Record(number, values)
    finally:
        book.close()


def check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for item in archive.infolist():
            if item.filename.endswith("sharedStrings.xml") and item.file_size > LARGEST_TEXTS:
                raise Unreadable("The file has too many texts to be read as Excel. Save it as CSV and send that.")


def names_of_parquet(path: Path) -> list[str]:
    return list(parquet_file(path).schema_arrow.names)


def parquet_records(path: Path, has_empty_texts: bool) -> Records:
    """A header of the columns' names, as line 0, and the rows, counted from 1. An empty text says nothing, unless it
    is one."""
    file = parquet_file(path)
    names = list(file.schema_arrow.names)
    yield Record(0, names)
    number = 0
    for batch in file.iter_batches(batch_size=1000, use_threads=False):
        columns = [column.to_pylist() for column in batch.columns]
        for cells in zip(*columns, strict=True):
            number += 1
            yield Record(number, ["" if cell == "" and has_empty_texts else plain(cell) for cell in cells])


def parquet_file(path: Path) -> Any:
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError:
        raise Unreadable(NO_PARQUET) from None
    try:
        return parquet.ParquetFile(path)
    except Exception:
        raise Unreadable(NO_TABLE) from None


def plain(value: Any) -> Any:
    """A cell as JSON has it: moments in ISO 8601, whole numbers without a point, nothing for what is no number."""
    if isinstance(value, datetime):
        at_midnight = value.tzinfo is None and value.time() == time()
        return value.date().isoformat() if at_midnight else in_utc(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value == "":
        return None
    return value


def in_utc(value: datetime) -> str:
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
