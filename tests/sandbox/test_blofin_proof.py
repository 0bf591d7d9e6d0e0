"""Proof from outside: BloFin's own examples, signatures that others made, and ccxt's own BloFin client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from tests.sandbox.blofin import ACCOUNT, BY_CONTRACT, BY_ORDER, TRADE, Make, held, one, order
from tests.sandbox.shapes import differences, documented
from unifiedcopy.sandbox import Refusal, Request, Sandbox, World, load_emulator
from unifiedcopy.sandbox.clock import Clock
from unifiedcopy.sandbox.market import Market

API = "blofin/v1"
EXCEPTIONS = {
    "positions": [".data[0].instType: not documented"],
    "orders_pending": [
        ".data[0].instId: not documented",
        ".data[0].reduceOnly: not documented",
        ".data[0].symbol: missing",
    ],
}
"""Where the tables of the page have other fields than its examples, the emulator does as the tables."""


async def test_every_answer_has_what_the_venues_example_has(blofin: Make, blofin_box: Sandbox) -> None:
    """The same keys, values of the same types; lists that the example fills are filled."""
    client, position = blofin(), one(blofin_box, "BTC")
    mode = "cross" if position.cross else "isolated"
    named = {"instId": "BTC-USDT", "marginMode": mode, "positionSide": "net"}
    prices = {"tpTriggerPrice": "80000", "slTriggerPrice": "50000", "size": "-1"}
    this = f"orderId={position.id}"
    waiting = await client.post(f"{TRADE}/place-order", order(orderType="limit", price="60000"))
    number = {"orderId": waiting.json["data"][0]["orderId"]}
    guarded = await client.post(f"{TRADE}/place-tpsl-by-contract", {**named, **prices})
    answers = {
        "lead_instruments": await client.get("/copytrading/instruments"),
        "account_role": await client.get("/copytrading/config"),
        "balance": await client.get(f"{ACCOUNT}/balance"),
        "positions": await client.get(BY_ORDER),
        "positions_by_contract": await client.get(BY_CONTRACT),
        "position_mode": await client.get(f"{ACCOUNT}/position-mode"),
        "leverage": await client.get(f"{ACCOUNT}/leverage-info", "instId=BTC-USDT,ETH-USDT&marginMode=cross"),
        "set_leverage": await client.post(
            f"{ACCOUNT}/set-leverage", {"instId": "SOL-USDT", "leverage": "9", "marginMode": "cross"}
        ),
        "set_position_mode": await blofin("empty").post(
            f"{ACCOUNT}/set-position-mode", {"positionMode": "long_short_mode"}
        ),
        "place_order": waiting,
        "orders_pending": await client.get(f"{TRADE}/orders-pending"),
        "cancel_order": await client.post(f"{TRADE}/cancel-order", number),
        "set_tpsl_by_contract": guarded,
        "tpsl_by_contract": await client.get(f"{TRADE}/pending-tpsl-by-contract"),
        "cancel_tpsl_by_contract": await client.post(f"{TRADE}/cancel-tpsl-by-contract", guarded.json["data"]),
        "set_tpsl": await client.post(f"{TRADE}/place-tpsl-by-order", {"orderId": position.id, **prices}),
        "tpsl_by_order": await client.get(f"{TRADE}/pending-tpsl-by-order", this),
        "cancel_tpsl": await client.post(f"{TRADE}/cancel-tpsl-by-order", {"orderId": position.id}),
        "close_position": await client.post(f"{TRADE}/close-position-by-order", {"orderId": position.id, "size": "3"}),
        "position_closes": await client.get(f"{ACCOUNT}/positions-details-by-order", this),
        "close_position_by_contract": await client.post(
            f"{TRADE}/close-position-by-contract", {**named, "closeType": "fixedRatio", "size": "1"}
        ),
        "position_history": await client.get(f"{TRADE}/position-history-by-order"),
        "order_history": await client.get(f"{TRADE}/orders-history"),
    }
    gaps = {name: differences(reply.json, documented(API, name)) for name, reply in answers.items()}

    assert {name: gap for name, gap in gaps.items() if gap} == EXCEPTIONS
    assert {str(reply.code) for reply in answers.values()} == {"0"}
    assert len(answers) == 23


# Signatures of others

KEY, SECRET, PASSPHRASE = "demo-api-key-0001", "demo-secret-key-0002", "demo-passphrase"
AT = 1701224821936


class Vector(NamedTuple):
    """A signed request; the key is made up."""

    method: str
    path: str
    body: str
    signature: str
    nonce: str = str(AT)


VECTORS = {
    "get": Vector(
        "GET",
        "/api/v1/copytrading/config",
        "",
        "NDdlOGYyOWVmOWFlYjM1ZGUxMzgzNDU5YjkwZGMxMzcwZGRhYmE4N2E3YzNjNzUwYTU3NzY1NmJjZDY5MzE4ZQ==",
    ),
    "get-with-query": Vector(
        "GET",
        "/api/v1/copytrading/account/positions-by-order?instId=BTC-USDT&limit=20",
        "",
        "NWE5NjM2NDU0MzhhNmFlYTk3NjgxNDc4MWZiMWY2YTI1ZmEzOGNlZTlkMGY0YWQyZTAwOTc5NjllMTNmNWRmNQ==",
    ),
    "set-tpsl": Vector(
        "POST",
        "/api/v1/copytrading/trade/place-tpsl-by-contract",
        '{"instId":"BTC-USDT","marginMode":"cross","positionSide":"short","tpTriggerPrice":"80000",'
        '"slTriggerPrice":"101000","size":"-1"}',
        "ZmIwOTc4ZjNhNjZiMTRkYWVhYjlhNDQ4MzhhYTljOGY5MzIxYjRkNGIxNWEzMWUyYzk0NjlkNGZlYjQzODZmOA==",
    ),
    "close": Vector(
        "POST",
        "/api/v1/copytrading/trade/close-position-by-order",
        '{"orderId":"23209016","size":"1214"}',
        "NjdkYTU0YzgwNmYyODVlNmRmYmNlOGU1ZTRiYjQ2ODU4M2MwNWMzZDg4MmY2OWEyYWI0YzRjZGRjMDZhNzcyNg==",
    ),
    "uuid-as-nonce": Vector(
        "GET",
        "/api/v1/copytrading/config",
        "",
        "Y2JjMGNlOTcwMjllYmVhMDY5NzNlMTE5ZTZiNzhjNGI4MTE4Nzc3OTBhMzQ4ZjU3NDdlZGFjNGFjYzEyZDU3OQ==",
        nonce="123e4567-e89b-12d3-a456-426614174000",
    ),
}
"""Made with the standard library; all but the last the same when ccxt 4.5.90 signs these requests at that time."""


def refusal(vector: Vector, *, at: int = AT) -> str:
    """The code with which the emulator refuses the request of an account with the vectors' key; empty if not."""
    emulator = load_emulator("blofin")(World("blofin", Market(7), Clock()))
    accounts = emulator.world.accounts
    accounts["main"] = replace(accounts["main"], api_key=KEY, secret=SECRET, passphrase=PASSPHRASE)
    headers = {
        "ACCESS-KEY": KEY,
        "ACCESS-SIGN": vector.signature,
        "ACCESS-TIMESTAMP": str(at),
        "ACCESS-NONCE": vector.nonce,
        "ACCESS-PASSPHRASE": PASSPHRASE,
        "Content-Type": "application/json",
    }
    request = Request(vector.method, vector.path, headers, vector.body.encode(), AT)
    try:
        emulator.authenticate(request, emulator.routes[0])
    except Refusal as refused:
        return str(json.loads(refused.answer.body)["code"])
    return ""


