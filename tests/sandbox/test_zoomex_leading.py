"""Zoomex's emulator: the old copy-trade tree, for accounts that lead and did not move to the new copy trading."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from unifiedcopy.exchanges.zoomex.sandbox.copytrade_gate import signed_text

from tests.sandbox.zoomex import OLD, D, Make, OldZoomex
from unifiedcopy.sandbox import Lead, Sandbox
from unifiedcopy.sandbox.venue import hmac_hex

Old = Callable[..., OldZoomex]
BUY = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.01"}


@pytest.fixture
def old(box: Sandbox, session: Any) -> Old:
    return lambda alias="leader": OldZoomex(session, box["zoomex"], alias)


def lead_of(box: Sandbox) -> Lead:
    lead = box["zoomex"].world.lead("leader")
    assert lead is not None
    return lead


async def opened(client: OldZoomex, **change: Any) -> str:
    reply = await client.post("/order/create", **{**BUY, **change})
    assert reply.code == 0, reply.json
    found: str = reply.json["result"]["orderId"]
    return found


async def orders(client: OldZoomex, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/order/list", **query)).json["result"]["list"]
    return found


# Who may come in


@pytest.mark.parametrize(
    ("parameters", "signature"),
    [
        (
            {"api_key": "B2Rou0PLPpGqcU0Vu2", "leverage": 100, "symbol": "BTCUSD", "timestamp": 1542434791000},
            "670e3e4aa32b243f2dedf1dafcec2fd17a440e71b05681550416507de591d908",
        ),
        (
            {
                "timestamp": 1541564432,
                "symbol": "BTCUSD",
                "leverage": 100,
                "api_key": "B2Rou0PLPpGqcU0Vu2",
                "sign": "x",
            },
            "3e5f312ba7bd63caa468a27906b718f3f21b7af5dce4276bf7077f556a3f232c",
        ),
    ],
)
def test_printed_signatures_verify(parameters: dict[str, Any], signature: str) -> None:
    """Two values that the documents print, with the demo secret that belongs to them; the order sent is no matter."""
    assert hmac_hex("t7T0YlFnYXk0Fx3JswQsDrViLg1Gh3DUU5Mr", signed_text(parameters)) == signature


@pytest.mark.parametrize("alias", ["main", "empty", "moved-leader"])
async def test_the_old_tree_is_closed_to_who_does_not_lead_or_has_moved(box: Sandbox, old: Old, alias: str) -> None:
    """Reads and writes alike; the answer has three keys."""
    assert (await old(alias).get("/position/list")).json == {"retCode": 10002, "retMsg": "not authorised", "result": {}}
    assert (await old(alias).post("/order/create", **BUY)).code == 10002
    assert box["zoomex"].executions == []


async def test_an_account_moves_and_the_code_is_switchable(box: Sandbox, old: Old) -> None:
    options = box["zoomex"].options
    assert (await old().get("/position/list")).code == 0

    options.moved, options.old_tree_closed = frozenset({"leader"}), 10005
    assert (await old().get("/position/list")).code == 10005
    assert (await old("moved-leader").get("/position/list")).code == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 0),
        ({"api_key": "unknown"}, 10002),
        ({"timestamp": "soon"}, 10001),
        ({"recv_window": "wide"}, 10001),
        ({"sign": "0" * 64}, 10022),
        ({"symbol": "ETHUSDT"}, 10022),
    ],
)
async def test_what_does_not_prove_who_asks(old: Old, change: dict[str, Any], code: int) -> None:
    """Each parameter is signed; V3's numbers mean other things here."""
    client = old()
    sent = client.signed({"symbol": "BTCUSDT"}) | change
    query = "&".join(f"{name}={value}" for name, value in sent.items())

    assert (await client.raw("GET", f"{OLD}/position/list?{query}")).code == code


async def test_no_parameters_at_all_are_not_authorised(old: Old) -> None:
    assert (await old().raw("GET", f"{OLD}/position/list")).code == 10002
    assert (await old().raw("POST", f"{OLD}/order/create", data="[]")).code == 10002


