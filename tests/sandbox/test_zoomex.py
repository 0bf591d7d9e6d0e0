"""Zoomex's emulator: positions, TP/SL and closing as in the venue's V3 pages."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest

from tests.sandbox.zoomex import LINEAR, Make, order, rows, stop
from unifiedcopy.sandbox import Sandbox


async def test_time_is_public(zoomex: Make) -> None:
    """Text in the result, a number in the envelope, no limit headers."""
    reply = await zoomex().raw("GET", "/cloud/trade/v3/market/time")
    body = reply.json

    assert list(body) == ["retCode", "retMsg", "result", "retExtInfo", "time"]
    assert len(body["result"]["timeNano"]) == 19
    assert body["result"]["timeSecond"] == body["result"]["timeNano"][:10]
    assert type(body["time"]) is int
    assert not any(name.startswith("X-Bapi") for name in reply.headers)


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/nope", 404, "404 page not found"),
        ("/market/tickers", 400, "must input category"),
        ("/market/tickers?category=option", 400, "We don't support the category, plz check."),
        ("/market/tickers?category=linear&symbol=NOPE", 400, "we don't support this symbol, plz check."),
    ],
)
async def test_some_refusals_are_plain_text(zoomex: Make, path: str, status: int, body: str) -> None:
    reply = await zoomex().raw("GET", f"/cloud/trade/v3{path}")

    assert (reply.status, reply.body.decode()) == (status, body)
    assert reply.headers["Content-Type"].startswith("text/plain")


async def test_instruments_page_through(zoomex: Make) -> None:
    path, found, cursor = "/cloud/trade/v3/market/instruments-info?category=linear&limit=3", [], ""
    while True:
        result = (await zoomex().raw("GET", path + (cursor and f"&cursor={cursor}"))).json["result"]
        found += [row["symbol"] for row in result["list"]]
        cursor = result["nextPageCursor"]
        if not cursor:
            break

    assert found[:2] == ["BTCUSDT", "ETHUSDT"]
    assert len(found) == len(set(found)) == 8


async def test_positions_have_the_documented_shape(zoomex: Make) -> None:
    """Keys in the order of the linear sample; numbers as text but for the four small integers."""
    result = (await zoomex().get("/position/list", LINEAR)).json["result"]
    row = result["list"][0]

    assert list(result) == ["nextPageCursor", "category", "list"]
    assert list(row)[:6] == ["symbol", "leverage", "avgPrice", "liqPrice", "riskLimitValue", "takeProfit"]
    assert list(row)[-4:] == ["positionStatus", "stopLoss", "tradeMode", "adlRankIndicator"]
    assert {name for name, value in row.items() if type(value) is int} == {
        "riskId",
        "positionIdx",
        "tradeMode",
        "adlRankIndicator",
    }
    assert "positionBalance" not in row


async def test_both_sides_of_one_symbol_in_hedge_mode(zoomex: Make) -> None:
    found = await rows(zoomex())
    hedged = [(row["positionIdx"], row["side"]) for row in found if row["symbol"] == "XRPUSDT"]

    assert hedged == [(1, "Buy"), (2, "Sell")]
    assert [(row["positionIdx"], row["side"]) for row in found if row["symbol"] == "ETHUSDT"] == [(0, "Sell")]


async def test_inverse_counts_in_dollars_and_coins(zoomex: Make) -> None:
    result = (await zoomex().get("/position/list", "category=inverse&settleCoin=BTC")).json["result"]
    (row,) = result["list"]

    assert list(result) == ["list", "nextPageCursor", "category"]
    assert list(row)[:4] == ["positionIdx", "riskId", "riskLimitValue", "symbol"]
    assert (row["symbol"], row["size"], row["side"]) == ("BTCUSD", "299", "Sell")
    assert Decimal(row["positionValue"]) < 1
    assert (row["takeProfit"], row["stopLoss"], row["trailingStop"]) == ("0.00", "0.00", "0.00")


async def test_a_symbol_is_shown_even_when_flat(box: Sandbox, zoomex: Make) -> None:
    """Classic says "None" for the side, unified says nothing."""
    (flat,) = await rows(zoomex(), "category=linear&symbol=SOLUSDT")
    assert (flat["side"], flat["size"], flat["avgPrice"]) == ("None", "0", "0")

    box["zoomex"].options.unified = True
    (flat,) = await rows(zoomex(), "category=linear&symbol=SOLUSDT")
    assert (flat["side"], flat["size"], flat["avgPrice"]) == ("", "0", "")


@pytest.mark.parametrize("count", [5, 41, 250])
async def test_cursors_reach_each_position_once(box: Sandbox, zoomex: Make, count: int) -> None:
    """The cursor goes back as it came, percent signs and all; an empty page ends it."""
    box["zoomex"].options.limit_factor = 0
    box["zoomex"].seed_positions(count)
    held, cursor, found = len(box["zoomex"].world.book.open_positions("main")), "", []
    while True:
        query = f"{LINEAR}&limit=20" + (cursor and f"&cursor={cursor}")
        result = (await zoomex().get("/position/list", query)).json["result"]
        found += [(row["symbol"], row["positionIdx"]) for row in result["list"]]
        cursor = result["nextPageCursor"]
        if not cursor:
            break
        assert "%3D" in cursor

    assert result["list"] == []
    assert len(found) == len(set(found)) == held - 1  # all but the inverse one


async def test_a_cursor_in_other_bytes_is_unknown(zoomex: Make) -> None:
    """Decoded, or encoded twice, or with other filters: not what was given."""
    query = f"{LINEAR}&limit=2"
    cursor = (await zoomex().get("/position/list", query)).json["result"]["nextPageCursor"]
    variants = [unquote(cursor), cursor.replace("%", "%25"), cursor.replace("%3D", "%3d")]

    assert [(await zoomex().get("/position/list", f"{query}&cursor={text}")).code for text in variants] == [10001] * 3
    assert (await zoomex().get("/position/list", f"category=inverse&settleCoin=BTC&cursor={cursor}")).code == 10001
    assert (await zoomex().get("/position/list", f"{query}&cursor={cursor}")).code == 0


async def test_the_query_is_signed_as_sent(zoomex: Make) -> None:
    """Signing the decoded text of an encoded query fails."""
    client = zoomex()
    headers = client.headers("category=linear&settleCoin=USDT&cursor=a=b")
    reply = await client.raw("GET", f"/cloud/trade/v3/position/list?{LINEAR}&cursor=a%3Db", headers=headers)

    assert reply.code == 10004


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("category=linear", 10001),
        ("category=inverse", 10001),
        (f"{LINEAR}&limit=0", 10001),
        (f"{LINEAR}&limit=201", 10001),
        (f"{LINEAR}&limit=x", 10001),
        ("category=linear&symbol=BTCUSD", 10001),
        ("category=linear&symbol=BTCUSDT", 0),
    ],
)
async def test_what_position_list_needs(zoomex: Make, query: str, code: int) -> None:
    assert (await zoomex().get("/position/list", query)).code == code


async def test_unified_lists_all_inverse(box: Sandbox, zoomex: Make) -> None:
    box["zoomex"].options.unified = True

    assert len(await rows(zoomex(), "category=inverse")) == 1


async def test_stops_are_set_kept_and_cancelled(zoomex: Make) -> None:
    """ "0" cancels one of them, a missing one stays."""
    client = zoomex()

    async def shown() -> tuple[str, str]:
        row = (await rows(client))[0]
        return row["takeProfit"], row["stopLoss"]

    assert await shown() == ("136132.0", "34033.0")
    assert (await client.post("/position/trading-stop", stop(takeProfit="90000.5"))).json["result"] == {}
    assert await shown() == ("90000.5", "34033.0")
    await client.post("/position/trading-stop", stop(takeProfit="0", stopLoss="0"))
    assert await shown() == ("", "")


async def test_stops_close_at_their_price(box: Sandbox, zoomex: Make) -> None:
    """The closing order of a long is a Sell, and its result counts both fees."""
    client = zoomex()
    await client.post("/position/trading-stop", stop(takeProfit="70000"))
    box.market.set_price("BTC", Decimal("70000.1"))
    row = (await client.get("/position/closed-pnl", "category=linear&limit=1")).json["result"]["list"][0]
    number = {name: Decimal(row[name]) for name in ("cumExitValue", "cumEntryValue", "closedPnl")}

    assert (row["symbol"], row["side"], row["closedSize"]) == ("BTCUSDT", "Sell", "0.05")
    fees = (number["cumEntryValue"] + number["cumExitValue"]) * Decimal("0.0006")
    assert abs(number["cumExitValue"] - number["cumEntryValue"] - fees - number["closedPnl"]) < Decimal("0.0000001")


@pytest.mark.parametrize(
    "wish",
    [
        stop("SOLUSDT", takeProfit="999"),
        stop(idx=1, takeProfit="90000"),
        stop("XRPUSDT", idx=0, takeProfit="1"),
        stop(takeProfit="1000"),
        stop(stopLoss="99999"),
        stop(takeProfit="-1"),
        stop(takeProfit="much"),
        stop(),
        stop(takeProfit="90000") | {"tpslMode": "Partial"},
        stop(takeProfit="90000") | {"positionIdx": "0"},
        stop(takeProfit="90000") | {"symbol": "NOPE"},
    ],
)
async def test_wrong_stops(box: Sandbox, zoomex: Make, wish: dict[str, Any]) -> None:
    """No position, wrong index, wrong side of the price, not a number, nothing at all."""
    assert (await zoomex().post("/position/trading-stop", wish)).code == 10001
    assert box["zoomex"].executions == []


@pytest.mark.parametrize(
    ("wish", "left"),
    [
        (order("BTCUSDT", "Sell", "0.05"), "0"),
        (order("BTCUSDT", "Sell", "0.02"), "0.03"),
        (order("BTCUSDT", "Sell", "9"), "0"),
        (order("ETHUSDT", "Buy", "0.7"), "0"),
        (order("XRPUSDT", "Sell", "900", 1), "0"),
        (order("XRPUSDT", "Buy", "400", 2), "0"),
    ],
)
async def test_closing(zoomex: Make, wish: dict[str, Any], left: str) -> None:
    """The other side with the index of the position, reduce only; the order's id stands in closed-pnl."""
    client = zoomex()
    done = (await client.post("/order/create", wish | {"orderLinkId": "close-1"})).json["result"]
    now = await rows(client, f"category=linear&symbol={wish['symbol']}")
    closed = (await client.get("/position/closed-pnl", "category=linear")).json["result"]["list"][0]

    assert [row["size"] for row in now if row["positionIdx"] == wish["positionIdx"]] == [left]
    assert done == {"orderId": closed["orderId"], "orderLinkId": "close-1"}


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (order("BTCUSDT", "Buy", "0.05"), 110017),
        (order("SOLUSDT", "Sell", "1"), 110017),
        (order("XRPUSDT", "Buy", "100", 1), 110017),
        (order("XRPUSDT", "Sell", "100", 2), 110017),
        (order("XRPUSDT", "Sell", "100"), 10001),
        (order("BTCUSDT", "Sell", "0.05", 1), 10001),
        (order("BTCUSDT", "Sell", "0.0001"), 10001),
        (order("BTCUSDT", "Sell", "0"), 10001),
        (order("BTCUSDT", "sell", "0.05"), 10001),
        (order("BTCUSDT", "Sell", "0.05", reduceOnly="true"), 10001),
        (order("BTCUSDT", "Sell", "0.05", takeProfit="1"), 10001),
        (order("BTCUSDT", "Sell", "0.05", orderLinkId="x" * 37), 10001),
        (order("BTCUSDT", "Buy", "5", reduceOnly=False), 110007),
    ],
)
async def test_orders_that_are_refused(box: Sandbox, zoomex: Make, wish: dict[str, Any], code: int) -> None:
    assert (await zoomex().post("/order/create", wish)).code == code
    assert box["zoomex"].executions == []


