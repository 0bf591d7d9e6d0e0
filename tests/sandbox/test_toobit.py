"""Toobit's emulator: shapes and codes as in the venue's follower pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from unifiedcopy.sandbox import Sandbox

Make = Callable[..., Any]
TPSL = "/positions/stop-profit-loss"
HEADERS = {"X-Api-Limit-Status", "X-Api-Limit", "X-Api-Limit-Reset-Timestamp"}


def leader_ids(box: Sandbox) -> list[int]:
    return [int(follow.leader.id) for follow in box["toobit"].world.copying.following("main")]


def config(leader: int, **changes: Any) -> dict[str, Any]:
    """The 15 fields of the page's own example, with a leader that is followed."""
    return {
        "leaderUserId": leader,
        "investAmount": "1100",
        "singlePlaceAmount": "10",
        "dailyMaxInvestAmount": "50",
        "leverage": "20",
        "maxInvestRate": "0.5",
        "stopProfitRate": "0.1",
        "stopLossRate": "0.2",
        "realInvestAmount": "100",
        "followAmountMode": 1,
        "stopLossDelay": 30,
        "isolatedReservedAmount": "5",
        "followMarginType": 2,
        "followSymbolIds": "BTC-SWAP-USDT,ETH-SWAP-USDT",
        "zeroSlippageSwitch": True,
        **changes,
    }


def stops(box: Sandbox, **changes: Any) -> dict[str, Any]:
    target = {"leaderUserId": leader_ids(box)[0], "symbolId": "BTC-SWAP-USDT", "isLong": 1}
    return {**target, "stopProfitRate": "0.1", "stopLossRate": "0.2", "stopLossDelay": 30, **changes}


async def test_public_calls_need_no_key(toobit: Make) -> None:
    client = toobit()
    time, info = await client.raw("GET", "/api/v1/time"), await client.raw("GET", "/api/v1/exchangeInfo")

    assert list(time.json) == ["serverTime"]
    assert type(time.json["serverTime"]) is int
    assert (await client.raw("GET", "/api/v1/ping")).json == {}
    assert type(info.json["serverTime"]) is str
    assert info.json["contracts"][0]["symbol"] == "BTC-SWAP-USDT"
    assert not HEADERS & set(time.headers)


async def test_an_unknown_path_is_html(toobit: Make) -> None:
    reply = await toobit().raw("GET", "/api/v1/nope")

    assert (reply.status, reply.body) == (404, b"<html><body><h2>404 Not found</h2></body></html>")
    assert reply.headers["Content-Type"].startswith("text/html")


async def test_open_copies_have_the_documented_shape(toobit: Make) -> None:
    """Keys, order and types of the page's sample; ids as text, also the one that no float can hold."""
    rows = (await toobit().get("/orders/current")).json["data"]
    text = str
    shape = {
        "leaderUserId": text,
        "leaderNickname": text,
        "leaderAvatar": text,
        "symbolId": text,
        "isLong": int,
        "positionType": int,
        "leverage": text,
        "openAvgPrice": text,
        "markPrice": text,
        "currentPrice": text,
        "quantity": text,
        "margin": text,
        "liquidationPrice": text,
        "unrealizedProfit": text,
        "unrealizedProfitRate": text,
        "stopProfitRate": text,
        "stopLossRate": text,
    }

    assert len(rows) >= 5
    for row in rows:
        assert [(name, type(value)) for name, value in row.items()] == list(shape.items())
    assert "9007199254740993123" in {row["leaderUserId"] for row in rows}
    assert {row["isLong"] for row in rows} == {0, 1}
    assert {row["positionType"] for row in rows} == {0, 1}
    assert (rows[0]["stopProfitRate"], rows[0]["stopLossRate"]) == ("0.9", "0.7")
    assert rows[1]["stopProfitRate"] == rows[1]["stopLossRate"] == ""


