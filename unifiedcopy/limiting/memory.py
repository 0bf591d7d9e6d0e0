"""Windows and bans of one event loop."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from time import monotonic

from .store import ARRIVAL, Claim, Stop, Taken, Wait

CROWDED = 1_000
"""Windows that may be empty without being looked at."""


class MemoryStore:
    """All in here; gone with the process."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._stops: dict[str, tuple[float, float, str]] = {}
        self._numbers = count()
        self._crowded = CROWDED
        """So many windows, and the empty ones are given up."""

    async def take(self, claims: tuple[Claim, ...], stops: Iterable[str]) -> Taken | Wait:
        now = monotonic()
        if self._stops and (wait := self._stop_of(stops, now)) is not None:
            return wait
        if len(self._windows) >= self._crowded:
            self._tidy(now)
        windows, full = [], False
        for claim in claims:
            window = self._windows.get(claim.key)
            if window is None:
                window = self._windows[claim.key] = _Window(claim.seconds)
            windows.append(window)
            full = window.used(now, claim.seconds) + claim.weight > claim.most or full
        if full:
            longest = max(window.wait(claim, now) for window, claim in zip(windows, claims, strict=True))
            if longest > 0:  # it may be over by less than a float tells
                return Wait(longest)
        name = str(next(self._numbers))
        for window, claim in zip(windows, claims, strict=True):
            window.take(name, claim.weight, now)
        return Taken(self, claims, name, now)

    async def land(self, taken: Taken) -> None:
        now = monotonic()
        for claim in taken.claims:
            window = self._windows.get(claim.key)
            if window is not None:  # else it took so long that the window was given up
                window.land(taken.id, now)

    async def stop(self, key: str, seconds: float, reason: str) -> None:
        until = monotonic() + seconds
        if key not in self._stops or self._stops[key][0] < until:
            self._stops[key] = (until, seconds, reason)

    async def stopped(self, key: str) -> Stop | None:
        if key not in self._stops:
            return None
        until, length, reason = self._stops[key]
        return Stop(until - monotonic(), length, reason)

    async def close(self) -> None:
        pass

    def _tidy(self, now: float) -> None:
        """Gives up the windows that are empty: accounts come and go."""
        self._windows = {key: window for key, window in self._windows.items() if not window.empty(now)}
        self._crowded = max(CROWDED, 2 * len(self._windows))

    def _stop_of(self, keys: Iterable[str], now: float) -> Wait | None:
        found = [self._stops[key] for key in keys if key in self._stops]
        until, _, reason = max(found, default=(now, 0.0, ""))
        return Wait(until - now, reason) if until > now else None


class _Window:
    """Who is on the way, and who arrived in the last seconds. Of the thousands that there are, most are empty."""

    __slots__ = ("_flying", "_landed", "_old", "_used", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._flying: dict[str, tuple[float, int]] = {}
        """By name: when it counts as arrived, and its weight; the oldest first."""
        self._landed: list[tuple[float, int]] = []
        self._old = self._used = 0
        """How many of those are too long ago, and what the others weigh with the flying."""

    def used(self, now: float, seconds: float) -> int:
        """What those weigh that count now, in a window of so many seconds."""
        self.seconds = seconds
        if self._used:
            self._pass_time(now)
        return self._used

    def wait(self, claim: Claim, now: float) -> float:
        """Seconds until there may be room; 0 when there is."""
        over = self._used + claim.weight - claim.most
        if over <= 0:
            return 0.0
        for at, weight in self._landed[self._old :]:
            over -= weight
            if over <= 0:
                return at + claim.seconds - now
        return claim.seconds  # what flies is not old before that

    def take(self, name: str, weight: int, now: float) -> None:
        self._flying[name] = (now + ARRIVAL, weight)
        self._used += weight

    def land(self, name: str, now: float) -> None:
        if name in self._flying:
            self._landed.append((now, self._flying.pop(name)[1]))
            if not self._flying:
                self._flying = {}  # an emptied one keeps its room

    def empty(self, now: float) -> bool:
        self._pass_time(now)
        return not self._flying and not self._landed

    def _pass_time(self, now: float) -> None:
        while self._flying:
            name, (arrived, _) = next(iter(self._flying.items()))
            if arrived > now:
                break
            self.land(name, now)
        landed, old, before = self._landed, self._old, now - self.seconds
        while old < len(landed) and landed[old][0] <= before:
            self._used -= landed[old][1]
            old += 1
        # Not cut with every request: to move a long list would cost more than all else.
        if old * 8 > len(landed):
            del landed[:old]
            old = 0
        self._old = old