@pytest.mark.parametrize(("late", "code"), [(4_900, 0), (5_500, 10021), (-900, 0), (-1_500, 10021)])
async def test_the_window_of_the_clock(old: Old, late: int, code: int) -> None:
    client = old()
    query = "&".join(f"{name}={value}" for name, value in client.signed({}, late=late).items())

    assert (await client.raw("GET", f"{OLD}/position/list?{query}")).code == code


async def test_whether_an_empty_value_is_signed_is_switchable(box: Sandbox, old: Old) -> None:
    assert (await old().post("/order/create", **BUY, orderLinkId="")).code == 0

    box["zoomex"].options.empty_in_old_signature = "dropped"
    assert (await old().post("/order/create", **BUY, orderLinkId="")).code == 10022


async def test_headers_of_v3_work_only_when_switched_on(box: Sandbox, zoomex: Make) -> None:
    client = zoomex("leader")

    async def code() -> int:
        found: int = (await client.raw("GET", f"{OLD}/position/list", headers=client.headers(""))).code
        return found

    assert await code() == 10002
    box["zoomex"].options.headers_in_old_tree = True
    assert await code() == 0


async def test_a_read_only_key_reads(box: Sandbox, old: Old) -> None:
    world = box["zoomex"].world
    world.accounts["leader"] = replace(world.accounts["leader"], permissions=frozenset({"read"}))

    assert (await old().get("/order/list")).code == 0
    assert (await old().post("/order/create", **BUY)).code == 10005
    assert (await old().get("/position/close", symbol="BTCUSDT", positionIdx="2")).code == 10005
    assert box["zoomex"].executions == []


@pytest.mark.parametrize(("path", "count"), [("position/list", 75), ("order/list", 100), ("wallet/balance", 120)])
async def test_limits_by_the_minute(box: Sandbox, old: Old, path: str, count: int) -> None:
    """One more is 10006 in this tree's envelope; a minute later it works again."""
    emulator = box["zoomex"].emulator
    limit = next(route.limits[0] for route in emulator.routes if route.path == f"{OLD}/{path}")
    for _ in range(count):
        emulator.limiter.hit(limit, box["zoomex"].accounts["leader"].uid, box.now_ms())
    refused = await old().get(f"/{path}")

    assert list(refused.json) == ["retCode", "retMsg", "result"]
    assert refused.code == 10006
    await box.advance(60)
    assert (await old().get(f"/{path}")).code == 0


# Orders


async def test_an_order_becomes_a_position_of_its_own(box: Sandbox, old: Old) -> None:
    """Two orders are two sub-positions and one row; each is closed by its own id; followers copy each."""
    client, lead = old(), lead_of(box)
    first, second = await opened(client, side="Sell"), await opened(client, side="Sell", qty="0.02")
    (row,) = (await client.get("/position/list", symbol="BTCUSDT")).json["result"]["list"]
    held = [position.size for position in lead.positions if position.side == "short" and position.coin == "BTC"]
    assert len(held) == 3
    assert (row["side"], row["positionIdx"], D(row["size"])) == ("Sell", "2", sum(held))
    assert lead.positions[-1].copies > 0

    closed = (await client.post("/order/close", symbol="BTCUSDT", parentOrderId=first)).json["result"]["orderId"]
    found = {order["orderId"]: order["copyTradeOrderStatus"] for order in await orders(client)}
    assert (found[first], found[second], found[closed]) == (
        "OpenOrderClosedFilled",
        "OpenOrderFilled",
        "CloseOrderFilled",
    )
    assert box["zoomex"].world.ledger.total() == 0


async def test_a_part_is_closed_by_link_id(old: Old) -> None:
    client = old()
    await opened(client, orderLinkId="mine", qty="0.03")
    close = {"symbol": "BTCUSDT", "parentOrderLinkId": "mine"}
    codes = [(await client.post("/order/close", **close, qty=qty)).code for qty in ("0.01", "0.05", "0.02", "0.01")]

    assert codes == [0, 30063, 0, 30009]


