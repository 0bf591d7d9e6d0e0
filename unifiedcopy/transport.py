"""One HTTP exchange: bytes out, checked bytes in.

No redirects, no cookies, no proxies of the environment; a cap on the decompressed answer; deadlines for connecting,
for silence and in total. Nothing of the HTTP library leaves this module: its errors hold URLs and headers, ours don't.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp

from . import errors
from .roundtrip import Deadlines, Heard, Pool, Way
from .secret import MaskedBytes
from .signing import Signed

MAX_BYTES = 8 * 1024 * 1024


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


class Transport:
    """Sends signed requests to one origin."""

    __slots__ = ("_closed", "_deadlines", "_exchange", "_heard", "_loop", "_max_bytes", "_pool", "origin")

    def __init__(
        self,
        origin: str,
        exchange: str,
        deadlines: Deadlines,
        max_bytes: int = MAX_BYTES,
        heard: frozenset[str] = frozenset(),
    ) -> None:
        self._exchange, self._max_bytes, self._heard = exchange, max_bytes, heard
        self.origin, self._deadlines = origin, deadlines
        self._pool: Pool | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def send(self, endpoint: str, signed: Signed, *, writes: bool, max_bytes: int | None = None) -> Reply:
        """One request and its answer.

        Raises:
            NetworkError: nothing came back; ``outcome`` is ``not_sent`` only when the request provably never left.
            BadResponse: a redirect, or an answer that is too large.
        """
        way = self._open(writes)
        request = self._written(endpoint, signed, way)
        outcome = await self._exchanged(endpoint, request, way, max_bytes or self._max_bytes)
        if isinstance(outcome, errors.UnifiedCopyError):
            raise outcome  # out here, where no local and no ``__context__`` holds an object of the HTTP library
        return outcome

    async def close(self) -> None:
        """Gives the pool back; the last user closes it."""
        self._closed = True
        pool, self._pool = self._pool, None
        if pool is not None and self._loop is asyncio.get_running_loop():
            await pool.leave()

    def _open(self, writes: bool) -> Way:
        if self._closed:
            raise errors.ConfigError("this connection is closed; connect again", exchange=self._exchange)
        loop = asyncio.get_running_loop()
        if self._pool is None or self._loop is not loop:  # a second asyncio.run: the first pool went with its loop
            self._pool, self._loop = Pool.join(), loop
        return self._pool.way(self.origin, self._deadlines, writes=writes)

    def _written(self, endpoint: str, signed: Signed, way: Way) -> MaskedBytes:
        try:
            return way.written(signed.method, signed.target, signed.headers, signed.body)
        except ValueError as reason:
            told = str(reason)
        raise errors.BadRequest(told, exchange=self._exchange, endpoint=endpoint)  # its cause may hold a credential

    async def _exchanged(
        self, endpoint: str, request: MaskedBytes, way: Way, most: int
    ) -> Reply | errors.UnifiedCopyError:
        deadline, sent = way.deadline(), False
        try:
            connection = await way.connected()
            sent = True
            heard = await way.asked(connection, request, deadline, most)
        except Exception as error:  # whatever it is, the caller must hear whether it was sent
            return self._failure(endpoint, error) if sent else self._unconnected(endpoint, error)
        return self._reply(endpoint, heard, most)

    def _reply(self, endpoint: str, heard: Heard, most: int) -> Reply | errors.UnifiedCopyError:
        status, told, body = heard
        if 300 <= status < 400 or body is None:
            reason = f"the answer is larger than {most:,} bytes"
            if 300 <= status < 400:
                reason = "the venue redirects elsewhere, and redirects are not followed: they would carry the key"
            return errors.BadResponse(
                reason, outcome="unknown", exchange=self._exchange, endpoint=endpoint, http_status=status
            )
        headers = {name: told[name] for name in self._heard if name in told}
        wait = _retry_after(told) if "Retry-After" in told else None
        return Reply(status, body, wait, int(time.time() * 1000), headers)

    # Our own errors for what went wrong below, with nothing of the request in them.

    @property
    def _host(self) -> str:
        return urlsplit(self.origin).netloc

    def _unconnected(self, endpoint: str, error: Exception) -> errors.UnifiedCopyError:
        where: dict[str, Any] = {"exchange": self._exchange, "endpoint": endpoint, "outcome": "not_sent"}
        if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
            return errors.NetworkError(f"no trusted connection to {self._host} (TLS)", **where)
        return errors.ExchangeNotAvailable(f"no connection to {self._host}", **where)

    def _failure(self, endpoint: str, error: Exception) -> errors.UnifiedCopyError:
        where: dict[str, Any] = {"exchange": self._exchange, "endpoint": endpoint, "outcome": "unknown"}
        if isinstance(error, TimeoutError):
            return errors.RequestTimeout(f"no answer from {self._host} in time", **where)
        return errors.NetworkError(f"the connection to {self._host} broke ({type(error).__name__})", **where)


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
