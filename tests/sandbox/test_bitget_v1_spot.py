"""Bitget's emulator, V1: spot copying in both roles, as it was until 2025-11-28."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.bitget import D, Make
from tests.sandbox.bitget_v1 import MIX, SPOT, lead, numbers, spot_copies, spot_follower, spot_leader
from unifiedcopy.sandbox import Ledger, Position, Sandbox

CURRENT, HISTORY = f"{SPOT}/order/orderCurrentList", f"{SPOT}/order/orderHistoryList"


def setting(**changes: Any) -> dict[str, Any]:
    """The row of the page's own example."""
    return {
        "symbol": "BTCUSDT",
        "traceType": "amount",
        "maxHoldCount": "1000",
        "traceValue": "100",
        "takeProfitRation": "10",
        "stopLossRation": "10",
        **changes,
    }


def led(box: Sandbox) -> Position:
    return lead(box, spot=True).positions[0]


async def rows(client: Any, path: str, body: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.post(path, body or {})).json["data"]["resultList"]
    return found


# Orders


async def test_leaders_see_lead_orders_and_followers_copies(old_box: Sandbox, bitget: Make) -> None:
    copied = await rows(bitget(spot_follower(old_box)), CURRENT)
    own = await rows(bitget("leader"), CURRENT)

    assert numbers(copied) == [position.id for position in reversed(spot_copies(old_box))]
    assert {row["trackingType"] for row in copied} == {"FOLLOW_ORDER"}
    assert {row["trackingType"] for row in own} == {"LEAD_ORDER"}
    assert D(own[0]["buyDelegateCount"]) > D(own[0]["dealCount"])  # the fee is paid in the coin [seed]


async def test_spot_and_futures_do_not_mix(old_box: Sandbox, bitget: Make) -> None:
    client = bitget(spot_follower(old_box))
    world = old_box["bitget"].world
    if not world.copying.following(client.account.alias):
        futures = await client.get(f"{MIX}/followerOrder", "productType=umcbl&pageNo=1&pageSize=20")
        assert futures.json["data"] == []
    ids = {position.id for position in spot_copies(old_box)}
    assert await rows(bitget("empty"), CURRENT) == []
    closed = await client.post(f"{MIX}/followerCloseByTrackingNo", {"productType": "umcbl", "trackingNo": min(ids)})
    assert closed.code == "43065"
    assert {position.id for position in spot_copies(old_box)} == ids


async def test_orders_walk_by_min_id(old_box: Sandbox, bitget: Make) -> None:
    for _ in range(5):
        lead(old_box, spot=True).open("BTC", "long", D("0.001"))
    client, walked, below = bitget("leader"), [], ""
    for _ in range(5):
        page = (await client.post(CURRENT, {"pageSize": "3", "minId": below})).json["data"]
        walked += numbers(page["resultList"])
        if len(page["resultList"]) < 3:
            break
        below = page["minId"]

    assert walked == [position.id for position in reversed(lead(old_box, spot=True).positions)]
    assert await rows(client, CURRENT, {"trackingNo": walked[1]}) == (await rows(client, CURRENT))[1:2]


@pytest.mark.parametrize("body", [{"pageSize": "31"}, {"pageSize": "0"}, {"pageSize": 5}, {"minId": "x"}])
async def test_wrong_pages(old_box: Sandbox, bitget: Make, body: dict[str, Any]) -> None:
    assert (await bitget("leader").post(CURRENT, body)).code == "400172"


async def test_sold_orders_show_profit_as_the_sample_computes(old_box: Sandbox, bitget: Make) -> None:
    """Profit without the buying fee, net profit without the selling fee too, the rate cut to two places."""
    world, position = old_box["bitget"].world, led(old_box)
    world.market.set_price("BTC", position.entry * 126 / 100)
    body = {"trackingOrderNos": [position.id], "symbol": "BTCUSDT"}
    await bitget("leader").post(f"{SPOT}/order/closeTrackingOrder", body)
    row = (await rows(bitget("leader"), HISTORY, {"trackingNo": position.id}))[0]
    size, cost = D(row["dealCount"]), position.entry * D(row["dealCount"]) + position.open_fee
    profit = size * D(row["sellPrice"]) - cost

    assert abs(D(row["profit"]) - profit) < D("0.000001")
    assert abs(D(row["netProfit"]) - (profit - position.close_fee)) < D("0.000001")
    assert 0 <= profit / cost * 100 - D(row["profitRate"]) < D("0.01")
    assert row["traderUserId"] == lead(old_box, spot=True).leader.id


