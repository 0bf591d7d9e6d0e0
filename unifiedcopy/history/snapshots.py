"""Snapshots as rows of the tables, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec

from ..columns import Column, Values, columnar, fields_of
from ..models import Account, FollowedLeader, Position
from ..portfolio import AccountReading, Snapshot, Trouble
from .store import Row, Work
from .tables import ACCOUNTS, BALANCES, FOLLOWING, POSITIONS, READINGS, SNAPSHOTS, TROUBLES, Table

_LISTS: dict[str, tuple[Table, type[msgspec.Struct]]] = {
    "positions": (POSITIONS, Position),
    "balances": (BALANCES, Account),
    "following": (FOLLOWING, FollowedLeader),
    "troubles": (TROUBLES, Trouble),
}
_ERROR_PLACE = -1
"""The place of what stands in ``AccountReading.error``, among the troubles."""


def key_of(snapshot: Snapshot) -> str:
    """The same for the same snapshot: one that is added again, after an error that left it open, stands there once."""
    told = [snapshot.taken_at, *((reading.exchange, reading.account, reading.read_at) for reading in snapshot.accounts)]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


async def write(work: Work, snapshot: Snapshot) -> int:
    """Writes a snapshot, unless it stands there; its number."""
    number, new = await work.number(SNAPSHOTS, (snapshot.taken_at, key_of(snapshot)))
    if new:
        whose = [
            (await work.number(ACCOUNTS, (reading.exchange, reading.account or "")))[0] for reading in snapshot.accounts
        ]
        await work.insert(READINGS, _readings(number, whose, snapshot.accounts))
        for name, (table, struct) in _LISTS.items():
            rows = _rows(number, whose, snapshot.accounts, name, table, struct)
            if rows:
                await work.insert(table, rows)
    return number


def _readings(number: int, whose: Sequence[int], readings: Sequence[AccountReading]) -> Iterable[Row]:
    told = [[reading.balances is not None for reading in readings], [r.following is not None for r in readings]]
    table = columnar(readings, AccountReading)
    fields = [table[name] for name in READINGS.names if name in table and name != "account"]
    return zip([number] * len(whose), whose, range(len(whose)), *fields, *told, strict=True)


def _rows(
    number: int,
    whose: Sequence[int],
    readings: Sequence[AccountReading],
    name: str,
    table: Table,
    struct: type[msgspec.Struct],
) -> list[Row]:
    lists = [list(_entries(reading, name)) for reading in readings]
    accounts = [account for account, entries in zip(whose, lists, strict=True) for _ in entries]
    places = [place for entries in lists for place, _ in entries]
    columns = columnar([entry for entries in lists for _, entry in entries], struct)
    fields = [columns[column] for column in table.names[3:]]
    return list(zip([number] * len(places), accounts, places, *fields, strict=True))


def _entries(reading: AccountReading, name: str) -> Iterable[tuple[int, Any]]:
    error = [(_ERROR_PLACE, reading.error)] if name == "troubles" and reading.error is not None else []
    return chain(error, enumerate(getattr(reading, name) or ()))


async def read(work: Work, number: int) -> Snapshot | None:
    """A snapshot as it was written; None when there is none of that number."""
    found = await work.fetch("SELECT taken_at FROM snapshots WHERE id = $1", number)
    if not found:
        return None
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
    for name in ("balances", "following"):
        if not table[f"{name}_told"][place]:
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
