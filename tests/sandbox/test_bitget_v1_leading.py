"""Bitget's emulator, V1: leading in futures, as it was until 2025-11-28."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.bitget import D, Make
from tests.sandbox.bitget_v1 import MIX, lead, numbers
from unifiedcopy.sandbox import Ledger, Position, ProfitShare, Sandbox

CURRENT = "symbol=BTCUSDT_UMCBL&productType=umcbl&pageNo=1&pageSize="
FOLLOW = f"{MIX}/followerSetBatchTraceConfig"
HOUR = 3_600_000
DAY = 24 * HOUR


def btc(box: Sandbox) -> Position:
    return next(position for position in lead(box).positions if position.coin == "BTC")


def copied(box: Sandbox) -> list[Position]:
    """What the invented followers hold of the leader's BTC."""
    return box["bitget"].world.book.children(btc(box))


def follow_wish(box: Sandbox) -> dict[str, Any]:
    row = {"symbol": "BTCUSDT_UMCBL", "marginType": "trader", "leverType": "trader"}
    return {"traderId": lead(box).leader.id, "settings": [{**row, "traceType": "amount", "traceValue": "50"}]}


# Orders


async def test_open_orders_hold_exact_numbers(old_box: Sandbox, bitget: Make) -> None:
    reply = await bitget("leader").get(f"{MIX}/currentTrack", f"{CURRENT}20")
    (row,) = reply.json["data"]

    assert f'"openAvgPrice":{btc(old_box).entry.normalize():f},'.encode() in reply.body
    assert row["trackingNo"] == btc(old_box).id
    assert D(row["openDealCount"]) == btc(old_box).size
    assert (row["stopProfitPrice"], row["stopLossPrice"], row["closeOrderId"]) == ("", "", "")
    assert D(row["openFee"]) == -btc(old_box).open_fee


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"{CURRENT}20", 25 - 5),
        (f"{CURRENT}50", 25),
        (f"{CURRENT}51", 20),
        ("symbol=BTCUSDT_UMCBL&productType=umcbl&pageNo=2&pageSize=20", 5),
        ("symbol=BTCUSDT&productType=umcbl&pageNo=1&pageSize=20", 0),
        ("symbol=BTCUSDT_UMCBL&productType=dmcbl&pageNo=1&pageSize=20", 0),
    ],
)
async def test_a_page_that_is_too_large_falls_back_to_twenty(
    old_box: Sandbox, bitget: Make, query: str, expected: int
) -> None:
    for _ in range(24):
        lead(old_box).open("BTC", "long", D("0.001"))

    assert len((await bitget("leader").get(f"{MIX}/currentTrack", query)).json["data"]) == expected


@pytest.mark.parametrize("missing", ["symbol", "productType", "pageSize", "pageNo"])
async def test_open_orders_want_all_their_parameters(old_box: Sandbox, bitget: Make, missing: str) -> None:
    query = "&".join(pair for pair in f"{CURRENT}20".split("&") if not pair.startswith(missing))
    reply = await bitget("leader").get(f"{MIX}/currentTrack", query)

    assert (reply.code, reply.json["msg"]) == ("40019", f"Parameter {missing} cannot be empty")


async def test_closed_orders_page_newest_first(old_box: Sandbox, bitget: Make) -> None:
    now = old_box.now_ms()
    window = f"startTime={now - 60 * DAY}&endTime={now}&pageSize=20&pageNo="
    client = bitget("leader")
    pages = [(await client.get(f"{MIX}/historyTrack", f"{window}{page}")).json["data"] for page in (1, 2)]
    rows = pages[0] + pages[1]

    assert len(pages[0]) == 20
    assert numbers(rows) == [p.id for p in reversed(lead(old_box).history)]
    for row in rows:
        assert row["stopType"] == ("profit" if D(row["achievedProfits"]) > 0 else "loss")
    assert (await client.get(f"{MIX}/historyTrack", f"startTime=0&endTime={now}&pageSize=20&pageNo=1")).code == "400172"
    assert (await client.get(f"{MIX}/historyTrack", "pageSize=20&pageNo=1")).code == "40019"