async def test_an_order_link_id_works_once(zoomex: Make) -> None:
    wish = order("BTCUSDT", "Sell", "0.01", orderLinkId="once")

    assert [(await zoomex().post("/order/create", wish)).code for _ in range(2)] == [0, 110072]


async def test_orders_open_add_and_turn_around(zoomex: Make) -> None:
    client = zoomex()
    for wish in (order("SOLUSDT", "Buy", "2"), order("SOLUSDT", "Buy", "1"), order("SOLUSDT", "Sell", "5")):
        assert (await client.post("/order/create", wish | {"reduceOnly": False})).code == 0

    (row,) = await rows(client, "category=linear&symbol=SOLUSDT")
    assert (row["side"], row["size"]) == ("Sell", "2")


async def test_closed_pnl_pages_by_cursor(box: Sandbox, zoomex: Make) -> None:
    """Newest first, nanoseconds as in the sample, each row once."""
    box["zoomex"].seed_history(120)
    found, cursor = [], ""
    while True:
        query = "category=linear&limit=50" + (cursor and f"&cursor={cursor}")
        result = (await zoomex().get("/position/closed-pnl", query)).json["result"]
        found += result["list"]
        cursor = result["nextPageCursor"]
        if not result["list"]:
            break
        assert "%3A" in cursor
        assert "%2C" in cursor

    times = [int(row["createdTime"]) for row in found]
    assert len({row["orderId"] for row in found}) == len(found) >= 120
    assert times == sorted(times, reverse=True)
    assert {len(str(time)) for time in times} == {19}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("startTime=0&endTime=604800000", 0),
        ("startTime=0&endTime=604800001", 10001),
        ("startTime=2&endTime=1", 10001),
        ("startTime=0", 0),
        ("startTime=x", 10001),
        ("limit=101", 10001),
    ],
)
async def test_closed_pnl_looks_at_seven_days(zoomex: Make, query: str, code: int) -> None:
    assert (await zoomex().get("/position/closed-pnl", f"category=linear&{query}")).code == code


