"""Timing and memory, such that ratios can be trusted on a machine with neighbours.

Contenders run in short slices, in a new random order each round. A ratio is the median of the rounds' ratios,
so what slows the machine down for a while slows both sides of each ratio. Slices are measured in processor time (user
and system): nobody here waits for anything, so the rest of the wall time is what the neighbours do.
"""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time
from typing import Any, NamedTuple

Contender = Callable[[], Any]
SLICE = 0.012
"""Seconds of work in a slice; a contender that needs longer for one call makes one call."""


class Timings(NamedTuple):
    """Seconds a call, one entry a round, by contender."""

    rounds: dict[str, list[float]]

    def seconds(self, name: str) -> float:
        return median(self.rounds[name])

    def ratio(self, name: str, base: str) -> float:
        """How many times as long as ``base`` a contender takes."""
        pairs = zip(self.rounds[name], self.rounds[base], strict=True)
        return median(mine / other for mine, other in pairs)


def interleaved(contenders: dict[str, Contender], rounds: int, seconds: float = SLICE) -> Timings:
    """Time contenders against each other.

    The collector stays on, as in a real process. Everything that lives already is frozen, and each slice
    starts with nothing to collect, so that no contender pays for another's objects.
    """
    calls = {name: _calls(contender, seconds) for name, contender in contenders.items()}
    order = list(contenders)
    times: dict[str, list[float]] = {name: [] for name in contenders}
    gc.collect()
    gc.freeze()
    try:
        for _ in range(rounds):
            random.shuffle(order)
            for name in order:
                gc.collect()
                times[name].append(_slice(contenders[name], calls[name]))
    finally:
        gc.unfreeze()
    return Timings(times)


def _slice(contender: Contender, calls: int) -> float:
    start = process_time()
    for _ in range(calls):
        contender()
    return (process_time() - start) / calls


def _calls(contender: Contender, seconds: float) -> int:
    """How many calls fill a slice; warms the contender up on the way."""
    calls = 1
    while (taken := _slice(contender, calls)) * calls < seconds / 4 and calls < 1_000_000:
        calls *= 2
    return max(1, round(seconds / taken))


def kept_bytes(contender: Contender, count: int) -> float:
    """Bytes an item that a result keeps alive; memos are warm before."""
    contender()
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        held = contender()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        del held
    finally:
        tracemalloc.stop()
    return (after - before) / count


def tracked(items: Sequence[Any]) -> int:
    """How many of the items the collector walks through."""
    return sum(map(gc.is_tracked, items))


def collect_pauses(contender: Contender, pages: int, collections: int = 7) -> list[float]:
    """Seconds of full collections while that many results are held.

    What lived before is frozen, so the pause is the held objects' own.
    """
    gc.collect()
    gc.freeze()
    try:
        held = [contender() for _ in range(pages)]
        pauses = [_pause() for _ in range(collections)]
        del held
    finally:
        gc.unfreeze()
    return pauses


def _pause() -> float:
    start = process_time()
    gc.collect()
    return process_time() - start