async def test_profit_fits_prices_and_size(toobit: Make) -> None:
    """(mark - open) x quantity, and that over the initial margin, as in the page's sample."""
    for row in (await toobit().get("/orders/current")).json["data"]:
        number = {name: Decimal(row[name]) for name in ("markPrice", "openAvgPrice", "quantity", "leverage")}
        sign = 1 if row["isLong"] else -1
        profit = (number["markPrice"] - number["openAvgPrice"]) * number["quantity"] * sign
        rate = profit * number["leverage"] / (number["openAvgPrice"] * number["quantity"])
        assert abs(Decimal(row["unrealizedProfit"]) - profit) <= Decimal("0.005")
        assert abs(Decimal(row["unrealizedProfitRate"]) - rate) <= Decimal("0.0001")


async def test_history_has_the_documented_shape(toobit: Make) -> None:
    data = (await toobit().get("/orders/history", "size=1")).json["data"]

    assert [(name, type(value)) for name, value in data.items()] == [
        ("pages", str),
        ("total", str),
        ("list", list),
    ]
    assert list(data["list"][0]) == [
        "symbolId",
        "positionType",
        "leverage",
        "isLong",
        "leaderNickname",
        "leaderAvatar",
        "openTimeMs",
        "lastCloseTimeMs",
        "openAvgPrice",
        "closeAvgPrice",
        "maxPositionQuantity",
        "closedQuantity",
        "realizedProfit",
        "closeStatus",
    ]


