"""Proof from outside: printed signatures and a foreign client."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from unifiedcopy.exchanges.toobit.sandbox.gate import signed_text
from unifiedcopy.exchanges.zoomex.sandbox.gate import signed_bytes

from unifiedcopy.sandbox import Request, Sandbox, hmac_hex

SPOT = "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC"
REST = "quantity=1&price=400&recvWindow={}&timestamp=1668481902307"
TOOBIT_SECRET = "30lfjDT51iOG1kYZnDoLNynOyMdIcmQyO1XYfxzYOmQfx9tjiI98Pzio4uhZ0Uk2"


class Printed(NamedTuple):
    """A signed request whose signature the venue has printed."""

    query: str
    body: str
    signature: str


@pytest.mark.parametrize(
    "printed",
    [
        Printed(
            f"{SPOT}&{REST.format(100000)}",
            "",
            "8420e499e71cce4a00946db16543198b6bcae01791bdb75a06b5a7098b156468",
        ),
        Printed(
            "",
            f"{SPOT}&{REST.format(100000)}",
            "8420e499e71cce4a00946db16543198b6bcae01791bdb75a06b5a7098b156468",
        ),
        Printed(
            SPOT,
            REST.format(10000000),
            "59ef0b2085ebb99cca5b6445c202d99add17be2d5d1861c0f4aa17bc785ac4d5",
        ),
    ],
    ids=["query", "body", "mixed"],
)
def test_toobit_printed_signatures_verify(printed: Printed) -> None:
    """The three worked examples of the venue's own page: query only, body only, both without a joint."""
    query, body = (f"{part}&signature={printed.signature}" if part else "" for part in printed[:2])
    if printed.query and printed.body:
        query = printed.query
    request = Request("POST", f"/api/v1/spot/order?{query}", {}, body.encode(), 0)

    assert hmac_hex(TOOBIT_SECRET, signed_text(request)) == printed.signature


def test_toobit_json_rule() -> None:
    """Query, then the compact body, nothing between (value computed with openssl from the page's rule)."""
    body = (
        '{"leaderUserId":123456789,"symbolId":"BTC-SWAP-USDT","isLong":1,"stopProfitRate":"0.1",'
        '"stopLossRate":"0.2","stopLossDelay":30}'
    )
    path = "/api/v2/copy-trading/follower/positions/stop-profit-loss?recvWindow=5000&timestamp=1717200000000"
    request = Request("PUT", path + "&signature=x", {}, body.encode(), 0)

    assert (
        hmac_hex(TOOBIT_SECRET, signed_text(request))
        == "13b95ea365da7ccdd64321878b741e02803cbc43073371f8fac0d8ef207e4d95"
    )
    assert (
        hmac_hex(TOOBIT_SECRET, signed_text(request, with_body=False))
        == "e02e1a0c8de99db2ead6c144d587c54eb40feac513bdd0e5836a2e0a9fc2dec7"
    )


@pytest.mark.parametrize(
    ("timestamp", "query", "signature"),
    [
        (
            "1672280218882",
            "category=linear&symbol=XRPUSDT",
            "ad28fef658e820d99ef8eb3639709e20bb741584a5bc8c8fdec37f3ffb6cc0db",
        ),
        (
            "1672280218882",
            "category=linear&settleCoin=USDT&limit=20&cursor=updateAt%3D1672279322668",
            "139446b4b95fe0430feb5d909f98f25ece731ea35485b81cdf555d661e22908d",
        ),
        ("1672280218882", "", "dc98321e88cc03778ecf71da4ab87f365919e2c0bc281caf3f816d8f72bb97b4"),
    ],
)
def test_zoomex_header_rule(timestamp: str, query: str, signature: str) -> None:
    """No V3 signature is printed anywhere: these come from openssl and the rule, the cursor as sent."""
    headers = {"X-BAPI-API-KEY": "XXXXXXXX", "X-BAPI-TIMESTAMP": timestamp, "X-BAPI-RECV-WINDOW": "5000"}
    request = Request("GET", f"/cloud/trade/v3/position/list?{query}", headers, b"", 0)

    assert hmac_hex("XXXXXXXX", signed_bytes(request)) == signature


def keys(box: Sandbox, venue: str) -> dict[str, str]:
    account = box[venue].accounts["main"]
    return {"apiKey": account.api_key, "secret": account.secret}


