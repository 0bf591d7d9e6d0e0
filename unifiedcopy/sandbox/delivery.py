"""How an answer goes over the wire, well or badly."""

from __future__ import annotations

import asyncio
import socket
import struct
from asyncio import BaseTransport
from contextlib import suppress
from weakref import WeakSet

from aiohttp import web

from .faults import Fault
from .wire import Answer

_HARD = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset."""


class Delivery:
    """Sends answers until it is closed."""

    def __init__(self) -> None:
        self._closing = asyncio.Event()
        self._dead: WeakSet[BaseTransport] = WeakSet()

    def close(self) -> None:
        """End everything that waits."""
        self._closing.set()

    async def silent(self, incoming: web.BaseRequest) -> bool:
        """Whether the connection is dead; then this returns with the server's end."""
        if incoming.transport not in self._dead:
            return False
        await self._wait(None)
        return True

    async def send(self, answer: Answer, incoming: web.BaseRequest, fault: Fault | None) -> web.StreamResponse:
        """The answer, or what the fault leaves of it."""
        match fault.kind if fault else None:
            case "delay" if fault:
                await self._wait(fault.seconds)
            case "hang":
                await self._wait(None)
                return cut(incoming)
            case "disconnect":
                return cut(incoming)
            case "reset":
                return cut(incoming, hard=True)
            case "truncate" | "pause" | "drip" if fault:
                return await self._piecemeal(answer, incoming, fault)
            case "dead" if incoming.transport:
                self._dead.add(incoming.transport)
        return response(answer)

    async def _piecemeal(self, answer: Answer, incoming: web.BaseRequest, fault: Fault) -> web.StreamResponse:
        """The whole body is announced, and comes in parts or not at all."""
        whole = web.StreamResponse(status=answer.status, headers=_headers(answer))
        whole.content_length = len(answer.body)
        half = len(answer.body) // 2
        with suppress(ConnectionError):  # whoever asked has lost patience
            await whole.prepare(incoming)
            if fault.kind == "drip":
                for number in range(len(answer.body)):
                    await whole.write(answer.body[number : number + 1])
                    await self._wait(fault.seconds)
                return whole
            await whole.write(answer.body[:half])
            if fault.kind == "truncate":
                return cut(incoming)
            await self._wait(fault.seconds)
            await whole.write(answer.body[half:])
        return whole

    async def _wait(self, seconds: float | None) -> None:
        """Wait, but never longer than the server lives."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)


def response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers=_headers(answer))


def cut(incoming: web.BaseRequest, *, hard: bool = False) -> web.StreamResponse:
    """Close the connection; what is returned can't be sent any more."""
    if incoming.transport is not None:
        if hard:
            incoming.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HARD)
            incoming.transport.abort()
        incoming.transport.close()
    return web.Response()


def _headers(answer: Answer) -> dict[str, str]:
    return {**answer.headers, "Content-Type": answer.content_type}
