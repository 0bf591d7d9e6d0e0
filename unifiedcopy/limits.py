"""Keeps requests inside a venue's windows, before they are sent.

A window belongs to an address or to an account, so two connections that share one share its limiter. Rolling windows
are exact (never more than the limit in any window), and waiting is first come, first served.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from .schema.model import Endpoint, Limit, Schema
from .secret import Credentials

if TYPE_CHECKING:
    from pyrate_limiter import InMemoryBucket, Limiter

Windows = dict[tuple[str, ...], "Window"]
_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Windows] = WeakKeyDictionary()


class Window:
    """One rolling window."""

    def __init__(self, limit: Limit) -> None:
        from pyrate_limiter import InMemoryBucket, Limiter, Rate, SingleBucketFactory  # noqa: PLC0415 (slow to import)

        self._most = 2 * limit.requests
        self._bucket: InMemoryBucket = InMemoryBucket([Rate(limit.requests, limit.seconds * 1000)])
        # Old entries are dropped below, so the library needs no thread for it.
        self._limiter: Limiter = Limiter(SingleBucketFactory(self._bucket, schedule_leak=False))

    async def wait(self, weight: int) -> None:
        if self._bucket.count() > self._most:
            self._bucket.leak(self._bucket.now())  # type: ignore[no-untyped-call]
        await self._limiter.try_acquire_async(weight=weight)


class Limits:
    """The windows that the requests of one connection pass."""

    def __init__(self, schema: Schema, origin: str, credentials: Credentials) -> None:
        self._schema, self._origin = schema, origin
        key = credentials.api_key.reveal() if credentials.api_key else ""
        self._account = hashlib.sha256(key.encode()).hexdigest()

    async def wait(self, endpoint: Endpoint) -> None:
        """Returns when a request of an endpoint may be sent."""
        windows = _of_loop.setdefault(asyncio.get_running_loop(), {})
        # The address last: its place in the window must not grow old while the account waits.
        named = [(name, self._schema.limits[name]) for name in endpoint.limits]
        for limit_name, limit in sorted(named, key=lambda entry: entry[1].scope == "ip"):
            owner = self._account if limit.scope == "uid" else ""
            route = f"{endpoint.method} {endpoint.path}" if limit.per_endpoint else ""
            key = (self._origin, owner, limit_name, route)
            if key not in windows:
                windows[key] = Window(limit)
            await windows[key].wait(endpoint.weight)