async def test_closed_orders_are_those_of_the_window(old_box: Sandbox, bitget: Make) -> None:
    past = lead(old_box).history
    since, until = past[5].opened_at, past[8].opened_at
    window = f"startTime={since}&endTime={until}&pageSize=20&pageNo=1"
    rows = (await bitget("leader").get(f"{MIX}/historyTrack", window)).json["data"]

    assert sorted(numbers(rows)) == sorted(p.id for p in past if since <= p.opened_at <= until)
    assert 0 < len(rows) < len(past)


async def test_closing_an_order_closes_its_copies(old_box: Sandbox, bitget: Make) -> None:
    position, held = btc(old_box), copied(old_box)
    assert held
    body = {"symbol": "BTCUSDT_UMCBL", "trackingNo": position.id}
    reply = await bitget("leader").post(f"{MIX}/closeTrackOrder", body)

    assert reply.json["data"] == {"trackingNo": int(position.id), "result": True}
    assert {copy.size for copy in [position, *held]} == {0}
    assert (await bitget("leader").post(f"{MIX}/closeTrackOrder", body)).code == "43065"


async def test_closing_by_symbol_names_what_was_closed(old_box: Sandbox, bitget: Make) -> None:
    closed = btc(old_box).id
    path, body = f"{MIX}/closeTrackOrderBySymbol", {"symbol": "BTCUSDT_UMCBL"}

    assert (await bitget("leader").post(path, body)).json["data"] == {"trackingNos": [closed]}
    assert {position.coin for position in lead(old_box).positions} == {"ETH"}
    assert (await bitget("leader").post(path, body)).code == "22002"


async def test_tpsl_is_set_left_and_cancelled(old_box: Sandbox, bitget: Make) -> None:
    client, position = bitget("leader"), btc(old_box)
    target = {"trackingNo": position.id, "symbol": "BTCUSDT_UMCBL"}
    reply = await client.post(f"{MIX}/modifyTPSL", {**target, "stopProfitPrice": "90000", "stopLossPrice": "30000"})
    assert reply.json["data"] == position.id
    await client.post(f"{MIX}/modifyTPSL", {**target, "stopProfitPrice": None})
    (row,) = (await client.get(f"{MIX}/currentTrack", f"{CURRENT}20")).json["data"]

    assert (row["stopProfitPrice"], row["stopLossPrice"]) == ("", "30000")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stopProfitPrice": "30000"}, "43013"),
        ({"stopLossPrice": "90000"}, "43015"),
        ({"stopLossPrice": "-1"}, "400172"),
        ({}, "400172"),
        ({"symbol": "ETHUSDT_UMCBL", "stopLossPrice": "30000"}, "43065"),
        ({"trackingNo": "1", "stopLossPrice": "30000"}, "43065"),
        ({"symbol": None, "stopLossPrice": "30000"}, "40019"),
    ],
)
async def test_wrong_tpsl_changes_nothing(old_box: Sandbox, bitget: Make, changes: dict[str, Any], code: str) -> None:
    body = {"trackingNo": btc(old_box).id, "symbol": "BTCUSDT_UMCBL", **changes}

    assert (await bitget("leader").post(f"{MIX}/modifyTPSL", body)).code == code
    assert btc(old_box).take_profit is btc(old_box).stop_loss is None
    assert old_box["bitget"].executions == []


async def test_tpsl_changes_once_in_300_ms(old_box: Sandbox, bitget: Make) -> None:
    old_box["bitget"].options.limit_factor = 1
    body = {"trackingNo": btc(old_box).id, "symbol": "BTCUSDT_UMCBL", "stopLossPrice": "30000"}
    first, second = [(await bitget("leader").post(f"{MIX}/modifyTPSL", body)).code for _ in range(2)]
    await old_box.advance(1)

    assert (first, second) == ("00000", "43036")
    assert (await bitget("leader").post(f"{MIX}/modifyTPSL", body)).code == "00000"


