"""Snapshots as rows of the tables, and back."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, Literal

import msgspec

from ..columns import Column, Values, columnar, fields_of
from ..errors import HistoryError
from ..models import Account, FollowedLeader, Position
from ..portfolio import AccountReading, Snapshot, Trouble
from .store import Columns, Row, Work
from .tables import ACCOUNTS, BALANCES, FOLLOWING, POSITIONS, READINGS, SNAPSHOTS, TROUBLES, Table

_LISTS: dict[str, tuple[Table, type[msgspec.Struct]]] = {
    "positions": (POSITIONS, Position),
    "balances": (BALANCES, Account),
    "following": (FOLLOWING, FollowedLeader),
    "troubles": (TROUBLES, Trouble),
}
_OPTIONAL: tuple[Literal["balances", "following"], ...] = ("balances", "following")
_ERROR_PLACE = -1
"""The place of what stands in ``AccountReading.error``, among the troubles."""


def key_of(snapshot: Snapshot) -> str:
    """The same for the same snapshot, so that one that is added again after an error stands there once. When each
    account was read tells snapshots apart; hashing all that they hold would cost as much as storing a tenth of it.
    """
    told = [
        (reading.exchange, reading.account, reading.status, reading.read_at, reading.tried_at, len(reading.positions))
        for reading in snapshot.accounts
    ]
    return hashlib.sha256(repr([snapshot.taken_at, told]).encode()).hexdigest()[:32]


async def write(work: Work, snapshot: Snapshot) -> int:
    """Writes a snapshot, unless it stands there; its number."""
    twice = [key for key, count in Counter(reading.key for reading in snapshot.accounts).items() if count > 1]
    if twice:
        exchange, account = twice[0]
        raise HistoryError(
            f"two accounts of {exchange} are both named {account!r}; nothing was stored, name them apart"
        )
    number, new = await work.number(SNAPSHOTS, (snapshot.taken_at, key_of(snapshot), None))
    if new:
        whose = await _numbers(work, [(reading.exchange, reading.account or "") for reading in snapshot.accounts])
        await work.insert(READINGS, _readings(number, whose, snapshot.accounts))
        for name, (table, struct) in _LISTS.items():
            columns = _columns(number, whose, snapshot.accounts, name, table, struct)
            if columns[0]:
                await work.insert(table, columns)
    return number


async def _numbers(work: Work, accounts: Sequence[tuple[str, str]]) -> list[int]:
    """The numbers of accounts; new ones get one."""
    known = {(row[1], row[2]): row[0] for row in await work.fetch("SELECT id, exchange, account FROM accounts")}
    for account in accounts:
        if account not in known:
            known[account] = (await work.number(ACCOUNTS, account))[0]
    return [known[account] for account in accounts]


def _readings(number: int, whose: Sequence[int], readings: Sequence[AccountReading]) -> Columns:
    states = [[reading.state(part) for reading in readings] for part in _OPTIONAL]
    table = columnar(readings, AccountReading)
    fields = [table[name] for name in READINGS.names if name in table and name != "account"]
    return [[number] * len(whose), whose, range(len(whose)), *fields, *states]


def _columns(
    number: int,
    whose: Sequence[int],
    readings: Sequence[AccountReading],
    name: str,
    table: Table,
    struct: type[msgspec.Struct],
) -> Columns:
    lists = [getattr(reading, name) or () for reading in readings]
    counts = list(map(len, lists))
    errors = [reading.error for reading in readings] if name == "troubles" else []
    lost = [(account, error) for account, error in zip(whose, errors, strict=False) if error is not None]
    accounts = [account for account, count in zip(whose, counts, strict=True) for _ in range(count)]
    places = [place for count in counts for place in range(count)]
    table_ = columnar([*chain.from_iterable(lists), *(error for _, error in lost)], struct)
    accounts += [account for account, _ in lost]
    places += [_ERROR_PLACE] * len(lost)
    return [[number] * len(places), accounts, places, *(table_[column] for column in table.names[3:])]


async def read(work: Work, number: int) -> Snapshot | None:
    """A snapshot as it was written; None when there is none of that number.

    Raises:
        HistoryError: it was archived. Positions that stand elsewhere are not "no positions".
    """
    found = await work.fetch("SELECT taken_at, archived_at FROM snapshots WHERE id = $1", number)
    if not found:
        return None
    if found[0][1] is not None:
        raise HistoryError(f"the positions of snapshot {number} are in the archive; read its Parquet files")
    whose = {row[0]: (row[1], row[2] or None) for row in await work.fetch("SELECT id, exchange, account FROM accounts")}
    lists = {name: await _read_list(work, number, whose, name) for name in _LISTS}
    table = await _read_table(work, READINGS, number, "place")
    fields = fields_of(table, AccountReading)
    taken_at = int(found[0][0])
    readings = [
        _reading(taken_at, {name: values[place] for name, values in fields.items()}, table, place, whose, lists)
        for place in range(len(table["account"]))
    ]
    return Snapshot(taken_at=taken_at, accounts=tuple(readings))


def _reading(
    taken_at: int,
    fields: dict[str, Any],
    table: Mapping[str, Values],
    place: int,
    whose: Mapping[int, tuple[str, str | None]],
    lists: Mapping[str, Mapping[int, list[tuple[int, Any]]]],
) -> AccountReading:
    account = table["account"][place]
    entries = {name: lists[name].get(account, []) for name in _LISTS}
    told: dict[str, Any] = {
        name: tuple(entry for at, entry in rows if at != _ERROR_PLACE) for name, rows in entries.items()
    }
    for name in _OPTIONAL:
        if table[f"{name}_state"][place] != "ok":
            told[name] = None
    error = next((entry for at, entry in entries["troubles"] if at == _ERROR_PLACE), None)
    read_at = fields["read_at"]
    fields |= {"exchange": whose[account][0], "account": whose[account][1]}
    return AccountReading(**fields, **told, age=None if read_at is None else taken_at - read_at, error=error)


async def _read_list(
    work: Work, number: int, whose: Mapping[int, tuple[str, str | None]], name: str
) -> dict[int, list[tuple[int, Any]]]:
    table_, struct = _LISTS[name]
    table = await _read_table(work, table_, number, "account, place")
    fields = fields_of({**table, **_owner(table["account"], whose)}, struct)
    rows = structs(fields, struct, len(table["place"]))
    found: dict[int, list[tuple[int, Any]]] = {}
    for account, place, row in zip(table["account"], table["place"], rows, strict=True):
        found.setdefault(account, []).append((place, row))
    return found


def _owner(accounts: Values, whose: Mapping[int, tuple[str, str | None]]) -> dict[str, Values]:
    return {name: [whose[account][place] for account in accounts] for place, name in enumerate(("exchange", "account"))}


async def _read_table(work: Work, table: Table, number: int, order: str) -> dict[str, Values]:
    query = f"SELECT {', '.join(table.names)} FROM {table.name} WHERE snapshot = $1 ORDER BY {order}"  # noqa: S608
    return columns_from(table.columns, await work.fetch(query, number))


def columns_from(columns: Sequence[Column], rows: Sequence[Row]) -> dict[str, Values]:
    """Rows of a query as columns by name, exact numbers as ``Decimal``."""
    by_column = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
    return {
        column.name: [None if v is None else Decimal(v) for v in values] if column.kind == "decimal" else values
        for column, values in zip(columns, by_column, strict=True)
    }


def structs(fields: Mapping[str, Values], struct: type[msgspec.Struct], count: int) -> Iterator[Any]:
    """Structs of their fields' values."""
    return (struct(**{name: values[place] for name, values in fields.items()}) for place in range(count))
