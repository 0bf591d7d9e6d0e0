"""Bitget's emulator, V1: gone by default, and as it was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.bitget import D, Make, copies, leaders
from unifiedcopy.sandbox import Sandbox

TRACE = "/api/mix/v1/trace"


def setting(**changes: Any) -> dict[str, Any]:
    """The row of the page's own example."""
    return {
        "symbol": "ETHUSDT_UMCBL",
        "marginType": "specify",
        "marginCoin": "USDT",
        "leverType": "specify",
        "longLeverage": "12",
        "shortLeverage": "10",
        "traceType": "amount",
        "traceValue": "1000",
        "maxHoldCount": "",
        "stopProfitRation": "",
        "stopLossRation": "",
        **changes,
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{TRACE}/followerOrder"),
        ("POST", f"{TRACE}/cancelCopyTrader"),
        ("GET", "/api/spot/v1/public/time"),
        ("POST", "/api/spot/v1/trace/order/spotInfoList"),
    ],
)
async def test_v1_is_gone_whoever_asks(bitget: Make, method: str, path: str) -> None:
    reply = await bitget().raw(method, path)

    assert (reply.status, reply.code, reply.json["data"]) == (400, "30032", None)
    assert reply.json["msg"] == "The V1 API has been decommissioned. Please migrate to a newer version."


async def test_time_is_the_number_itself(old_box: Sandbox, bitget: Make) -> None:
    assert type((await bitget().raw("GET", "/api/spot/v1/public/time")).json["data"]) is int


async def test_v1_signs_as_v2_does(old_box: Sandbox, bitget: Make) -> None:
    assert (await bitget().post(f"{TRACE}/myTraderList", {}, **{"ACCESS-SIGN": "AAAA"})).code == "40009"
    assert (await bitget("readonly").post(f"{TRACE}/cancelCopyTrader", {"traderId": "x"})).code == "40014"


async def test_open_copies_hold_exact_numbers(old_box: Sandbox, bitget: Make) -> None:
    """Leverage, prices and times are JSON numbers, with the digits that they have."""
    reply = await bitget().get(f"{TRACE}/followerOrder", "productType=umcbl&pageSize=20&pageNo=1")
    rows = reply.json["data"]

    assert list(rows[0]) == [
        "trackingNo",
        "traderNickName",
        "openOrderId",
        "closeOrderId",
        "traderId",
        "symbol",
        "holdSide",
        "openLeverage",
        "openAvgPrice",
        "openTime",
        "openDealCount",
        "openMargin",
        "averageClosePrice",
        "closeDealCount",
        "closeTime",
    ]
    assert {row["symbol"] for row in rows} == {"BTCUSDT_UMCBL", "ETHUSDT_UMCBL", "SOLUSDT_UMCBL"}
    for row, position in zip(rows, reversed(copies(old_box)), strict=True):
        assert f'"openAvgPrice":{position.entry.normalize():f},'.encode() in reply.body
        assert type(row["openLeverage"]) is type(row["openTime"]) is int
        assert (row["averageClosePrice"], row["closeTime"], row["closeOrderId"]) == (0, 0, "")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("productType=umcbl&pageSize=2&pageNo=2", 1),
        ("productType=UMCBL&pageSize=20&pageNo=1&symbol=BTCUSDT_UMCBL", 1),
        ("productType=umcbl&pageSize=20&pageNo=1&symbol=BTCUSDT", 0),
        ("productType=dmcbl&pageSize=20&pageNo=1", 0),
    ],
)
async def test_open_copies_page_and_filter(old_box: Sandbox, bitget: Make, query: str, expected: int) -> None:
    assert len((await bitget().get(f"{TRACE}/followerOrder", query)).json["data"]) == expected


