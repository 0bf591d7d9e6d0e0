"""Windows and bans of the processes of one host, in a file of the state folder.

Windows are on the host's monotonic clock, which all processes share and nobody sets; a ban also on the wall clock,
because it outlasts a restart of the host. Calls are synchronous and never wait for another process: a locked file is a
reason to try again in a moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from secrets import token_hex

from ..safety.files import private_file, private_folder
from ..writeahead import write_ahead
from .store import ARRIVAL, Claim, Stop, StoreTrouble, Taken, Wait

FILE = "limits.db"
_OPENING = 5.0
"""Seconds that opening waits for other processes that open it, too."""
_TRIES = 1000
"""How often a change is tried, moments apart, while others hold the file."""
_TABLES = """
CREATE TABLE IF NOT EXISTS uses (
  key TEXT NOT NULL, at REAL NOT NULL, id TEXT NOT NULL, weight INTEGER NOT NULL, PRIMARY KEY (key, at, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stops (
  key TEXT PRIMARY KEY, until REAL NOT NULL, monotonic REAL NOT NULL, length REAL NOT NULL, reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
_REMEMBERED = 31 * 86_400
"""Seconds: no window is longer."""
_AHEAD = ARRIVAL + 1.0
"""What stands further ahead than a request takes is of a time before the host was started again."""


class SqliteStore:
    """One file, and a connection of this event loop to it.

    Raises:
        ConfigError: the folder or the file is not the user's alone.
    """

    def __init__(self, folder: Path) -> None:
        path = private_file(private_folder(folder) / FILE)
        try:
            self._db = _opened(path)
        except sqlite3.Error as error:
            raise StoreTrouble(f"limits: {path} can't be used ({error})") from None
        self._name, self._numbers = token_hex(8), count()

    async def take(self, claims: tuple[Claim, ...], stops: Iterable[str]) -> Taken | Wait:
        try:
            with self._changing() as db:
                now = time.monotonic()
                if (wait := _stop_of(db, tuple(stops))) is not None:
                    return wait
                longest = max((_wait(db, claim, now) for claim in claims), default=0.0)
                if longest > 0:
                    return Wait(longest)
                taken = Taken(self, claims, f"{self._name}-{next(self._numbers)}", now + ARRIVAL)
                db.executemany(
                    "INSERT INTO uses VALUES (?, ?, ?, ?)",
                    [(claim.key, taken.at, taken.id, claim.weight) for claim in claims],
                )
                return taken
        except _Busy:
            return Wait(_moment())

    async def land(self, taken: Taken) -> None:
        await self._patiently(
            "UPDATE uses SET at = ? WHERE key = ? AND at = ? AND id = ?",
            [(time.monotonic(), claim.key, taken.at, taken.id) for claim in taken.claims],
        )

    async def stop(self, key: str, seconds: float, reason: str) -> None:
        await self._patiently(
            "INSERT INTO stops VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET until = excluded.until,"
            " monotonic = excluded.monotonic, length = excluded.length, reason = excluded.reason"
            " WHERE excluded.until > until",
            [(key, time.time() + seconds, time.monotonic() + seconds, seconds, reason)],
        )

    async def stopped(self, key: str) -> Stop | None:
        with _troubles():
            row = self._db.execute(
                "SELECT until, monotonic, length, reason FROM stops WHERE key = ?", (key,)
            ).fetchone()
        return None if row is None else Stop(_left(*row[:3]), row[2], row[3])

    async def close(self) -> None:
        self._db.close()

    async def _patiently(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        for _ in range(_TRIES):
            with contextlib.suppress(_Busy), self._changing() as db:
                db.executemany(statement, rows)
                return
            await asyncio.sleep(_moment())
        raise StoreTrouble("limits: the file of the windows is never free")

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One step, also for other processes: whoever begins is the only one."""
        with _troubles():
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:  # to its end, or back
                yield self._db


class _Busy(Exception):
    """Another process has the file for a moment."""


@contextmanager
def _troubles() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if (getattr(error, "sqlite_errorname", None) or "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise _Busy from None
        raise StoreTrouble(f"limits: the file of the windows can't be used ({error})") from None


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_OPENING, isolation_level=None)
    try:
        write_ahead(db, _OPENING)
        db.execute("PRAGMA synchronous = NORMAL")
        db.executescript(_TABLES)
        now = time.monotonic()
        db.execute("DELETE FROM uses WHERE at <= ? OR at > ?", (now - _REMEMBERED, now + _AHEAD))
        db.execute("DELETE FROM stops WHERE until <= ?", (time.time() - _REMEMBERED,))
        db.execute("PRAGMA busy_timeout = 0")
    except BaseException:
        db.close()
        raise
    return db


def _wait(db: sqlite3.Connection, claim: Claim, now: float) -> float:
    """Seconds until there may be room in a window; 0 when there is."""
    db.execute("DELETE FROM uses WHERE key = ? AND at <= ?", (claim.key, now - claim.seconds))
    (used,) = db.execute("SELECT coalesce(sum(weight), 0) FROM uses WHERE key = ?", (claim.key,)).fetchone()
    over = used + claim.weight - claim.most
    if over <= 0:
        return 0.0
    for at, weight in db.execute("SELECT at, weight FROM uses WHERE key = ? AND at <= ? ORDER BY at", (claim.key, now)):
        over -= weight
        if over <= 0:
            return at + claim.seconds - now  # type: ignore[no-any-return]
    return claim.seconds  # what is on the way is not old before that


def _stop_of(db: sqlite3.Connection, keys: tuple[str, ...]) -> Wait | None:
    marks = ", ".join("?" * len(keys))
    rows = db.execute(f"SELECT until, monotonic, length, reason FROM stops WHERE key IN ({marks})", keys)  # noqa: S608
    seconds, reason = max(((_left(*row[:3]), row[3]) for row in rows), default=(0.0, ""))
    return Wait(seconds, reason) if seconds > 0 else None


def _left(until: float, monotonic: float, length: float) -> float:
    """Seconds, by the clock that says more: the wall clock may have been set, the monotonic one begins anew with the
    host and counts only while what it says is possible.
    """
    left = monotonic - time.monotonic()
    return max(min(until - time.time(), length), left if left <= length else -length)


def _moment() -> float:
    return random.uniform(0.001, 0.003)  # noqa: S311 (only so that two don't meet again)
