"""A sandbox for each test, and clients that sign by the venues' documents, independent of the library."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

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
        self.account = account = server.accounts[alias]
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

    prefix = "/api/v2/copy-trading/follower"

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
        stamp = self.server.now_ms() - late
        signed = "&".join(part for part in (query, f"recvWindow=5000&timestamp={stamp}") if part)
        text = "" if body is None else body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
        signature = self.sign(signed + (text if sign_body else ""))
        return await self.raw(
            method,
            f"{self.prefix}{path}?{signed}&signature={signature}",
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
        stamp = str(self.server.now_ms() - late)
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


class Bitget(Client):
    """Timestamp, method, path with query, body as sent; base64 in the ACCESS headers."""

    def headers(self, method: str, path: str, text: str, *, late: int = 0) -> dict[str, str]:
        stamp = str(self.server.now_ms() - late)
        signed = f"{stamp}{method}{path}{text}".encode()
        digest = hmac.new(self.secret.encode(), signed, hashlib.sha256).digest()
        return {
            "ACCESS-KEY": self.key,
            "ACCESS-SIGN": base64.b64encode(digest).decode(),
            "ACCESS-TIMESTAMP": stamp,
            "ACCESS-PASSPHRASE": self.account.passphrase or "",
            "Content-Type": "application/json",
        }

    async def get(self, path: str, query: str = "", **changed: str) -> Reply:
        path = f"{path}?{query}" if query else path
        return await self.raw("GET", path, headers={**self.headers("GET", path, ""), **changed})

    async def post(self, path: str, body: Any, **changed: str) -> Reply:
        text = json.dumps(body)
        return await self.raw("POST", path, data=text, headers={**self.headers("POST", path, text), **changed})


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(seed=7, venues=["toobit", "zoomex"]) as running:
        running["zoomex"].options.unified = False  # the fuller of the two account modes: both sides of "None"
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


@pytest.fixture
async def bitget_box() -> AsyncIterator[Sandbox]:
    """Without rate limits: five in a second are fewer than a test needs."""
    async with Sandbox(seed=7, venues=["bitget"]) as running:
        running["bitget"].options.limit_factor = 0
        yield running


@pytest.fixture
def bitget(bitget_box: Sandbox, session: aiohttp.ClientSession) -> Callable[..., Bitget]:
    return lambda alias="main": Bitget(session, bitget_box["bitget"], alias)


@pytest.fixture
def old_box(bitget_box: Sandbox) -> Sandbox:
    """As before 2025-11-28, when V1 was switched off."""
    bitget_box["bitget"].options.retired = False
    return bitget_box


class Okx(Client):
    """ISO time with milliseconds, method, path with query, body as sent; base64 in the OK-ACCESS headers."""

    def headers(self, method: str, path: str, text: str, *, late: int = 0) -> dict[str, str]:
        moment = datetime.fromtimestamp((self.server.now_ms() - late) / 1_000, UTC)
        stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1_000:03d}Z"
        digest = hmac.new(self.secret.encode(), f"{stamp}{method}{path}{text}".encode(), hashlib.sha256).digest()
        return {
            "OK-ACCESS-KEY": self.key,
            "OK-ACCESS-SIGN": base64.b64encode(digest).decode(),
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-PASSPHRASE": self.account.passphrase or "",
            "Content-Type": "application/json",
        }

    async def get(self, path: str, query: str = "", *, late: int = 0, **changed: str) -> Reply:
        path = f"/api/v5{path}?{query}" if query else f"/api/v5{path}"
        return await self.raw("GET", path, headers={**self.headers("GET", path, "", late=late), **changed})

    async def post(self, path: str, body: Any, **changed: str) -> Reply:
        text, path = json.dumps(body), f"/api/v5{path}"
        return await self.raw("POST", path, data=text, headers={**self.headers("POST", path, text), **changed})


class Blofin(Client):
    """Path with query, method, timestamp, nonce, body; the digest as hex text, and that in base64."""

    def headers(self, method: str, path: str, text: str, *, late: int = 0, nonce: str = "") -> dict[str, str]:
        stamp, nonce = str(self.server.now_ms() - late), nonce or str(uuid4())
        signed = self.sign(f"{path}{method}{stamp}{nonce}{text}")
        return {
            "ACCESS-KEY": self.key,
            "ACCESS-SIGN": base64.b64encode(signed.encode()).decode(),
            "ACCESS-TIMESTAMP": stamp,
            "ACCESS-NONCE": nonce,
            "ACCESS-PASSPHRASE": self.account.passphrase or "",
            "Content-Type": "application/json",
        }

    async def get(self, path: str, query: str = "", *, late: int = 0, nonce: str = "", **changed: str) -> Reply:
        path = f"/api/v1{path}?{query}" if query else f"/api/v1{path}"
        own = self.headers("GET", path, "", late=late, nonce=nonce)
        return await self.raw("GET", path, headers={**own, **changed})

    async def post(self, path: str, body: Any, **changed: str) -> Reply:
        text, path = json.dumps(body, separators=(",", ":")), f"/api/v1{path}"
        return await self.raw("POST", path, data=text, headers={**self.headers("POST", path, text), **changed})


@pytest.fixture
async def okx_box() -> AsyncIterator[Sandbox]:
    """Without rate limits: five in two seconds are fewer than a test needs."""
    async with Sandbox(seed=7, venues=["okx"]) as running:
        running["okx"].options.limit_factor = 0
        yield running


@pytest.fixture
def okx(okx_box: Sandbox, session: aiohttp.ClientSession) -> Callable[..., Okx]:
    return lambda alias="main": Okx(session, okx_box["okx"], alias)


@pytest.fixture
async def blofin_box() -> AsyncIterator[Sandbox]:
    async with Sandbox(seed=7, venues=["blofin"]) as running:
        running["blofin"].options.limit_factor = 0
        yield running


@pytest.fixture
def blofin(blofin_box: Sandbox, session: aiohttp.ClientSession) -> Callable[..., Blofin]:
    return lambda alias="main": Blofin(session, blofin_box["blofin"], alias)