@pytest.mark.parametrize("name", VECTORS)
def test_signatures_of_others_verify(name: str) -> None:
    vector = VECTORS[name]

    assert refusal(vector) == ""
    assert refusal(vector._replace(body=vector.body + " ")) == "152409"
    assert refusal(vector._replace(path=vector.path + "&a=1")) == "152409"
    assert refusal(vector._replace(nonce="another")) == "152409"
    assert refusal(vector, at=AT + 1) == "152409"


# ccxt


@pytest.fixture
def ccxt() -> Any:
    return pytest.importorskip("ccxt.async_support")


def client_for(ccxt: Any, box: Sandbox, alias: str = "main") -> Any:
    account = box["blofin"].accounts[alias]
    keys = {"apiKey": account.api_key, "secret": account.secret, "password": account.passphrase}
    client = ccxt.blofin({**keys, "rateLimit": 5})  # its nonce is the millisecond: not two calls in one
    client.urls["api"] = dict.fromkeys(client.urls["api"], box["blofin"].url)
    return client


async def test_ccxt_opens_guards_and_closes(ccxt: Any, blofin_box: Sandbox) -> None:
    """ccxt's own BloFin client, only its base URL changed.

    Proves: methods, paths, headers, GET and POST signatures and the envelope are what ccxt makes and expects. It has
    no unified copy-trading calls, so the raw methods of its api map are used.
    """
    client = client_for(ccxt, blofin_box, "empty")
    try:
        client.has["fetchCurrencies"] = False
        markets = await client.load_markets()
        assert markets["BTC/USDT:USDT"]["contractSize"] == 0.001
        placed = await client.privatePostCopytradingTradePlaceOrder(order())
        number = {"orderId": placed["data"][0]["orderId"]}
        rows = await client.privateGetCopytradingAccountPositionsByOrder({"instId": "BTC-USDT"})
        assert [row["orderId"] for row in rows["data"]] == [number["orderId"]]
        guard = {**number, "tpTriggerPrice": "80000", "slTriggerPrice": "50000", "size": "-1"}
        await client.privatePostCopytradingTradePlaceTpslByOrder(guard)
        pending = await client.privateGetCopytradingTradePendingTpslByOrder(number)
        assert pending["data"][0]["tpTriggerPrice"] == "80000"
        await client.privatePostCopytradingTradeCancelTpslByOrder(number)
        await client.privatePostCopytradingTradeClosePositionByOrder({**number, "size": "10"})
        history = await client.privateGetCopytradingTradePositionHistoryByOrder({})
        assert history["data"][0]["orderId"] == number["orderId"]
        done = ["place_order", "set_tpsl_by_order", "cancel_tpsl_by_order", "close_by_order"]
        assert [execution.operation for execution in blofin_box["blofin"].executions] == done
    finally:
        await client.close()


