"""The windows and bans that the requests of one connection pass, and what its answers say about them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple

from .. import errors
from ..schema.model import Limit, Schema
from ..secret import Credentials
from . import bans
from .shapes import READS, Kind, Route, Shape, Shapes, whose
from .shared import Shared, Where, released, shared
from .store import Claim, Store, StoreTrouble, Taken, Wait

PATIENCE = 10.0
"""Seconds that a request waits at most because a venue asks to."""
_log = logging.getLogger("unifiedcopy")
_urgent: ContextVar[bool] = ContextVar("urgent", default=False)


@contextmanager
def urgent() -> Iterator[None]:
    """Reads inside have the budget and the place in the queue of writes: for whoever must see in order to act."""
    token = _urgent.set(True)
    try:
        yield
    finally:
        _urgent.reset(token)


class Window(NamedTuple):
    """One limit as an endpoint meets it."""

    key: str
    """The same for all that count together."""
    limit: Limit
    reads: int
    """What reads may use of it; the rest is for writes."""


class Limits:
    """The limits of one account at one origin."""

    __slots__ = ("_account", "_address", "_loop", "_schema", "_shapes", "_shared", "_where")

    def __init__(
        self,
        schema: Schema,
        origin: str,
        credentials: Credentials,
        where: Where = None,
        shapes: Shapes | None = None,
    ) -> None:
        self._schema, self._where = schema, where
        self._shapes = shapes or Shapes(schema)
        key = credentials.api_key.reveal() if credentials.api_key else ""
        host = where.partition("#")[2] if isinstance(where, str) else ""
        self._address = _address(origin, host)
        self._account = f"account {hashlib.sha256(f'{origin} {key}'.encode()).hexdigest()[:32]}"
        self._shared: Shared | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def enter(self, name: str, *, writes: bool = False) -> Taken:
        """Returns when a request of an endpoint may be sent.

        Raises:
            RateLimitExceeded: the venue asked to stop for longer than ``PATIENCE``; nothing was sent.
            StoreTrouble: the store that others share is gone; nothing was sent. A write passes all the same, on the
                budget that reads never use.
        """
        kind: Kind = "hurried" if writes or _urgent.get() else "read"
        try:
            found, route = self._open(), self._shapes.route(name, kind)
            if not found.queues:  # as a rule nobody waits
                place = self._allowed(await self._asked(found.store, route), name)
                if isinstance(place, Taken):
                    return place
            return await self._queued(found, name, kind)
        except StoreTrouble as trouble:
            if kind == "read":
                raise
            _log.warning("%s: %s; goes on alone with the reserved budget", self._schema.id, trouble.message)
        return await self._queued(shared(None), name, "reserved")

    async def leave(self, taken: Taken) -> None:
        """The answer came, or never will."""
        try:
            await taken.store.land(taken)
        except StoreTrouble as trouble:
            self._harmless(trouble)

    async def told(self, name: str, headers: Mapping[str, str], now: int) -> None:
        """What an answer says about the room that is left: others may use the account, too.

        Args:
            now: the venue's time, Unix milliseconds.
        """
        for key, limit, reads in self._windows_of(name):
            left = _whole(headers, limit.remaining)
            if left is None or left > limit.requests - reads:
                continue
            seconds = _until_reset(limit, headers, now)
            try:
                store = self._open().store
                await store.stop(key + READS if left else key, limit.seconds if seconds is None else seconds, "")
            except StoreTrouble as trouble:
                self._harmless(trouble)

    async def refused(
        self, name: str, error: errors.RateLimitExceeded, wait: float | None, headers: Mapping[str, str], now: int
    ) -> None:
        """The venue said that it was too much: where it counts, nothing is sent until that is over.

        Args:
            wait: seconds that the answer asks for.
            now: the venue's time, Unix milliseconds.
        """
        full = self._full(name, error)
        resets = [seconds for _, limit, _ in full if (seconds := _until_reset(limit, headers, now))]
        wait = wait or max(resets, default=None)
        limits = [window.limit for window in full]
        for key in self._scopes(name, error, full):
            try:
                await self._stop(self._open().store, key, error, wait, limits)
            except StoreTrouble as trouble:
                _log.warning("%s: %s; only this program knows that it must stop", self._schema.id, trouble.message)
                await self._stop(shared(None).store, key, error, wait, limits)

    async def close(self) -> None:
        found, self._shared = self._shared, None
        if found is not None and self._loop is asyncio.get_running_loop():
            await released(found)

    # -- waiting --------------------------------------------------------------------------------------------------

    async def _queued(self, found: Shared, name: str, kind: Kind) -> Taken:
        """Room, for one after the other."""
        route = self._shapes.route(name, kind)
        queue = found.queues.setdefault(self._queue(route, kind), asyncio.Lock())
        async with queue:
            while True:
                place = self._allowed(await self._asked(found.store, route), name)
                if isinstance(place, Taken):
                    return place
                await asyncio.sleep(place.seconds)

    def _asked(self, store: Store, route: Route) -> Awaitable[Taken | Wait]:
        # Made anew each time: of ten thousand accounts they would be more than all else that is kept of them.
        owners = self._owners
        claims = [
            Claim(owners[owner] + suffix, most, seconds, weight)
            for owner, suffix, most, seconds, weight in route.claims
        ]
        return store.take(tuple(claims), (owners[owner] + suffix for owner, suffix in route.stops))

    def _allowed(self, place: Taken | Wait, name: str) -> Taken | Wait:
        if isinstance(place, Wait) and place.reason and place.seconds > PATIENCE:
            kind = errors.by_name(place.reason) or errors.RateLimitExceeded
            raise kind(
                f"the venue asked to stop, and nothing is sent for {place.seconds:.0f} s more",
                exchange=self._schema.id,
                endpoint=name,
                retry_after=place.seconds,
            )
        return place

    def _queue(self, route: Route, kind: Kind) -> tuple[object, ...]:
        """Who waits for the same waits in one; writes don't wait behind reads."""
        keys = route.claims or route.stops
        return (kind != "read", *(self._owners[key[0]] + key[1] for key in keys))

    def _open(self) -> Shared:
        loop = asyncio.get_running_loop()
        if self._shared is None or self._loop is not loop:
            self._shared, self._loop = shared(self._where), loop
        return self._shared

    async def _stop(
        self, store: Store, key: str, error: errors.RateLimitExceeded, wait: float | None, full: list[Limit]
    ) -> None:
        seconds = bans.seconds(error, wait, full, await store.stopped(key))
        await store.stop(key, seconds, type(error).__name__)
        _log.warning("%s: %s; nothing is sent for %g s", self._schema.id, type(error).__name__, seconds)

    def _harmless(self, trouble: StoreTrouble) -> None:
        """What goes wrong once a request was sent must not hide what the venue answered."""
        _log.warning("%s: %s", self._schema.id, trouble.message)

    # -- what an endpoint passes ----------------------------------------------------------------------------------

    @property
    def _owners(self) -> tuple[str, str]:
        return self._account, self._address

    def _windows_of(self, name: str) -> list[Window]:
        return [self._window(shape) for shape in self._shapes.passed(name)]

    def _window(self, shape: Shape) -> Window:
        return Window(self._owners[whose(shape.limit)] + shape.suffix, shape.limit, shape.reads)

    # -- what a refusal stops -------------------------------------------------------------------------------------

    def _full(self, name: str, error: errors.RateLimitExceeded) -> list[Window]:
        """What a refusal may be about: the limit with its code; of a ban, those of the address; else the endpoint's."""
        limits = self._schema.limits.items()
        named = [self._window(self._shapes.of(each, name)) for each, limit in limits if error.code in limit.codes]
        if named or not isinstance(error, errors.DDoSProtection):
            return named or self._windows_of(name)
        return [self._window(self._shapes.of(each, name)) for each, limit in limits if limit.scope == "ip"]

    def _scopes(self, name: str, error: errors.RateLimitExceeded, full: list[Window]) -> list[str]:
        """Where nothing is sent: an endpoint's own window alone, else the whole account or address."""
        if isinstance(error, errors.DDoSProtection):
            return [self._address]
        unsigned = self._schema.endpoints[name].sign == "none"
        found = [key if limit.per_endpoint else self._owners[whose(limit)] for key, limit, _ in full]
        return list(dict.fromkeys(found)) or [self._address if unsigned else self._account]


@lru_cache(maxsize=100)
def _address(origin: str, host: str) -> str:
    return f"{origin} address {host}".rstrip()


def _whole(headers: Mapping[str, str], name: str | None) -> int | None:
    """A number of a header; junk says nothing."""
    text = headers.get(name, "") if name else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _until_reset(limit: Limit, headers: Mapping[str, str], now: int) -> float | None:
    """Seconds until a window starts anew, as the answer says it; never more than it is long."""
    moment = _whole(headers, limit.reset)
    return None if moment is None else min(max(0.0, (moment - now) / 1000), limit.seconds)
