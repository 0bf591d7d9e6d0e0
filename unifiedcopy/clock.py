"""The venue's time: what a signature's timestamp is made of.

The offset to this machine is taken at the midpoint of a request, from the sample with the shortest way; it is kept on a
monotonic base, so that a jump of the local clock does not move it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

SAMPLES = 3

Sample = Callable[[], Awaitable[int]]
"""Asks the venue for its time, Unix milliseconds."""


class Clock:
    """Venue time for one host; shared by the connections to it."""

    def __init__(self) -> None:
        self._offset = time.time() * 1000 - _monotonic()
        self.synced = False
        self.syncing: asyncio.Task[None] | None = None
        """The one request for the time that all wait for."""
        self.trouble: Exception | None = None
        """Why the venue's time could not be read the last time."""

    def now(self) -> int:
        """The venue's time as far as it is known, Unix milliseconds."""
        return int(_monotonic() + self._offset)

    @property
    def known(self) -> bool:
        """Whether the venue told its time."""
        return self.synced and self.trouble is None

    @property
    def offset(self) -> float:
        """What the venue's clock is ahead of this machine's monotonic one, milliseconds."""
        return self._offset

    async def sync(self, sample: Sample) -> None:
        """Takes the offset anew: the best of several samples."""
        best: tuple[float, float] | None = None
        for _ in range(SAMPLES):
            sent = _monotonic()
            told = await sample()
            received = _monotonic()
            taken = (received - sent, told - (sent + received) / 2)
            best = taken if best is None else min(best, taken)
        if best is not None:
            self._offset = best[1]
            self.synced = True


def _monotonic() -> float:
    return time.monotonic() * 1000
