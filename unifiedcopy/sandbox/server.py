"""One HTTP server on loopback per venue: log, fault, answer, exactly once per request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

from .accounts import SandboxAccount
from .control import PREFIX, Control
from .faults import Fault, Faults
from .venue import Execution, VenueEmulator
from .wire import Answer, Request

NOTHING = Answer(200, b"{}")
"""What a fault works on when the venue has not acted."""


class VenueServer:
    """A venue that listens. ``emulator`` is the venue itself, ``world`` its state.

    Args:
        emulator: The venue.
        advance: Lets so many seconds pass, here and on every venue that shares the clock.
    """

    def __init__(self, emulator: VenueEmulator, advance: Callable[[int], Awaitable[None]]) -> None:
        self.emulator = emulator
        self.world = emulator.world
        self.requests: list[Request] = []
        """Every received request, in order; control requests are not among them."""
        self.faults = Faults()
        self.url = ""
        self._control = Control(emulator, self.requests, self.faults, advance)
        self._closing = asyncio.Event()
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=1)

    @property
    def accounts(self) -> dict[str, SandboxAccount]:
        return self.world.accounts

    def now_ms(self) -> int:
        """Unix milliseconds on the venue's clock."""
        return self.world.clock.now_ms()

    @property
    def executions(self) -> list[Execution]:
        """Every write that was carried out, in order."""
        return self.emulator.executions

    @property
    def options(self) -> Any:
        """The emulator's switches, see its ``Options``."""
        return self.emulator.options

    def seed_positions(self, count: int, account: str = "main") -> None:
        """Let the account hold at least ``count`` open positions."""
        self.emulator.seed_positions(count, account)

    def seed_history(self, count: int, account: str = "main") -> None:
        """Add ``count`` closed positions."""
        self.emulator.seed_history(count, account)

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; port 0 = any free one."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        self._closing.set()
        await self._runner.cleanup()

    async def _serve(self, incoming: web.BaseRequest) -> web.StreamResponse:
        request = Request(
            incoming.method,
            incoming.raw_path,
            incoming.headers,
            await self._body(incoming),
            self.now_ms(),
            incoming.remote or "",
        )
        if request.path.startswith(PREFIX):
            return _response(await self._control.answer(request))
        self.requests.append(request)
        fault = self.faults.take(request)
        if fault is None:
            return _response(self.emulator.answer(request))
        return await self._go_wrong(fault, request, incoming)

    async def _body(self, incoming: web.BaseRequest) -> bytes:
        return await incoming.content.read() if incoming.body_exists else b""

    async def _go_wrong(self, fault: Fault, request: Request, incoming: web.BaseRequest) -> web.StreamResponse:
        answer = self.emulator.answer(request) if fault.executes else None
        match fault.kind:
            case "delay":
                await self._wait(fault.seconds)
                return _response(answer or self.emulator.answer(request))
            case "hang":
                await self._wait(None)
                return _cut(incoming)
            case "disconnect":
                return _cut(incoming)
            case "truncate":
                return await _half(answer or NOTHING, incoming)
            case _:
                return _response(fault.spoil(answer or NOTHING, self.emulator.error))

    async def _wait(self, seconds: float | None) -> None:
        """Wait, but never longer than the server lives."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)


def _response(answer: Answer) -> web.Response:
    headers = {**answer.headers, "Content-Type": answer.content_type}
    return web.Response(status=answer.status, body=answer.body, headers=headers)


def _cut(incoming: web.BaseRequest) -> web.StreamResponse:
    """Close the connection; what is returned can't be sent any more."""
    if incoming.transport is not None:
        incoming.transport.close()
    return web.Response()


async def _half(answer: Answer, incoming: web.BaseRequest) -> web.StreamResponse:
    """Announce the whole body, send half of it, close."""
    response = web.StreamResponse(
        status=answer.status,
        headers={"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))},
    )
    await response.prepare(incoming)
    await response.write(answer.body[: len(answer.body) // 2])
    if incoming.transport is not None:
        incoming.transport.close()
    return response