async def test_history_pages(box: Sandbox, toobit: Make) -> None:
    """Pages hold each row once; behind the last one the list is empty."""
    box["toobit"].seed_history(230)
    total = sum(p.owner == "main" for p in box["toobit"].world.book.history)
    pages = [(await toobit().get("/orders/history", f"page={n}&size=100")).json["data"] for n in (1, 2, 3, 4)]

    assert [len(page["list"]) for page in pages] == [100, 100, total - 200, 0]
    assert {(page["pages"], page["total"]) for page in pages} == {("3", str(total))}
    times = [int(row["lastCloseTimeMs"]) for page in pages for row in page["list"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("query", ["page=0", "size=0", "size=101", "page=x", "page=-1", "size=1.5"])
async def test_wrong_pages(toobit: Make, query: str) -> None:
    reply = await toobit().get("/orders/history", query)

    assert reply.code == -1130
    assert query.partition("=")[0] in reply.json["msg"]


async def test_leaders_have_the_documented_shape(toobit: Make) -> None:
    reply = await toobit().get("/leaders")

    assert list(reply.json) == ["code", "msg", "data"]
    assert [(name, type(value)) for name, value in reply.json["data"][0].items()] == [
        (name, str)
        for name in (
            "leaderUserId",
            "leaderNickname",
            "leaderAvatar",
            "marginBalance",
            "availableMargin",
            "unrealisedPnl",
            "realisedProfit",
            "holdingProfitSharing",
            "settledProfitSharing",
            "netProfit",
        )
    ]
    assert set(reply.headers) >= HEADERS | {"traceId"}


async def test_config_is_read_back_without_real_invest_amount(box: Sandbox, toobit: Make) -> None:
    """What was put is got: 14 of the 15 fields, the id as text, the rest of the same type."""
    leader = leader_ids(box)[1]
    wish = config(leader)
    box["toobit"].world.close_all("main")
    assert (await toobit().put("/config", wish)).json == {"code": 200, "msg": "success", "data": None}

    got = (await toobit().get("/config", f"leaderUserId={leader}")).json["data"]
    del wish["realInvestAmount"]
    assert list(got.items()) == list({**wish, "leaderUserId": str(leader)}.items())


async def test_config_moves_the_invested_money(box: Sandbox, toobit: Make) -> None:
    ledger = box["toobit"].world.ledger
    before = ledger.balance("main")
    await toobit().put("/config", config(leader_ids(box)[0], investAmount="1250.5"))

    assert ledger.balance("main") == before - Decimal("250.5")
    assert (await toobit().put("/config", config(leader_ids(box)[0], investAmount="99999"))).code == -1131
    assert ledger.balance("main") == before - Decimal("250.5")


@pytest.mark.parametrize("name", sorted(config(1)))
async def test_config_needs_all_15_fields(box: Sandbox, toobit: Make, name: str) -> None:
    wish = config(leader_ids(box)[0])
    del wish[name]
    reply = await toobit().put("/config", wish)

    assert reply.code == -1102
    assert f"'{name}'" in reply.json["msg"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("leaderUserId", "164131306"),
        ("leaderUserId", 1.5),
        ("investAmount", 100),
        ("investAmount", "-1"),
        ("investAmount", "1.000000001"),
        ("investAmount", "1e3x"),
        ("investAmount", "NaN"),
        ("singlePlaceAmount", "Infinity"),
        ("dailyMaxInvestAmount", "1"),
        ("leverage", "101"),
        ("leverage", "0"),
        ("leverage", "10"),
        ("maxInvestRate", "1.01"),
        ("stopProfitRate", "0.009"),
        ("stopLossRate", "-0.2"),
        ("realInvestAmount", "9"),
        ("followAmountMode", 2),
        ("followAmountMode", "1"),
        ("followAmountMode", True),
        ("stopLossDelay", -1),
        ("followMarginType", 3),
        ("followSymbolIds", "BTC-SWAP-USDT,"),
        ("followSymbolIds", "all,BTC-SWAP-USDT"),
        ("followSymbolIds", "BTCUSDT"),
        ("zeroSlippageSwitch", 1),
    ],
)
async def test_config_checks_ranges_and_types(box: Sandbox, toobit: Make, name: str, value: Any) -> None:
    """Each wrong value answers -1130 with its name (leverage: copies are open), and nothing is done."""
    reply = await toobit().put("/config", config(leader_ids(box)[0], **{name: value}))

    assert reply.code == -1130
    assert f"'{name}'" in reply.json["msg"]
    assert box["toobit"].executions == []


async def test_stops_are_set_kept_and_cleared(box: Sandbox, toobit: Make) -> None:
    """A missing rate keeps the old one, "0" clears it; the execution is counted with its parameters."""

    async def shown() -> tuple[str, str]:
        row = (await toobit().get("/orders/current")).json["data"][0]
        return row["stopProfitRate"], row["stopLossRate"]

    assert (await toobit().put(TPSL, stops(box))).json["data"] is None
    assert await shown() == ("0.1", "0.2")
    wish = stops(box, stopProfitRate="0")
    del wish["stopLossRate"]
    await toobit().put(TPSL, wish)
    assert await shown() == ("", "0.2")
    (first, second) = box["toobit"].executions
    assert (first.operation, first.account) == ("set_stop_profit_loss", "main")
    assert second.parameters["stopProfitRate"] == "0"


async def test_stops_close_the_copy_at_their_return(box: Sandbox, toobit: Make) -> None:
    """+10 % of the margin at 20x is +0.5 % of the price."""
    position = box["toobit"].world.book.open_positions("main")[0]
    box.market.set_price("BTC", position.entry)
    await toobit().put(TPSL, stops(box))
    box.market.set_price("BTC", position.entry * Decimal("1.0049"))
    assert position.size

    box.market.set_price("BTC", position.entry * Decimal("1.0051"))
    row = (await toobit().get("/orders/history", "size=1")).json["data"]["list"][0]
    assert position.size == 0
    assert (row["symbolId"], row["closeStatus"]) == ("BTC-SWAP-USDT", 2)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"leaderUserId": 5}, -32045),
        ({"leaderUserId": None}, -1102),
        ({"symbolId": ""}, -1102),
        ({"symbolId": "ETH-SWAP-USDT"}, -1130),
        ({"isLong": True}, -1130),
        ({"isLong": 0}, -1130),
        ({"stopProfitRate": 0.1}, -1130),
        ({"stopLossRate": "0.001"}, -1130),
        ({"stopLossDelay": "30"}, -1130),
    ],
)
async def test_wrong_stops(box: Sandbox, toobit: Make, changes: dict[str, Any], code: int) -> None:
    assert (await toobit().put(TPSL, stops(box, **changes))).code == code
    assert box["toobit"].executions == []