async def test_a_limit_order_rests_and_fills_or_is_cancelled(box: Sandbox, old: Old) -> None:
    client = old()
    resting = [await opened(client, orderType="Limit", price=price, qty="0.001") for price in ("65000", "64000")]
    assert [order["copyTradeOrderStatus"] for order in (await orders(client))[:2]] == ["New", "New"]

    assert (await client.post("/order/cancel", orderId=resting[1], symbol="ETHUSDT")).code == 10001
    assert (await client.post("/order/cancel", orderId=resting[1], symbol="BTCUSDT")).code == 0
    box.market.set_price("BTC", D("63000"))
    found = {order["orderId"]: order for order in await orders(client)}
    assert found[resting[0]]["copyTradeOrderStatus"] == "OpenOrderFilled"
    assert found[resting[0]]["cumExecValue"] == "65"
    assert found[resting[1]]["copyTradeOrderStatus"] == "Cancelled"
    assert (await client.post("/order/cancel", orderId=resting[0])).code == 10001


async def test_stops_of_one_order_close_it(box: Sandbox, old: Old) -> None:
    """And only it; the order that closed is in the group Tpsl."""
    client, price = old(), box.market.price("BTC")
    first, _ = await opened(client), await opened(client)
    stops = {"symbol": "BTCUSDT", "parentOrderId": first, "takeProfit": str(price + 500), "tpTriggerBy": "MarkPrice"}
    assert [(await client.post("/order/trading-stop", **stops)).code for _ in range(2)] == [0, 34040]
    assert (await orders(client, orderId=first))[0]["takeProfit"] == f"{price + 500:.1f}"

    box.market.set_price("BTC", price + 600)
    assert (await orders(client, orderId=first))[0]["copyTradeOrderStatus"] == "OpenOrderClosedFilled"
    (closed,) = [order for order in await orders(client, copyTradeOrderType="Tpsl") if order["side"] == "Sell"]
    assert closed["qty"] == "0.01"
    assert (await client.post("/order/trading-stop", **stops)).code == 30024


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"symbol": "LTCUSDT"}, 10014),
        ({"symbol": "BTCUSD"}, 10014),
        ({"symbol": ""}, 10001),
        ({"side": "buy"}, 10001),
        ({"side": ""}, 10001),
        ({"orderType": "Stop"}, 10001),
        ({"qty": "0"}, 10001),
        ({"qty": "0.0001"}, 10001),
        ({"qty": "100"}, 10001),
        ({"orderType": "Limit"}, 10001),
        ({"orderType": "Limit", "price": "0.01"}, 10001),
        ({"takeProfit": "1"}, 10001),
        ({"stopLoss": "999999"}, 10001),
        ({"slTriggerBy": "Mood"}, 10001),
        ({"orderLinkId": "no spaces"}, 10001),
    ],
)
async def test_orders_that_are_refused(box: Sandbox, old: Old, change: dict[str, Any], code: int) -> None:
    before = len(lead_of(box).positions)

    assert (await old().post("/order/create", **{**BUY, **change})).code == code
    assert len(lead_of(box).positions) == before
    assert box["zoomex"].executions == []


async def test_a_link_id_works_once(old: Old) -> None:
    codes = [(await old().post("/order/create", **BUY, orderLinkId="once")).code for _ in range(2)]

    assert codes == [0, 10001]


async def test_groups_of_orders_are_parts_of_all(old: Old) -> None:
    client = old()
    everything = {order["orderId"] for order in await orders(client)}
    groups = [
        {order["orderId"] for order in await orders(client, copyTradeOrderType=name)}
        for name in ("Active", "Closed", "Cancelled")
    ]

    assert set.union(*groups) == everything
    assert sum(map(len, groups)) == len(everything) > 60
    assert (await client.get("/order/list", copyTradeOrderType="Mine")).code == 10001


