"""A sandbox for each test, and clients that sign by the venues' documents, independent of the library."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from yarl import URL

from unifiedcopy.sandbox import Sandbox, VenueServer


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> Any:
        """The venue's code, under whichever name."""
        return self.json.get("code", self.json.get("retCode"))


class Client:
    """One account's requests to one venue."""

    def __init__(self, session: aiohttp.ClientSession, server: VenueServer, alias: str = "main") -> None:
        self.session, self.server = session, server
        account = server.accounts[alias]
        self.key, self.secret = account.api_key, account.secret

    def sign(self, text: str) -> str:
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    async def raw(self, method: str, path: str, **kwargs: Any) -> Reply:
        url = URL(self.server.url + path, encoded=True)
        kwargs.setdefault("allow_redirects", False)
        async with self.session.request(method, url, **kwargs) as answer:
            return Reply(answer.status, dict(answer.headers), await answer.read())


class Toobit(Client):
    """Query and compact JSON body signed together, as the page Basic Information says."""

    async def ask(
        self,
        method: str,
        path: str,
        query: str = "",
        body: Any = None,
        *,
        sign_body: bool = True,
        late: int = 0,
        **headers: str,
    ) -> Reply:
        stamp = self.server.box.now_ms() - late
        signed = "&".join(part for part in (query, f"recvWindow=5000&timestamp={stamp}") if part)
        text = (
            "" if body is None else body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
        )
        signature = self.sign(signed + (text if sign_body else ""))
        return await self.raw(
            method,
            f"/api/v2/copy-trading/follower{path}?{signed}&signature={signature}",
            data=text.encode() or None,
            headers={"X-BB-APIKEY": self.key, "Content-Type": "application/json", **headers},
        )

    async def get(self, path: str, query: str = "") -> Reply:
        return await self.ask("GET", path, query)

    async def put(self, path: str, body: Any) -> Reply:
        return await self.ask("PUT", path, body=body)

    async def delete(self, path: str) -> Reply:
        return await self.ask("DELETE", path)


class Zoomex(Client):
    """Timestamp, key, window and the query or body as sent, in the X-BAPI headers."""

    def headers(self, payload: str, *, late: int = 0, window: int = 5000) -> dict[str, str]:
        stamp = str(self.server.box.now_ms() - late)
        return {
            "X-BAPI-API-KEY": self.key,
            "X-BAPI-TIMESTAMP": stamp,
            "X-BAPI-RECV-WINDOW": str(window),
            "X-BAPI-SIGN": self.sign(stamp + self.key + str(window) + payload),
            "Content-Type": "application/json",
        }

    async def get(self, path: str, query: str = "", **clock: int) -> Reply:
        return await self.raw("GET", f"/cloud/trade/v3{path}?{query}", headers=self.headers(query, **clock))

    async def post(self, path: str, body: Any) -> Reply:
        text = json.dumps(body)
        return await self.raw("POST", f"/cloud/trade/v3{path}", data=text, headers=self.headers(text))


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(seed=7, venues=["toobit", "zoomex"]) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        opened._retry_connection = False  # else aiohttp sends a PUT or DELETE again after a disconnect
        yield opened


@pytest.fixture
def toobit(box: Sandbox, session: aiohttp.ClientSession) -> Callable[..., Toobit]:
    return lambda alias="main": Toobit(session, box["toobit"], alias)


@pytest.fixture
def zoomex(box: Sandbox, session: aiohttp.ClientSession) -> Callable[..., Zoomex]:
    return lambda alias="main": Zoomex(session, box["zoomex"], alias)