async def test_wallet_adds_up(zoomex: Make) -> None:
    """Free money plus margin is the wallet, with the open profit it is the equity."""
    account = (await zoomex().get("/account/wallet-balance", "accountType=CONTRACT")).json["result"]["list"][0]
    usdt = next(row for row in account["coin"] if row["coin"] == "USDT")
    number = {name: Decimal(value) for name, value in usdt.items() if value and name != "coin"}

    assert account["totalEquity"] == ""
    assert {row["coin"] for row in account["coin"]} == {"USDT", "BTC"}
    assert number["walletBalance"] == number["availableToWithdraw"] + number["totalPositionIM"]
    assert number["equity"] == number["walletBalance"] + number["unrealisedPnl"]
    assert (await zoomex().get("/account/wallet-balance", "accountType=UNIFIED")).code == 10001


async def test_leverage_and_mode_say_when_nothing_changes(zoomex: Make) -> None:
    """Not modified has its own codes; an open position stands in the way of another mode."""
    client = zoomex()
    lever = {"category": "linear", "symbol": "BTCUSDT", "buyLeverage": "6", "sellLeverage": "6"}
    mode = {"category": "linear", "symbol": "SOLUSDT", "coin": None, "mode": 3}
    codes = [(await client.post("/position/set-leverage", lever)).code for _ in range(2)]
    modes = [(await client.post("/position/switch-mode", mode)).code for _ in range(2)]

    assert codes == [0, 110043]
    assert (await rows(client))[0]["leverage"] == "6"
    assert modes == [0, 110025]
    assert (await client.post("/position/switch-mode", mode | {"symbol": "BTCUSDT"})).code == 110024
    too_much = lever | {"buyLeverage": "101", "sellLeverage": "101"}
    assert (await client.post("/position/set-leverage", too_much)).code == 110013