async def test_selling_a_lead_order_sells_its_copies(old_box: Sandbox, bitget: Make) -> None:
    position = led(old_box)
    held = old_box["bitget"].world.book.children(position)
    body = {"trackingOrderNos": [position.id], "symbol": f"{position.coin}USDT"}

    assert held
    assert (await bitget("leader").post(f"{SPOT}/order/closeTrackingOrder", body)).json["data"] is True
    assert {copy.size for copy in [position, *held]} == {0}


async def test_orders_sell_together_or_not_at_all(old_box: Sandbox, bitget: Make) -> None:
    path, client = f"{SPOT}/order/closeTrackingOrder", bitget("leader")
    first, second = lead(old_box, spot=True).positions[:2]
    assert first.coin != second.coin
    symbol = f"{first.coin}USDT"

    for wrong in (["1"], [first.id, "1"], [first.id, second.id]):
        assert (await client.post(path, {"trackingOrderNos": wrong, "symbol": symbol})).code == "31007"
    assert (await client.post(path, {"trackingOrderNos": [], "symbol": symbol})).code == "40019"
    assert (await client.post(path, {"trackingOrderNos": first.id, "symbol": symbol})).code == "400172"
    assert (await client.post(path, {"trackingOrderNos": [first.id] * 51, "symbol": symbol})).code == "31038"
    assert (await client.post(path, {"trackingOrderNos": [first.id]})).code == "40019"
    assert first.size
    assert old_box["bitget"].executions == []


@pytest.mark.parametrize(("absent", "left"), [("leave", True), ("remove", False)])
async def test_an_empty_price_removes(old_box: Sandbox, bitget: Make, absent: str, left: bool) -> None:
    """What an absent one does is a switch."""
    old_box["bitget"].options.absent_spot_price = absent
    position, path = led(old_box), f"{SPOT}/order/updateTpsl"
    both = {"trackingNo": position.id, "takeProfitPrice": "200000", "stopLossPrice": "1000"}
    assert (await bitget("leader").post(path, both)).json["data"] is True
    shown = (await rows(bitget("leader"), CURRENT, {"trackingNo": position.id}))[0]
    assert (shown["takeProfitPrice"], shown["stopLossPrice"]) == ("200000", "1000")
    await bitget("leader").post(path, {"trackingNo": position.id, "takeProfitPrice": ""})
    shown = (await rows(bitget("leader"), CURRENT, {"trackingNo": position.id}))[0]

    assert shown["takeProfitPrice"] == "0"
    assert (shown["stopLossPrice"] == "1000") is left


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"takeProfitPrice": "1"}, "31004"),
        ({"stopLossPrice": "200000"}, "31005"),
        ({"stopLossPrice": "low"}, "400172"),
        ({"trackingNo": "1", "stopLossPrice": "1"}, "31007"),
        ({"trackingNo": ""}, "40019"),
        ({}, "400172"),
    ],
)
async def test_wrong_prices_change_nothing(old_box: Sandbox, bitget: Make, changes: dict[str, str], code: str) -> None:
    body = {"trackingNo": led(old_box).id, **changes}

    assert (await bitget("leader").post(f"{SPOT}/order/updateTpsl", body)).code == code
    assert led(old_box).take_profit is led(old_box).stop_loss is None


async def test_a_copy_that_is_ended_stays_with_the_account(old_box: Sandbox, bitget: Make) -> None:
    copy, path = spot_copies(old_box)[0], f"{SPOT}/order/followerEndOrder"
    client = bitget(spot_follower(old_box))
    assert (await client.post(path, {"trackingOrderNos": [copy.id]})).json["data"] is True
    book = old_box["bitget"].world.book
    for parent in book.open_positions(spot_leader(old_box).owner):
        book.close(parent)

    assert copy.size
    assert copy.id not in numbers(await rows(client, CURRENT))
    assert (await client.post(path, {"trackingOrderNos": [copy.id]})).code == "31007"
    assert (await bitget("leader").post(path, {"trackingOrderNos": [led(old_box).id]})).code == "31007"


# Following


