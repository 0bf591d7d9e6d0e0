"""The write log: every step of every write on disk before the next one, in one SQLite file (WAL, full sync).

``events`` is append-only and hash-chained (``chain.py``); ``writes`` is derived from it, one line a write, and holds
the lock: of one intent, one write at most is open. Calls are synchronous on purpose: a commit takes less than a
millisecond, and a step that can't be cancelled half-way needs no repair.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal
from weakref import WeakValueDictionary

import msgspec
from msgspec import Struct

from .. import errors
from ..checks import DAY
from ..writeahead import write_ahead
from .chain import BEGINNING, Entry, Head, broken, linked
from .files import private_file, private_folder
from .intent import Intent
from .process import alive, this_process

State = Literal[
    "planned", "sent", "confirmed", "rejected", "not_sent", "unknown", "applied", "not_applied", "unresolved"
]
OPEN = ("planned", "sent", "unknown", "unresolved")
"""States after which nobody knows the end; a write in one of them blocks the same intent."""

UNDONE = ("rejected", "not_sent", "not_applied")
"""States that say that nothing was done."""
FILE, HEAD = "journal.db", "journal.head"
_APPLICATION, _VERSION = 0x75634A4C, 1
_CHECKED_AT_OPENING = 1000
_BUSY = 5.0
"""Seconds that another process may hold the log."""
_TABLES = (
    """CREATE TABLE events (
  seq INTEGER PRIMARY KEY, write_id INTEGER NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, data TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT""",
    "CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    """CREATE TABLE writes (
  id INTEGER PRIMARY KEY, intent_key TEXT NOT NULL, exchange TEXT NOT NULL, origin TEXT NOT NULL, account TEXT NOT NULL,
  state TEXT NOT NULL, open INTEGER NOT NULL, process TEXT NOT NULL, planned_at INTEGER NOT NULL, at INTEGER NOT NULL,
  intent TEXT NOT NULL, data TEXT NOT NULL
) STRICT""",
    "CREATE UNIQUE INDEX one_open_write_of_an_intent ON writes (intent_key) WHERE open",
    "CREATE INDEX writes_of_an_account ON writes (exchange, origin, account, planned_at)",
)


class WriteRecord(Struct, frozen=True, kw_only=True):
    """One write of the log, as it stands now."""

    id: int
    state: State
    planned_at: int
    """Unix milliseconds, as ``at``: when the state was reached."""
    at: int
    intent: Intent
    process: str
    """Host, number and start of the process that has it on its way; empty when nobody has."""
    data: dict[str, Any]
    """What is known of its end: error class, code, message; the words of the last look."""

    @property
    def open(self) -> bool:
        """Whether nobody knows its end yet."""
        return self.state in OPEN

    def __str__(self) -> str:
        who = f" {self.intent.leader_id}" if self.intent.leader_id else ""
        return f"write {self.id} ({self.intent.operation}{who} at {self.intent.exchange}, {self.state})"


Admit = Callable[[Sequence[WriteRecord], Sequence[WriteRecord]], None]
"""Raises when there is no room beside the follows of today, and beside those that reads may not show yet."""


class Journal:
    """The log of one state folder; without a folder in memory, for as long as the connection lives."""

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._path: Path | None = None
        self._head: Head | None = None
        if folder is not None:
            self._path = private_file(private_folder(folder) / FILE)
            self._head = Head(self._path.with_name(HEAD))
        self._under_way: set[int] = set()
        """Writes that a task of this process has on its way, or settles."""
        self._process = os.getpid()
        self._appended: Entry | None = None
        """What the step that goes on has added to the chain."""
        self._db = self._opened()

    @property
    def durable(self) -> bool:
        """Whether it outlives the process."""
        return self._path is not None

    # -- the steps of a write -------------------------------------------------------------------------------------

    def plan(self, intent: Intent, admit: Admit | None = None, lag: float = 0) -> int:
        """Takes an intent into the log, before anything is sent; the number of the write, which is held until
        ``release``.

        Args:
            admit: raises when the account's other follows leave no room for this one; nobody can add any meanwhile.
            lag: seconds after which the venue's reads show a write.

        Raises:
            SafetyRefused: the same intent is open, or the log can't be written: nothing may be sent.
        """
        try:
            with self._holding() as held, self._changing() as db:
                if admit is not None:
                    admit(*self._follows(intent, lag))
                at, text = _now(), msgspec.json.encode(intent, order="deterministic").decode()
                row = db.execute("SELECT coalesce(max(id), 0) + 1 FROM writes").fetchone()
                db.execute(
                    "INSERT INTO writes VALUES (?, ?, ?, ?, ?, 'planned', 1, ?, ?, ?, ?, '{}')",
                    (row[0], intent.key, intent.exchange, intent.origin, intent.account, this_process(), at, at, text),
                )
                self._append(db, int(row[0]), at, "planned", text)
                held.append(int(row[0]))
            return held[0]
        except sqlite3.IntegrityError:
            raise self._refused(intent) from None
        except sqlite3.Error as error:
            raise _unwritable(error, intent.exchange) from None

    def sending(self, write_id: int) -> None:
        """Notes that the request is about to leave.

        Raises:
            SafetyRefused: the log can't be written, or somebody else has settled the write: nothing may be sent.
        """
        try:
            ours = self._step(write_id, "sent", {})
        except sqlite3.Error as error:
            raise _unwritable(error, None) from None
        if not ours:
            raise errors.SafetyRefused(f"write {write_id} was settled as one of a process that ended; it is not sent")

    def end(self, write_id: int, state: State, **data: Any) -> bool:
        """Notes what became of a write; False when the log can't be written (then the next start looks again), or
        when somebody else has taken the write over: what he finds out stands.
        """
        try:
            return self._step(write_id, state, data)
        except sqlite3.Error:
            return False

    def take_over(self, write_id: int) -> WriteRecord | None:
        """Makes this task the one that settles an open write, until ``release``; None when its end is known by now or
        somebody has it on the way still.
        """
        try:
            with self._holding() as held, self._changing() as db:
                found = self.write(write_id)
                if found is None or not found.open or self._held(write_id, found.process):
                    return None
                db.execute("UPDATE writes SET process = ? WHERE id = ?", (this_process(), write_id))
                held.append(write_id)
                return found
        except sqlite3.Error as error:
            raise _unwritable(error, None) from None

    def release(self, write_id: int) -> None:
        """Lets a write go: one that is open still may be settled by whoever comes next, in any process."""
        self._under_way.discard(write_id)
        with suppress(sqlite3.Error, errors.ConfigError):
            found = self.write(write_id)
            if found is not None and found.open and found.process == this_process():
                with self._changing() as db:
                    db.execute("UPDATE writes SET process = '' WHERE id = ?", (write_id,))

    def _held(self, write_id: int, process: str) -> bool:
        """Whether a living task has it on its way: of this process, or of another that lives."""
        return write_id in self._under_way if process == this_process() else bool(process) and alive(process)

    # -- reading --------------------------------------------------------------------------------------------------

    def open_writes(self, exchange: str, origin: str, account: str) -> list[WriteRecord]:
        """The writes of an account whose end is not known."""
        return self._records(
            "WHERE open AND exchange = ? AND origin = ? AND account = ? ORDER BY id", (exchange, origin, account)
        )

    def later(self, write_id: int, intent: Intent) -> list[WriteRecord]:
        """The account's writes after one of it."""
        return self._records(
            "WHERE exchange = ? AND origin = ? AND account = ? AND id > ? ORDER BY id",
            (intent.exchange, intent.origin, intent.account, write_id),
        )

    def quiet(self, exchange: str, origin: str, account: str, lag: float) -> bool:
        """Whether the account wrote nothing that a read of now may not show yet."""
        found = self._records(
            "WHERE exchange = ? AND origin = ? AND account = ? AND (open OR at >= ?) LIMIT 1",
            (exchange, origin, account, _now() - int(lag * 1000)),
        )
        return not found

    def alone(self, write_id: int, lag: float) -> bool:
        """Whether the account's other writes ended more than a read lag before this one was planned."""
        with self._lock:
            row = self._connected().execute(
                "SELECT 1 FROM writes AS other JOIN writes AS this USING (exchange, origin, account) "
                "WHERE this.id = ? AND other.id <> this.id AND other.at >= this.planned_at - ?",
                (write_id, int(lag * 1000)),
            )
            return row.fetchone() is None

    def writes(self, limit: int | None = None) -> list[WriteRecord]:
        """The writes of all accounts, newest first."""
        return self._records("ORDER BY id DESC LIMIT ?", (-1 if limit is None else limit,))

    def writes_of(self, exchange: str, origin: str, account: str, limit: int | None = None) -> list[WriteRecord]:
        """The writes of an account, newest first."""
        return self._records(
            "WHERE exchange = ? AND origin = ? AND account = ? ORDER BY id DESC LIMIT ?",
            (exchange, origin, account, -1 if limit is None else limit),
        )

    def write(self, write_id: int) -> WriteRecord | None:
        return next(iter(self._records("WHERE id = ?", (write_id,))), None)

    def _follows(self, intent: Intent, lag: float) -> tuple[list[WriteRecord], list[WriteRecord]]:
        """The account's follows that were done or may have been: today's, and those that reads may not show yet."""
        now = _now()
        midnight, shown = now - now % DAY, now - int(lag * 1000)
        found = self._records(
            "WHERE exchange = ? AND origin = ? AND account = ? AND (open OR planned_at >= ?) "
            f"AND state NOT IN {UNDONE} ORDER BY id",
            (intent.exchange, intent.origin, intent.account, min(midnight, shown)),
        )
        follows = [record for record in found if record.intent.operation == "follow"]
        today = [record for record in follows if record.planned_at >= midnight]
        return today, [record for record in follows if record.open or record.at >= shown]

    def problem(self) -> str | None:
        """What is wrong with the whole log, in words: an entry that was changed, cut out or cut off, a write that is
        not what its entries say.
        """
        with self._lock, self._readable():
            self._connected()
            return self._problem_after(0)

    # -- below ----------------------------------------------------------------------------------------------------

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path or ":memory:", isolation_level=None, timeout=_BUSY, check_same_thread=False)
        try:
            write_ahead(db, _BUSY)
            db.execute("PRAGMA synchronous = FULL")
            self._prepare(db)
            self._db = db
            problem = self._recent_problem()
        except sqlite3.OperationalError as error:  # locked, read-only, full: nothing is wrong with what is in it
            db.close()
            raise errors.ConfigError(f"{self._path}: the write log can't be opened ({error})") from None
        except sqlite3.Error as error:
            db.close()
            raise errors.ConfigError(
                f"{self._path}: is no write log that can be used ({error}); move it away after looking at it"
            ) from None
        if problem:
            db.close()
            raise errors.ConfigError(
                f"{self._path}: {problem}: the write log was changed from outside; look into it, then move it away"
            )
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")
        [[application]], [[version]] = (
            db.execute(f"PRAGMA {name}").fetchall() for name in ("application_id", "user_version")
        )
        if (application, version) == (0, 0) and not db.execute("SELECT 1 FROM sqlite_master").fetchall():
            for statement in _TABLES:
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {_APPLICATION}")
            db.execute(f"PRAGMA user_version = {_VERSION}")
        elif (application, version) != (_APPLICATION, _VERSION):
            other = "another program" if application != _APPLICATION else f"version {version}, this is {_VERSION}"
            raise sqlite3.DatabaseError(f"it is of {other}")
        db.execute("COMMIT")

    def _recent_problem(self) -> str | None:
        """As ``problem``, of the newest entries: an opening must stay quick."""
        [newest] = self._db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
        return self._problem_after(max(0, newest - _CHECKED_AT_OPENING))

    def _problem_after(self, skip: int) -> str | None:
        """Of the entries after a number, all in one state of the log: other processes go on writing."""
        told = self._head.told() if self._head is not None else None  # before the log: it is never ahead
        self._db.execute("BEGIN")
        try:
            start = None if skip else BEGINNING
            return broken(self._entries(skip), start) or self._cut_off(told) or self._misderived(skip)
        finally:
            self._db.execute("ROLLBACK")

    def _misderived(self, skip: int) -> str | None:
        """Which of the writes is not what the entries after ``skip`` say of it."""
        newest, planned = {}, {}
        for entry in self._entries(skip):
            newest[entry.write_id] = entry
            if entry.state == "planned":
                planned[entry.write_id] = entry.data
        chosen = "state, open, at, data, intent, intent_key FROM writes"
        for number, last in newest.items():
            row = self._db.execute(f"SELECT {chosen} WHERE id = ?", (number,)).fetchone()
            said = "{}" if last.state == "planned" else last.data
            if row is None or row[:4] != (last.state, last.state in OPEN, last.at, said):
                return f"write {number} is not what its entries say"
            wish = planned.get(number, row[4])
            if row[4:] != (wish, msgspec.json.decode(wish, type=Intent).key):
                return f"write {number} is not the one that was planned"
        [count] = self._db.execute("SELECT count(*) FROM writes").fetchone()
        return f"{count - len(newest)} writes have no entry" if not skip and count != len(newest) else None

    def _cut_off(self, told: tuple[int, str] | None) -> str | None:
        """Whether the entry that was told as the newest is gone or another."""
        if told is None:
            return None
        found = self._db.execute("SELECT hash FROM events WHERE seq = ?", (told[0],)).fetchone()
        if found is None:
            return f"entries up to {told[0]} are cut off"
        return None if found[0] == told[1] else f"entry {told[0]} is not what was written"

    def _entries(self, skip: int = 0) -> Iterator[Entry]:
        rows = self._db.execute(
            "SELECT seq, write_id, at, state, data, hash FROM events WHERE seq > ? ORDER BY seq", (skip,)
        )
        return (Entry(*row) for row in rows)

    def _records(self, chosen: str, values: tuple[Any, ...]) -> list[WriteRecord]:
        with self._lock, self._readable():
            rows = self._connected().execute(
                f"SELECT id, state, planned_at, at, intent, process, data FROM writes {chosen}",  # noqa: S608 (constants)
                values,
            )
            return [
                WriteRecord(
                    id=row[0],
                    state=row[1],
                    planned_at=row[2],
                    at=row[3],
                    intent=msgspec.json.decode(row[4], type=Intent),
                    process=row[5],
                    data=msgspec.json.decode(row[6]),
                )
                for row in rows
            ]

    def _refused(self, intent: Intent) -> errors.SafetyRefused:
        """Why the same intent may not be sent now."""
        standing = next(iter(self._records("WHERE open AND intent_key = ?", (intent.key,))), None)
        if standing is None:  # it ended in this very moment
            return errors.SafetyRefused("the same write was on its way a moment ago; look at the state, then try again")
        look = f"; look at {standing.intent.goal.where}" if standing.intent.goal else ""
        held = self._held(standing.id, standing.process)
        why = "is on its way" if held else f"has no known end{look}, then reconcile() or resolve it"
        error = errors.SafetyRefused(
            f"the same {intent.operation} {why}: {standing}", exchange=intent.exchange, endpoint=intent.endpoint
        )
        error.journal_id = standing.id
        return error

    def _step(self, write_id: int, state: State, data: dict[str, Any]) -> bool:
        """Whether the write is still this process's, and open."""
        with self._changing() as db:
            at, text = _now(), msgspec.json.encode(data, enc_hook=str).decode()
            changed = db.execute(
                "UPDATE writes SET state = ?, open = ?, at = ?, data = ? WHERE id = ? AND open AND process = ?",
                (state, state in OPEN, at, text, write_id, this_process()),
            )
            if not changed.rowcount:
                return False
            self._append(db, write_id, at, state, text)
            return True

    def _append(self, db: sqlite3.Connection, write_id: int, at: int, state: State, data: str) -> None:
        last = db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone() or (0, BEGINNING)
        entry = linked(last[1], last[0] + 1, write_id, at, state, data)
        db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", entry)
        self._appended = entry

    @contextmanager
    def _holding(self) -> Iterator[list[int]]:
        """What is put into the list is held by this process when the step is on disk, before any other thread looks."""
        with self._lock:
            held: list[int] = []
            yield held
            self._under_way.update(held)

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One step, whole or not at all, and on disk when it ends."""
        with self._lock:
            db = self._connected()
            self._appended = None
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk has rolled back by itself
                    db.execute("ROLLBACK")
                raise
            if self._head is not None and self._appended is not None:
                self._head.tell(self._appended)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, msgspec.MsgspecError) as error:
            raise errors.ConfigError(f"{self._path}: the write log can't be read ({error})") from None

    def _connected(self) -> sqlite3.Connection:
        if self._process != os.getpid():  # SQLite's connections don't survive a fork
            self._process = os.getpid()
            self._parents = self._db  # not closed: closing would work on the parent's files
            self._db = self._opened()
        return self._db


_open: WeakValueDictionary[Path, Journal] = WeakValueDictionary()
_opening = threading.Lock()


def journal_of(folder: Path | None) -> Journal:
    """The log of a folder, one object for all connections of this process; a new one in memory without a folder."""
    if folder is None:
        return Journal()
    folder = private_folder(folder)
    with _opening:
        journal = _open.get(folder)
        if journal is None:
            journal = _open[folder] = Journal(folder)
        return journal


def _unwritable(error: sqlite3.Error, exchange: str | None) -> errors.SafetyRefused:
    return errors.SafetyRefused(
        f"the write log can't be written ({error}), and a write that is not in it is not sent", exchange=exchange
    )


def _now() -> int:
    return time.time_ns() // 1_000_000