async def test_a_read_only_key_reads(box: Sandbox, zoomex: Make) -> None:
    client = zoomex("readonly")

    assert await rows(client)
    assert (await client.post("/position/trading-stop", stop(takeProfit="90000"))).code == 10005
    assert box["zoomex"].executions == []


async def test_an_empty_account_has_an_empty_list_and_no_cursor(zoomex: Make) -> None:
    reply = await zoomex("empty").get("/position/list", LINEAR)

    assert reply.json["result"] == {"nextPageCursor": "", "category": "linear", "list": []}


@pytest.mark.parametrize(
    ("clock", "code"),
    [
        ({"late": 4_900}, 0),
        ({"late": 5_500}, 10002),
        ({"late": 5_500, "window": 10_000}, 0),
        ({"late": -900}, 0),
        ({"late": -1_500}, 10002),
    ],
)
async def test_the_window_of_the_clock(zoomex: Make, clock: dict[str, int], code: int) -> None:
    """At most recv_window late, less than a second early."""
    assert (await zoomex().get("/position/list", LINEAR, **clock)).code == code


@pytest.mark.parametrize(
    ("headers", "code", "status"),
    [
        ({"X-BAPI-API-KEY": "unknown"}, 10003, 401),
        ({"X-BAPI-API-KEY": ""}, 10003, 401),
        ({"X-BAPI-SIGN": ""}, 10003, 401),
        ({"X-BAPI-SIGN": "0" * 64}, 10004, 200),
    ],
)
async def test_what_does_not_prove_who_asks(zoomex: Make, headers: dict[str, str], code: int, status: int) -> None:
    client = zoomex()
    sent = client.headers(LINEAR) | headers
    reply = await client.raw("GET", f"/cloud/trade/v3/position/list?{LINEAR}", headers=sent)

    assert (reply.code, reply.status) == (code, status)