async def test_following_copies_what_is_bought_from_now_on(old_box: Sandbox, bitget: Make) -> None:
    client, leader = bitget("empty"), lead(old_box, spot=True).leader
    wish = {"traderUserId": leader.extra["uid"], "setting": [setting(), setting(symbol="ETHUSDT", traceValue="50")]}
    assert (await client.post(f"{SPOT}/config/setFollowerConfig", wish)).json["data"] is True
    for coin in ("BTC", "ETH", "SOL"):
        lead(old_box, spot=True).open(coin, "long", D("0.1"))
    found = {row["symbol"]: row for row in await rows(client, CURRENT)}

    assert set(found) == {"BTCUSDT", "ETHUSDT"}
    for symbol, amount in (("BTCUSDT", 100), ("ETHUSDT", 50)):
        price = D(found[symbol]["buyPrice"])
        assert 0 <= amount - price * D(found[symbol]["dealCount"]) < price * D("0.01")
        assert abs(D(found[symbol]["stopLossPrice"]) / price - D("0.9")) < D("0.001")
        assert abs(D(found[symbol]["takeProfitPrice"]) / price - D("1.1")) < D("0.001")


async def test_settings_are_read_back_and_changed(old_box: Sandbox, bitget: Make) -> None:
    """Symbols that a change doesn't name keep theirs."""
    client, leader = bitget("empty"), lead(old_box, spot=True).leader
    asked = {"traderUserId": leader.id}

    async def read() -> dict[str, Any]:
        found: dict[str, Any] = (await client.post(f"{SPOT}/config/getFollowerSettings", asked)).json["data"]
        return found

    before = await read()
    await client.post(f"{SPOT}/config/setFollowerConfig", {**asked, "setting": [setting()]})
    first = await read()
    other = setting(symbol="ETHUSDT", traceType="percent", traceValue="2", stopLossRation="")
    await client.post(f"{SPOT}/config/setFollowerConfig", {**asked, "setting": [other]})
    second = await read()

    assert (before["isMyTrader"], before["copyTradeBatchDetails"]) == (False, [])
    assert first["copyTradeBatchDetails"] == [
        {
            "maxTraceAmount": "1000",
            "stopLossRation": "10",
            "takeProfitRation": "10",
            "symbol": "BTCUSDT",
            "traceType": "FIXED_AMOUNT",
        }
    ]
    assert [row["symbol"] for row in second["copyTradeBatchDetails"]] == ["BTCUSDT", "ETHUSDT"]
    assert (first["settingType"], second["settingType"]) == ("Unified", "Separately")
    assert D(second["profitRate"]) == leader.share * 100
    assert {row["symbol"] for row in second["myCopyTradeConfList"]} == {f"{coin}USDT" for coin in leader.coins}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"symbol": ""}, "40019"),
        ({"symbol": "PEPEUSDT"}, "31019"),
        ({"symbol": "AVAXUSDT"}, "31052"),
        ({"traceType": "half"}, "400172"),
        ({"maxHoldCount": ""}, "40019"),
        ({"traceValue": ""}, "40019"),
        ({"traceValue": "9.99"}, "31037"),
        ({"traceValue": "1201"}, "31038"),
        ({"traceType": "percent", "traceValue": "0.09"}, "31035"),
        ({"traceType": "percent", "traceValue": "20.1"}, "31036"),
        ({"traceType": "count", "traceValue": "0.0001"}, "31037"),
        ({"traceType": "count", "traceValue": "501"}, "31038"),
        ({"takeProfitRation": "501"}, "31040"),
        ({"takeProfitRation": "1.5"}, "31040"),
        ({"stopLossRation": "91"}, "31041"),
        ({"traceType": "FIXED_OPENING_COST"}, "00000"),
        ({"traceType": "count", "traceValue": "0.01"}, "00000"),
    ],
)
async def test_settings_are_checked(old_box: Sandbox, bitget: Make, row: dict[str, Any], code: str) -> None:
    wish = {"traderUserId": lead(old_box, spot=True).leader.id, "setting": [setting(**row)]}
    reply = await bitget("empty").post(f"{SPOT}/config/setFollowerConfig", wish)

    assert reply.code == code
    assert bool(old_box["bitget"].world.spot.following("empty")) is (code == "00000")


@pytest.mark.parametrize(
    ("alias", "changes", "code"),
    [
        ("leader", {}, "31032"),
        ("empty", {"traderUserId": "nobody"}, "31051"),
        ("empty", {"traderUserId": ""}, "40019"),
        ("empty", {"setting": []}, "31030"),
        ("empty", {"setting": "all"}, "400172"),
        ("readonly", {}, "40014"),
    ],
)
async def test_wrong_wishes_to_follow(
    old_box: Sandbox, bitget: Make, alias: str, changes: dict[str, Any], code: str
) -> None:
    wish = {"traderUserId": lead(old_box, spot=True).leader.id, "setting": [setting()], **changes}

    assert (await bitget(alias).post(f"{SPOT}/config/setFollowerConfig", wish)).code == code
    assert old_box["bitget"].executions == []


