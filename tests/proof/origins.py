"""Origins that are not the venue: an evil one that keeps what it gets, and three whose certificates are no good."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections import Counter
from contextlib import suppress
from types import TracebackType
from typing import Self

import trustme

from unifiedcopy.roundtrip import _trusted

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


class Evil:
    """Takes every request and keeps its bytes by the first segment of the path."""

    def __init__(self) -> None:
        self.url = ""
        self.received: Counter[str] = Counter()
        """Bytes of requests, by token."""

    async def start(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", ssl=tls)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{port}"

    async def stop(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            got = await reader.read(65_536)
            if got:
                self.received[got.split(b" ", 2)[1].decode().split("/")[1].partition("?")[0]] += len(got)
                writer.write(ANSWER)
                await writer.drain()
        writer.close()


class Origins:
    """All of them, on loopback."""

    def __init__(self) -> None:
        self.evil = Evil()
        self.tls = {name: Evil() for name in ("expired", "wrong host", "self-signed", "good")}
        self.ca = trustme.CA()
        # Trusted, so that each certificate is refused for its own fault. There is no public way to trust one more.
        self.ca.configure_trust(_trusted())

    async def __aenter__(self) -> Self:
        await self.evil.start()
        yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
        certificates = {
            "expired": self.ca.issue_cert("localhost", not_after=yesterday),
            "wrong host": self.ca.issue_cert("elsewhere.example"),
            "self-signed": trustme.CA().issue_cert("localhost"),  # by an authority that nobody trusts
            "good": self.ca.issue_cert("localhost"),
        }
        for name, certificate in certificates.items():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            await self.tls[name].start(context, "localhost")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for origin in (self.evil, *self.tls.values()):
            await origin.stop()
