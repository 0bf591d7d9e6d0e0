"""Zoomex's emulator answers in the shape of the venue's printed examples."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.shapes import differences, documented
from tests.sandbox.zoomex import LINEAR, Make, OldZoomex, limit, order, stop
from unifiedcopy.sandbox import Sandbox, load_emulator

BTC = {"category": "linear", "symbol": "BTCUSDT"}
SOL = {"category": "linear", "symbol": "SOLUSDT"}
INVERSE = {"category": "inverse", "symbol": "BTCUSD"}
LEVERAGE = {"buyLeverage": "6", "sellLeverage": "6"}
SIGNING = ("api_key", "timestamp", "recv_window", "sign")

READS = [
    ("market/time", "", "market_time"),
    ("market/instruments-info", "category=linear", "market_instruments_info_linear"),
    ("market/instruments-info", "category=spot", "market_instruments_info_spot"),
    ("market/tickers", "category=inverse&symbol=BTCUSD", "market_tickers"),
    ("market/tickers", "category=inverse", "market_tickers_inverse_bulk.edge"),
    ("position/list", LINEAR, "position_list"),
    ("position/list", "category=inverse&settleCoin=BTC", "position_list_inverse"),
    ("position/closed-pnl", "category=linear", "position_closed_pnl"),
    ("account/wallet-balance", "accountType=CONTRACT", "account_wallet_balance"),
    ("apilimit/query", "uids=UID", "apilimit_query"),
    ("order/realtime", "category=linear", "order_realtime"),
    ("order/history", "category=linear", "order_history"),
]
WRITES = [
    ("order/create", limit("BTCUSDT", "Buy", "0.01", "60000"), "order_create"),
    ("order/cancel", {**BTC, "orderLinkId": "resting"}, "order_cancel"),
    ("order/cancel-all", BTC, "order_cancel_all"),
    ("position/trading-stop", stop(takeProfit="90000"), "position_trading_stop"),
    ("position/set-leverage", {**BTC, **LEVERAGE}, "position_set_leverage"),
    ("position/switch-isolated", {**BTC, "tradeMode": 1, **LEVERAGE}, "position_switch_isolated"),
    ("position/switch-mode", {**SOL, "coin": None, "mode": 3}, "position_switch_mode"),
    ("position/set-tpsl-mode", {**BTC, "tpSlMode": "Partial"}, "position_set_tpsl_mode"),
    ("position/add-margin", {**INVERSE, "margin": "0.0001"}, "position_add_margin"),
    ("position/set-auto-add-margin", {**BTC, "autoAddMargin": 1}, "position_set_auto_add_margin"),
    ("position/confirm-pending-mmr", BTC, "position_confirm_pending_mmr"),
]


def printed(name: str) -> Any:
    return documented("zoomex/v3", name)


def printed_of_old(name: str) -> Any:
    """An answer of the old tree, or a request without what signs it."""
    found = documented("zoomex/v3-leader", name)
    return {key: value for key, value in found.items() if key not in SIGNING}


async def prepared(make: Make) -> Any:
    """An account with an order that rests and one that is filled, and an isolated inverse position."""
    client = make()
    await client.post("/order/create", limit("BTCUSDT", "Buy", "0.01", "60000", orderLinkId="resting"))
    await client.post("/order/create", order("ETHUSDT", "Buy", "0.1"))
    await client.post("/position/switch-isolated", {**INVERSE, "tradeMode": 1, **LEVERAGE})
    return client


@pytest.mark.parametrize(("path", "query", "name"), READS, ids=[f"{path}-{name}" for path, _, name in READS])
async def test_reads_have_the_shape_of_the_example(zoomex: Make, path: str, query: str, name: str) -> None:
    client = await prepared(zoomex)
    reply = await client.get(f"/{path}", query.replace("UID", client.account.uid))

    assert differences(reply.json, printed(name)) == []


@pytest.mark.parametrize(("path", "wish", "name"), WRITES, ids=[name for _, _, name in WRITES])
async def test_writes_have_the_shape_of_the_example(zoomex: Make, path: str, wish: dict[str, Any], name: str) -> None:
    client = await prepared(zoomex)
    reply = await client.post(f"/{path}", wish)

    assert differences(reply.json, printed(name)) == []


async def test_executions_have_the_shape_of_the_example_and_a_quantity(zoomex: Make) -> None:
    """The printed example is of spot and has no ``execQty``, the page's table has; a closed size is text."""
    client = await prepared(zoomex)
    reply = await client.get("/execution/list", "category=linear")

    assert differences(reply.json, printed("execution_list")) == [
        ".result.list[0].closedSize: str, not int",
        ".result.list[0].execQty: not documented",
    ]