async def test_history_wants_a_time_window(old_box: Sandbox, bitget: Make) -> None:
    now = old_box.now_ms()
    window = f"startTime={now - 7 * 86_400_000}&endTime={now}&pageSize=20&pageNo="
    path = f"{TRACE}/followerHistoryOrders"
    pages = [(await bitget().get(path, f"{window}{number}")).json["data"] for number in (1, 2, 3)]

    assert (await bitget().get(path, "pageSize=20&pageNo=1")).code == "40019"
    assert [len(page) for page in pages] == [20, 5, 0]
    row = pages[0][0]
    assert list(row) == [
        "symbol",
        "trackingNo",
        "holdSide",
        "openSize",
        "closeSize",
        "openLevel",
        "openAvgPrice",
        "openTime",
        "closeDealCount",
        "closeTime",
        "closeAvgPrice",
        "stopType",
        "achievedProfits",
        "openFee",
        "closeFee",
        "profitRate",
        "netProfit",
    ]
    assert type(row["openLevel"]) is type(row["closeTime"]) is int
    assert type(row["openAvgPrice"]) is str
    assert row["stopType"] == ("profit" if D(row["achievedProfits"]) > 0 else "loss")


async def test_following_and_its_settings(old_box: Sandbox, bitget: Make) -> None:
    leader = leaders(old_box)[1]
    client = bitget("empty")
    rows = [setting(), setting(symbol="BTCUSDT_UMCBL", leverType="trader", maxHoldCount="7", stopLossRation="20")]
    body = {"traderId": leader.extra["uid"], "settings": rows}
    assert (await client.post(f"{TRACE}/followerSetBatchTraceConfig", body)).json["data"] is True
    first, second = (await client.get(f"{TRACE}/queryTraceConfig", f"traderId={leader.id}")).json["data"]

    assert first == {**setting(), "maxHoldCount": 50000}
    assert second == {**rows[1], "longLeverage": None, "shortLeverage": None, "maxHoldCount": 7}
    old_box["bitget"].world.copying.lead_open(leader, "ETH", "short")
    assert [position.leverage for position in copies(old_box, "empty")] == [10]


@pytest.mark.parametrize("symbol", ["ETHUSDT", "ETHUSD_DMCBL"])
async def test_symbols_carry_their_suffix(old_box: Sandbox, bitget: Make, symbol: str) -> None:
    body = {"traderId": leaders(old_box)[1].id, "settings": [setting(symbol=symbol)]}

    assert (await bitget("empty").post(f"{TRACE}/followerSetBatchTraceConfig", body)).code == "40854"


async def test_followed_leaders(old_box: Sandbox, bitget: Make) -> None:
    (row,) = (await bitget().post(f"{TRACE}/myTraderList", {"pageNo": "1", "pageSize": "10"})).json["data"]

    assert list(row) == [
        "traderId",
        "traderNickName",
        "maxFollowerLimit",
        "currentFollowerCount",
        "accumulateMarginAmount",
        "accumulateNetProfit",
        "accumulateProfit",
        "currentTradingPairs",
    ]
    assert row["traderId"] == leaders(old_box)[0].id
    assert all(symbol.endswith("USDT_UMCBL") for symbol in row["currentTradingPairs"])


async def test_size_limits_have_no_suffix(old_box: Sandbox, bitget: Make) -> None:
    rows = (await bitget().post(f"{TRACE}/public/getFollowerConfig", {})).json["data"]

    assert rows[0] == {"maxFollowQuantity": "20000", "minFollowQuantity": "0.001", "symbol": "BTCUSDT"}


async def test_the_directory(old_box: Sandbox, bitget: Make) -> None:
    path, sort = f"{TRACE}/traderList", "sortRule=roi&sortFlag=desc"
    rows = (await bitget().get(path, sort)).json["data"]

    assert list(rows[0]) == [
        "canTrace",
        "traderUid",
        "traderNickName",
        "maxFollowCount",
        "followCount",
        "profile",
        "tradingPairsAvailable",
        "columnList",
        "isMyTrader",
        "totalFollowers",
        "profitOrderCount",
        "lossOrderCount",
        "totalTradeCount",
        "traderHeadPic",
        "maxCallbackRate",
        "averageWinRate",
        "followerTotalProfit",
        "dailyProfitRate",
        "dailyProfit",
        "profitRate24h",
        "profit24h",
        "lastTradeTime",
        "copyTradeDays",
    ]
    assert [row["traderUid"] for row in rows if row["isMyTrader"]] == [leaders(old_box)[0].id]
    assert sum(row["canTrace"] is False for row in rows) == 2
    assert len((await bitget().get(path, f"{sort}&traderNickName=stea")).json["data"]) == 1
    assert (await bitget().get(path, f"{sort}&traderNickName=eady")).json["data"] == []
    assert (await bitget().get(path, "pageNo=1")).code == "40019"


