"""One HTTP server on loopback per venue: each request is kept, meets its fault, is carried out and answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from .accounts import SandboxAccount
from .acting import Acting
from .control import PREFIX, Control
from .delivery import Delivery, cut, response
from .faults import Faults
from .venue import Execution, VenueEmulator
from .wire import Request


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
        self.acting = Acting(emulator)
        self.url = ""
        self._control = Control(emulator, self.requests, self.faults, self.acting, advance)
        self._delivery = Delivery()
        self._served = web.Server(self._serve, access_log=None)
        self._runner = web.ServerRunner(self._served, shutdown_timeout=1)

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
        self._site = web.TCPSite(self._runner, "127.0.0.1", port)
        await self._site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def refuse(self) -> None:
        """Listen no more, and hang up: new connections are refused."""
        await self._site.stop()
        for connection in self._served.connections:
            connection.force_close()

    async def stop(self) -> None:
        self.acting.close()
        self._delivery.close()
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
            return response(await self._control.answer(request))
        self.requests.append(request)
        if await self._delivery.silent(incoming):
            return cut(incoming)
        fault = self.faults.take(request)
        return await self._delivery.send(self.acting.answer(request, fault), incoming, fault)

    async def _body(self, incoming: web.BaseRequest) -> bytes:
        return await incoming.content.read() if incoming.body_exists else b""
