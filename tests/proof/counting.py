"""A venue that only counts: when each request arrives, over a real socket, after a way of random length."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from typing import NamedTuple

GRACE = 0.25
"""Seconds in which a request that left before the ban was known may still arrive, besides its way."""


class Seen(NamedTuple):
    """What arrived, seconds of the host's monotonic clock."""

    arrivals: list[float]
    banned: tuple[float, float]
    """From when on nothing may come any more, and until when."""


class CountingVenue:
    """Answers every request and keeps when it arrived.

    Args:
        jitter: seconds that each way takes at most.
        ban: (seconds after the first request, length) of a ban, told by ``Retry-After``.
    """

    def __init__(self, jitter: float, ban: tuple[float, float] | None = None) -> None:
        self._jitter, self._ban = jitter, ban
        self._random = random.Random(1)
        self._until: float | None = None
        self.seen = Seen([], (0.0, 0.0))
        self.url = ""

    async def __aenter__(self) -> CountingVenue:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                await reader.readexactly(int(length[0].partition(b":")[2]) if length else 0)
                await self._way()
                answer = self._answer(time.monotonic())
                await self._way()
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # cancelled at the end, which the streams of 3.11 would report as an error
        finally:
            writer.close()

    async def _way(self) -> None:
        if self._jitter:
            await asyncio.sleep(self._random.uniform(0, self._jitter))

    def _answer(self, now: float) -> bytes:
        self.seen.arrivals.append(now)
        if self._ban is not None and self._until is None and now - self.seen.arrivals[0] >= self._ban[0]:
            self._until = now + self._ban[1]
            told = now + 2 * self._jitter + GRACE
            self.seen = self.seen._replace(banned=(told, self._until))
        if self._until is not None and now < self._until:
            left = int(self._until - now) + 1
            return f"HTTP/1.1 429 X\r\nRetry-After: {left}\r\nContent-Length: 0\r\n\r\n".encode()
        body = b'{"code": 0, "data": []}'
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def rolling_above(arrivals: Sequence[float], limit: int, seconds: float) -> int:
    """How many rolling windows, one ending at each request, hold more than the limit."""
    times = sorted(arrivals)
    return sum(later - sooner < seconds for sooner, later in zip(times, times[limit:], strict=False))


def fixed_above(arrivals: Sequence[float], limit: int, seconds: float) -> int:
    """How many windows that begin at a multiple of their length hold more than the limit."""
    counted: dict[int, int] = {}
    for at in arrivals:
        counted[int(at // seconds)] = counted.get(int(at // seconds), 0) + 1
    return sum(count > limit for count in counted.values())


def share_used(arrivals: Sequence[float], limit: int, seconds: float) -> float:
    """The time that requests after the first window's take at least, of the time that they took."""
    times = sorted(arrivals)
    return (len(times) / limit - 1) * seconds / (times[-1] - times[limit - 1])
