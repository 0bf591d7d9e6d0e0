"""Zoomex's emulator: orders that rest, triggers, executions, and TP/SL for parts of a position."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.zoomex import LINEAR, D, Make, limit, order, row_of, rows, stop
from unifiedcopy.sandbox import Sandbox

OPEN, PAST, FILLS = "/order/realtime", "/order/history", "/execution/list"
CATEGORY = "category=linear"


async def placed(client: Any, wish: dict[str, Any]) -> str:
    reply = await client.post("/order/create", wish)
    assert reply.code == 0, reply.json
    found: str = reply.json["result"]["orderId"]
    return found


async def test_a_limit_order_rests_until_its_price_comes(box: Sandbox, zoomex: Make) -> None:
    """Then it is filled at its own price, adds to the position, and is seen in history and executions."""
    client = zoomex()
    order_id = await placed(client, limit("BTCUSDT", "Buy", "0.01", "65000", orderLinkId="dip"))
    (waiting,) = await rows(client, CATEGORY, OPEN)
    assert (waiting["OrderId"], waiting["OrderStatus"], waiting["LeavesValue"]) == (order_id, "New", "650")

    box.market.set_price("BTC", D("65000.1"))
    assert (await row_of(client, "BTCUSDT"))["size"] == "0.05"
    box.market.set_price("BTC", D("65000"))
    assert (await row_of(client, "BTCUSDT"))["size"] == "0.06"
    assert await rows(client, CATEGORY, OPEN) == []
    (done,) = await rows(client, f"{CATEGORY}&orderLinkId=dip", PAST)
    (fill,) = await rows(client, f"{CATEGORY}&orderId={order_id}", FILLS)
    assert (done["orderStatus"], done["avgPrice"], done["cumExecQty"]) == ("Filled", "65000", "0.01")
    assert (fill["execPrice"], fill["execQty"], fill["closedSize"], fill["isMaker"]) == ("65000", "0.01", 0, True)
    assert box["zoomex"].world.ledger.total() == 0


@pytest.mark.parametrize(
    ("force", "price", "status", "reason"),
    [
        ("IOC", "60000", "Cancelled", "EC_NoImmediateQtyToFill"),
        ("FOK", "60000", "Cancelled", "EC_NoImmediateQtyToFill"),
        ("PostOnly", "70000", "Cancelled", "EC_PostOnlyWillTakeLiquidity"),
        ("IOC", "70000", "Filled", "EC_NoError"),
        ("GTC", "70000", "Filled", "EC_NoError"),
    ],
)
async def test_time_in_force(zoomex: Make, force: str, price: str, status: str, reason: str) -> None:
    """What can't be filled at once is cancelled, what may only rest is not filled."""
    client = zoomex()
    await placed(client, limit("BTCUSDT", "Buy", "0.01", price, timeInForce=force))
    newest = (await rows(client, CATEGORY, PAST))[0]

    assert (newest["orderStatus"], newest["rejectReason"], newest["timeInForce"]) == (status, reason, force)


async def test_a_trigger_sets_an_order_off(box: Sandbox, zoomex: Make) -> None:
    client = zoomex()
    wish = order("SOLUSDT", "Buy", "2", reduceOnly=False, triggerPrice="160", triggerDirection=1)
    await placed(client, wish)
    (waiting,) = await rows(client, CATEGORY, OPEN)
    assert (waiting["OrderStatus"], waiting["TriggerPrice"], waiting["StopOrderType"]) == (
        "Untriggered",
        "160.00",
        "Stop",
    )

    box.market.set_price("SOL", D("160"))
    assert (await row_of(client, "SOLUSDT"))["size"] == "2"


async def test_cancelling_by_either_id_works_once(zoomex: Make) -> None:
    client = zoomex()
    btc = {"category": "linear", "symbol": "BTCUSDT"}
    first = await placed(client, limit("BTCUSDT", "Buy", "0.01", "65000"))
    await placed(client, limit("BTCUSDT", "Buy", "0.01", "64000", orderLinkId="second"))
    asked = [{"orderId": first}, {"orderLinkId": "second"}, {"orderId": first}, {}]

    assert [(await client.post("/order/cancel", btc | name)).code for name in asked] == [0, 0, 110001, 10001]
    ended = await rows(client, CATEGORY, PAST)
    assert [row["orderStatus"] for row in ended[:2]] == ["Cancelled", "Cancelled"]


async def test_an_order_outlives_a_new_listing(box: Sandbox, zoomex: Make) -> None:
    order_id = await placed(zoomex(), limit("BTCUSDT", "Buy", "0.01", "65000"))
    box["zoomex"].seed_positions(40)
    wish = {"category": "linear", "symbol": "BTCUSDT", "orderId": order_id}

    assert (await zoomex().post("/order/cancel", wish)).code == 0
    assert [row["cancelType"] for row in await rows(zoomex(), f"{CATEGORY}&orderId={order_id}", PAST)] == [
        "CancelByUser"
    ]


