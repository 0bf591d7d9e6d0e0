"""One HTTP exchange: bytes out, checked bytes in.

No redirects, no cookies, no proxies of the environment; a cap on the decompressed answer; deadlines for connecting,
for silence and in total. One connection pool serves every connection of an event loop. Nothing of the HTTP library
leaves this module: its errors hold URLs and headers, ours don't.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import aiohttp
from yarl import URL

from . import errors
from .signing import Signed

MAX_BYTES = 8 * 1024 * 1024
CONNECTIONS_PER_HOST = 250


class Deadlines(NamedTuple):
    """Seconds."""

    connect: float = 5.0
    silence: float = 10.0
    total: float = 20.0


class Reply(NamedTuple):
    status: int
    body: bytes
    retry_after: float | None
    received_at: int
    """Unix milliseconds."""
    headers: Mapping[str, str] = MappingProxyType({})
    """Those that were asked for, under the names asked for."""
    asked_at: int | None = None
    """The venue's time when the request left; None when the venue's clock is not known."""


class _Pool:
    """The shared sessions of an event loop, closed with the last of their users."""

    def __init__(self) -> None:
        self.reads = _session(force_close=False)
        # A write on a connection that died silently would end as "unknown"; a fresh one can't be stale.
        self.writes = _session(force_close=True)
        self.users = 0

    async def close(self) -> None:
        await self.reads.close()
        await self.writes.close()


def _session(*, force_close: bool) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=CONNECTIONS_PER_HOST, force_close=force_close)
    session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
    # Else it would send PUT and DELETE again by itself when a kept connection breaks. There is no public switch.
    session._retry_connection = False
    return session


_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pool] = WeakKeyDictionary()


class Transport:
    """Sends signed requests to one origin."""

    def __init__(
        self,
        origin: str,
        exchange: str,
        deadlines: Deadlines,
        max_bytes: int = MAX_BYTES,
        heard: frozenset[str] = frozenset(),
    ) -> None:
        self.origin, self._exchange, self._max_bytes, self._heard = origin, exchange, max_bytes, heard
        self._timeout = aiohttp.ClientTimeout(
            total=deadlines.total, sock_connect=deadlines.connect, sock_read=deadlines.silence
        )
        self._pool: _Pool | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def send(self, endpoint: str, signed: Signed, *, writes: bool, max_bytes: int | None = None) -> Reply:
        """One request and its answer.

        Raises:
            NetworkError: nothing came back; ``outcome`` is ``not_sent`` only when the request provably never left.
            BadResponse: a redirect, or an answer that is too large.
        """
        pool = self._open()
        session = pool.writes if writes else pool.reads
        outcome = await self._exchanged(endpoint, signed, session, max_bytes or self._max_bytes)
        if isinstance(outcome, errors.UnifiedCopyError):
            raise outcome  # out here, where no local and no ``__context__`` holds an object of the HTTP library
        return outcome

    async def _exchanged(
        self, endpoint: str, signed: Signed, session: aiohttp.ClientSession, max_bytes: int
    ) -> Reply | errors.UnifiedCopyError:
        answered = False
        try:
            async with session.request(
                signed.method,
                self._address(endpoint, signed),
                headers=signed.headers,
                data=signed.body or None,
                allow_redirects=False,
                ssl=_trusted() if self.origin.startswith("https:") else True,
                timeout=self._timeout,
            ) as response:
                answered = True
                return await self._received(endpoint, response, max_bytes)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return self._failure(endpoint, error, answered=answered)

    def _address(self, endpoint: str, signed: Signed) -> URL:
        url = URL(self.origin + signed.target, encoded=True)
        if f"{url.scheme}://{url.raw_authority}" == self.origin:
            return url
        del url
        raise errors.BadRequest("the address left the venue's host", exchange=self._exchange, endpoint=endpoint)

    async def close(self) -> None:
        """Gives the pool back; the last user closes it."""
        self._closed = True
        pool, self._pool = self._pool, None
        if pool is not None and self._loop is asyncio.get_running_loop():
            pool.users -= 1
            if pool.users == 0:
                _pools.pop(asyncio.get_running_loop(), None)
                await pool.close()

    def _open(self) -> _Pool:
        if self._closed:
            raise errors.ConfigError("this connection is closed; connect again", exchange=self._exchange)
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # a second asyncio.run: the pool of the first went with its loop
            self._pool, self._loop = None, loop
        if self._pool is None:
            self._pool = _pools.get(loop)
            if self._pool is None:
                self._pool = _pools[loop] = _Pool()
            self._pool.users += 1
        return self._pool

    async def _received(
        self, endpoint: str, response: aiohttp.ClientResponse, max_bytes: int
    ) -> Reply | errors.UnifiedCopyError:
        status = response.status
        where: dict[str, Any] = {
            "exchange": self._exchange,
            "endpoint": endpoint,
            "http_status": status,
            "outcome": "unknown",
        }
        if 300 <= status < 400:
            return errors.BadResponse(
                "the venue redirects elsewhere, and redirects are not followed: they would carry the key", **where
            )
        chunks = bytearray()
        while chunk := await response.content.readany():
            chunks += chunk
            if len(chunks) > max_bytes:
                return errors.BadResponse(f"the answer is larger than {max_bytes:,} bytes", **where)
        told = response.headers
        headers = {name: told[name] for name in self._heard if name in told}
        wait = _retry_after(told) if "Retry-After" in told else None
        return Reply(status, bytes(chunks), wait, int(time.time() * 1000), headers)

    def _failure(self, endpoint: str, error: Exception, *, answered: bool) -> errors.UnifiedCopyError:
        """Our own error for what went wrong below, with nothing of the request in it."""
        where: dict[str, Any] = {"exchange": self._exchange, "endpoint": endpoint}
        host = urlsplit(self.origin).netloc
        if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
            return errors.NetworkError(f"no trusted connection to {host} (TLS)", outcome="not_sent", **where)
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return errors.ExchangeNotAvailable(f"no connection to {host}", outcome="not_sent", **where)
        if isinstance(error, TimeoutError):
            return errors.RequestTimeout(f"no answer from {host} in time", outcome="unknown", **where)
        if isinstance(error, ValueError) and not isinstance(error, aiohttp.ClientError) and not answered:
            return errors.BadRequest(
                "the request can't be put on the wire (a credential or header holds a line break?)", **where
            )
        return errors.NetworkError(
            f"the connection to {host} broke ({type(error).__name__})", outcome="unknown", **where
        )


@cache
def _trusted() -> ssl.SSLContext:
    """Whom we talk to: the authorities of this machine vouch for the name, over TLS 1.2 or newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a ``Retry-After`` header, which says a number or a date; anything else is no advice."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit() and len(text) < 16:
        return float(text)
    try:
        # By the server's own clock where it tells it: ours may be wrong.
        now = _moment(headers["Date"]) if "Date" in headers else time.time()
        return max(0.0, _moment(text) - now)
    except (ValueError, OverflowError):
        return None


def _moment(text: str) -> float:
    """Unix seconds of an HTTP date."""
    return parsedate_to_datetime(text).timestamp()