async def test_pages_reach_each_order_once(old: Old) -> None:
    """The index is base64 with its padding; the last page has none."""
    client = old()
    found: list[str] = []
    index: dict[str, str] = {}
    while True:
        result = (await client.get("/order/page-list", pageSize="20", **index)).json["result"]
        found += [order["orderId"] for order in result["list"]]
        if not result["hasNext"]:
            break
        index = {"preIndex": result["nextIndex"]}
        assert json.loads(base64.b64decode(result["nextIndex"])) == {"orderId": found[-1]}

    assert result["nextIndex"] == ""
    assert found == [order["orderId"] for order in await orders(client)]
    assert len((await client.get("/order/page-list")).json["result"]["list"]) == 10
    for wrong in ({"pageSize": "51"}, {"pageSize": "0"}, {"preIndex": "bm8="}):
        assert (await client.get("/order/page-list", **wrong)).code == 10001


# Positions and wallet


@pytest.mark.parametrize("method", ["get", "post"])
async def test_a_position_is_closed_by_either_method(box: Sandbox, old: Old, method: str) -> None:
    """In part, then wholly, then there is none."""
    client, lead = old(), lead_of(box)
    await opened(client, symbol="SOLUSDT", qty="3")
    await opened(client, symbol="SOLUSDT", qty="2")
    close = {"symbol": "SOLUSDT", "positionIdx": "1"}

    async def code(**more: str) -> int:
        found: int = (await getattr(client, method)("/position/close", **close, **more)).code
        return found

    assert await code(close_type="2", qty="9") == 30063
    assert await code(close_type="2") == 10001
    assert await code(close_type="2", qty="4") == 0
    assert [position.size for position in lead.positions if position.coin == "SOL"] == [1]
    assert await code(close_type="1") == 0
    assert await code(close_type="1") == 30009
    assert await code(close_type="3") == 10001


async def test_leverage_is_a_whole_number_for_both_sides(box: Sandbox, old: Old) -> None:
    client = old()

    async def code(buy: str, sell: str) -> int:
        wish = {"symbol": "ETHUSDT", "buyLeverage": buy, "sellLeverage": sell}
        found: int = (await client.post("/position/set-leverage", **wish)).code
        return found

    assert [await code(*pair) for pair in (("20", "20"), ("20", "20"), ("5", "6"), ("5.5", "5.5"), ("101", "101"))] == [
        0,
        34036,
        10001,
        10001,
        10001,
    ]
    assert {position.leverage for position in lead_of(box).positions if position.coin == "ETH"} == {20}


async def test_money_moves_between_the_wallets_once(box: Sandbox, old: Old, zoomex: Make) -> None:
    """What leaves the contract wallet of V3 arrives here; an id that was used is refused."""
    client = old()
    wish = {"coin": "USDT", "amount": "1000", "fromAccountType": "CONTRACT", "toAccountType": "COPYTRADING"}
    number = "5f95de08-b10f-43be-9746-7b95c4a37d77"

    async def balances() -> tuple[Any, Any]:
        wallet = (await zoomex("leader").get("/account/wallet-balance", "accountType=CONTRACT&coin=USDT")).json
        copying = (await client.get("/wallet/balance")).json["result"]
        return D(wallet["result"]["list"][0]["coin"][0]["equity"]), D(copying["availableBalance"])

    before = await balances()
    codes = [(await client.post("/wallet/transfer", transferId=number, **wish)).code for _ in range(2)]
    after = await balances()
    assert codes == [0, 10001]
    assert (after[0] - before[0], after[1] - before[1]) == (-1000, 1000)

    for change in ({"amount": "999999"}, {"coin": "BTC"}, {"toAccountType": "CONTRACT"}, {"transferId": "mine"}):
        assert (await client.post("/wallet/transfer", **{"transferId": "f" * 32, **wish, **change})).code == 10001
    assert await balances() == after


async def test_the_wallet_adds_up(box: Sandbox, old: Old) -> None:
    wallet = (await old().get("/wallet/balance")).json["result"]
    number = {name: D(value) for name, value in wallet.items() if name != "coin"}

    assert number["walletBalance"] == number["availableBalance"] + number["positionMargin"]
    assert number["equity"] == number["walletBalance"] + number["unrealisedPnl"]
    assert number["realisedPnl"] != number["cumRealisedPnl"] != 0
