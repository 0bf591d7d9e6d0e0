"""Rows of structs as Arrow tables, data frames, CSV and Parquet. No digit is lost on the way.

The columns are those of ``columns``. Numbers become decimals of 38 digits, 18 behind the point, and text in a column
where one of them needs more. Times stay integers, Unix milliseconds. pyarrow is in the extra ``[data]``; polars and
pandas are the user's own. ``tabular`` makes methods of it.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from .columns import Column, Values, columnar, columns_of
from .errors import ConfigError
from .models import text_of
from .safety.files import whole_file

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

DIGITS, PLACES = 38, 18
"""Of an exported decimal: as wide as 128 bits are."""


def needed(module: str, extra: str | None) -> Any:
    """A library that is not always there.

    Raises:
        ConfigError: it isn't; the message says how to get it.
    """
    name = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != name:
            raise
        cure = f"pip install 'unifiedcopy[{extra}]'" if extra else f"pip install {name}"
        raise ConfigError(f"this needs {name}, which is not installed: {cure}") from None


def polars_frame(rows: Sequence[Any], struct: type[msgspec.Struct] | None) -> polars.DataFrame:
    """Rows of a struct as a polars data frame."""
    frame: polars.DataFrame = needed("polars", None).from_arrow(arrow_table(rows, struct))
    return frame


def pandas_frame(rows: Sequence[Any], struct: type[msgspec.Struct] | None) -> pandas.DataFrame:
    """Rows of a struct as a pandas data frame."""
    pandas, arrow = needed("pandas", None), needed("pyarrow", "data")
    kinds = {arrow.int64(): pandas.Int64Dtype(), arrow.bool_(): pandas.BooleanDtype()}
    return arrow_table(rows, struct).to_pandas(types_mapper=kinds.get)


def write_parquet(path: Path, rows: Sequence[Any], struct: type[msgspec.Struct] | None) -> None:
    """Rows of a struct as a Parquet file."""
    parquet, table = needed("pyarrow.parquet", "data"), arrow_table(rows, struct)
    with whole_file(path) as file:
        parquet.write_table(table, file, compression="zstd")


def arrow_table(rows: Sequence[Any], struct: type[msgspec.Struct] | None) -> pyarrow.Table:
    """Rows of a struct as a pyarrow table."""
    arrow = needed("pyarrow", "data")
    if struct is None:
        return arrow.table({})
    table = columnar(rows, struct)
    return arrow.table({column.name: arrow_array(column, table[column.name]) for column in columns_of(struct)})


def arrow_array(column: Column, values: Values) -> Any:
    """One column; decimals as text where 38 digits would lose one."""
    arrow = needed("pyarrow", "data")
    if column.kind == "decimal":
        with contextlib.suppress(arrow.ArrowInvalid):
            made = arrow.array(values, arrow.decimal128(DIGITS, PLACES))
            if made.to_pylist() == list(values):  # it refuses what doesn't fit, but of 40 places too many it makes 0
                return made
        return arrow.array([None if value is None else f"{value:f}" for value in values], arrow.string())
    kinds = {"integer": arrow.int64(), "real": arrow.float64(), "flag": arrow.bool_(), "text": arrow.string()}
    return arrow.array(values, kinds[column.kind])


def write_csv(path: Path, rows: Sequence[Any], struct: type[msgspec.Struct] | None) -> None:
    """Rows of a struct as a CSV file."""
    with whole_file(path) as file:
        file.writelines(line.encode() for line in csv_lines(rows, struct))


def csv_lines(rows: Sequence[Any], struct: type[msgspec.Struct] | None) -> Iterable[str]:
    """The lines of a CSV file, each with its end; the first is the header."""
    if struct is None:
        return
    columns, table = columns_of(struct), columnar(rows, struct)
    written = [list(map(_cell, table[column.name])) for column in columns]
    for line in ([column.name for column in columns], *zip(*written, strict=True)):
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerow(line)
        yield buffer.getvalue()


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(value) if isinstance(value, str) else text_of(value)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before what it would compute."""
    return f"'{text}" if text.startswith(_FORMULA) else text
