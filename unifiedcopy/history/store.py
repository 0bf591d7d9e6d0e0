"""What a history asks of its database. Statements use what SQLite and PostgreSQL both know; values are $1, $2 …"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Self

from .tables import Table

Row = Sequence[Any]
Columns = Sequence[Sequence[Any]]
TOO_LARGE = "a time or a count is larger than 64 bits, which no venue can mean"


class Work(ABC):
    """One transaction: everything in it happens, or nothing."""

    @abstractmethod
    async def fetch(self, query: str, *values: Any) -> list[Row]:
        """The rows of a query. Exact numbers come as the database keeps them: text, or ``Decimal``."""

    @abstractmethod
    async def execute(self, statement: str, *values: Any) -> None:
        """A statement without rows."""

    @abstractmethod
    async def insert(self, table: Table, columns: Columns) -> None:
        """Rows, given by column in the order of the table; exact numbers are ``Decimal``."""

    @abstractmethod
    async def merge(self, table: Table, columns: Columns) -> None:
        """The same, but what has the key already is replaced."""

    async def number(self, table: Table, row: Row) -> tuple[int, bool]:
        """The number of a row of a numbered table, and whether it is new: a key stands there once."""
        keys = [row[table.names.index(name)] for name in table.key]
        query = f"SELECT id FROM {table.name} WHERE {_equal(table.key)}"  # noqa: S608 (names of tables.py)
        if found := await self.fetch(query, *keys):
            return int(found[0][0]), False
        marks = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        names = ", ".join(table.names)
        insert = f"INSERT INTO {table.name} ({names}) VALUES ({marks}) RETURNING id"  # noqa: S608 (as above)
        [made] = await self.fetch(insert, *row)
        return int(made[0]), True


def _equal(names: Sequence[str]) -> str:
    return " AND ".join(f"{name} = ${place}" for place, name in enumerate(names, 1))


class Store(ABC):
    """A database with the tables of a history."""

    joined: str
    """How texts of a group are joined with commas: ``.format(column)``."""

    @abstractmethod
    async def open(self) -> Self:
        """Opens it; an empty one gets its tables.

        Raises:
            HistoryError: it is of another layout or of another program, or can't be opened.
            ConfigError: it is no file of the user's alone.
        """

    @abstractmethod
    async def aclose(self) -> None:
        """Closes it."""

    @abstractmethod
    async def tidy(self) -> None:
        """Gives space that was freed back to the disk, where the database doesn't do so by itself."""

    @abstractmethod
    def work(self, *, writes: bool = False) -> AbstractAsyncContextManager[Work]:
        """A transaction, one after the other.

        Raises:
            HistoryError: the database says no, or is gone; nothing of the transaction is stored.
        """
