"""Users as Parquet: typed columns, named by FIELDs. Dates are texts as they are stored, lists are JSON, so that imports
read back what was there. It takes the optional package pyarrow.
"""

import io
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from segments.sheets.people import Layout, People, as_json, values_of
from users.registry.attributes import Definition
from users.types.table import TYPES

NO_PARQUET: Final = (
    "Parquet files need the Python package pyarrow, which is not installed here. Take CSV, or install it."
)
GROUP: Final = 50_000  # users that are compressed together


class NoParquet(ValueError):
    """The package is missing."""


def is_possible() -> bool:
    return find_spec("pyarrow") is not None


def package(name: str) -> Any:
    """Raises NoParquet."""
    try:
        return import_module(name)
    except ImportError:
        raise NoParquet(NO_PARQUET) from None


def schema_of(columns: list[Definition]) -> Any:
    arrow = package("pyarrow")
    return arrow.schema([(column.field, getattr(arrow, kind_of(column))()) for column in columns])


def kind_of(column: Definition) -> str:
    """Dots are texts, and so is what a type change has not reached yet."""
    return "string" if column.sensitive or column.converting else TYPES[column.type].arrow


def table_of(rows: list[list[Any]], columns: list[Definition], schema: Any) -> Any:
    arrow = package("pyarrow")
    arrays = []
    for at in range(len(columns)):
        is_text = schema.field(at).type == arrow.string()
        cells = [as_text(values[at]) if is_text else values[at] for values in rows]
        arrays.append(arrow.array(cells, schema.field(at).type))
    return arrow.Table.from_arrays(arrays, schema=schema)


def as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else as_json(value)


class Drained(io.BytesIO):
    """What was written is taken away again and again, and still counts for where the file is."""

    taken = 0

    def tell(self) -> int:
        return self.taken + super().tell()

    def drain(self) -> bytes:
        piece = self.getvalue()
        self.taken += len(piece)
        self.seek(0)
        self.truncate()
        return piece


def as_parquet(people: People, columns: list[Definition], layout: Layout) -> Iterator[bytes]:
    """Raises NoParquet at once."""
    return pieces(people, columns, schema_of(columns))


def pieces(people: People, columns: list[Definition], schema: Any) -> Iterator[bytes]:
    sink = Drained()
    with package("pyarrow.parquet").ParquetWriter(sink, schema) as writer:
        for rows in values_of(people, columns):
            writer.write_table(table_of(rows, columns, schema))
            yield sink.drain()
    yield sink.drain()


def join(parts: Iterable[Path], whole: Path, columns: list[Definition]) -> None:
    """One file of several, in order, with large groups."""
    parquet = package("pyarrow.parquet")
    with parquet.ParquetWriter(whole, schema_of(columns)) as writer:
        for part in parts:
            for batch in parquet.ParquetFile(part).iter_batches(GROUP, use_threads=False):
                writer.write_batch(batch)
