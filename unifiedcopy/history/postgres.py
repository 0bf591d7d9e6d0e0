"""A history in PostgreSQL (extra ``[postgres]``): the tables of the file in a schema of their own, ``unifiedcopy``,
with NUMERIC where the file has text.

A connection that is lost is made anew for the next transaction; the one that was under way is not stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self
from urllib.parse import urlsplit

from ..errors import HistoryError
from ..export import needed
from .store import TOO_LARGE, Columns, Row, Store, Work
from .tables import POSTGRES, VERSION, Table, statements

SCHEMA = "unifiedcopy"
PATIENCE = 30
"""Seconds for a connection, and for one statement to begin to answer."""
_LOCK = 0x75634869
"""Held while the tables are made, and while a snapshot is written: accounts get one number each."""


class PostgresStore(Store):
    """The database of a history."""

    joined = "string_agg(({})::text, ',')"

    def __init__(self, url: str) -> None:
        self._url = url
        self._asyncpg = needed("asyncpg", "postgres")
        self._lock = asyncio.Lock()
        self._connection: Any = None
        self._closed = False
        parts = urlsplit(url)
        self.name = f"{parts.hostname or 'localhost'}{parts.path}"
        """Host and database: what may be shown of the URL."""

    async def open(self) -> Self:
        async with self._lock:
            with self._words():
                await self._connected()
        return self

    async def aclose(self) -> None:
        self._closed = True
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close(timeout=PATIENCE)

    async def tidy(self) -> None:
        """The server does so by itself."""

    @asynccontextmanager
    async def work(self, *, writes: bool = False) -> AsyncIterator[Work]:
        async with self._lock:
            with self._words():
                connection = await self._connected()
                async with connection.transaction(readonly=not writes):
                    if writes:
                        await connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
                    yield _PostgresWork(connection)

    async def _connected(self) -> Any:
        if self._closed:
            raise HistoryError(f"{self.name}: the history is closed; use it as `async with History(…)`")
        if self._connection is None or self._connection.is_closed():
            connection = await self._asyncpg.connect(
                self._url, timeout=PATIENCE, server_settings={"search_path": SCHEMA, "application_name": "unifiedcopy"}
            )
            try:
                await self._prepare(connection)
            except BaseException:
                await connection.close(timeout=PATIENCE)
                raise
            self._connection = connection
        return self._connection

    async def _prepare(self, connection: Any) -> None:
        async with connection.transaction():
            await connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
            if not await connection.fetchval("SELECT 1 FROM pg_namespace WHERE nspname = $1", SCHEMA):
                await self._make(connection)
            elif not await connection.fetchval("SELECT to_regclass($1)", f"{SCHEMA}.about"):
                raise HistoryError(
                    f"{self.name}: the schema {SCHEMA} there is of another program; name another database"
                )
            version = await connection.fetchval("SELECT version FROM about")
        if version != VERSION:
            cure = "update unifiedcopy" if version > VERSION else "read it with the release that wrote it"
            known = f"its layout is {version}, this release knows {VERSION}"
            raise HistoryError(f"{self.name} was written by another release ({known}); {cure}, or name another one")

    async def _make(self, connection: Any) -> None:
        await connection.execute(f"CREATE SCHEMA {SCHEMA}")
        for statement in statements(POSTGRES):
            await connection.execute(statement)
        await connection.execute("CREATE TABLE about (version BIGINT NOT NULL)")
        await connection.execute("INSERT INTO about (version) VALUES ($1)", VERSION)

    @contextmanager
    def _words(self) -> Iterator[None]:
        """What the driver says, without the URL: it may hold a password."""
        try:
            yield
        except (self._asyncpg.PostgresError, self._asyncpg.InterfaceError) as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise HistoryError(f"{self.name}: {said}; nothing was stored") from None
        except OverflowError:
            raise HistoryError(f"{self.name}: {TOO_LARGE}; nothing was stored") from None
        except (OSError, TimeoutError) as error:
            said = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            raise HistoryError(
                f"{self.name}: the database can't be reached ({said}); nothing was stored, try again"
            ) from None


class _PostgresWork(Work):
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, query: str, *values: Any) -> list[Row]:
        rows: list[Row] = await self._connection.fetch(query, *values)
        return rows

    async def execute(self, statement: str, *values: Any) -> None:
        await self._connection.execute(statement, *values)

    async def insert(self, table: Table, columns: Columns) -> None:
        await self._connection.copy_records_to_table(
            table.name, schema_name=SCHEMA, columns=table.names, records=zip(*_storable(table, columns), strict=True)
        )

    async def merge(self, table: Table, columns: Columns) -> None:
        names = ", ".join(table.names)
        marks = ", ".join(f"${place}" for place in range(1, len(table.columns) + 1))
        sets = ", ".join(f"{name} = excluded.{name}" for name in table.names if name not in table.key)
        await self._connection.executemany(
            f"INSERT INTO {table.name} ({names}) VALUES ({marks}) "  # noqa: S608 (names of tables.py)
            f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {sets}",
            list(zip(*_storable(table, columns), strict=True)),
        )


def _storable(table: Table, columns: Columns) -> Columns:
    """Columns without the one character that PostgreSQL's text can't hold: a venue's word must not stop a snapshot."""
    return [
        [value.replace("\0", "\N{REPLACEMENT CHARACTER}") if value else value for value in values]
        if column.kind == "text" and any(value and "\0" in value for value in values)
        else values
        for column, values in zip(table.columns, columns, strict=True)
    ]
