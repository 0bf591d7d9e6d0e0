"""What the library is compared with: a client as it is often written. It signs and speaks as we do, so that it meets
the same faults, but it asks again three times on any exception, follows redirects, reads without a limit, waits as
long as its HTTP library does, and takes an exception for "it was not done".
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from tests.proof.cells import Told
from tests.proof.plays import Play
from unifiedcopy.connection import Connection
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.sandbox import VenueServer
from unifiedcopy.transport import Reply

RETRIES = 3


class Naive:
    name = "naive"
    deadline = 15.0

    def connect(
        self, play: Play, server: VenueServer, account: str, folder: Path, base_url: str, markets: list[str] | None
    ) -> DrivenExchange:
        ex = play.connect(server, account, base_url=base_url, markets=markets, read_back=False)
        ex._core.connection.__class__ = Stubborn
        return ex

    def told(self, error: BaseException) -> Told | None:
        return "not done"


class Stubborn(Connection):
    __slots__ = ()

    async def ask(self, request: Any, parse: Any, leaving: Any = None) -> Any:
        for _attempt in range(RETRIES):
            with suppress(Exception):
                return parse(await _fetched(self, request))
        return parse(await _fetched(self, request))


async def _fetched(connection: Any, request: Any) -> Reply:
    if connection._clock().stale:
        await connection.sync_clock()
    signed = connection.sign(request)
    url = URL(connection.origin + signed.target, encoded=True)
    async with (
        aiohttp.ClientSession() as session,
        session.request(signed.method, url, headers=signed.headers, data=signed.body or None) as answer,
    ):
        return Reply(answer.status, await answer.read(), None, int(time.time() * 1000))