async def test_nobody_cancels_the_order_of_another(zoomex: Make) -> None:
    order_id = await placed(zoomex(), limit("BTCUSDT", "Buy", "0.01", "65000"))
    wish = {"category": "linear", "symbol": "BTCUSDT", "orderId": order_id}

    assert (await zoomex("empty").post("/order/cancel", wish)).code == 110001
    assert len(await rows(zoomex(), CATEGORY, OPEN)) == 1


async def test_cancel_all_looks_at_its_filter(zoomex: Make) -> None:
    client = zoomex()
    for symbol, price in (("BTCUSDT", "65000"), ("BTCUSDT", "64000"), ("SOLUSDT", "100")):
        await placed(client, limit(symbol, "Buy", "1" if symbol == "SOLUSDT" else "0.01", price))
    gone = (await client.post("/order/cancel-all", {"category": "linear", "symbol": "BTCUSDT"})).json["result"]["list"]

    assert len(gone) == 2
    assert [row["Symbol"] for row in await rows(client, CATEGORY, OPEN)] == ["SOLUSDT"]
    assert (await client.post("/order/cancel-all", {"category": "linear"})).code == 10001


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price": "65000.05"}, 10001),
        ({"price": "0"}, 10001),
        ({"price": None}, 10001),
        ({"orderType": "Stop"}, 10001),
        ({"timeInForce": "Forever"}, 10001),
        ({"takeProfit": "60000"}, 10001),
        ({"stopLoss": "66000"}, 10001),
        ({"tpTriggerBy": "Mood"}, 10001),
        ({"takeProfit": "70000", "tpOrderType": "Limit"}, 110060),
        ({"triggerPrice": "70000"}, 10001),
        ({"triggerPrice": "60000", "triggerDirection": 1}, 10001),
        ({"qty": "9"}, 110007),
        ({"symbol": "SOLUSDT", "side": "Sell", "qty": "1", "price": "200", "reduceOnly": True}, 110017),
    ],
)
async def test_limit_orders_that_are_refused(box: Sandbox, zoomex: Make, change: dict[str, Any], code: int) -> None:
    """Nothing rests, nothing is executed."""
    assert (await zoomex().post("/order/create", limit("BTCUSDT", "Buy", "0.01", "65000") | change)).code == code
    assert box["zoomex"].executions == []
    assert await rows(zoomex(), CATEGORY, OPEN) == []


async def test_a_refused_take_profit_opens_nothing(zoomex: Make) -> None:
    """A level on the wrong side is found before the order is filled."""
    wish = order("SOLUSDT", "Buy", "1", reduceOnly=False, takeProfit="1")

    assert (await zoomex().post("/order/create", wish)).code == 10001
    assert (await row_of(zoomex(), "SOLUSDT"))["size"] == "0"


async def test_a_resting_order_that_can_not_be_paid_any_more_is_cancelled(box: Sandbox, zoomex: Make) -> None:
    client, world = zoomex(), box["zoomex"].world
    await placed(client, limit("BTCUSDT", "Buy", "0.5", "60000"))
    world.ledger.move("main", "outside", world.ledger.balance("main"))
    box.market.set_price("BTC", D("59000"))
    newest = (await rows(client, CATEGORY, PAST))[0]

    assert (newest["orderStatus"], newest["cumExecQty"]) == ("Cancelled", "0")


async def test_a_hedge_position_is_closed_and_never_turned_around(zoomex: Make) -> None:
    """Without reduceOnly a Sell with index 1 still only closes the long."""
    client = zoomex()
    await placed(client, order("XRPUSDT", "Sell", "1000", 1, reduceOnly=False))
    found = await rows(client, "category=linear&symbol=XRPUSDT")

    assert sorted((row["positionIdx"], row["size"]) for row in found) == [(1, "0"), (2, "400")]


async def test_every_closing_has_an_execution(box: Sandbox, zoomex: Make) -> None:
    """Also one by stop loss, whose order nobody has sent; its id is the one in closed-pnl."""
    client = zoomex()
    box.market.set_price("BTC", D("34000"))
    (closed,) = await rows(client, "category=linear&symbol=BTCUSDT&limit=1", "/position/closed-pnl")
    fill = (await rows(client, "category=linear&symbol=BTCUSDT&limit=1", FILLS))[0]
    (sent,) = await rows(client, f"{CATEGORY}&orderId={closed['orderId']}", PAST)

    assert (fill["orderId"], fill["closedSize"], fill["side"]) == (closed["orderId"], "0.05", "Sell")
    assert (fill["stopOrderType"], sent["stopOrderType"], sent["orderStatus"]) == ("StopLoss", "StopLoss", "Filled")


