"""Settles a write whose outcome is not known, by reading the venue's state until it proves one or the other.

A venue's reads may show the state of some seconds ago: its *read lag*. So "not done" takes two looks that agree, the
lag apart, both after the request had ended; and so does "done", unless the state was read before sending and was
another. Nothing is ever sent again to find out.
"""

from __future__ import annotations

import asyncio
import time
from typing import Literal, NamedTuple

from .. import errors
from ..limiting import urgent
from .goals import Goal, Look, Reads

Settled = Literal["applied", "not_applied", "unresolved"]
PATIENCE = 3
"""How many read lags a verdict is waited for."""
FIRST_PAUSE = 0.05


class Verdict(NamedTuple):
    """What was found, and why."""

    settled: Settled
    words: str


async def settle(goal: Goal | None, reads: Reads, lag: float, *, alone: bool = True) -> Verdict:
    """Looks until the state proves whether the goal was reached; call it when the request has ended.

    Args:
        lag: seconds after which a read shows every write of before.
        alone: whether the account wrote nothing else within a lag of this write. Else a state as asked may be that of
            an earlier write, read late, and so may the state that was read before sending.
    """
    if goal is None:
        return Verdict("unresolved", "what this call changes can't be looked up by the library")
    if not reads.tells(goal.needs):
        return Verdict("unresolved", f"this API has no {goal.needs}() to look with")
    with urgent():  # it must not wait behind a storm of other reads
        return await _Watch(goal, reads, lag, alone and goal.begun_undone).verdict()


class _Watch:
    """The looks of one goal."""

    def __init__(self, goal: Goal, reads: Reads, lag: float, begun_undone: bool) -> None:
        self.goal, self.reads, self.lag, self.begun_undone = goal, reads, lag, begun_undone
        self.agreed: str | None = None
        """What the last looks say, all of them."""
        self.since: float
        self.last: str

    async def verdict(self) -> Verdict:
        looked_at = time.monotonic()
        deadline = looked_at + PATIENCE * self.lag
        pause = FIRST_PAUSE
        while True:
            found = self._concluded(await self._look(), looked_at)
            if found is not None:
                return Verdict(found, self.last)
            if looked_at > deadline:
                return Verdict("unresolved", self.last)
            # Not later than when the looks are the lag apart, nor than the end; after slow looks, once more at once.
            now = time.monotonic()
            ripe = self.since + self.lag if self.agreed else deadline
            await asyncio.sleep(max(min(pause, deadline - now, ripe - now), 0.001))
            pause *= 2
            looked_at = time.monotonic()

    async def _look(self) -> Look | None:
        try:
            return await self.goal.look(self.reads)
        except errors.UnifiedCopyError as error:
            self.last = f"the state can't be read ({type(error).__name__}: {error.message})"
            return None

    def _concluded(self, look: Look | None, looked_at: float) -> Settled | None:
        if look is None:
            return None
        self.last = look.words
        if look.state == "unclear":
            self.agreed = None
            return None
        if look.state == "done" and self.begun_undone:
            return "applied"
        if look.state != self.agreed:
            self.agreed, self.since = look.state, looked_at
            return None
        if looked_at - self.since < self.lag:
            return None
        return "applied" if look.state == "done" else "not_applied"
