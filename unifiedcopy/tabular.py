"""What holds rows of one struct, and can hand them to other tools; ``export`` tells what becomes of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

T = TypeVar("T")


class Tabular:
    """Rows of one struct. Importing this loads nothing: the methods do."""

    __slots__ = ()

    def _rows(self) -> tuple[Sequence[Any], type[Any] | None]:
        """The rows and their struct; None where there are none and nobody knows."""
        raise NotImplementedError

    def to_arrow(self) -> pyarrow.Table:
        """A pyarrow table: decimals of 38 digits, or text in a column where that would lose one.

        Raises:
            ConfigError: pyarrow is not installed (extra ``[data]``).
        """
        from .export import arrow_table  # noqa: PLC0415 (nobody pays for it who doesn't ask)

        return arrow_table(*self._rows())

    def to_polars(self) -> polars.DataFrame:
        """A polars data frame, decimals as ``Decimal(38, 18)``."""
        from .export import polars_frame  # noqa: PLC0415 (as above)

        return polars_frame(*self._rows())

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame: decimals are Python's, whole numbers ``Int64``, which knows what is missing."""
        from .export import pandas_frame  # noqa: PLC0415 (as above)

        return pandas_frame(*self._rows())

    def to_csv(self, path: Path | str) -> None:
        """A CSV file with a header, UTF-8, every digit; it is there whole (0600) or not at all.

        Text that a spreadsheet would take for a formula gets an apostrophe before it: names are a venue's words.

        Raises:
            ConfigError: it can't be written.
        """
        from .export import write_csv  # noqa: PLC0415 (as above)

        write_csv(Path(path), *self._rows())

    def to_parquet(self, path: Path | str) -> None:
        """A Parquet file; it is there whole (0600) or not at all.

        Raises:
            ConfigError: it can't be written, or pyarrow is not installed.
        """
        from .export import write_parquet  # noqa: PLC0415 (as above)

        write_parquet(Path(path), *self._rows())


class Rows(tuple[T, ...], Tabular):
    """Rows of one struct that are also known when there are none."""

    struct: type[msgspec.Struct]

    @classmethod
    def of(cls, struct: type[msgspec.Struct], rows: Iterable[T]) -> Rows[T]:
        """The rows of a struct."""
        made = cls(rows)
        made.struct = struct
        return made

    def _rows(self) -> tuple[Sequence[Any], type[Any] | None]:
        return self, self.struct