async def test_a_read_only_key_can_not_close(old_box: Sandbox, bitget: Make) -> None:
    assert (await bitget("readonly").post(f"{MIX}/closeTrackOrder", {})).code == "40014"


# Rules


async def test_symbols_are_added_and_deleted(old_box: Sandbox, bitget: Make) -> None:
    client, path = bitget("leader"), f"{MIX}/setUpCopySymbols"

    async def led() -> set[str]:
        rows = (await client.get(f"{MIX}/traderSymbols")).json["data"]
        return {row["symbol"] for row in rows if row["openTrader"]}

    before = await led()
    assert (await client.post(path, {"symbol": "AVAXUSDT_UMCBL", "operation": "add"})).json["data"] == ""
    assert await led() == before | {"AVAXUSDT_UMCBL"}
    await client.post(path, {"symbol": "BTCUSDT_UMCBL", "operation": "delete"})
    assert await led() == before - {"BTCUSDT_UMCBL"} | {"AVAXUSDT_UMCBL"}
    for symbol in ("PEPEUSDT_UMCBL", "BTCUSDT", "BTCUSD_DMCBL"):
        assert (await client.post(path, {"symbol": symbol, "operation": "add"})).code == "40731"
    assert (await client.post(path, {"symbol": "BTCUSDT_UMCBL", "operation": "change"})).code == "400172"


async def test_ratios_hold_for_what_opens_from_now_on(old_box: Sandbox, bitget: Make) -> None:
    """A ratio that is left out is cancelled."""
    client, target = bitget("leader"), {"symbol": "ETHUSDT", "productType": "umcbl"}

    async def send(**ratios: str) -> list[dict[str, str]]:
        body = {"tpslRatioConfigList": [{**target, **ratios}]}
        assert (await client.post(f"{MIX}/traderUpdateTpslRatioConfig", body)).json["data"] is True
        asked = {"queryTpslRatioConfig": [target]}
        rows: list[dict[str, str]] = (await client.post(f"{MIX}/queryTraderTpslRatioConfig", asked)).json["data"]
        return rows

    both = {"takeProfitRatio": "110", "stopLossRatio": "40"}
    assert await send(**both) == [{"symbol": "ETHUSDT", **both}]
    position = lead(old_box).open("ETH", "long")
    assert await send(stopLossRatio="40") == [{"symbol": "ETHUSDT", "takeProfitRatio": "", "stopLossRatio": "40"}]

    assert position is not None
    assert position.take_profit is not None
    assert position.stop_loss is not None


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"takeProfitRatio": "401"}, "43056"),
        ({"takeProfitRatio": "1.5"}, "43056"),
        ({"stopLossRatio": "401"}, "43055"),
        ({"symbol": "ETHUSDT_UMCBL"}, "40731"),
        ({"symbol": "AVAXUSDT"}, "40731"),
        ({"productType": "dmcbl"}, "40731"),
        ({"productType": ""}, "40019"),
    ],
)
async def test_wrong_ratios_change_nothing(old_box: Sandbox, bitget: Make, row: dict[str, str], code: str) -> None:
    before = dict(lead(old_box).rules)
    good = {"symbol": "BTCUSDT", "productType": "umcbl", "takeProfitRatio": "20"}
    rows = [good, {"symbol": "ETHUSDT", "productType": "umcbl", **row}]
    reply = await bitget("leader").post(f"{MIX}/traderUpdateTpslRatioConfig", {"tpslRatioConfigList": rows})

    assert reply.code == code
    assert lead(old_box).rules == before


@pytest.mark.parametrize(("cross", "code"), [(True, "00000"), (False, "43055")])
async def test_a_loss_above_the_margin_needs_cross_margin(
    old_box: Sandbox, bitget: Make, cross: bool, code: str
) -> None:
    lead(old_box).leader.cross = cross
    rows = [{"symbol": "BTCUSDT", "productType": "umcbl", "stopLossRatio": "101"}]
    reply = await bitget("leader").post(f"{MIX}/traderUpdateTpslRatioConfig", {"tpslRatioConfigList": rows})

    assert reply.code == code


