"""The write log for eyes: ``history --writes``, and settling what is in doubt."""

from __future__ import annotations

from typing import Any

from ..safety.journal import FILE, Journal, WriteRecord, journal_of
from ..safety.protocol import resolve
from .exits import Exit, Usage
from .output import Output
from .state import state_folder
from .tables import Column, moment, show_table, words


def show_writes(out: Output, limit: int, resolved: str | None) -> Exit:
    """Every write with its state, newest first; ``resolved`` is such as ``7=done``."""
    journal = _journal()
    if journal is None:
        out.document("writes", writes=[]) if out.as_json else out.show("no write was logged yet")
        return Exit.OK
    if resolved is not None:
        write_id, applied = _resolution(resolved)
        resolve(journal, write_id, applied=applied)
    records = journal.writes(limit)
    if out.as_json:
        out.document("writes", writes=[_document(record) for record in records])
    else:
        show_table(out, records, COLUMNS, "no write was logged yet")
    doubtful = [record for record in records if record.open]
    if doubtful:
        out.warn(
            f"{len(doubtful)} of them in doubt: the next write of the account settles what can be, or --resolve ID=done"
        )
    return Exit.OK


def _journal() -> Journal | None:
    """The log of the state folder; none is made for looking."""
    folder = state_folder()
    return journal_of(folder) if (folder / FILE).exists() else None


def _resolution(text: str) -> tuple[int, bool]:
    number, _, said = text.partition("=")
    if not (number.isascii() and number.isdigit()) or said not in ("done", "not-done"):
        raise Usage(f"--resolve takes ID=done or ID=not-done, not {text!r}")
    return int(number), said == "done"


def _words(record: WriteRecord) -> str:
    parts = [record.data.get(name) for name in ("error", "code", "message", "words")]
    return ", ".join(str(part) for part in parts if part)


COLUMNS = (
    Column("id", lambda record: str(record.id), 9, right=True),
    Column("planned (UTC)", lambda record: moment(record.planned_at), 7),
    Column("venue", lambda record: record.intent.exchange, 8),
    Column("account", lambda record: words(record.intent.alias or record.intent.account), 3),
    Column("operation", lambda record: record.intent.operation, 9),
    Column("leader", lambda record: words(record.intent.leader_id), 6),
    Column("state", lambda record: record.state, 9),
    Column("known of its end", _words, 2),
)


def _document(record: WriteRecord) -> dict[str, Any]:
    fields = {name: getattr(record, name) for name in ("id", "state", "planned_at", "at", "open", "process", "data")}
    intent = {name: getattr(record.intent, name) for name in record.intent.__struct_fields__ if name != "goal"}
    return {**fields, "intent": intent, "look": record.intent.goal.where if record.intent.goal else None}