async def test_unfollow_waits_for_the_copies(box: Sandbox, toobit: Make) -> None:
    """Refused while copies are open; then it works once, and gives the money back."""
    first, second = leader_ids(box)
    world = box["toobit"].world
    assert (await toobit().delete(f"/leaders/{first}")).code == -120055

    world.close_all("main")
    assert (await toobit().delete(f"/leaders/{first}")).json == {"code": 200, "msg": "success", "data": None}
    assert (await toobit().delete(f"/leaders/{first}")).code == -32045
    assert (await toobit().get("/config", f"leaderUserId={first}")).code == -32045
    assert [row["leaderUserId"] for row in (await toobit().get("/leaders")).json["data"]] == [str(second)]
    assert world.ledger.balance("main") > 3900


@pytest.mark.parametrize("leader", ["0", "x", "-1", "9223372036854775808"])
async def test_unfollow_needs_an_id(toobit: Make, leader: str) -> None:
    assert (await toobit().delete(f"/leaders/{leader}")).code == -1130


@pytest.mark.parametrize("path", ["/leaders", "/orders/current", "/orders/history"])
async def test_nobody_followed_is_an_error_or_an_empty_list(box: Sandbox, toobit: Make, path: str) -> None:
    """Both are documented; the switch chooses."""
    assert (await toobit("empty").get(path)).json == {
        "code": -32045,
        "msg": "Copy trading follower not found.",
    }

    box["toobit"].options.nobody_followed = "list"
    empty = {"pages": "0", "total": "0", "list": []} if path == "/orders/history" else []
    assert (await toobit("empty").get(path)).json == {"code": 200, "msg": "success", "data": empty}


async def test_a_read_only_key_reads(box: Sandbox, toobit: Make) -> None:
    assert (await toobit("readonly").get("/leaders")).code == 200
    assert (await toobit("readonly").put(TPSL, stops(box))).code == -1020
    assert (await toobit("readonly").delete(f"/leaders/{leader_ids(box)[0]}")).code == -1020
    assert box["toobit"].executions == []


async def test_another_kind_of_key_is_refused(toobit: Make) -> None:
    assert (await toobit("wrong-kind").get("/leaders")).code == -1005


async def test_no_account_leads(toobit: Make) -> None:
    client = toobit()
    stamp = f"timestamp={client.server.now_ms()}"
    path = f"/api/v2/copy-trading/leader/orders/current?{stamp}&signature={client.sign(stamp)}"

    assert (await client.raw("GET", path, headers={"X-BB-APIKEY": client.key})).code == -120041


@pytest.mark.parametrize(("late", "code"), [(0, 200), (4_900, 200), (5_500, -1021), (-900, 200), (-1_500, -1021)])
async def test_the_window_of_the_clock(toobit: Make, late: int, code: int) -> None:
    """At most recvWindow late, less than a second early."""
    assert (await toobit().ask("GET", "/leaders", late=late)).code == code


@pytest.mark.parametrize(
    ("query", "headers", "code", "status"),
    [
        ("timestamp=NOW&signature=0", {}, -1022, 400),
        ("timestamp=NOW", {}, -1102, 400),
        ("signature=0", {}, -1102, 400),
        ("timestamp=NOW&recvWindow=60001&signature=0", {}, -1130, 400),
        ("timestamp=soon&signature=0", {}, -1130, 400),
        ("timestamp=NOW&signature=0", {"X-BB-APIKEY": "unknown"}, -2015, 401),
        ("timestamp=NOW&signature=0", {"X-BB-APIKEY": ""}, -1107, 400),
    ],
)
async def test_what_does_not_prove_who_asks(
    toobit: Make, query: str, headers: dict[str, str], code: int, status: int
) -> None:
    client = toobit()
    path = "/api/v2/copy-trading/follower/leaders?" + query.replace("NOW", str(client.server.now_ms()))
    reply = await client.raw("GET", path, headers={"X-BB-APIKEY": client.key, **headers})

    assert (reply.code, reply.status) == (code, status)
    assert list(reply.json) == ["code", "msg"]


