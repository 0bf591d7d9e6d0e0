"""What the tests of Zoomex's emulator share: orders and stops, and a client for the old copy-trade tree."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from tests.sandbox.conftest import Client, Reply

Make = Callable[..., Any]
D = Decimal
LINEAR = "category=linear&settleCoin=USDT"
OLD = "/cloud/contract/v3/private/copytrading"


def stop(symbol: str = "BTCUSDT", idx: int = 0, **levels: Any) -> dict[str, Any]:
    return {"category": "linear", "symbol": symbol, "tpslMode": "Full", "positionIdx": idx, **levels}


def order(symbol: str, side: str, qty: str, idx: int = 0, **more: Any) -> dict[str, Any]:
    wish = {"category": "linear", "symbol": symbol, "side": side, "orderType": "Market", "qty": qty}
    return {**wish, "positionIdx": idx, "reduceOnly": True, **more}


def limit(symbol: str, side: str, qty: str, price: str, **more: Any) -> dict[str, Any]:
    return order(symbol, side, qty, orderType="Limit", price=price, reduceOnly=False, **more)


async def rows(client: Any, query: str = LINEAR, path: str = "/position/list") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(path, query)).json["result"]["list"]
    return found


async def row_of(client: Any, symbol: str) -> dict[str, Any]:
    return (await rows(client, f"category=linear&symbol={symbol}"))[0]


class OldZoomex(Client):
    """All parameters sorted by name, signed as one text, in the query of a GET and the JSON of a POST."""

    def signed(self, given: dict[str, Any], *, late: int = 0, **changes: Any) -> dict[str, Any]:
        sent = {**given, "api_key": self.key, "timestamp": self.server.now_ms() - late, "recv_window": 5000, **changes}
        text = "&".join(f"{name}={sent[name]}" for name in sorted(sent))
        return {**sent, "sign": self.sign(text)}

    async def get(self, path: str, **given: Any) -> Reply:
        return await self.raw("GET", f"{OLD}{path}?{urlencode(self.signed(given))}")

    async def post(self, path: str, **given: Any) -> Reply:
        return await self.raw("POST", f"{OLD}{path}", data=json.dumps(self.signed(given)))
