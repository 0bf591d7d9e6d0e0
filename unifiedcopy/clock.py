"""The venue's time: what a signature's timestamp is made of.

The offset to this machine is taken at the midpoint of a request, from the sample with the shortest way that others
agree with; it is kept on a monotonic base, so that a jump of the local clock does not move it. It is taken anew when it
is old, because clocks drift, and when the two local clocks part: then one was set, or the machine slept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from . import errors

SAMPLES = 3
MOST_SAMPLES = 5
GOOD_FOR = 600_000
"""Milliseconds: at 500 parts per million a clock is 0.3 s off by then."""
AGAIN = 30_000
"""Milliseconds until it is tried again after the venue's time could not be read."""
ROUNDED = 1_000
"""Milliseconds: some venues tell whole seconds, or the time of the last price."""
AHEAD = 900
"""Milliseconds that a signature's time may be ahead: venues refuse a time to come much sooner than one gone by."""
APART = 500
"""Milliseconds that the two local clocks may differ more than when the time was taken."""

Ask = Callable[[], Awaitable[int]]
"""Asks the venue for its time, Unix milliseconds."""


class Sample(NamedTuple):
    """One answer, in milliseconds."""

    way: float
    offset: float

    def agrees(self, other: Sample) -> bool:
        """Whether both can be true: each is wrong by half of its way at most, and by what the venue rounds."""
        return abs(self.offset - other.offset) <= (self.way + other.way) / 2 + ROUNDED


class Clock:
    """Venue time for one host; shared by the connections to it."""

    def __init__(self) -> None:
        self._offset: float | None = None
        self._error = self._parted = self._good_until = 0.0
        self.taken = 0
        """How often the time was taken, or tried."""
        self.syncing: asyncio.Task[None] | None = None
        """The one request for the time that all wait for."""
        self.trouble: Exception | None = None
        """Why the venue's time could not be read the last time."""

    @property
    def stale(self) -> bool:
        """Whether the venue's time should be asked for before anything is signed."""
        if not self.taken or _monotonic() >= self._good_until:
            return True
        return abs(_between() - self._parted) > APART

    def now(self) -> int:
        """The venue's time as far as it is known, Unix milliseconds."""
        return int(time.time() * 1000 if self._offset is None else _monotonic() + self._offset)

    @property
    def known(self) -> bool:
        """Whether the venue told its time."""
        return self._offset is not None and self.trouble is None

    @property
    def offset(self) -> float:
        """What the venue's clock is ahead of this machine's monotonic one, milliseconds."""
        return _between() if self._offset is None else self._offset

    def stamp(self) -> int:
        """What to sign with: the venue's time, or a little before where it is known badly."""
        return self.now() - int(max(0.0, self._error - AHEAD))

    async def sync(self, ask: Ask) -> None:
        """Takes the offset anew.

        Raises:
            BadResponse: the answers contradict each other.
        """
        samples: list[Sample] = []
        for number in range(MOST_SAMPLES):
            if number >= SAMPLES and _best(samples) is not None:
                break
            sent = _monotonic()
            told = await ask()
            received = _monotonic()
            samples.append(Sample(received - sent, told - (sent + received) / 2))
        best = _best(samples)
        if best is None:
            raise errors.BadResponse("the venue tells times that contradict each other")
        self._offset, self._error = best.offset, best.way / 2
        self._noted(GOOD_FOR)

    def give_up(self) -> None:
        """The venue's time can't be read: what is known serves for a while."""
        self._noted(AGAIN)

    def _noted(self, good_for: float) -> None:
        self._good_until = _monotonic() + good_for
        self._parted = _between()
        self.taken += 1


def _best(samples: list[Sample]) -> Sample | None:
    """The shortest way of those that most others agree with; None without a majority."""
    agreeing = {sample: sum(map(sample.agrees, samples)) for sample in samples}
    most = max(agreeing.values())
    if most <= len(samples) // 2:
        return None
    return min((sample for sample in samples if agreeing[sample] == most), key=lambda sample: sample.way)


def _between() -> float:
    """Milliseconds from one local clock to the other."""
    return time.time() * 1000 - _monotonic()


def _monotonic() -> float:
    return time.monotonic() * 1000
