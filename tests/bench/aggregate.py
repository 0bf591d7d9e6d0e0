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


def snapshot(count: int) -> Snapshot:
    """Positions of the venues' documented pages, on accounts of a few each."""
    readings = []
    for venue, schema_id in SCHEMAS.items():
        share = count // 3 + (venue == "zoomex") * (count % 3)
        items = _positions(venue, schema_id, share)
        readings += [
            AccountReading(
                exchange=schema_id,
                account=str(first // AN_ACCOUNT),
                status="ok",
                read_at=1,
                age=0,
                positions=tuple(items[first : first + AN_ACCOUNT]),
            )
            for first in range(0, share, AN_ACCOUNT)
        ]
    Random(1).shuffle(readings)
    return Snapshot(taken_at=1, accounts=tuple(readings))


def _positions(venue: str, schema_id: str, count: int) -> list[Position]:
    """Read from pages as large as an answer may be."""
    reader, items = load_schema(schema_id).reader("positions"), list[Position]()
    while len(items) < count:
        items += reader.read(payloads.page(venue, min(MOST_ROWS, count - len(items))), "main").items
    return items


def measure(rounds: int) -> dict[str, dict[int, float]]:
    """CPU seconds a position, by grouping and by how many positions there are; counts take turns."""
    whole = {count: snapshot(count) for count in COUNTS}
    gc.collect()
    gc.freeze()  # what lives already is nobody's cost
    try:
        return {name: _measured(whole, name, rounds) for name in ("all", *get_args(Grouping))}
    finally:
        gc.unfreeze()


def _measured(whole: dict[int, Snapshot], name: str, rounds: int) -> dict[int, float]:
    taken: dict[int, list[float]] = {count: [] for count in COUNTS}
    for _ in range(rounds):
        for count in COUNTS:
            turns = COUNTS[-1] // count
            sums = whole[count].total if name == "all" else lambda count=count: whole[count].by(name)
            began = time.process_time()
            for _ in range(turns):
                sums()
            taken[count].append((time.process_time() - began) / (count * turns))
    return {count: median(times) for count, times in taken.items()}
