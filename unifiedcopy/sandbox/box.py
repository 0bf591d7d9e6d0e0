"""The sandbox: a clock, a market, and a server for each venue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

from .clock import Clock
from .market import Market
from .server import VenueServer
from .venue import VenueEmulator
from .world import World

STEP = 60
MOST_STEPS = 1_500
"""A longer time is walked through in longer steps than a minute, not in more of them."""


def known_venues() -> list[str]:
    """Ids of the venues that have an emulator."""
    from unifiedcopy import exchanges  # noqa: PLC0415 - the folders may join its path late

    folders = [folder for place in exchanges.__path__ for folder in Path(place).iterdir()]
    return sorted({folder.name for folder in folders if (folder / "sandbox" / "__init__.py").is_file()})


def load_emulator(venue: str) -> type[VenueEmulator]:
    """The class ``Emulator`` in ``unifiedcopy.exchanges.<venue>.sandbox``."""
    if venue not in known_venues():
        raise LookupError(f"no emulator for {venue!r}; there are: {', '.join(known_venues())}")
    module = import_module(f"unifiedcopy.exchanges.{venue}.sandbox")
    emulator: type[VenueEmulator] = module.Emulator
    return emulator


class Sandbox:
    """Venues on loopback, from one seed. Use it as ``async with``.

    Args:
        seed: The same seed makes the same prices, leaders, keys and histories.
        venues: Ids of the venues to serve; None = all that have an emulator.
        skew: Seconds by which the venues' clock is ahead of this machine's (negative: behind).
        port: First port; the venues take it and the following ones in order of their ids. 0 = any free ones.
    """

    def __init__(self, seed: int = 7, venues: Sequence[str] | None = None, *, skew: float = 0, port: int = 0) -> None:
        self.seed = seed
        self.clock = Clock(round(skew * 1_000))
        self.market = Market(seed)
        self._names = known_venues() if venues is None else sorted(venues)
        self._port = port
        self._servers: dict[str, VenueServer] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with self._stack:
            for number, name in enumerate(self._names):
                world = World(name, self.market, self.clock, self.seed)
                server = VenueServer(load_emulator(name)(world), self.advance)
                self._stack.push_async_callback(server.stop)
                await server.start(self._port + number if self._port else 0)
                self._servers[name] = server
            self._stack = self._stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def __getitem__(self, venue: str) -> VenueServer:
        return self._servers[venue]

    def __iter__(self) -> Iterator[str]:
        return iter(self._servers)

    def now_ms(self) -> int:
        """Unix milliseconds on the venues' clock."""
        return self.clock.now_ms()

    async def advance(self, seconds: int = STEP) -> None:
        """Let virtual time pass: prices move, leaders trade, copies open and close."""
        step = max(STEP, -(-seconds // MOST_STEPS))
        while seconds > 0:
            part = min(step, seconds)
            seconds -= part
            self.clock.advance(part * 1_000)
            self.market.step(part)
            for server in self._servers.values():
                server.world.step(part)
            await asyncio.sleep(0)
