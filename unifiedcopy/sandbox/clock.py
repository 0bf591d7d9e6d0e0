"""The venues' clock: the wall clock plus an offset, so that a month passes in seconds; and spans of its time."""

from __future__ import annotations

import time
from collections.abc import Callable


def wall_ms() -> int:
    """Unix milliseconds of this machine."""
    return time.time_ns() // 1_000_000


class Clock:
    """Unix milliseconds as the venues see them; never goes back, except through a negative ``advance``."""

    def __init__(self, offset_ms: int = 0, wall: Callable[[], int] = wall_ms) -> None:
        self.offset_ms = offset_ms
        self._wall = wall

    def now_ms(self) -> int:
        return self._wall() + self.offset_ms

    def advance(self, milliseconds: int) -> None:
        self.offset_ms += milliseconds


def span(start: int | None, end: int | None, *, now: int, most: int) -> tuple[int, int] | None:
    """The time from ``start`` to ``end``, both included; None when that is negative or longer than ``most``.

    Where one is missing it is ``most`` away from the other, where both are missing it is the time up to ``now``.
    """
    if end is None:
        end = now if start is None else start + most
    if start is None:
        start = end - most
    return (start, end) if 0 <= end - start <= most else None