async def test_a_get_with_a_body_is_forbidden(zoomex: Make) -> None:
    client = zoomex()
    path = f"/cloud/trade/v3/position/list?{LINEAR}"

    assert (await client.raw("GET", path, headers=client.headers(LINEAR), data=b"{}")).status == 403


async def test_the_body_is_signed_as_sent(box: Sandbox, zoomex: Make) -> None:
    """Spaces and all; other bytes than the signed ones are refused."""
    client = zoomex()
    spaced, compact = json.dumps(stop(takeProfit="90000"), indent=2), json.dumps(stop(takeProfit="90000"))
    path = "/cloud/trade/v3/position/trading-stop"

    assert (await client.raw("POST", path, data=spaced, headers=client.headers(spaced))).code == 0
    assert (await client.raw("POST", path, data=spaced, headers=client.headers(compact))).code == 10004
    assert len(box["zoomex"].executions) == 1


async def test_ten_calls_a_second(box: Sandbox, zoomex: Make) -> None:
    """For each path apart; the headers count down; a second later it works again."""
    client = zoomex()
    replies = [await client.get("/position/list", LINEAR) for _ in range(11)]

    assert [reply.code for reply in replies] == [0] * 10 + [10006]
    assert [reply.headers["X-Bapi-Limit-Status"] for reply in replies[:3]] == ["9", "8", "7"]
    assert replies[-1].headers["X-Bapi-Limit"] == "10"
    assert (await client.get("/position/closed-pnl", "category=linear")).code == 0
    await box.advance(seconds=1)
    assert (await client.get("/position/list", LINEAR)).code == 0


async def test_too_many_from_one_address(box: Sandbox, zoomex: Make) -> None:
    emulator = box["zoomex"].emulator
    for _ in range(600):
        emulator.limiter.hit(emulator.ip_limits[0], "127.0.0.1", box.now_ms())
    reply = await zoomex().raw("GET", "/cloud/trade/v3/market/time")

    assert (reply.status, reply.body) == (403, b"access too frequent")
