"""A venue without a network: requests are handed over in the process, and lost, spoiled or delayed on the way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from random import Random

from multidict import CIMultiDict

from unifiedcopy import errors
from unifiedcopy.sandbox import Fault, VenueServer
from unifiedcopy.sandbox.wire import Request
from unifiedcopy.signing import Signed
from unifiedcopy.transport import Reply

Choose = Callable[[Request, bool], Fault | None]
"""The fault of a request; whether it is a write."""
LOST = ("hang", "disconnect", "reset", "truncate")


class Wire:
    """Stands where the transport stands, between one client and a venue."""

    def __init__(self, server: VenueServer, timeout: float, random: Random, choose: Choose | None = None) -> None:
        self._server, self._timeout, self._random = server, timeout, random
        self._choose = choose

    async def send(self, endpoint: str, signed: Signed, *, writes: bool, max_bytes: int | None = None) -> Reply:
        """As `Transport.send`; the same errors for the same troubles."""
        fault = self._choose(self._request(signed), writes) if self._choose else None
        if fault is not None and fault.kind == "pass" and fault.code == "refused":
            raise errors.ExchangeNotAvailable("no connection", outcome="not_sent", endpoint=endpoint)
        self.leaving(writes)
        await self._travel()
        request = self._request(signed)
        await self.arriving(request, writes)
        answer = self._server.acting.answer(request, fault) if self._choose else self._server.emulator.answer(request)
        self.answered(writes)
        await self._travel()
        if fault is not None and fault.kind in LOST:
            if fault.kind == "hang":
                await asyncio.sleep(self._timeout)
                raise errors.RequestTimeout("no answer in time", outcome="unknown", endpoint=endpoint)
            raise errors.NetworkError("the connection broke", outcome="unknown", endpoint=endpoint)
        return Reply(answer.status, answer.body, None, int(time.time() * 1000))

    async def arriving(self, request: Request, writes: bool) -> None:
        """A request has reached the venue."""

    def leaving(self, writes: bool) -> None:
        """A request is about to leave."""

    def answered(self, writes: bool) -> None:
        """The venue has answered a request, and the answer is on its way."""

    async def close(self) -> None:
        """Nothing is open."""

    async def _travel(self) -> None:
        if self._choose is not None:
            await asyncio.sleep(self._random.uniform(0.002, 0.08))

    def _request(self, signed: Signed) -> Request:
        return Request(signed.method, signed.target, CIMultiDict(signed.headers), signed.body, self._server.now_ms())
