"""Where a request would go: the venue itself, its test network, or a sandbox. Never taken on trust."""

from __future__ import annotations

from typing import NamedTuple

from ..driven import DrivenExchange
from .profiles import Where


class Place(NamedTuple):
    """Where, in words that can't be mistaken."""

    words: str
    kind: Where

    @property
    def real(self) -> bool:
        """Whether it is real money, or may be."""
        return self.kind == "live"


async def place_of(exchange: DrivenExchange) -> Place:
    """LIVE unless it is known to be something else: a loopback address may be a proxy to the venue."""
    hosts = exchange.api.schema.hosts
    address = exchange.origin
    if exchange.test_network or address in hosts.test:
        return Place(f"TEST NETWORK of the venue ({address})", "demo")
    if address in hosts.rest:
        return Place(f"LIVE, real money ({address})", "live")
    if await _is_sandbox(address):
        return Place(f"SANDBOX, no real money ({address})", "sandbox")
    return Place(f"LIVE? {address} is on this machine, but no sandbox: maybe a proxy to the venue", "live")


async def _is_sandbox(address: str) -> bool:
    """Whether the sandbox's control answers there. No credentials go along."""
    import aiohttp  # noqa: PLC0415 (slow to import)

    timeout = aiohttp.ClientTimeout(total=2)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{address}/__sandbox__/fidelity", allow_redirects=False) as answer,
        ):
            return answer.status == 200 and isinstance(await answer.json(), list)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return False
