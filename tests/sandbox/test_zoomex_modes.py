"""Zoomex's emulator: leverage, margin mode, position mode, margin, wallet and limits of an account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.zoomex import D, Make, limit, order, row_of, rows
from unifiedcopy.sandbox import Sandbox

BTC = {"category": "linear", "symbol": "BTCUSDT"}
XRP = {"category": "linear", "symbol": "XRPUSDT"}


def leverage(buy: str, sell: str | None = None) -> dict[str, str]:
    return {"buyLeverage": buy, "sellLeverage": sell or buy}


async def test_isolated_margin_moves_with_the_symbol(zoomex: Make) -> None:
    """Open positions change too; the same again says so."""
    client = zoomex()
    wish = {**BTC, "tradeMode": 1, **leverage("5")}
    codes = [(await client.post("/position/switch-isolated", wish)).code for _ in range(2)]
    shown = await row_of(client, "BTCUSDT")

    assert codes == [0, 110026]
    assert (shown["tradeMode"], shown["leverage"]) == (1, "5")
    assert (await row_of(client, "ETHUSDT"))["tradeMode"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"tradeMode": 2}, 10001),
        ({"tradeMode": "1"}, 10001),
        (leverage("5", "6"), 10001),
        (leverage("101"), 110013),
        ({"sellLeverage": None}, 10001),
        ({"symbol": "NOPE"}, 10001),
    ],
)
async def test_wrong_margin_modes(box: Sandbox, zoomex: Make, change: dict[str, Any], code: int) -> None:
    wish = {**BTC, "tradeMode": 1, **leverage("5"), **change}

    assert (await zoomex().post("/position/switch-isolated", wish)).code == code
    assert box["zoomex"].executions == []


async def test_a_unified_account_has_no_margin_mode_by_symbol(box: Sandbox, zoomex: Make) -> None:
    box["zoomex"].options.unified = True
    wish = {**BTC, "tradeMode": 1, **leverage("5")}

    assert (await zoomex().post("/position/switch-isolated", wish)).code == 10008


async def test_leverage_differs_by_side_only_in_hedge_mode(box: Sandbox, zoomex: Make) -> None:
    """And not on a unified account."""
    client = zoomex()
    codes = [(await client.post("/position/set-leverage", {**of, **leverage("6", "8")})).code for of in (BTC, XRP)]
    found = await rows(client, "category=linear&symbol=XRPUSDT")
    box["zoomex"].options.unified = True

    assert codes == [10001, 0]
    assert [(row["side"], row["leverage"]) for row in found] == [("Buy", "6"), ("Sell", "8")]
    assert (await client.post("/position/set-leverage", {**XRP, **leverage("6", "9")})).code == 10001


async def test_leverage_that_can_not_be_paid_changes_nothing(box: Sandbox, zoomex: Make) -> None:
    """There is money for the long alone: it gets its old leverage back."""
    world = box["zoomex"].world
    world.ledger.move("main", "outside", world.ledger.balance("main") - 50)
    before = [(p.coin, p.side, p.leverage, p.margin) for p in world.book.open_positions("main")]

    assert (await zoomex().post("/position/set-leverage", {**XRP, **leverage("5", "5")})).code == 110007
    assert [(p.coin, p.side, p.leverage, p.margin) for p in world.book.open_positions("main")] == before
    assert box["zoomex"].executions == []


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"symbol": "SOLUSDT", "mode": 3}, 0),
        ({"coin": "USDT", "mode": 3}, 110024),
        ({"coin": "ETH", "mode": 3, "category": "inverse"}, 0),
        ({"mode": 3}, 10001),
        ({"symbol": "SOLUSDT", "mode": 1}, 10001),
        ({"symbol": "SOLUSDT", "mode": "3"}, 10001),
        ({"symbol": "SOLUSDT", "mode": 0}, 110025),
        ({"coin": "DOGE", "mode": 3}, 10001),
    ],
)
async def test_the_position_mode_is_of_a_symbol_or_a_coin(zoomex: Make, wish: dict[str, Any], code: int) -> None:
    assert (await zoomex().post("/position/switch-mode", {"category": "linear", **wish})).code == code


async def test_an_open_order_stands_in_the_way_of_another_mode(zoomex: Make) -> None:
    client = zoomex()
    await client.post("/order/create", limit("SOLUSDT", "Buy", "1", "100"))
    wish = {"category": "linear", "symbol": "SOLUSDT", "mode": 3}

    assert (await client.post("/position/switch-mode", wish)).code == 110028
    await client.post("/order/cancel-all", {"category": "linear", "settleCoin": "USDT"})
    assert (await client.post("/position/switch-mode", wish)).code == 0
    assert len(await rows(client, "category=linear&symbol=SOLUSDT")) == 2


async def test_margin_is_added_and_taken_back(box: Sandbox, zoomex: Make) -> None:
    """Down to the initial margin, and the books stay exact."""
    client, world = zoomex(), box["zoomex"].world
    await client.post("/position/switch-isolated", {**BTC, "tradeMode": 1, **leverage("10")})
    before = world.book.open_positions("main")[0].margin
    codes = [(await client.post("/position/add-margin", {**BTC, "margin": text})).code for text in ("25.5", "-25.5")]

    assert codes == [0, 0]
    assert world.book.open_positions("main")[0].margin == before
    assert world.ledger.total() == 0


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({**BTC, "margin": "10"}, 0),
        ({**BTC, "margin": "0"}, 110027),
        ({**BTC, "margin": "0.00001"}, 10001),
        ({**BTC, "margin": "99999"}, 110007),
        ({**BTC, "margin": "-1"}, 110044),
        ({**BTC, "margin": 10}, 10001),
        ({"category": "linear", "symbol": "SOLUSDT", "margin": "10"}, 110033),
        ({"category": "linear", "symbol": "ETHUSDT", "margin": "10"}, 10001),
        ({**XRP, "margin": "10"}, 10001),
    ],
)
async def test_what_margin_can_be_added_to(zoomex: Make, wish: dict[str, Any], code: int) -> None:
    """Isolated positions only; in hedge mode the index is needed."""
    client = zoomex()
    await client.post("/position/switch-isolated", {**BTC, "tradeMode": 1, **leverage("10")})

    assert (await client.post("/position/add-margin", wish)).code == code


async def test_margin_that_is_added_by_itself_is_shown(zoomex: Make) -> None:
    """Both spellings of the key: the table's and the sample's."""
    client = zoomex()
    inverse = {"category": "inverse", "symbol": "BTCUSD"}

    async def shown() -> object:
        return (await rows(client, "category=inverse&symbol=BTCUSD"))[0]["autoAddMargin"]

    assert (await client.post("/position/set-auto-add-margin", {**inverse, "autoAddMargin": 1})).code == 0
    assert await shown() == 1
    assert (await client.post("/position/set-auto-add-margin", {**inverse, "autoAddmargin": 0})).code == 0
    assert await shown() == 0
    assert (await client.post("/position/set-auto-add-margin", {**inverse, "autoAddMargin": 2})).code == 10001


async def test_the_reduce_only_mark_goes_with_its_confirmation(box: Sandbox, zoomex: Make) -> None:
    box["zoomex"].options.unified = True
    box["zoomex"].world.book.open_positions("main")[0].extra["reduceOnly"] = True
    client = zoomex()

    assert (await row_of(client, "BTCUSDT"))["isReduceOnly"] is True
    assert (await client.post("/position/confirm-pending-mmr", BTC)).code == 0
    assert (await row_of(client, "BTCUSDT"))["isReduceOnly"] is False
    flat = {"category": "linear", "symbol": "SOLUSDT"}
    assert (await client.post("/position/confirm-pending-mmr", flat)).code == 110034


async def test_a_unified_wallet_has_totals(box: Sandbox, zoomex: Make) -> None:
    """In dollars over all coins, and an empty coin is shown only when it is asked for."""
    box["zoomex"].options.unified = True
    client, world = zoomex(), box["zoomex"].world
    world.deposit("main", D(5), "DOGE")
    world.ledger.move_all("main", "outside", "DOGE")
    (account,) = (await client.get("/account/wallet-balance", "accountType=UNIFIED")).json["result"]["list"]
    usdt, btc = (next(row for row in account["coin"] if row["coin"] == name) for name in ("USDT", "BTC"))
    price = box.market.price("BTC")

    assert len(account["coin"]) == 2
    assert abs(D(account["totalEquity"]) - D(usdt["equity"]) - D(btc["equity"]) * price) < D("0.000001")
    assert D(account["totalMarginBalance"]) == D(account["totalWalletBalance"]) + D(account["totalPerpUPL"])
    (asked,) = (await client.get("/account/wallet-balance", "accountType=UNIFIED&coin=DOGE")).json["result"]["list"]
    assert [(row["coin"], row["equity"]) for row in asked["coin"]] == [("DOGE", "0")]


async def test_what_was_closed_before_the_upgrade_is_elsewhere(box: Sandbox, zoomex: Make) -> None:
    """Together both paths have each row once; a classic account has one path."""
    client, options = zoomex(), box["zoomex"].options
    assert (await client.get("/pre-upgrade/position/closed-pnl", "category=linear")).code == 10008
    everything = {row["orderId"] for row in await rows(client, "category=linear", "/position/closed-pnl")}

    options.unified, options.upgraded_at = True, box.now_ms() - 10 * 3_600_000
    new, old = [
        {row["orderId"] for row in await rows(client, "category=linear", path)}
        for path in ("/position/closed-pnl", "/pre-upgrade/position/closed-pnl")
    ]
    assert new
    assert old
    assert new | old == everything
    assert not new & old


async def test_limits_are_told_to_their_account_only(zoomex: Make) -> None:
    client, other = zoomex(), zoomex("empty")

    assert (await client.get("/apilimit/query", f"uids={client.account.uid}")).json["result"]["list"][0]["rate"] == 600
    assert (await client.get("/apilimit/query", f"uids={other.account.uid}")).code == 10005
    assert (await client.get("/apilimit/query")).code == 10001


@pytest.mark.parametrize(
    "path",
    [
        "order/create",
        "order/cancel",
        "order/cancel-all",
        "position/switch-isolated",
        "position/switch-mode",
        "position/set-tpsl-mode",
        "position/add-margin",
        "position/set-auto-add-margin",
        "position/confirm-pending-mmr",
    ],
)
async def test_a_read_only_key_changes_nothing(box: Sandbox, zoomex: Make, path: str) -> None:
    assert (await zoomex("readonly").post(f"/{path}", order("BTCUSDT", "Sell", "0.01"))).code == 10005
    assert box["zoomex"].executions == []
