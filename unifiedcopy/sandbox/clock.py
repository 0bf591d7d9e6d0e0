"""The venues' clock: the wall clock plus an offset, so that a month passes in seconds."""

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
