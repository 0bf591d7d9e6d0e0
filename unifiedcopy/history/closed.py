"""Closed positions as rows of the table, each once, however often a venue tells it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..columns import columnar, fields_of
from ..models import ClosedPosition, text_of
from .snapshots import columns_from, structs
from .store import Columns, Work
from .tables import CLOSED

_SAME = ("exchange", "account", "id", "venue_symbol", "side", "opened_at", "closed_at")
"""What stays when a venue tells a position again; fees and profit shares come later."""
_ALIKE = ("size", "entry_price", "exit_price")
"""The same, as numbers: their notation may change."""


async def write(work: Work, positions: Sequence[ClosedPosition]) -> int:
    """Writes closed positions; one that stands there is brought up to date. How many are new."""
    before = await _count(work)
    if positions:
        await work.merge(CLOSED, _columns(positions))
    return await _count(work) - before


async def read(work: Work, since: int | None, until: int | None) -> list[ClosedPosition]:
    """Those that were closed in the span, oldest first; without one also those of an unknown time."""
    where, values = span("closed_at", since, until)
    query = f"SELECT {', '.join(CLOSED.names)} FROM closed{where} ORDER BY closed_at, key"  # noqa: S608
    rows = await work.fetch(query, *values)
    table = columns_from(CLOSED.columns, rows)
    table["account"] = [account or None for account in table["account"]]
    return list(structs(fields_of(table, ClosedPosition), ClosedPosition, len(rows)))


def span(column: str, since: int | None, until: int | None) -> tuple[str, list[int]]:
    """A WHERE for a span of time, ``until`` not included, and its values."""
    bounds = [(f"{column} >= ", since), (f"{column} < ", until)]
    given = [(text, value) for text, value in bounds if value is not None]
    terms = [f"{text}${place}" for place, (text, _) in enumerate(given, 1)]
    return (f" WHERE {' AND '.join(terms)}" if terms else ""), [value for _, value in given]


def _columns(positions: Sequence[ClosedPosition]) -> Columns:
    table: dict[str, list[Any]] = columnar(positions, ClosedPosition)
    table["account"] = [account or "" for account in table["account"]]
    seen: Counter[str] = Counter()
    table["key"] = [_key(position, seen) for position in positions]
    return [table[name] for name in CLOSED.names]


def _key(position: ClosedPosition, seen: Counter[str]) -> str:
    """What the position is known again by. Rows of no id that are all the same are counted, not merged."""
    facts = [*(str(getattr(position, name)) for name in _SAME), *(_number(getattr(position, name)) for name in _ALIKE)]
    same = hashlib.sha256("\x1f".join(facts).encode()).hexdigest()[:32]
    seen[same] += 1
    return same if position.id is not None or seen[same] == 1 else f"{same}-{seen[same]}"


def _number(value: Any) -> str:
    return text_of(None if value is None else value.normalize())


async def _count(work: Work) -> int:
    [row] = await work.fetch("SELECT count(*) FROM closed")
    return int(row[0])
