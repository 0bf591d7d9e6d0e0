"""A request and its answer on one of aiohttp's connections.

aiohttp connects, keeps connections, checks certificates, parses and unpacks. Its session is left out: it follows
redirects, keeps cookies, takes addresses apart and puts them together again, which is twice the processor time of the
rest (``python -m tests.bench.portfolio --only calls``), and nothing of it may happen here.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from .secret import MaskedBytes

CONNECTIONS_PER_HOST = 250
_TARGET = re.compile(r"/[!$-~]*")
"""A path and query, encoded: no blank, no fragment, no other host."""
_BREAKS = re.compile(r"[\r\n\0\ud800-\udfff]")
"""What would end a header, or is no character at all (a variable of the environment need not be Unicode)."""
_USUAL = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": aiohttp.http.SERVER_SOFTWARE,
}


class Deadlines(NamedTuple):
    """Seconds."""

    connect: float = 5.0
    silence: float = 10.0
    total: float = 20.0


class Heard(NamedTuple):
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None
    """None: it is larger than allowed, and was not read to its end."""


class Pool:
    """The shared connections of an event loop, closed with the last of their users."""

    def __init__(self) -> None:
        self.reads = aiohttp.TCPConnector(limit=0, limit_per_host=CONNECTIONS_PER_HOST)
        # A write on a connection that died silently would end as "unknown"; a fresh one can't be stale.
        self.writes = aiohttp.TCPConnector(limit=0, limit_per_host=CONNECTIONS_PER_HOST, force_close=True)
        self.users = 0
        self._ways: dict[tuple[str, Deadlines, bool], Way] = {}

    def way(self, origin: str, deadlines: Deadlines, *, writes: bool) -> Way:
        """The way to an origin, which all accounts there share."""
        key = (origin, deadlines, writes)
        way = self._ways.get(key)
        if way is None:
            way = self._ways[key] = Way(self.writes if writes else self.reads, origin, deadlines)
        return way

    @staticmethod
    def join() -> Pool:
        """The running loop's pool, with one more user."""
        loop = asyncio.get_running_loop()
        pool = _pools.get(loop)
        if pool is None:
            pool = _pools[loop] = Pool()
        pool.users += 1
        return pool

    async def leave(self) -> None:
        self.users -= 1
        if self.users == 0:
            _pools.pop(asyncio.get_running_loop(), None)
            await self.reads.close()
            await self.writes.close()


_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, Pool] = WeakKeyDictionary()


class Way:
    """To one origin, over the connections of a pool."""

    def __init__(self, connector: aiohttp.TCPConnector, origin: str, deadlines: Deadlines) -> None:
        self._connector, self._deadlines = connector, deadlines
        self._loop = asyncio.get_running_loop()
        self._host = URL(origin).raw_authority
        trusted = _trusted() if origin.startswith("https:") else True
        self._origin = aiohttp.ClientRequest("GET", URL(origin), loop=self._loop, ssl=trusted)
        self._connecting = aiohttp.ClientTimeout(connect=deadlines.total, sock_connect=deadlines.connect)

    def written(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> MaskedBytes:
        """The request as it goes out.

        Raises:
            ValueError: what in it would be no request, or one of another host; the value itself is not told.
        """
        if not _TARGET.fullmatch(target):
            raise ValueError("the address left the venue's host")
        if _BREAKS.search("".join(headers)) or _BREAKS.search("".join(headers.values())):
            raise ValueError("the request can't be put on the wire (a credential or header holds a line break?)")
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += _usual(tuple(headers))
        if self._connector.force_close:
            lines.append("Connection: close")
        if body or method != "GET":
            lines.append(f"Content-Length: {len(body)}")
        return MaskedBytes("\r\n".join([*lines, "", ""]).encode() + body)

    async def connected(self) -> Connection:
        """A connection that is open. Whatever is raised: nothing was sent."""
        connection = await self._connector.connect(self._origin, [], self._connecting)
        transport = connection.transport
        if transport is None or transport.is_closing():
            connection.close()
            raise ConnectionResetError
        return connection

    def deadline(self) -> float:
        """Of what begins now, by the clock of the loop."""
        return self._loop.time() + self._deadlines.total

    async def asked(self, connection: Connection, request: MaskedBytes, deadline: float, most: int) -> Heard:
        """Sends the bytes, and gives the connection back with the answer.

        Args:
            most: bytes of the unpacked body.
        """
        try:
            heard = await self._heard(connection.protocol, request, deadline, most)
        except BaseException:
            connection.close()
            raise
        connection.release()  # which closes it unless the answer was read to its end
        return heard

    async def _heard(self, protocol: Any, request: MaskedBytes, deadline: float, most: int) -> Heard:
        protocol.set_response_params(read_until_eof=True, read_timeout=self._deadlines.silence)
        timer = self._loop.call_at(deadline, protocol.set_exception, TimeoutError())
        try:
            protocol.transport.write(request)
            protocol.start_timeout()
            message, payload = await protocol.read()
            while 100 <= message.code < 200 and message.code != 101:  # the answer is yet to come
                message, payload = await protocol.read()
            if payload.is_eof():  # as a rule: a short answer comes with its head
                body = payload.read_nowait()
            else:
                timer.cancel()
                timer = self._loop.call_at(deadline, payload.set_exception, TimeoutError())
                body = await _body(payload, most)
            return Heard(message.code, message.headers, body if len(body) <= most else None)
        finally:
            timer.cancel()


@lru_cache(maxsize=1_000)
def _usual(named: tuple[str, ...]) -> list[str]:
    """The headers of every request, but for those that are named already."""
    told = {name.lower() for name in named}
    return [f"{name}: {value}" for name, value in _USUAL.items() if name.lower() not in told]


async def _body(payload: aiohttp.StreamReader, most: int) -> bytes:
    """All of it, or as much as shows that it is larger than allowed."""
    got = bytearray()
    while len(got) <= most and (chunk := await payload.readany()):
        got += chunk
    return bytes(got)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom we talk to: the authorities of this machine vouch for the name, over TLS 1.2 or newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