@pytest.mark.parametrize(("path", "most"), [(PAST, 50), (FILLS, 100)])
async def test_lists_page_by_cursor(box: Sandbox, zoomex: Make, path: str, most: int) -> None:
    """Newest first, each row once, in the bytes of the cursor."""
    box["zoomex"].seed_history(60)
    found, cursor = [], ""
    while True:
        result = (await zoomex().get(path, f"{CATEGORY}&limit=25" + (cursor and f"&cursor={cursor}"))).json["result"]
        found += result["list"]
        cursor = result["nextPageCursor"]
        if not result["list"]:
            break
    ids = [row.get("execId") or row["orderId"] for row in found]
    times = [int(row.get("execTime") or row["createdTime"]) for row in found]

    assert len(set(ids)) == len(ids) >= 60
    assert times == sorted(times, reverse=True)
    assert (await zoomex().get(path, f"{CATEGORY}&limit={most + 1}")).code == 10001


async def test_history_needs_both_ends_of_its_time(zoomex: Make) -> None:
    queries = ["startTime=0", "endTime=5", "startTime=0&endTime=604800001", "startTime=0&endTime=604800000"]
    codes = [(await zoomex().get(PAST, f"{CATEGORY}&{query}")).code for query in queries]

    assert codes == [10001, 10001, 10001, 0]
    assert (await zoomex().get(FILLS, f"{CATEGORY}&execType=Guess")).code == 10001
    assert (await zoomex().get(FILLS, f"{CATEGORY}&startTime=0")).code == 0


# TP/SL of parts


def part(size: str, **levels: str) -> dict[str, Any]:
    return stop("ETHUSDT", tpslMode="Partial", **levels) | {
        name: size for level, name in (("takeProfit", "tpSize"), ("stopLoss", "slSize")) if level in levels
    }


async def test_a_part_is_closed_at_its_own_price(box: Sandbox, zoomex: Make) -> None:
    """Shown as an order that waits, not in the position; the rest goes when the position is gone."""
    client = zoomex()
    for wish in (part("0.2", takeProfit="3300", stopLoss="3900"), part("0.1", takeProfit="3200")):
        assert (await client.post("/position/trading-stop", wish)).code == 0
    waiting = await rows(client, CATEGORY, OPEN)
    assert {row["StopOrderType"] for row in waiting} == {"PartialTakeProfit", "PartialStopLoss"}
    assert len(waiting) == 3
    assert (await row_of(client, "ETHUSDT"))["takeProfit"] == ""

    box.market.set_price("ETH", D("3300"))
    assert (await row_of(client, "ETHUSDT"))["size"] == "0.5"
    await placed(client, order("ETHUSDT", "Buy", "0.5"))
    assert await rows(client, CATEGORY, OPEN) == []


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (part("0.8", takeProfit="3300"), 110058),
        (part("0.005", takeProfit="3300"), 110058),
        (part("0.2", takeProfit="3300", stopLoss="3900") | {"slSize": "0.1"}, 10001),
        (part("0.2", takeProfit="0"), 10001),
        (part("0.2", takeProfit="3300") | {"tpslMode": "Full"}, 110060),
        (part("0.2", takeProfit="3300") | {"tpOrderType": "Limit"}, 10001),
        (part("0.2", takeProfit="3300") | {"tpOrderType": "Limit", "tpLimitPrice": "3290"}, 0),
        (stop("ETHUSDT", takeProfit="3300", tpOrderType="Limit", tpLimitPrice="3290"), 110060),
    ],
)
async def test_what_a_part_needs(zoomex: Make, wish: dict[str, Any], code: int) -> None:
    """A size within the position, both the same, Limit only here."""
    assert (await zoomex().post("/position/trading-stop", wish)).code == code


async def test_twenty_parts_are_the_most(box: Sandbox, zoomex: Make) -> None:
    box["zoomex"].options.limit_factor = 0
    codes = [(await zoomex().post("/position/trading-stop", part("0.01", takeProfit="3300"))).code for _ in range(21)]

    assert codes == [0] * 20 + [110061]


async def test_the_mode_of_the_symbol_holds_where_none_is_sent(zoomex: Make) -> None:
    """Partial needs sizes; Full, the mode at the start, doesn't."""
    client = zoomex()
    wish = stop("ETHUSDT", takeProfit="3300")
    del wish["tpslMode"]
    mode = {"category": "linear", "symbol": "ETHUSDT", "tpSlMode": "Partial"}

    assert (await client.post("/position/trading-stop", wish)).code == 0
    assert (await client.post("/position/set-tpsl-mode", mode)).json["result"] == {"tpSlMode": "Partial"}
    assert (await client.post("/position/trading-stop", wish)).code == 10001
    assert (await client.post("/position/set-tpsl-mode", mode | {"tpslMode": "Full", "tpSlMode": None})).code == 10001


async def test_positions_list_is_unchanged_by_what_rests(zoomex: Make) -> None:
    before = await rows(zoomex(), LINEAR)
    await placed(zoomex(), limit("SOLUSDT", "Buy", "1", "100"))

    assert [row["size"] for row in await rows(zoomex(), LINEAR)] == [row["size"] for row in before]
