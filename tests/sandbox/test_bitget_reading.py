"""Bitget's emulator, V2: what a follower reads, in the shapes of the venue's pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.bitget import CURRENT, FOLLOWER, HISTORY, USDT, D, Make, leaders
from unifiedcopy.sandbox import Sandbox


async def test_open_copies_have_the_documented_shape(bitget: Make) -> None:
    """A bare array; every value text; what is not closed yet is "0" or empty."""
    rows = (await bitget().get(CURRENT, USDT)).json["data"]

    assert len(rows) == 3
    for row in rows:
        assert list(row) == [
            "trackingNo",
            "traderName",
            "openOrderId",
            "closeOrderId",
            "traderId",
            "symbol",
            "posSide",
            "openLeverage",
            "openAvgPrice",
            "openTime",
            "openSize",
            "closeAvgPrice",
            "closeSize",
            "openMarginSz",
            "closeTime",
        ]
        assert {type(value) for value in row.values()} == {str}
        assert (row["closeOrderId"], row["closeAvgPrice"], row["closeTime"]) == ("", "0", "0")
        assert row["closeSize"] == "0.0000000000000000"
        assert len(row["openSize"].partition(".")[2]) == 16
        assert len(row["trackingNo"]) == 19
    assert {row["posSide"] for row in rows} == {"long", "short"}


async def test_open_copies_in_the_other_documented_shape(bitget_box: Sandbox, bitget: Make) -> None:
    options = bitget_box["bitget"].options
    options.current_orders, options.entry_name = "object", "openPriceAvg"
    data = (await bitget().get(CURRENT, USDT)).json["data"]

    assert list(data) == ["trackingList", "endId"]
    assert data["endId"] == ""
    row = data["trackingList"][0]
    assert "openAvgPrice" not in row
    assert D(row["openPriceAvg"]) > 0
    assert D(row["openFee"]) < 0


async def test_history_has_the_documented_shape(bitget: Make) -> None:
    data = (await bitget().get(HISTORY, f"{USDT}&limit=1")).json["data"]

    assert list(data) == ["trackingList", "endId"]
    (row,) = data["trackingList"]
    assert list(row) == [
        "trackingNo",
        "posSide",
        "openLeverage",
        "openSize",
        "closeSize",
        "openPriceAvg",
        "closePriceAvg",
        "achievedPL",
        "openFee",
        "closeFee",
        "symbol",
        "profitRate",
        "netProfit",
        "openOrderId",
        "closeOrderId",
        "openTime",
        "closeTime",
        "traderId",
        "productType",
    ]
    assert {type(value) for value in row.values()} == {str}
    assert row["productType"] == "usdt-futures"
    assert data["endId"] == row["trackingNo"]


async def test_history_adds_up(bitget: Make) -> None:
    """(close - open) x size, and that in percent of the margin, as in the page's sample."""
    rows = (await bitget().get(HISTORY, f"{USDT}&limit=100")).json["data"]["trackingList"]

    assert len(rows) == 25
    for row in rows:
        number = {name: D(value) for name, value in row.items() if name.startswith(("open", "close"))}
        sign = 1 if row["posSide"] == "long" else -1
        profit = (number["closePriceAvg"] - number["openPriceAvg"]) * number["closeSize"] * sign
        margin = number["openPriceAvg"] * number["openSize"] / number["openLeverage"]
        assert D(row["achievedPL"]) == profit
        assert abs(D(row["profitRate"]) - profit / margin * 100) <= D("0.005")
        assert D(row["netProfit"]) <= D(row["achievedPL"])
        assert number["openFee"] < 0


async def pages(client: Any, path: str, size: int) -> list[list[str]]:
    """Tracking numbers, page by page, by the last one seen."""
    found: list[list[str]] = []
    last = ""
    while True:
        data = (await client.get(path, f"{USDT}&limit={size}" + (f"&idLessThan={last}" if last else ""))).json["data"]
        rows = data["trackingList"] if isinstance(data, dict) else data
        if not rows:
            return found
        found.append([row["trackingNo"] for row in rows])
        last = found[-1][-1]


@pytest.mark.parametrize("path", [CURRENT, HISTORY])
async def test_a_cursor_shows_each_row_once(bitget_box: Sandbox, bitget: Make, path: str) -> None:
    bitget_box["bitget"].seed_positions(230)
    bitget_box["bitget"].seed_history(205)
    found = await pages(bitget(), path, 100)

    assert [len(page) for page in found] == [100, 100, 30]
    numbers = [int(number) for page in found for number in page]
    assert numbers == sorted(set(numbers), reverse=True)


