"""Bitget's emulator, V2: the directory of leaders, and their orders."""

from __future__ import annotations

from tests.sandbox.bitget import BROKER, USDT, Make, leaders, listed
from unifiedcopy.sandbox import Sandbox


async def test_the_directory_has_the_documented_shape(bitget_box: Sandbox, bitget: Make) -> None:
    rows = (await bitget().get(f"{BROKER}/query-traders")).json["data"]

    assert len(rows) == len(listed(bitget_box)) > 8
    assert list(rows[0]) == [
        "canTrace",
        "traderId",
        "traderName",
        "maxLimit",
        "bgbMaxFollowLimit",
        "followCount",
        "bgbFollowCount",
        "traderStatus",
        "totalEquity",
        "currentTradingList",
        "columnList",
        "totalFollowers",
        "profitCount",
        "lossCount",
        "tradeCount",
        "traderPic",
        "maxCallbackRate",
        "averageWinRate",
        "dailyProfitRateList",
        "dailyProfitList",
        "profitRate24hList",
        "profit24hList",
        "followerTotalProfit",
        "lastTradeTime",
        "tradeDays",
    ]
    found = leaders(bitget_box)
    assert {row["traderId"] for row in rows if row["traderStatus"] == "Yes"} == {found[0].id}
    assert {row["traderId"] for row in rows if row["canTrace"] == "No"} == {found[-1].id, found[-2].id}
    assert rows[0]["columnList"][1]["value"].startswith("$")
    assert len(rows[0]["dailyProfitRateList"]) == 30
    assert len(rows[0]["profit24hList"]) == 24


async def test_the_directory_sorts_filters_and_pages(bitget_box: Sandbox, bitget: Make) -> None:
    async def ask(query: str) -> list[str]:
        rows = (await bitget().get(f"{BROKER}/query-traders", query)).json["data"]
        return [row["traderId"] for row in rows]

    found = leaders(bitget_box)
    by_roi = [leader.id for leader in sorted(listed(bitget_box), key=lambda x: x.roi, reverse=True)]
    assert await ask("sortRule=roi&sortFlag=desc") == by_roi
    assert await ask("sortRule=ROI&sortFlag=Asc") == by_roi[::-1]
    assert await ask("sortRule=roi&pageNo=3&pageSize=3") == by_roi[6:9]
    assert await ask("fullStatus=Full") == [found[-2].id]
    assert await ask(f"traderId={found[3].id}") == [found[3].id]
    assert await ask("traderName=money") == [found[5].id]
    assert (await bitget().get(f"{BROKER}/query-traders", "pageSize=21")).code == "400172"


async def test_the_directory_may_want_a_broker(bitget_box: Sandbox, bitget: Make) -> None:
    bitget_box["bitget"].options.brokers_only = True

    assert (await bitget().get(f"{BROKER}/query-traders")).code == "40029"


async def test_orders_of_a_leader_have_the_documented_shape(bitget_box: Sandbox, bitget: Make) -> None:
    of = f"{USDT}&traderId={leaders(bitget_box)[0].id}&symbol=btcusdt"
    current = (await bitget().get(f"{BROKER}/query-current-traces", of)).json["data"]
    history = (await bitget().get(f"{BROKER}/query-history-traces", of + "&limit=1")).json["data"]

    assert list(current[0]) == [
        "trackingNo",
        "openOrderId",
        "marginMode",
        "posSide",
        "symbol",
        "openLeverage",
        "openPriceAvg",
        "openTime",
        "openSize",
        "openFee",
        "marginAmount",
        "followCount",
        "stopSurplusPrice",
        "stopLossPrice",
        "cTime",
    ]
    assert current[0]["followCount"] == "2"
    assert list(history) == ["trackingList", "endId"]
    assert list(history["trackingList"][0]) == [
        "trackingNo",
        "openOrderId",
        "closeOrderId",
        "marginMode",
        "posSide",
        "symbol",
        "openLeverage",
        "openPriceAvg",
        "openTime",
        "openSize",
        "closePriceAvg",
        "closeTime",
        "closeSize",
        "openFee",
        "closeFee",
        "marginAmount",
        "followCount",
        "cTime",
    ]
    assert {type(value) for row in (*current, *history["trackingList"]) for value in row.values()} == {str}
    assert (await bitget().get(f"{BROKER}/query-current-traces", f"{USDT}&traderId=x")).code == "43046"
