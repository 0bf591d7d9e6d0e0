"""A history in one SQLite file (WAL), the user's alone; other tools may read it while it is written.

One thread does all the work, so that the event loop never waits for a disk.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, TypeVar

from ..errors import HistoryError
from ..safety.files import private_file, private_folder
from ..writeahead import write_ahead
from .store import TOO_LARGE, Columns, Row, Store, Work
from .tables import SQLITE, VERSION, Table, statements

APPLICATION_ID = 0x75634869
"""``ucHi``: what ``file`` and SQLite's own header say about whose file it is."""
PATIENCE = 30
"""Seconds to wait for another process that writes."""
PAGE, UNMERGED = 16_384, 64 * 2**20
"""Bytes of a page, and of what is written beside the file (``-wal``) until it is merged into it: a snapshot of ten
thousand positions has three and a half million, and would else be merged each time.
"""

T = TypeVar("T")


class SqliteStore(Store):
    """The file of a history."""

    joined = "group_concat({})"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="history")
        self._lock = asyncio.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    async def open(self) -> Self:
        await self.run(self._open)
        return self

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await self.run(connection.close)
        self._thread.shutdown()

    async def tidy(self) -> None:
        async with self._lock:
            for statement in ("PRAGMA incremental_vacuum", "PRAGMA wal_checkpoint(TRUNCATE)"):
                await self.run(lambda statement=statement: self.connection.execute(statement).fetchall())

    @asynccontextmanager
    async def work(self, *, writes: bool = False) -> AsyncIterator[Work]:
        async with self._lock:
            _, work = self.connection, _SqliteWork(self)
            try:
                await self.run(self._begin, writes)
                yield work
                await self.run(self._commit)
            except BaseException:
                # Also when cancelled; it queues behind what the thread is at.
                self._thread.submit(self._roll_back)
                raise

    async def run(self, function: Callable[..., T], *values: Any) -> T:
        """Runs it in the thread; what SQLite says becomes words."""
        with self._words():
            return await asyncio.get_running_loop().run_in_executor(self._thread, function, *values)

    @property
    def connection(self) -> sqlite3.Connection:
        """The open connection."""
        if self._connection is None:
            raise HistoryError(f"{self.path}: the history is closed; use it as `async with History(…)`")
        return self._connection

    # -- in the thread --------------------------------------------------------------------------------------------

    def _open(self) -> None:
        private_folder(self.path.parent)
        self.path = private_file(self.path)
        connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._identity = connection, self._on_disk()

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if _is_empty(connection):
            connection.execute(f"PRAGMA page_size = {PAGE}")
            connection.execute("PRAGMA auto_vacuum = incremental")
            write_ahead(connection, PATIENCE)
            self._make(connection)
        application, version = (_pragma(connection, name) for name in ("application_id", "user_version"))
        if application != APPLICATION_ID:
            raise HistoryError(f"{self.path} is a database of another program; name another file for the history")
        if version != VERSION:
            cure = "update unifiedcopy" if version > VERSION else "read it with the release that wrote it"
            known = f"its layout is {version}, this release knows {VERSION}"
            raise HistoryError(f"{self.path} was written by another release ({known}); {cure}, or name another file")
        write_ahead(connection, PATIENCE)
        connection.execute("PRAGMA synchronous = full")
        connection.execute(f"PRAGMA wal_autocheckpoint = {UNMERGED // PAGE}")

    def _make(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            if not _is_empty(connection):
                return  # another process was faster
            for statement in statements(SQLITE):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")

    def _begin(self, writes: bool) -> None:
        self.connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    def _commit(self) -> None:
        self._still_there()
        self.connection.execute("COMMIT")

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            self._connection.rollback()

    def _still_there(self) -> None:
        """A file that was removed takes writes without a word, and loses them when it is closed."""
        if self._on_disk() != self._identity:
            raise HistoryError(f"{self.path} was removed or replaced while in use; nothing was stored, open it again")

    def _on_disk(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self.path)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    @contextmanager
    def _words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise HistoryError(f"{self.path}: {_said(error)}; nothing was stored") from None
        except OverflowError:
            raise HistoryError(f"{self.path}: {TOO_LARGE}; nothing was stored") from None


class _SqliteWork(Work):
    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def fetch(self, query: str, *values: Any) -> list[Row]:
        return await self._store.run(self._fetch, query, values)

    async def execute(self, statement: str, *values: Any) -> None:
        await self._store.run(self._fetch, statement, values)

    async def insert(self, table: Table, columns: Columns) -> None:
        await self._store.run(self._many, "INSERT", table, columns)

    async def merge(self, table: Table, columns: Columns) -> None:
        await self._store.run(self._many, "INSERT OR REPLACE", table, columns)

    def _fetch(self, query: str, values: tuple[Any, ...]) -> list[Row]:
        named = {str(place): value for place, value in enumerate(values, 1)}
        with closing(self._store.connection.execute(query, named)) as cursor:
            return cursor.fetchall()

    def _many(self, verb: str, table: Table, columns: Columns) -> None:
        told = _texts(table, columns)
        marks = ", ".join("?" for _ in told)
        statement = f"{verb} INTO {table.name} ({', '.join(told)}) VALUES ({marks})"
        self._store.connection.executemany(statement, zip(*told.values(), strict=True))


def _texts(table: Table, columns: Columns) -> dict[str, Sequence[Any]]:
    """Columns by name with their exact numbers as text; empty ones are left out: they are NULL by themselves."""
    return {
        column.name: _plain(values) if column.kind == "decimal" else values
        for column, values in zip(table.columns, columns, strict=True)
        if column.required or any(value is not None for value in values)
    }


def _plain(values: Sequence[Decimal | None]) -> list[str | None]:
    """Plain notation. Exponents are rare, and looked for in all texts at once: that halves the time."""
    texts = [None if value is None else str(value) for value in values]
    if "E" in " ".join(filter(None, texts)):
        return [None if value is None else f"{value:f}" for value in values]
    return texts


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nobody has put anything into the file yet."""
    claimed = _pragma(connection, "application_id") or _pragma(connection, "user_version")
    return not claimed and not connection.execute("SELECT 1 FROM sqlite_master").fetchone()


_CURES = {
    sqlite3.SQLITE_FULL: "the disk is full (or the file as large as it may be); free some space",
    sqlite3.SQLITE_IOERR: "it can't be read or written; look at the disk",
    sqlite3.SQLITE_NOTADB: "it is not a history, nor any SQLite file; name another one",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore it, or name another one",
    sqlite3.SQLITE_BUSY: "another process is writing it for very long; try again",
    sqlite3.SQLITE_READONLY: "it can't be written, it is read-only or was moved; look at the file",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened; look at the file and its folder",
}
"""Primary result codes, which are the last byte of what SQLite says."""


def _said(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    return _CURES.get(code & 0xFF, str(error)) if code is not None else str(error)