async def test_the_signature_is_lower_case_hex_of_the_order_sent(toobit: Make) -> None:
    """Any order of parameters will do as long as it is the one that was signed."""
    client = toobit()
    text = f"timestamp={client.server.now_ms()}&size=1&recvWindow=5000&page=1"
    path = f"/api/v2/copy-trading/follower/orders/history?{text}&signature="
    key = {"X-BB-APIKEY": client.key}

    assert (await client.raw("GET", path + client.sign(text), headers=key)).code == 200
    assert (await client.raw("GET", path + client.sign(text).upper(), headers=key)).code == -1022
    resorted = "&".join(sorted(text.split("&")))
    assert (await client.raw("GET", path + client.sign(resorted), headers=key)).code == -1022


async def test_whether_the_body_is_signed_is_switchable(box: Sandbox, toobit: Make) -> None:
    """The general page signs it, the examples page doesn't."""
    outcome = {}
    for mode in ("body", "query", "either"):
        box["toobit"].options.json_signing = mode
        outcome[mode] = [
            (await toobit().ask("PUT", TPSL, body=stops(box), sign_body=signed)).code for signed in (True, False)
        ]

    assert outcome == {"body": [200, -1022], "query": [-1022, 200], "either": [200, 200]}


async def test_a_body_in_lines_breaks_its_signature(box: Sandbox, toobit: Make) -> None:
    """The venue drops the line ends before it checks."""
    pretty = json.dumps(stops(box), indent=1)

    assert (await toobit().ask("PUT", TPSL, body=pretty)).code == -1022
    assert (await toobit().ask("PUT", TPSL, body=pretty.replace("\n", ""))).code == 200


async def test_3000_requests_a_minute(box: Sandbox, toobit: Make) -> None:
    """One more is a 429 with the time of the next window; after it, and without limits, all is well."""
    emulator = box["toobit"].emulator
    limit = next(route.limits[0] for route in emulator.routes if route.operation == "leaders")
    for _ in range(limit.count):
        emulator.limiter.hit(limit, box["toobit"].accounts["main"].uid, box.now_ms())
    reply = await toobit().get("/leaders")

    assert (reply.status, reply.code, reply.headers["X-Api-Limit-Status"]) == (429, -1003, "0")
    assert 0 < int(reply.headers["X-Api-Limit-Reset-Timestamp"]) - box.now_ms() <= 60_000
    box["toobit"].options.limit_factor = 0
    assert (await toobit().get("/leaders")).status == 200
    box["toobit"].options.limit_factor = 1
    await box.advance(seconds=60)
    assert (await toobit().get("/leaders")).status == 200


async def test_as_many_copies_as_wished(box: Sandbox, toobit: Make) -> None:
    """Each with its own key of leader, symbol and side, and exact books."""
    box["toobit"].seed_positions(150)
    rows = (await toobit().get("/orders/current")).json["data"]

    assert len(rows) >= 150
    assert len({(row["leaderUserId"], row["symbolId"], row["isLong"]) for row in rows}) == len(rows)
    assert box["toobit"].world.ledger.total() == 0


async def test_time_changes_what_is_copied(box: Sandbox, toobit: Make) -> None:
    """A day later the leaders have closed and opened, and the history has grown."""
    before = (await toobit().get("/orders/history")).json["data"]["total"]
    await box.advance(seconds=86_400)

    assert int((await toobit().get("/orders/history")).json["data"]["total"]) > int(before)