async def test_who_takes_no_followers_is_not_followed(old_box: Sandbox, bitget: Make) -> None:
    wish = follow_wish(old_box)
    assert (await bitget("leader").post(f"{MIX}/traderUpdateConfig", {"enableTrace": "NO"})).json["data"] is True
    assert (await bitget("empty").post(FOLLOW, wish)).code == "40861"
    await bitget("leader").post(f"{MIX}/traderUpdateConfig", {"enableTrace": "YES"})
    assert (await bitget("empty").post(FOLLOW, wish)).code == "00000"


async def test_hidden_tpsl_is_not_shown_to_others(old_box: Sandbox, bitget: Make) -> None:
    target = {"trackingNo": btc(old_box).id, "symbol": "BTCUSDT_UMCBL"}
    await bitget("leader").post(f"{MIX}/modifyTPSL", {**target, "stopLossPrice": "30000"})
    seen = []
    for shown in ("YES", "NO"):
        await bitget("leader").post(f"{MIX}/traderUpdateConfig", {"showTpsl": shown})
        asked = {"traderId": lead(old_box).leader.id, "symbol": "BTCUSDT"}
        (row,) = (await bitget("empty").post(f"{MIX}/report/order/currentList", asked)).json["data"]
        seen.append(row["stopLossPrice"])

    assert seen == ["30000", ""]


@pytest.mark.parametrize("body", [{}, {"enableTrace": ""}, {"enableTrace": "maybe"}])
async def test_settings_want_one_of_three(old_box: Sandbox, bitget: Make, body: dict[str, str]) -> None:
    assert (await bitget("leader").post(f"{MIX}/traderUpdateConfig", body)).code == "400172"


# Followers


async def test_followers_page(old_box: Sandbox, bitget: Make) -> None:
    rows = []
    for page in ("1", "2"):
        asked = {"pageNo": page, "pageSize": "4"}
        rows += (await bitget("leader").post(f"{MIX}/myFollowerList", asked)).json["data"]

    assert [row["followerUid"] for row in rows] == [follower.uid for follower in lead(old_box).followers]
    for row, follower in zip(rows, lead(old_box).followers, strict=True):
        assert D(row["accountEquity"]) == lead(old_box).equity_of(follower).quantize(D("0.0001"))
        assert row["canRemoveFollower"] is (D(row["accountEquity"]) < 100)


async def test_only_followers_with_little_money_can_be_removed(old_box: Sandbox, bitget: Make) -> None:
    path = f"{MIX}/removeFollower"
    rows = (await bitget("leader").post(f"{MIX}/myFollowerList", {})).json["data"]
    poor, rich = ([row["followerUid"] for row in rows if row["canRemoveFollower"] is can] for can in (True, False))
    refused = await bitget("leader").post(path, {"followerUid": rich[0]})

    assert refused.code == "43069"
    assert refused.json["msg"].endswith("lower than 100 USDT")
    assert (await bitget("leader").post(path, {"followerUid": poor[0]})).json["data"] is True
    assert (await bitget("leader").post(path, {"followerUid": poor[0]})).code == "43046"
    assert [follower.uid for follower in lead(old_box).followers] == [uid for uid in rich if uid not in poor]


async def test_who_was_removed_waits_before_following_again(old_box: Sandbox, bitget: Make) -> None:
    world, wish = old_box["bitget"].world, follow_wish(old_box)
    assert (await bitget("empty").post(FOLLOW, wish)).code == "00000"
    world.ledger.move("empty", Ledger.OUTSIDE, world.ledger.balance("empty") - 50)
    uid = world.accounts["empty"].uid

    assert (await bitget("leader").post(f"{MIX}/removeFollower", {"followerUid": uid})).json["data"] is True
    assert (await bitget("empty").post(f"{MIX}/myTraderList", {})).json["data"] == []
    assert (await bitget("empty").post(FOLLOW, wish)).code == "43047"
    await old_box.advance(11 * 60)
    assert (await bitget("empty").post(FOLLOW, wish)).code == "00000"


