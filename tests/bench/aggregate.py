"""What sums cost a position, from a thousand to a hundred thousand of them."""

from __future__ import annotations

import gc
import time
from random import Random
from statistics import median
from typing import get_args

from unifiedcopy.models import Position
from unifiedcopy.portfolio import AccountReading, Snapshot
from unifiedcopy.portfolio.sums import Grouping
from unifiedcopy.schema.load import load_schema
from unifiedcopy.schema.rows import MOST_ROWS

from . import payloads

COUNTS = (1_000, 10_000, 100_000)
AN_ACCOUNT = 20
"""Positions an account holds."""
SCHEMAS = {"toobit": "toobit/v2", "bitget": "bitget/v2-futures", "zoomex": "zoomex/v3"}


def snapshots() -> dict[int, list[Snapshot]]:
    """The same positions as many small portfolios and as one large: what is summed is equally far from the processor.

    They are of the venues' documented pages, on accounts of a few each.
    """
    readings, every = [], COUNTS[-1] // AN_ACCOUNT
    for place, (venue, schema_id) in enumerate(SCHEMAS.items()):
        accounts = every // len(SCHEMAS) + (place < every % len(SCHEMAS))
        items = _positions(venue, schema_id, accounts * AN_ACCOUNT)
        readings += [
            AccountReading(
                exchange=schema_id,
                account=str(number),
                status="ok",
                read_at=1,
                age=0,
                positions=tuple(items[number * AN_ACCOUNT : (number + 1) * AN_ACCOUNT]),
            )
            for number in range(accounts)
        ]
    Random(1).shuffle(readings)
    return {count: [_snapshot(readings, count, place) for place in range(COUNTS[-1] // count)] for count in COUNTS}


def _snapshot(readings: list[AccountReading], count: int, place: int) -> Snapshot:
    accounts = count // AN_ACCOUNT
    return Snapshot(taken_at=1, accounts=tuple(readings[place * accounts : (place + 1) * accounts]))


def _positions(venue: str, schema_id: str, count: int) -> list[Position]:
    """Read from pages as large as an answer may be."""
    reader, items = load_schema(schema_id).reader("positions"), list[Position]()
    while len(items) < count:
        items += reader.read(payloads.page(venue, min(MOST_ROWS, count - len(items))), "main").items
    return items


def measure(rounds: int) -> dict[str, dict[int, float]]:
    """CPU seconds a position, by grouping and by how many positions there are; counts take turns."""
    whole = snapshots()
    gc.collect()
    gc.freeze()  # what lives already is nobody's cost
    try:
        return {name: _measured(whole, name, rounds) for name in ("all", *get_args(Grouping))}
    finally:
        gc.unfreeze()


def _measured(whole: dict[int, list[Snapshot]], name: str, rounds: int) -> dict[int, float]:
    taken: dict[int, list[float]] = {count: [] for count in COUNTS}
    for _ in range(rounds):
        for count in COUNTS:
            began = time.process_time()
            for snapshot in whole[count]:
                if name == "all":
                    snapshot.total()
                else:
                    snapshot.by(name)
            taken[count].append((time.process_time() - began) / COUNTS[-1])
    return {count: median(times) for count, times in taken.items()}
