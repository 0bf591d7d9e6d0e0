"""Listings of leaders: who stood in a venue's directory, when, and with which figures."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ..columns import columnar, fields_of
from ..models import Leader
from .closed import span
from .snapshots import columns_from, structs
from .store import Work
from .tables import LEADERS, LISTINGS


async def write(work: Work, exchange: str, leaders: Sequence[Leader], taken_at: int) -> int:
    """Writes a listing, unless it stands there; its number. Series are not kept: a later listing has them again."""
    key = hashlib.sha256(repr([taken_at, exchange, *(leader.id for leader in leaders)]).encode()).hexdigest()[:32]
    number, new = await work.number(LISTINGS, (taken_at, exchange, key))
    if new and leaders:
        table = columnar(leaders, Leader)
        fields = [table[name] for name in LEADERS.names[2:]]
        await work.insert(LEADERS, [[number] * len(leaders), range(len(leaders)), *fields])
    return number


async def read(work: Work, since: int | None, until: int | None) -> list[tuple[int, str, list[Leader]]]:
    """Listings in the order of time: when, of which API, and the leaders in their order there."""
    where, values = span("taken_at", since, until)
    found = await work.fetch(f"SELECT id, taken_at, exchange FROM listings{where} ORDER BY taken_at, id", *values)  # noqa: S608
    return [(taken_at, exchange, await _leaders(work, number, exchange)) for number, taken_at, exchange in found]


async def _leaders(work: Work, number: int, exchange: str) -> list[Leader]:
    query = f"SELECT {', '.join(LEADERS.names)} FROM leaders WHERE listing = $1 ORDER BY place"  # noqa: S608
    rows = await work.fetch(query, number)
    table = {**columns_from(LEADERS.columns, rows), "exchange": [exchange] * len(rows)}
    return list(structs(fields_of(table, Leader), Leader, len(rows)))
