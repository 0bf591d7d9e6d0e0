"""Where a request would go: the venue itself, its test network, or a sandbox. Never taken on trust."""

from __future__ import annotations

from typing import NamedTuple

from ..driven import DrivenExchange


class Place(NamedTuple):
    """Where, in words that can't be mistaken."""

    words: str
    sandbox: bool


async def place_of(exchange: DrivenExchange, base_url: str | None) -> Place:
    """LIVE unless it is known to be something else: a loopback address may be a proxy to the venue."""
    hosts = exchange.api.schema.hosts
    if base_url is None or base_url.rstrip("/") in hosts.rest:
        return Place(f"LIVE, real money ({base_url or hosts.rest[0]})", sandbox=False)
    if base_url.rstrip("/") in hosts.test:
        return Place(f"TEST NETWORK of the venue ({base_url})", sandbox=True)
    if await _is_sandbox(base_url):
        return Place(f"SANDBOX, no real money ({base_url})", sandbox=True)
    return Place(f"LIVE? {base_url} is on this machine, but no sandbox: maybe a proxy to the venue", sandbox=False)


async def _is_sandbox(base_url: str) -> bool:
    """Whether the sandbox's control answers there. No credentials go along."""
    import aiohttp  # noqa: PLC0415 (slow to import)

    timeout = aiohttp.ClientTimeout(total=2)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{base_url.rstrip('/')}/__sandbox__/fidelity", allow_redirects=False) as answer,
        ):
            return answer.status == 200 and isinstance(await answer.json(), list)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return False
