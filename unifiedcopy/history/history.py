"""``History``: what programs use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ..errors import HistoryError
from ..models import ClosedPosition, Leader
from ..portfolio import Snapshot
from ..tabular import Rows
from . import closed, listings, snapshots
from .closed import span
from .curves import Moment, Scope, Told, curves, entries
from .models import EquityCurve, Profit, SnapshotEntry
from .profits import GROUPS, Group, profits
from .store import Store, Work


class History:
    """Snapshots of portfolios, closed positions and listings of leaders, in a file or a database.

        async with uc.History("history/history.db") as history:
            await history.add(await portfolio.snapshot())
            for curve in await history.equity(by="venue", every=3_600_000):
                print(curve.venue, curve.asset, curve.drawdown)

    Whatever is added is stored whole or not at all, also when the disk is full or the process is killed. What is added
    twice stands there once. Times are Unix milliseconds; ``since`` is included, ``until`` is not.

    Args:
        place: a SQLite file, made with its folder where there is none (0600 in 0700); other tools may read it
            meanwhile (``history/tables.py`` describes the tables). Or ``postgresql://…``, with the extra
            ``[postgres]``.

    Raises:
        HistoryError: (on entering) a history of another release, another program's file or schema, or it can't be
            opened.
        ConfigError: the file is open to others or a link; or the extra is not installed.
    """

    def __init__(self, place: Path | str) -> None:
        self.store: Store = _store(place)

    async def __aenter__(self) -> Self:
        await self.store.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the file or the connection."""
        await self.store.aclose()

    # -- writing --------------------------------------------------------------------------------------------------

    async def add(self, snapshot: Snapshot) -> int:
        """Stores a snapshot; its number.

        Raises:
            HistoryError: it could not be stored; nothing of it was.
        """
        async with self.store.work(writes=True) as work:
            return await snapshots.write(work, snapshot)

    async def add_closed(self, positions: Iterable[ClosedPosition]) -> int:
        """Stores closed positions and brings those that stand there up to date; how many were new."""
        async with self.store.work(writes=True) as work:
            return await closed.write(work, list(positions))

    async def add_leaders(self, exchange: str, leaders: Iterable[Leader], taken_at: int) -> int:
        """Stores a listing of leaders, as the venue ordered them; its number."""
        async with self.store.work(writes=True) as work:
            return await listings.write(work, exchange, list(leaders), taken_at)

    async def prune(self, before: int) -> int:
        """Removes the snapshots and listings of an earlier time; how many snapshots. Closed positions stay."""
        async with self.store.work(writes=True) as work:
            [count] = await work.fetch("SELECT count(*) FROM snapshots WHERE taken_at < $1", before)
            for table in ("readings", "troubles", "positions", "balances", "following"):
                old = "SELECT id FROM snapshots WHERE taken_at < $1"
                await work.execute(f"DELETE FROM {table} WHERE snapshot IN ({old})", before)  # noqa: S608
            old = "SELECT id FROM listings WHERE taken_at < $1"
            await work.execute(f"DELETE FROM leaders WHERE listing IN ({old})", before)  # noqa: S608
            for table in ("snapshots", "listings"):
                await work.execute(f"DELETE FROM {table} WHERE taken_at < $1", before)  # noqa: S608
        await self.store.tidy()
        return int(count[0])

    async def archive(self, folder: Path | str, before: int) -> list[Path]:
        """Moves positions and followed leaders of whole days (UTC) that ended before a time to Parquet files,
        ``<folder>/positions/venue=…/date=…/…``, which DuckDB, polars and others read as one table. Balances stay, so
        that curves still reach back. A day is there or here, never in parts.

        Raises:
            ConfigError: pyarrow is not installed (extra ``[data]``), or a file can't be written.
            HistoryError: the database is gone; the day that was under way stays in it.
        """
        from .archive import archive  # noqa: PLC0415 (the extra)

        return await archive(self.store, Path(folder), before)

    # -- reading --------------------------------------------------------------------------------------------------

    async def snapshots(self, since: int | None = None, until: int | None = None) -> Rows[SnapshotEntry]:
        """What snapshots there are, oldest first."""
        where, values = span("s.taken_at", since, until)
        query = (
            "SELECT s.id, s.taken_at, count(r.place), count(CASE r.status WHEN 'ok' THEN 1 END), s.archived_at "  # noqa: S608
            f"FROM snapshots s LEFT JOIN readings r ON r.snapshot = s.id{where} "
            "GROUP BY s.id, s.taken_at, s.archived_at ORDER BY s.taken_at, s.id"
        )
        async with self.store.work() as work:
            rows = await work.fetch(query, *values)
        return Rows.of(
            SnapshotEntry,
            (
                SnapshotEntry(id=number, taken_at=at, accounts=accounts, ok=ok, archived=archived is not None)
                for number, at, accounts, ok, archived in rows
            ),
        )

    async def snapshot(self, number: int) -> Snapshot:
        """A snapshot as it was taken. (One whose positions were moved to an archive has none.)

        Raises:
            HistoryError: there is none of that number.
        """
        async with self.store.work() as work:
            found = await snapshots.read(work, number)
        if found is None:
            raise HistoryError(f"there is no snapshot {number} in the history; `snapshots()` lists them")
        return found

    async def closed(self, since: int | None = None, until: int | None = None) -> Rows[ClosedPosition]:
        """Closed positions by the time of closing, oldest first."""
        async with self.store.work() as work:
            return Rows.of(ClosedPosition, await closed.read(work, since, until))

    async def listings(self, since: int | None = None, until: int | None = None) -> list[tuple[int, str, list[Leader]]]:
        """Listings of leaders, oldest first: when, of which API, whom."""
        async with self.store.work() as work:
            return await listings.read(work, since, until)

    async def profits(
        self, by: Sequence[Group] = ("leader", "day"), since: int | None = None, until: int | None = None
    ) -> Rows[Profit]:
        """What closed positions brought, by leader, day (UTC), venue, account, symbol, or several of these; one row a
        currency. Positions that are still open are not in it.
        """
        for name in by:
            if name not in GROUPS:
                raise ValueError(f"by takes {', '.join(GROUPS)}, not {name!r}")
        return Rows.of(Profit, profits(await self.closed(since, until), by))

    async def equity(
        self, by: Scope = "all", *, every: int | None = None, since: int | None = None, until: int | None = None
    ) -> list[EquityCurve]:
        """Equity over time, a curve a currency: of each account, of each venue, or of all together.

        Args:
            every: one point a stretch of so many milliseconds (UTC), with what each account told last in it; by
                default one a snapshot. Snapshots of single accounts come together only so.
        """
        async with self.store.work() as work:
            told, moments, names = await self._told(work, since, until)
        return await asyncio.to_thread(curves, told, moments, names, by, every)

    async def _told(
        self, work: Work, since: int | None, until: int | None
    ) -> tuple[dict[str, list[Told]], list[Moment], dict[int, tuple[str, str]]]:
        """Equity by currency and time, all moments, and who is who. A currency that is not named is ``?``."""
        where, values = span("s.taken_at", since, until)
        names = {row[0]: (row[1], row[2]) for row in await work.fetch("SELECT id, exchange, account FROM accounts")}
        unread = await work.fetch(
            "SELECT r.snapshot, r.account FROM readings r JOIN snapshots s ON s.id = r.snapshot"  # noqa: S608
            f"{where}{' AND' if where else ' WHERE'} r.balances_state = 'failed'",
            *values,
        )
        missing: dict[int, set[int]] = {}
        for snapshot, account in unread:
            missing.setdefault(snapshot, set()).add(account)
        every = await work.fetch(f"SELECT s.id, s.taken_at FROM snapshots s{where} ORDER BY s.taken_at, s.id", *values)  # noqa: S608
        joined = self.store.joined.format
        rows = await work.fetch(
            f"SELECT s.taken_at, b.asset, {joined('b.account')}, {joined('b.equity')} FROM snapshots s "  # noqa: S608
            f"JOIN balances b ON b.snapshot = s.id{where}{' AND' if where else ' WHERE'} b.equity IS NOT NULL "
            "GROUP BY s.id, s.taken_at, b.asset ORDER BY s.taken_at, s.id",
            *values,
        )
        moments = [Moment(at, frozenset(missing.get(number, ()))) for number, at in every]
        return await asyncio.to_thread(entries, rows), moments, names


def _store(place: Path | str) -> Store:
    if isinstance(place, str) and place.startswith(("postgresql://", "postgres://")):
        from .postgres import PostgresStore  # noqa: PLC0415 (the extra)

        return PostgresStore(place)
    from .sqlite import SqliteStore  # noqa: PLC0415 (SQLite is not loaded for a database elsewhere)

    return SqliteStore(Path(place))