def listed_by_ccxt(api: Any) -> Iterator[tuple[str, str, str]]:
    for kind, methods in api.items():
        for method, paths in methods.items():
            yield from ((kind, method, path) for path in paths if path.startswith("copytrading/"))


async def test_every_copy_trading_call_that_ccxt_lists_is_signed_well_and_there(ccxt: Any, blofin_box: Sandbox) -> None:
    """Whatever it says to the parameters, it takes the key and knows the path."""
    client = client_for(ccxt, blofin_box)
    told: dict[str, str] = {}
    try:
        for kind, method, path in listed_by_ccxt(client.api):
            try:
                told[path] = str((await client.request(path, [kind], method.upper(), {"orderId": "1"}))["code"])
            except ccxt.BaseError as error:
                told[path] = json.loads(str(error).removeprefix("blofin "))["code"]
    finally:
        await client.close()

    assert len(told) == 23
    assert {code for code in told.values() if code.startswith("1524") or code == "404"} == set()


async def test_ccxt_knows_the_errors(ccxt: Any, blofin_box: Sandbox) -> None:
    client = client_for(ccxt, blofin_box)
    try:
        with pytest.raises(ccxt.InvalidOrder, match="102005"):
            await client.privatePostCopytradingTradeClosePositionByOrder({"orderId": "1", "size": "1"})
        with pytest.raises(ccxt.InsufficientFunds, match="103003"):
            await client.privatePostCopytradingTradePlaceOrder(order(instId="LTC-USDT", size="9999999"))
        with pytest.raises(ccxt.BadRequest, match="152001"):
            await client.privatePostCopytradingTradeCancelOrder({"size": "1"})
        client.password = "wrong"
        with pytest.raises(ccxt.AuthenticationError, match="152408"):
            await client.privateGetCopytradingConfig()
        client.secret, client.password = "wrong", blofin_box["blofin"].accounts["main"].passphrase
        with pytest.raises(ccxt.AuthenticationError, match="152409"):
            await client.privateGetCopytradingConfig()
    finally:
        await client.close()
    readonly = client_for(ccxt, blofin_box, "readonly")
    try:
        with pytest.raises(ccxt.PermissionDenied, match="152404"):
            await readonly.privatePostCopytradingTradePlaceOrder(order())
    finally:
        await readonly.close()
    assert held(blofin_box, "readonly") == []