async def test_ccxt_talks_to_toobit(box: Sandbox) -> None:
    """ccxt's own Toobit client, only its base URL changed.

    Proves: the public shapes are what ccxt reads, GET signatures and the envelope are what ccxt makes and
    expects, the venue's codes become ccxt's errors. ccxt has no copy-trading calls, so the follower paths go
    through its raw ``request``; JSON and PUT signing are not covered (it has none for these routes).
    """
    ccxt: Any = pytest.importorskip("ccxt.async_support")
    client = ccxt.toobit(keys(box, "toobit"))
    client.urls["api"] = dict.fromkeys(client.urls["api"], box["toobit"].url)
    follower = "api/v2/copy-trading/follower"
    try:
        assert abs(await client.fetch_time() - box.now_ms()) < 1_000
        await client.load_markets()
        assert client.market("BTC/USDT:USDT")["id"] == "BTC-SWAP-USDT"

        orders = await client.request(f"{follower}/orders/current", ["private"])
        assert len(orders["data"]) == 5
        page = {"page": 2, "size": 20}
        history = await client.request(f"{follower}/orders/history", ["private"], "GET", page)
        assert history["data"]["total"] == "25"
        leader = orders["data"][0]["leaderUserId"]
        with pytest.raises(ccxt.OperationRejected, match="-120055"):
            await client.request(f"{follower}/leaders/{leader}", ["private"], "DELETE")
        client.secret = "wrong"
        with pytest.raises(ccxt.OperationRejected, match="-1022"):
            await client.request(f"{follower}/leaders", ["private"])
    finally:
        await client.close()


async def test_ccxt_talks_to_zoomex_as_to_bybit(box: Sandbox) -> None:
    """ccxt has no Zoomex; its V3 tree is Bybit's V5 under another prefix, so ccxt's Bybit client is used.

    The only change besides the base URL: the prefix of the path (which is not signed). Proves that headers,
    signature and the shapes of time, instruments, positions, wallet, orders and trading-stop are what a
    client written for the sister venue makes and reads. Says nothing about where the two venues differ.
    """
    ccxt: Any = pytest.importorskip("ccxt.async_support")

    class Sister(ccxt.bybit):  # type: ignore[misc]
        def sign(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
            signed: dict[str, Any] = super().sign(*args, **kwargs)
            return signed | {"url": signed["url"].replace("/v5/", "/cloud/trade/v3/")}

    client = Sister(keys(box, "zoomex"))
    client.urls["api"] = dict.fromkeys(client.urls["api"], box["zoomex"].url)
    client.has["fetchCurrencies"] = False
    classic = {"enableUnifiedMargin": False, "enableUnifiedAccount": False, "unifiedMarginStatus": 1}
    client.options |= {**classic, "fetchMarkets": {"types": ["linear", "inverse"]}}
    try:
        assert abs(await client.fetch_time() - box.now_ms()) < 1_000
        await client.load_markets()
        linear = {"category": "linear", "settleCoin": "USDT"}
        found = await client.fetch_positions(None, linear)
        assert [(p["symbol"], p["side"], p["contracts"]) for p in found] == [
            ("BTC/USDT:USDT", "long", 0.05),
            ("ETH/USDT:USDT", "short", 0.7),
            ("XRP/USDT:USDT", "long", 900.0),
            ("XRP/USDT:USDT", "short", 400.0),
        ]
        assert (await client.fetch_balance())["USDT"]["free"] < 10_000

        stop = {"category": "linear", "symbol": "BTCUSDT", "positionIdx": 0, "takeProfit": "99000"}
        await client.request("v5/position/trading-stop", ["private"], "POST", stop)
        order = {"reduceOnly": True, "positionIdx": 1}
        await client.create_order("XRP/USDT:USDT", "market", "sell", 900, None, order)
        assert [e.operation for e in box["zoomex"].executions] == ["trading_stop", "order_create"]
        assert len(await client.fetch_positions(None, linear)) == 3

        trade = (await client.fetch_my_trades("XRP/USDT:USDT", params={"category": "linear"}))[-1]
        assert (trade["side"], trade["amount"]) == ("sell", 900.0)
        resting = await client.create_order("BTC/USDT:USDT", "limit", "buy", 0.01, 60_000, {"positionIdx": 0})
        await client.cancel_order(resting["id"], "BTC/USDT:USDT")
        await client.set_leverage(7, "BTC/USDT:USDT")
        done = [e.operation for e in box["zoomex"].executions]
        assert done[2:] == ["order_create", "order_cancel", "set_leverage"]
    finally:
        await client.close()
