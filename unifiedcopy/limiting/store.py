"""What a store of windows and bans does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from ..errors import ConfigError

ARRIVAL = 2.0
"""Seconds after which a request without an answer counts as arrived: a hung one must not hold its place for long."""


class Claim(NamedTuple):
    """Room that a request needs in one window."""

    key: str
    most: int
    """What the window holds at most, this request included."""
    seconds: float
    weight: int


class Taken(NamedTuple):
    """Room that was found."""

    store: Store
    claims: tuple[Claim, ...]
    id: str
    at: float
    """On the store's clock."""


class Wait(NamedTuple):
    """No room now."""

    seconds: float
    reason: str = ""
    """The class of the error that stopped the requests; empty when a window is full."""


class Stop(NamedTuple):
    """What stops requests, or did last."""

    seconds: float
    """How long still; negative when it is over."""
    length: float
    """How long in all."""
    reason: str


class Store(Protocol):
    """Shared by all that count together. Every step is one step also for the others.

    Raises:
        StoreTrouble: it can't be reached or used.
    """

    async def take(self, claims: tuple[Claim, ...], stops: Iterable[str]) -> Taken | Wait:
        """Room in all windows at once, or how long there is none; a stop under one of the names rules."""

    async def land(self, taken: Taken) -> None:
        """The answer is there: from now on the places grow old."""

    async def stop(self, key: str, seconds: float, reason: str) -> None:
        """Nothing passes for so long; a longer stop stays."""

    async def stopped(self, key: str) -> Stop | None:
        """The last stop under a name."""

    async def close(self) -> None: ...


class StoreTrouble(ConfigError):
    """The store of the limits can't be used."""
