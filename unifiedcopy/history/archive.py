"""Old days as Parquet files, one for each venue and day (UTC), for tools that read many of them as one table.

The database decides what counts. Files of a day are written first, each whole or not at all; then one transaction lists
them and removes the rows. After a crash between the two the rows are still in the database, and the next run replaces
what was left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..columns import Column, Values
from ..export import arrow_array, needed
from ..models import utc
from ..safety.files import private_folder, whole_file
from .snapshots import columns_from
from .store import Store
from .tables import ARCHIVED, BULKY, Table

DAY = 86_400_000
_BEFORE = (Column("taken_at", "integer"), Column("exchange", "text"), Column("account", "text"))
"""What a row of a file has before the columns of its table: it stands for itself there."""

Batch = dict[str, Values]


async def archive(store: Store, folder: Path, before: int) -> list[Path]:
    """Moves the days that ended before a time into files; which ones."""
    needed("pyarrow", "data")
    made: list[Path] = []
    for day, snapshots in (await _days(store, before - before % DAY)).items():
        files: dict[Path, int] = {}
        for table in BULKY:
            files |= await _write(store, folder, table, day, snapshots)
        await _move(store, folder, files, snapshots)
        made += files
    if made:
        await store.tidy()
    return made


async def _days(store: Store, before: int) -> dict[int, list[int]]:
    """The numbers of the snapshots of each day that are not archived."""
    async with store.work() as work:
        rows = await work.fetch(
            "SELECT taken_at, id FROM snapshots WHERE taken_at < $1 AND archived_at IS NULL ORDER BY taken_at, id",
            before,
        )
    days: dict[int, list[int]] = {}
    for taken_at, number in rows:
        days.setdefault(taken_at - taken_at % DAY, []).append(number)
    return days


async def _write(store: Store, folder: Path, table: Table, day: int, snapshots: Sequence[int]) -> dict[Path, int]:
    """The files of a day, and how many rows each has."""
    as_text: set[str] = set()
    while True:
        try:
            return await _attempt(store, folder, table, day, snapshots, as_text)
        except _TooFine as found:
            as_text.add(str(found))


class _TooFine(Exception):
    """A column holds a number that a decimal of 38 digits would round; in the files of the day it must be text."""


async def _attempt(
    store: Store, folder: Path, table: Table, day: int, snapshots: Sequence[int], as_text: set[str]
) -> dict[Path, int]:
    counts: dict[Path, int] = {}
    kept = await _listed(store)
    with ExitStack() as stack:
        writers: dict[Path, Any] = {}
        async for venue, batch in _batches(store, table, snapshots):
            part = folder / table.name / f"venue={quote(venue, safe='')}" / f"date={utc(day):%Y-%m-%d}"
            path = part / f"snapshots-{snapshots[0]}-{snapshots[-1]}.parquet"
            rows = await asyncio.to_thread(_arrow, table, batch, as_text)
            if path not in writers:
                _clear(private_folder(part), folder, kept)
                writers[path] = _writer(stack, path, rows.schema)
            await asyncio.to_thread(writers[path].write_table, rows)
            counts[path] = counts.get(path, 0) + rows.num_rows
    return counts


def _writer(stack: ExitStack, path: Path, schema: Any) -> Any:
    file = stack.enter_context(whole_file(path))
    return stack.enter_context(needed("pyarrow.parquet", "data").ParquetWriter(file, schema, compression="zstd"))


def _clear(part: Path, folder: Path, kept: set[str]) -> None:
    """Removes what a run that did not end left in a day's folder."""
    for file in (*part.glob("snapshots-*.parquet"), *part.glob(".snapshots-*")):
        if file.relative_to(folder.resolve()).as_posix() not in kept:
            file.unlink()


async def _batches(store: Store, table: Table, snapshots: Sequence[int]) -> AsyncIterator[tuple[str, Batch]]:
    """The rows of each snapshot by venue."""
    rest = table.names[3:]
    query = (
        f"SELECT s.taken_at, a.exchange, a.account, {', '.join(f'r.{name}' for name in rest)} FROM {table.name} r "  # noqa: S608
        "JOIN snapshots s ON s.id = r.snapshot JOIN accounts a ON a.id = r.account "
        "WHERE r.snapshot = $1 ORDER BY a.exchange, a.account, r.place"
    )
    for number in snapshots:
        async with store.work() as work:
            rows = await work.fetch(query, number)
        for venue, own in _by_venue(rows):
            yield venue, columns_from((*_BEFORE, *table.columns[3:]), own)


def _by_venue(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Sequence[Any]]]]:
    venues: dict[str, list[Sequence[Any]]] = {}
    for row in rows:
        venues.setdefault(row[1].partition("/")[0], []).append(row)
    yield from venues.items()


def _arrow(table: Table, batch: Batch, as_text: set[str]) -> Any:
    columns = (*_BEFORE, *table.columns[3:])
    return needed("pyarrow", "data").table(
        {column.name: _array(column, batch[column.name], column.name in as_text) for column in columns}
    )


def _array(column: Column, values: Values, as_text: bool) -> Any:
    if as_text:
        return arrow_array(Column(column.name, "text"), [None if value is None else f"{value:f}" for value in values])
    if column.kind == "flag":
        return arrow_array(column, [None if value is None else bool(value) for value in values])
    array = arrow_array(column, values)
    if column.kind == "decimal" and array.type == needed("pyarrow", "data").string():
        raise _TooFine(column.name)
    return array


async def _listed(store: Store) -> set[str]:
    async with store.work() as work:
        return {row[0] for row in await work.fetch("SELECT path FROM archived")}


async def _move(store: Store, folder: Path, files: dict[Path, int], snapshots: Sequence[int]) -> None:
    """Lists the files and removes the rows that are in them, at once."""
    now = int(time.time() * 1_000)
    paths = [path.relative_to(folder).as_posix() for path in files]
    async with store.work(writes=True) as work:
        await work.merge(ARCHIVED, [paths, list(files.values()), [now] * len(files)])
        for number in snapshots:
            for table in BULKY:
                await work.execute(f"DELETE FROM {table.name} WHERE snapshot = $1", number)  # noqa: S608
            await work.execute("UPDATE snapshots SET archived_at = $1 WHERE id = $2", now, number)