@pytest.mark.parametrize(("state", "code"), [("full", "31034"), ("closed", "31042")])
async def test_leaders_who_can_not_be_followed(old_box: Sandbox, bitget: Make, state: str, code: str) -> None:
    leader = lead(old_box, spot=True).leader
    if state == "full":
        leader.follower_limit = leader.followers
    else:
        leader.open_to_follow = False
    wish = {"traderUserId": leader.id, "setting": [setting()]}

    assert (await bitget("empty").post(f"{SPOT}/config/setFollowerConfig", wish)).code == code


async def test_a_spot_leader_follows_nobody_in_spot(old_box: Sandbox, bitget: Make) -> None:
    wish = {"traderUserId": spot_leader(old_box).id, "setting": [setting()]}

    assert (await bitget("leader").post(f"{SPOT}/config/setFollowerConfig", wish)).code == "31031"


@pytest.mark.parametrize(("way", "held"), [("close", 0), ("keep", 3), ("refuse", 3)])
async def test_unfollowing(old_box: Sandbox, bitget: Make, way: str, held: int) -> None:
    """What it does with copies is a switch."""
    old_box["bitget"].options.unfollow_with_copies = way
    alias, body = spot_follower(old_box), {"traderUserId": spot_leader(old_box).id}
    copies = spot_copies(old_box)
    reply = await bitget(alias).post(f"{SPOT}/user/removeTrader", body)

    assert reply.code == ("40864" if way == "refuse" else "00000")
    assert sum(bool(copy.size) for copy in copies) == min(held, len(copies))
    if way != "refuse":
        assert (await bitget(alias).post(f"{SPOT}/user/removeTrader", body)).code == "43062"


async def test_followed_leaders_with_what_they_brought(old_box: Sandbox, bitget: Make) -> None:
    client = bitget(spot_follower(old_box))
    copy = spot_copies(old_box)[0]
    body = {"trackingOrderNos": [copy.id], "symbol": f"{copy.coin}USDT"}
    await client.post(f"{SPOT}/order/closeTrackingOrder", body)
    (row,) = await rows(client, f"{SPOT}/user/myTraders")
    sold = await rows(client, HISTORY)

    assert row["traderUid"] == spot_leader(old_box).id
    assert abs(D(row["traceTotalProfit"]) - sum(D(order["profit"]) for order in sold)) < D("0.001")
    assert abs(D(row["traceTotalNetProfit"]) - sum(D(order["netProfit"]) for order in sold)) < D("0.001")
    assert copy.id in numbers(sold)


# Leading


async def test_the_list_of_symbols_is_replaced(old_box: Sandbox, bitget: Make) -> None:
    client, path = bitget("leader"), f"{SPOT}/config/setProductCode"

    async def opened() -> set[str]:
        found = (await client.post(f"{SPOT}/config/getTraderSettings", {})).json["data"]
        return {row["symbol"] for row in found["supportProductCodes"] if row["openCopyTrace"]}

    assert (await client.post(path, {"symbols": ["ETHUSDT", "AVAXUSDT"]})).json["data"] is True
    assert await opened() == {"ETHUSDT_SPBL", "AVAXUSDT_SPBL"}
    for symbols, code in (([], "31030"), (["PEPEUSDT"], "31019"), ("ETHUSDT", "400172"), ([1], "400172")):
        assert (await client.post(path, {"symbols": symbols})).code == code
    assert await opened() == {"ETHUSDT_SPBL", "AVAXUSDT_SPBL"}


async def test_what_is_held_of_a_coin_takes_room(old_box: Sandbox, bitget: Make) -> None:
    held = led(old_box)
    found = {row["symbol"]: row for row in (await bitget("leader").post(f"{SPOT}/order/spotInfoList", {})).json["data"]}
    row = found[f"{held.coin}USDT"]

    assert abs(D(row["maxCount"]) - D(row["surplusCount"]) - held.size * held.entry) < D("0.0001")


async def test_followers_page_with_a_flag(old_box: Sandbox, bitget: Make) -> None:
    found = []
    for page, more in (("1", True), ("2", False), ("3", False)):
        asked = {"pageNo": page, "pageSize": "4"}
        data = (await bitget("leader").post(f"{SPOT}/user/myFollowers", asked)).json["data"]
        assert data["nextFlag"] is more
        found += [row["tracerUserId"] for row in data["resultList"]]

    assert found == [follower.uid for follower in lead(old_box, spot=True).followers]


