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
            for way in self._ways.values():
                way.close()
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
        self._watch = Watch(self._loop)
        self._last_lines = "Connection: close\r\n" if connector.force_close else ""

    def written(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> MaskedBytes:
        """The request as it goes out.

        Raises:
            ValueError: what in it would be no request, or one of another host; the value itself is not told.
        """
        if not _TARGET.fullmatch(target):
            raise ValueError("the address left the venue's host")
        named = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        length = f"Content-Length: {len(body)}\r\n" if body or method != "GET" else ""
        head = _encoded(
            f"{method} {target} HTTP/1.1\r\nHost: {self._host}\r\n{named}{_usual(tuple(headers))}"
            f"{self._last_lines}{length}\r\n"
        )
        if head is None or not len(headers) == named.count("\n") == named.count("\r") or "\0" in named:
            raise ValueError("the request can't be put on the wire (a credential or header holds a line break?)")
        return MaskedBytes(head + body)

    def close(self) -> None:
        self._watch.close()

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
        protocol.set_response_params(read_until_eof=True)
        self._watch.begin(protocol, min(deadline, self._loop.time() + self._deadlines.silence))
        try:
            protocol.transport.write(request)
            message, payload = await protocol.read()
            while 100 <= message.code < 200 and message.code != 101:  # the answer is yet to come
                message, payload = await protocol.read()
        finally:
            self._watch.end(protocol)
        # As a rule a short answer comes with its head.
        body = payload.read_nowait() if payload.is_eof() else await self._body(protocol, payload, deadline, most)
        return Heard(message.code, message.headers, body if len(body) <= most else None)

    async def _body(self, protocol: Any, payload: aiohttp.StreamReader, deadline: float, most: int) -> bytes:
        """All of it, or as much as shows that it is larger than allowed."""
        protocol.read_timeout = self._deadlines.silence
        protocol.start_timeout()
        timer = self._loop.call_at(deadline, payload.set_exception, TimeoutError())
        got = bytearray()
        try:
            while len(got) <= most and (chunk := await payload.readany()):
                got += chunk
        finally:
            timer.cancel()
        return bytes(got)


class Watch:
    """Ends what takes too long. One timer serves all that wait, because nearly none of them ever meets it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due: dict[Any, float] = {}
        """When those that wait for the head of an answer are to be ended, by the clock of the loop."""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, protocol: Any, due: float) -> None:
        self._due[protocol] = due
        if self._timer is None or due < self._timer.when():
            self._look_at(due)

    def end(self, protocol: Any) -> None:
        self._due.pop(protocol, None)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_at(self, moment: float) -> None:
        self.close()
        self._timer = self._loop.call_at(moment, self._look)

    def _look(self) -> None:
        self._timer, now = None, self._loop.time()
        for protocol in [one for one, due in self._due.items() if due <= now]:
            self.end(protocol)
            protocol.set_exception(TimeoutError())
        if self._due:
            self._look_at(min(self._due.values()))


def _encoded(head: str) -> bytes | None:
    """None for what is no text (a variable of the environment need not be Unicode)."""
    try:
        return head.encode()
    except UnicodeEncodeError:
        return None  # not raised further: it holds the text


@lru_cache(maxsize=1_000)
def _usual(named: tuple[str, ...]) -> str:
    """The headers of every request, but for those that are named already."""
    told = {name.lower() for name in named}
    return "".join([f"{name}: {value}\r\n" for name, value in _USUAL.items() if name.lower() not in told])


@cache
def _trusted() -> ssl.SSLContext:
    """Whom we talk to: the authorities of this machine vouch for the name, over TLS 1.2 or newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
