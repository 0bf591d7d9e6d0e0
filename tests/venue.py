"""A scripted server on loopback for the invented venue: answers what a test says and keeps what arrived."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from tests.credentials import KEY, SECRET
from unifiedcopy.connection import Connection
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.limiting.shared import Where
from unifiedcopy.roundtrip import Deadlines
from unifiedcopy.safety.protocol import Safety
from unifiedcopy.schema import Api
from unifiedcopy.secret import Credentials


class Received(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Say(NamedTuple):
    """One answer; ``before`` and ``instead`` are for what a network does."""

    body: Any = None
    status: int = 200
    headers: tuple[str, ...] = ()
    hang: bool = False
    drop: bool = False


class ScriptedVenue:
    """Plays its script, one answer a request; the last one is repeated."""

    def __init__(self) -> None:
        self.script: list[Say | Callable[[Received], Say | Awaitable[Say]]] = [Say({"code": 0, "data": []})]
        self.received: list[Received] = []
        self.url = ""
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "ScriptedVenue":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                line, *rest = head.strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (entry.partition(":") for entry in rest)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, target, _ = line.split(" ")
                self.received.append(Received(method, target, headers, body))
                step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                say = step(self.received[-1]) if callable(step) else step
                if not isinstance(say, Say):
                    say = await say
                if say.hang:
                    await asyncio.sleep(30)
                if say.drop:
                    return
                writer.write(_http(say))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def exchange(
        self,
        api: Api,
        *,
        total: float = 5.0,
        keys: tuple[str, ...] = (KEY, SECRET),
        limits: Where = None,
        **options: Any,
    ) -> DrivenExchange:
        connection = Connection(api, Credentials(*keys), self.url, Deadlines(total, total, total), limits=limits)
        options = {"write": True, "convert": False, "safety": Safety(read_back=False), **options}
        return DrivenExchange(api, connection, **{"alias": "me", **options})


def _http(say: Say) -> bytes:
    body = say.body if isinstance(say.body, bytes) else json.dumps(say.body).encode()
    extra = "".join(f"{header}\r\n" for header in say.headers)
    return f"HTTP/1.1 {say.status} X\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode() + body