async def test_the_cursor_is_empty_on_the_last_page(bitget: Make) -> None:
    first = (await bitget().get(HISTORY, f"{USDT}&limit=20")).json["data"]
    rest = (await bitget().get(HISTORY, f"{USDT}&limit=20&idLessThan={first['endId']}")).json["data"]
    newer = f"{USDT}&limit=20&idGreaterThan={rest['trackingList'][0]['trackingNo']}"

    assert len(rest["trackingList"]) == 5
    assert rest["endId"] == ""
    assert (await bitget().get(HISTORY, newer)).json["data"]["trackingList"] == first["trackingList"]


@pytest.mark.parametrize("name", ["limit=101", "limit=0", "limit=x", "idLessThan=x", "startTime=x"])
async def test_bad_paging_is_refused(bitget: Make, name: str) -> None:
    reply = await bitget().get(HISTORY, f"{USDT}&{name}")

    assert (reply.status, reply.code, reply.json["data"]) == (400, "400172", None)


async def test_a_large_page_may_fall_back_to_the_default(bitget_box: Sandbox, bitget: Make) -> None:
    bitget_box["bitget"].options.large_page = "default"
    rows = (await bitget().get(HISTORY, f"{USDT}&limit=101")).json["data"]["trackingList"]

    assert len(rows) == 20


async def test_time_windows_span_three_months_at_most(bitget_box: Sandbox, bitget: Make) -> None:
    now = bitget_box.now_ms()
    day = 86_400_000
    wide = await bitget().get(HISTORY, f"{USDT}&startTime={now - 100 * day}&endTime={now}")
    old = await bitget().get(HISTORY, f"{USDT}&startTime={now - 90 * day}&endTime={now - 30 * day}")

    assert wide.code == "400172"
    assert old.json["data"] == {"trackingList": [], "endId": ""}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("productType=usdt-futures", 3),
        ("productType=USDT-FUTURES&symbol=BTCUSDT", 1),
        ("productType=USDT-FUTURES&symbol=btcusdt", 0),  # case-sensitive
        ("productType=COIN-FUTURES", 0),
        ("productType=USDT-FUTURES&traderId=nobody", 0),
    ],
)
async def test_open_copies_can_be_filtered(bitget: Make, query: str, expected: int) -> None:
    assert len((await bitget().get(CURRENT, query)).json["data"]) == expected


@pytest.mark.parametrize(("query", "code"), [("", "40019"), ("productType=umcbl", "400172")])
async def test_the_product_type_is_needed(bitget: Make, query: str, code: str) -> None:
    assert (await bitget().get(CURRENT, query)).code == code


async def test_settings_read_back(bitget_box: Sandbox, bitget: Make) -> None:
    followed, other = leaders(bitget_box)[:2]
    mine = (await bitget().get(f"{FOLLOWER}/query-settings", f"traderId={followed.id}")).json["data"]
    by_uid = await bitget().get(f"{FOLLOWER}/query-settings", f"traderId={followed.extra['uid']}")
    none = (await bitget().get(f"{FOLLOWER}/query-settings", f"traderId={other.id}")).json["data"]

    assert mine["followerEnable"] == "YES"
    assert list(mine["detailList"][0]) == [
        "symbol",
        "productType",
        "marginType",
        "marginCoin",
        "leverType",
        "longLeverage",
        "shortLeverage",
        "traceType",
        "traceValue",
        "maxHoldSize",
        "stopSurplusRatio",
        "stopLossRatio",
    ]
    assert {type(value) for value in mine["detailList"][0].values()} == {str}
    assert by_uid.json["data"] == mine
    assert none == {"followerEnable": "NO", "detailList": []}
    assert (await bitget().get(f"{FOLLOWER}/query-settings", "traderId=nobody")).code == "43046"


async def test_followed_leaders_have_the_documented_shape(bitget: Make) -> None:
    (row,) = (await bitget().get(f"{FOLLOWER}/query-traders")).json["data"]

    assert list(row) == [
        "certificationType",
        "traderId",
        "traderName",
        "maxFollowLimit",
        "followCount",
        "traceTotalMarginAmount",
        "traceTotalNetProfit",
        "traceTotalProfit",
        "currentTradingPairs",
        "followerTime",
        "bgbMaxFollowLimit",
        "bgbFollowCount",
    ]
    assert (await bitget("empty").get(f"{FOLLOWER}/query-traders")).json["data"] == []
    assert (await bitget().get(f"{FOLLOWER}/query-traders", "pageNo=2")).json["data"] == []
    assert (await bitget().get(f"{FOLLOWER}/query-traders", "pageSize=51")).code == "400172"


async def test_size_limits(bitget: Make) -> None:
    one = await bitget().get(f"{FOLLOWER}/query-quantity-limit", "productType=usdt-futures&symbol=BTCUSDT")
    rows = (await bitget().get(f"{FOLLOWER}/query-quantity-limit", USDT)).json["data"]

    assert one.json["data"] == [{"maxFollowSize": "20000", "minFollowSize": "0.001", "symbol": "BTCUSDT"}]
    assert len(rows) == 8
