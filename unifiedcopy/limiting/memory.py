"""Windows and bans of one event loop."""

from __future__ import annotations

from collections import deque
from itertools import count
from time import monotonic

from .store import ARRIVAL, Claim, Stop, Taken, Wait


class MemoryStore:
    """All in here; gone with the process."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._stops: dict[str, tuple[float, float, str]] = {}
        self._numbers = count()

    async def take(self, claims: tuple[Claim, ...], stops: tuple[str, ...]) -> Taken | Wait:
        now = monotonic()
        if self._stops and (wait := self._stop_of(stops, now)) is not None:
            return wait
        longest = 0.0
        for claim in claims:
            if claim.key not in self._windows:
                self._windows[claim.key] = _Window()
            longest = max(longest, self._windows[claim.key].wait(claim, now))
        if longest > 0:
            return Wait(longest)
        name = str(next(self._numbers))
        for claim in claims:
            self._windows[claim.key].take(name, claim.weight, now)
        return Taken(self, claims, name, now)

    async def land(self, taken: Taken) -> None:
        now = monotonic()
        for claim in taken.claims:
            self._windows[claim.key].land(taken.id, now)

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

    def _stop_of(self, keys: tuple[str, ...], now: float) -> Wait | None:
        found = [self._stops[key] for key in keys if key in self._stops]
        until, _, reason = max(found, default=(now, 0.0, ""))
        return Wait(until - now, reason) if until > now else None


class _Window:
    """Who is on the way, and who arrived in the last seconds."""

    __slots__ = ("_flying", "_landed", "_used")

    def __init__(self) -> None:
        self._flying: dict[str, tuple[float, int]] = {}
        """By name: when it counts as arrived, and its weight; the oldest first."""
        self._landed: deque[tuple[float, int]] = deque()
        self._used = 0

    def wait(self, claim: Claim, now: float) -> float:
        """Seconds until there may be room; 0 when there is."""
        self._pass_time(claim.seconds, now)
        over = self._used + claim.weight - claim.most
        if over <= 0:
            return 0.0
        for at, weight in self._landed:
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

    def _pass_time(self, seconds: float, now: float) -> None:
        while self._flying:
            name, (arrived, _) = next(iter(self._flying.items()))
            if arrived > now:
                break
            self.land(name, now)
        while self._landed and self._landed[0][0] <= now - seconds:
            self._used -= self._landed.popleft()[1]