async def test_orders_of_a_leader(old_box: Sandbox, bitget: Make) -> None:
    body = {"traderId": leaders(old_box)[0].id, "pageNo": "1", "pageSize": "1"}
    (current,) = (await bitget().post(f"{TRACE}/report/order/currentList", body)).json["data"]
    (closed,) = (await bitget().post(f"{TRACE}/report/order/historyList", body)).json["data"]
    face = ["trackingNo", "holdMode", "holdSide", "leverage", "symbol", "openPrice", "openTime"]

    assert list(current) == [
        *face,
        "openAmount",
        "followerNum",
        "takeProfitPrice",
        "stopLossPrice",
        "marginAmount",
    ]
    assert list(closed) == [*face, "closePrice", "closeTime", "closeAmount", "marginAmount", "followerNum"]
    assert (current["symbol"], current["takeProfitPrice"]) == ("SOLUSDT", "")
    assert current["holdMode"] in ("fixed", "crossed")


async def test_tpsl_is_set_left_and_cancelled(old_box: Sandbox, bitget: Make) -> None:
    (position,) = [p for p in copies(old_box) if p.coin == "ETH"]
    path, target = f"{TRACE}/followerSetTpsl", {"trackingNo": position.id, "symbol": "ETHUSDT_UMCBL"}
    both = {**target, "stopProfitPrice": "4000", "stopLossPrice": "3000"}
    assert (await bitget().post(path, both)).json["data"] is True
    await bitget().post(path, {**target, "stopProfitPrice": None})

    assert position.take_profit is None
    assert position.stop_loss is not None
    assert position.stop_loss.value == 3000
    assert (await bitget().post(path, {**target, "stopLossPrice": "9999"})).code == "43015"
    assert (await bitget().post(path, {**both, "symbol": "ETHUSDT"})).code == "43065"


async def test_closing(old_box: Sandbox, bitget: Make) -> None:
    """One by its number, the others by what they have in common."""
    btc = copies(old_box)[0]
    one = await bitget().post(f"{TRACE}/followerCloseByTrackingNo", {"trackingNo": btc.id, "productType": "UMCBL"})
    wish = {"productType": "UMCBL", "symbol": "SOLUSDT_UMCBL", "holdSide": "short"}
    some = await bitget().post(f"{TRACE}/followerCloseByAll", wish)

    assert (one.json["data"], some.json["data"]) == (True, True)
    assert [position.coin for position in copies(old_box)] == ["ETH"]
    assert (await bitget().post(f"{TRACE}/followerCloseByAll", wish)).code == "22002"
    assert [done.operation for done in old_box["bitget"].executions] == ["close_by_tracking_no", "close_by_all"]


async def test_unfollowing(old_box: Sandbox, bitget: Make) -> None:
    body = {"traderId": leaders(old_box)[0].id}

    assert (await bitget().post(f"{TRACE}/cancelCopyTrader", body)).json["data"] == "success"
    assert (await bitget().post(f"{TRACE}/cancelCopyTrader", body)).code == "43062"
    assert copies(old_box) == []


async def test_report_calls_count_per_address(old_box: Sandbox, bitget: Make) -> None:
    old_box["bitget"].options.limit_factor = 1
    body = {"traderId": leaders(old_box)[0].id}
    path = f"{TRACE}/report/order/historyList"
    replies = [await bitget(alias).post(path, body) for alias in ("main", "empty", "readonly") * 2]

    assert [reply.status for reply in replies] == [200] * 5 + [429]