async def test_only_followers_with_little_money_can_be_removed(old_box: Sandbox, bitget: Make) -> None:
    path, client = f"{SPOT}/user/removeFollower", bitget("leader")
    least = (await client.post(f"{SPOT}/getRemovableFollower", {})).json["data"]["removableFollowerMinUSDT"]
    found = await rows(client, f"{SPOT}/user/myFollowers")
    poor = [row["tracerUserId"] for row in found if row["canRemoveTraceUser"]]
    rich = [row["tracerUserId"] for row in found if not row["canRemoveTraceUser"]]

    assert all(D(row["accountEquity"]) < D(least) for row in found if row["canRemoveTraceUser"])
    assert (await client.post(path, {"followerUserId": rich[0]})).code == "43069"
    assert (await client.post(path, {"followerUserId": poor[0]})).json["data"] is True
    assert (await client.post(path, {"followerUserId": poor[0]})).code == "31029"


async def test_who_was_removed_waits_before_following_again(old_box: Sandbox, bitget: Make) -> None:
    world, leader = old_box["bitget"].world, lead(old_box, spot=True).leader
    wish = {"traderUserId": leader.id, "setting": [setting(traceValue="10")]}
    path = f"{SPOT}/config/setFollowerConfig"
    assert (await bitget("empty").post(path, wish)).code == "00000"
    world.ledger.move("empty", Ledger.OUTSIDE, world.ledger.balance("empty") - 50)
    uid = world.accounts["empty"].uid
    assert (await bitget("leader").post(f"{SPOT}/user/removeFollower", {"followerUserId": uid})).code == "00000"

    assert (await bitget("empty").post(path, wish)).code == "31047"
    await old_box.advance(11 * 60)
    assert (await bitget("empty").post(path, wish)).code == "00000"


# Profits


async def test_profits_by_day_are_sums_of_details(old_box: Sandbox, bitget: Make) -> None:
    client, sums, page = bitget("leader"), defaultdict[str, Decimal](Decimal), 0
    more = True
    while more:
        page += 1
        data = (await client.post(f"{SPOT}/profit/profitHisList", {"pageNo": str(page), "pageSize": "7"})).json["data"]
        more = data["nextFlag"]
        for day in data["resultList"]:
            asked = {"date": day["date"], "coin": day["coin"]}
            details = await rows(client, f"{SPOT}/profit/profitHisDetailList", asked)
            assert sum(D(row["profit"]) for row in details) == D(day["profit"])
            sums[day["coin"]] += D(day["profit"])

    assert page > 1
    for coin, amount in sums.items():
        assert amount == sum(share.amount for share in lead(old_box, spot=True).shares if share.asset == coin)


async def test_profits_by_settlement_coin(old_box: Sandbox, bitget: Make) -> None:
    """One row for each; their pairs differ."""
    shares = lead(old_box, spot=True).shares
    found = (await bitget("leader").post(f"{SPOT}/profit/totalProfitList", {})).json["data"]
    amounts = [sum(share.amount for share in shares if share.asset == coin) for coin in ("USDT", "BTC")]

    assert len({row["symbol"] for row in found}) == len(found)
    assert sorted(D(row["profit"]) for row in found) == sorted(amount for amount in amounts if amount)


async def test_profits_are_those_of_three_months(old_box: Sandbox, bitget: Make) -> None:
    client, path = bitget("leader"), f"{SPOT}/profit/profitHisList"
    assert await rows(client, path)
    old_box["bitget"].world.clock.advance(93 * 86_400_000)

    assert await rows(client, path) == []
    assert D((await client.post(f"{SPOT}/profit/totalProfitInfo", {})).json["data"]["sumProfit"]) == 0


async def test_what_waits_is_in_the_summary(old_box: Sandbox, bitget: Make) -> None:
    client, world, position = bitget("leader"), old_box["bitget"].world, led(old_box)
    world.market.set_price(position.coin, position.entry * 105 / 100)
    body = {"trackingOrderNos": [position.id], "symbol": f"{position.coin}USDT"}
    await client.post(f"{SPOT}/order/closeTrackingOrder", body)
    waiting = await rows(client, f"{SPOT}/profit/waitProfitDetailList")
    summary = (await client.post(f"{SPOT}/profit/totalProfitInfo", {})).json["data"]

    assert waiting
    assert D(summary["waitProfit"]) == sum(D(row["profit"]) for row in waiting).quantize(D("0.0001"))
    assert {D(row["distributeRatio"]) for row in waiting} == {lead(old_box, spot=True).leader.share * 100}