async def test_the_same_tpsl_mode_again_is_refused_as_seen(zoomex: Make) -> None:
    reply = await zoomex().post("/position/set-tpsl-mode", {**BTC, "tpSlMode": "Full"})
    seen = printed("position_set_tpsl_mode_same.edge")

    assert (reply.code, reply.json["retMsg"]) == (seen["retCode"], seen["retMsg"])


async def test_plain_text_refusals_are_as_seen(zoomex: Make) -> None:
    asked = ["tickers?category=linear&symbol=NOPE", "tickers?category=option", "tickers", "nope"]
    for path, seen in zip(asked, printed("http_plain_text_errors.edge")["cases"], strict=True):
        reply = await zoomex().raw("GET", f"/cloud/trade/v3/market/{path}")
        assert (reply.status, reply.body.decode()) == (seen["status"], seen["body"])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("order_create.request", {"qty": "0.1", "price": "60000", "takeProfit": "70000"}),
        ("order_create_close_long.request", {"qty": "0.05", "price": "80000"}),
        ("position_switch_mode.request", {"symbol": "SOLUSDT", "mode": 3}),
        (
            "position_trading_stop.request",
            {"symbol": "ETHUSDT", "takeProfit": "3000", "stopLoss": "4000", "tpSize": "0.2", "slSize": "0.2"},
        ),
    ],
)
async def test_printed_requests_are_understood(zoomex: Make, name: str, change: dict[str, Any]) -> None:
    """With numbers that fit the sandbox's prices and positions."""
    path = {"order": "order/create", "position_switch": "position/switch-mode"}
    where = next((path[start] for start in path if name.startswith(start)), "position/trading-stop")

    assert (await zoomex().post(f"/{where}", printed(name) | change)).code == 0


# The old copy-trade tree


@pytest.fixture
def old(box: Sandbox, session: Any) -> OldZoomex:
    return OldZoomex(session, box["zoomex"], "leader")


async def opened(client: OldZoomex) -> str:
    wish = printed_of_old("order_create.request") | {"qty": "0.01", "price": "67000"}
    wish |= {"takeProfit": "50000", "stopLoss": "90000"}
    reply = await client.post("/order/create", **wish)
    assert differences(reply.json, printed_of_old("order_create")) == []
    found: str = reply.json["result"]["orderId"]
    return found


OLD_READS = ["wallet/balance", "order/list", "order/page-list", "position/list"]
OLD_WRITES = [
    ("wallet/transfer", {}),
    ("order/trading-stop", {"takeProfit": "48000", "stopLoss": "91000"}),
    ("order/close", {}),
    ("position/close", {}),
    ("position/set-leverage", {"buyLeverage": "20", "sellLeverage": "20"}),
]


@pytest.mark.parametrize("path", OLD_READS)
async def test_the_old_tree_reads_as_printed(old: OldZoomex, path: str) -> None:
    """The printed request of order/create opens first; three keys are all the envelope has."""
    await opened(old)
    reply = await old.get(f"/{path}", **({"pageSize": "1"} if "page" in path else {}))
    name = path.replace("/", "_").replace("-", "_")

    assert differences(reply.json, printed_of_old(name)) == []
    assert reply.json["retMsg"] == "success"


@pytest.mark.parametrize(("path", "change"), OLD_WRITES)
async def test_the_old_tree_writes_as_printed(old: OldZoomex, path: str, change: dict[str, Any]) -> None:
    name = path.replace("/", "_").replace("-", "_")
    wish = {**printed_of_old(f"{name}.request"), **change}
    if "parentOrderId" in wish:
        wish["parentOrderId"] = await opened(old)
    reply = await old.post(f"/{path}", **wish)

    assert differences(reply.json, printed_of_old(name)) == []


async def test_old_orders_that_rest_are_cancelled_as_printed(old: OldZoomex) -> None:
    wish = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "60000"}
    order_id = (await old.post("/order/create", **wish)).json["result"]["orderId"]
    reply = await old.post("/order/cancel", orderId=order_id)

    assert differences(reply.json, printed_of_old("order_cancel")) == []


async def test_symbols_of_the_old_tree_are_public(box: Sandbox, old: OldZoomex) -> None:
    reply = await old.raw("GET", "/cloud/contract/v3/public/copytrading/symbol/list")

    assert differences(reply.json, printed_of_old("symbol_list")) == []
    assert Decimal(reply.json["result"]["list"][0]["priceFilter"]["tickSize"]) == box.market.coins["BTC"].tick


def test_a_route_that_is_guessed_says_what() -> None:
    guessed = [route for route in load_emulator("zoomex").declared() if route.fidelity == "guessed"]

    assert [route.path for route in guessed] == ["/cloud/trade/v3/pre-upgrade/position/closed-pnl"]
    assert all(route.note for route in guessed)