async def test_nobody_follows_oneself(old_box: Sandbox, bitget: Make) -> None:
    assert (await bitget("leader").post(FOLLOW, follow_wish(old_box))).code == "43063"


# Profits


async def test_totals_are_sums_of_details(old_box: Sandbox, bitget: Make) -> None:
    """By coin, by coin and day, and share by share."""
    client = bitget("leader")
    by_coin = (await client.get(f"{MIX}/profitSettleTokenIdGroup")).json["data"]
    days = (await client.get(f"{MIX}/profitDateGroupList")).json["data"]
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for day in days:
        query = f"marginCoin={day['settleTokenId']}&date={day['date']}&pageSize=100&pageNo=1"
        rows = (await client.get(f"{MIX}/profitDateList", query)).json["data"]
        assert sum(D(row["profit"]) for row in rows) == D(day["profit"])
        sums[day["settleTokenId"]] += D(day["profit"])

    assert sums == {row["settleTokenId"]: D(row["profit"]) for row in by_coin}
    assert [day["date"] for day in days] == sorted((day["date"] for day in days), reverse=True)
    assert sums["USDT"] == sum(share.amount for share in lead(old_box).shares if share.asset == "USDT")


async def test_what_waits_is_in_the_summary(old_box: Sandbox, bitget: Make) -> None:
    client, world = bitget("leader"), old_box["bitget"].world
    world.market.set_price("BTC", world.market.price("BTC") * 103 / 100)
    await client.post(f"{MIX}/closeTrackOrderBySymbol", {"symbol": "BTCUSDT_UMCBL"})
    rows = (await client.get(f"{MIX}/waitProfitDateList", "pageSize=100&pageNo=1")).json["data"]
    summary = (await client.get(f"{MIX}/summary")).json["data"]

    assert rows
    assert D(summary["waitProfit"]) == sum(D(row["profit"]) for row in rows).quantize(D("0.0001"))
    assert {type(value) for value in summary.values()} == {str}


async def test_yesterday_is_a_day_of_gmt_8(old_box: Sandbox, bitget: Make) -> None:
    world = old_box["bitget"].world
    midnight = (world.clock.now_ms() + 8 * HOUR) // DAY * DAY - 8 * HOUR
    world.clock.advance(midnight + 2 * DAY + HOUR - world.clock.now_ms())
    shares, follower = lead(old_box).shares, lead(old_box).followers[0]
    for hours, amount in ((-25, 1), (-24, 2), (-13, 4), (-1, 8), (0, 16)):
        at = midnight + 2 * DAY + hours * HOUR
        shares.append(ProfitShare(world.new_id(), follower, "USDT", D(amount), at, settled=True))
    summary = (await bitget("leader").get(f"{MIX}/summary")).json["data"]

    assert D(summary["yesterdaySplitProfit"]) == 2 + 4 + 8
    assert int(summary["yesterdayTimeStamp"]) == midnight + 2 * DAY - HOUR


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("date=1&pageSize=20&pageNo=1", "40019"),
        ("marginCoin=USDT&pageSize=20&pageNo=1", "40019"),
        ("marginCoin=USDT&date=yesterday&pageSize=20&pageNo=1", "400172"),
        ("marginCoin=USDT&date=1&pageSize=0&pageNo=1", "400172"),
    ],
)
async def test_wrong_questions_for_a_day(old_box: Sandbox, bitget: Make, query: str, code: str) -> None:
    assert (await bitget("leader").get(f"{MIX}/profitDateList", query)).code == code


async def test_figures_are_sums_of_the_history(old_box: Sandbox, bitget: Make) -> None:
    found = (await bitget("leader").get(f"{MIX}/traderDetail")).json["data"]
    leader = lead(old_box).leader

    assert (int(found["gainNum"]), int(found["lossNum"])) == (leader.wins, leader.losses)
    assert int(found["tradingOrders"]) == leader.wins + leader.losses
    assert found["totalpl"].startswith("$")
    assert D(found["lastMonthProfit"][-1]["amount"]) == leader.profit
    assert len(found["lastWeekRoi"]) == 7
