"""Bitget's emulator, V2: accounts that lead in contracts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.bitget import BROKER, FOLLOWER, USDT, D, Make, copies, leaders, setting, wish
from tests.sandbox.bitget_v2 import TRADER, earn, lead, world
from unifiedcopy.sandbox import Sandbox, Trigger

CURRENT, HISTORY = f"{TRADER}/order-current-track", f"{TRADER}/order-history-track"
PRODUCT = {"productType": "USDT-FUTURES"}
DAY_MS = 86_400_000


async def rows(client: Any, path: str, query: str = "") -> Any:
    reply = await client.get(path, query)
    assert reply.code == "00000", reply.body
    return reply.json["data"]


async def test_open_orders_are_the_leaders_own(bitget_box: Sandbox, bitget: Make) -> None:
    found = (await rows(bitget("leader"), CURRENT, USDT))["trackingList"]
    held = lead(bitget_box).positions

    assert [row["trackingNo"] for row in found] == [p.id for p in held[::-1]]
    assert [row["posSide"] for row in found] == ["short", "long"]
    assert {row["followCount"] for row in found} == {str(len(lead(bitget_box).followers) - 1)}  # one has no money


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (f"{USDT}&symbol=btcusdt", 1),
        (f"{USDT}&limit=1", 1),
        ("productType=usdc-futures", 0),
        (f"{USDT}&startTime=1000&endTime=2000", 0),
    ],
)
async def test_open_orders_can_be_filtered(bitget: Make, query: str, count: int) -> None:
    assert len((await rows(bitget("leader"), CURRENT, query))["trackingList"]) == count


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        (CURRENT, "", "40019"),
        (CURRENT, "productType=umcbl", "400172"),
        (CURRENT, f"{USDT}&limit=51", "400172"),
        (CURRENT, f"{USDT}&limit=0", "400172"),
        (CURRENT, f"{USDT}&idLessThan=x", "400172"),
        (CURRENT, f"{USDT}&startTime=1&endTime=99999999999999", "400172"),
        (HISTORY, f"{USDT}&limit=101", "400172"),
        (HISTORY, f"{USDT}&order=up", "400172"),
        (f"{TRADER}/config-query-followers", "pageSize=101", "400172"),
        (f"{TRADER}/config-query-symbols", "", "40019"),
        (f"{TRADER}/profits-group-coin-date", "pageSize=51", "400172"),
        (f"{TRADER}/profit-details", "pageSize=101", "400172"),
        (f"{TRADER}/profit-history-details", "limit=101", "400172"),
    ],
)
async def test_wrong_questions_are_refused(bitget: Make, path: str, query: str, code: str) -> None:
    reply = await bitget("leader").get(path, query)

    assert (reply.status, reply.code) == (400, code)


@pytest.mark.parametrize(("order", "cursor"), [("desc", "idLessThan"), ("asc", "idGreaterThan")])
async def test_a_history_is_walked_to_its_end(bitget_box: Sandbox, bitget: Make, order: str, cursor: str) -> None:
    client, found, after = bitget("leader"), [], ""
    for _ in range(9):
        page = await rows(client, HISTORY, f"{USDT}&limit=7&order={order}{after}")
        found += [row["trackingNo"] for row in page["trackingList"]]
        if not page["endId"]:
            break
        after = f"&{cursor}={page['endId']}"
    closed = [position.id for position in lead(bitget_box).history]

    assert len(found) == len(closed) == 30
    assert found == (closed if order == "asc" else closed[::-1])


@pytest.mark.parametrize("order", ["desc", "asc"])
async def test_a_page_is_what_lies_nearest_to_its_id(bitget_box: Sandbox, bitget: Make, order: str) -> None:
    """Forwards and backwards, whichever way the rows are sorted."""
    numbers = [position.id for position in lead(bitget_box).history]
    turned = slice(None, None, 1 if order == "asc" else -1)

    async def ask(cursor: str) -> list[str]:
        page = await rows(bitget("leader"), HISTORY, f"{USDT}&limit=2&order={order}&{cursor}")
        return [row["trackingNo"] for row in page["trackingList"]]

    assert await ask(f"idGreaterThan={numbers[9]}") == numbers[10:12][turned]
    assert await ask(f"idLessThan={numbers[9]}") == numbers[7:9][turned]


async def test_closing_an_order_closes_the_copies(bitget_box: Sandbox, bitget: Make) -> None:
    position = lead(bitget_box).positions[0]
    children = world(bitget_box).book.children(position)
    body = {**PRODUCT, "trackingNo": position.id, "symbol": "btcusdt"}
    reply = await bitget("leader").post(f"{TRADER}/order-close-positions", body)

    assert reply.json["data"] == [{"trackingNo": position.id, "symbol": "BTCUSDT", "productType": "USDT-FUTURES"}]
    assert children
    assert {copy.size for copy in (position, *children)} == {D(0)}
    assert position in lead(bitget_box).history


async def test_the_product_alone_closes_everything(bitget_box: Sandbox, bitget: Make) -> None:
    client = bitget("leader")
    reply = await client.post(f"{TRADER}/order-close-positions", PRODUCT)

    assert len(reply.json["data"]) == 2
    assert lead(bitget_box).positions == []
    assert (await client.post(f"{TRADER}/order-close-positions", PRODUCT)).code == "22002"
    assert len(bitget_box["bitget"].executions) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"trackingNo": "1"}, "43065"),
        ({"trackingNo": "OPEN", "symbol": "SOLUSDT"}, "43065"),
        ({"trackingNo": "OPEN", "productType": "usdc-futures"}, "43065"),
        ({"productType": ""}, "40019"),
        ({"trackingNo": 5}, "400172"),
    ],
)
async def test_wrong_closings_close_nothing(bitget_box: Sandbox, bitget: Make, body: dict[str, Any], code: str) -> None:
    number = lead(bitget_box).positions[0].id
    sent = {**PRODUCT, **body, **({"trackingNo": number} if body.get("trackingNo") == "OPEN" else {})}
    reply = await bitget("leader").post(f"{TRADER}/order-close-positions", sent)

    assert (reply.status, reply.code) == (400, code)
    assert len(lead(bitget_box).positions) == 2
    assert bitget_box["bitget"].executions == []


async def test_a_follower_copies_an_account_that_leads(bitget_box: Sandbox, bitget: Make) -> None:
    """Both ends over the wire: follow, the leader opens, the leader closes, the follower has a closed copy."""
    held = lead(bitget_box)
    body = wish(held.leader, setting(traceValue="100"))
    assert (await bitget("empty").post(f"{FOLLOWER}/settings", body)).code == "00000"
    position = held.open("BTC", "long")
    assert position is not None
    (copy,) = await rows(bitget("empty"), f"{FOLLOWER}/query-current-orders", USDT)
    uids = [row["followerUid"] for row in await rows(bitget("leader"), f"{TRADER}/config-query-followers")]
    closing = {**PRODUCT, "trackingNo": position.id}
    await bitget("leader").post(f"{TRADER}/order-close-positions", closing)
    closed = await rows(bitget("empty"), f"{FOLLOWER}/query-history-orders", USDT)

    assert copy["traderId"] == held.leader.id
    assert bitget_box["bitget"].accounts["empty"].uid in uids
    assert [row["trackingNo"] for row in closed["trackingList"]] == [copy["trackingNo"]]


async def test_take_profit_is_set_left_and_cancelled(bitget_box: Sandbox, bitget: Make) -> None:
    client, position = bitget("leader"), lead(bitget_box).positions[0]

    async def change(**prices: str) -> tuple[Any, Any]:
        body = {**PRODUCT, "trackingNo": position.id, **prices}
        assert (await client.post(f"{TRADER}/order-modify-tpsl", body)).json["data"] == "success"
        found = (await rows(client, CURRENT, f"{USDT}&symbol=BTCUSDT"))["trackingList"][0]
        return found["presetStopSurplusPrice"], found["presetStopLossPrice"]

    assert await change(stopSurplusPrice="80000", stopLossPrice="60000") == ("80000", "60000")
    assert await change(stopSurplusPrice="90000", stopLossPrice="") == ("90000", "60000")
    assert await change(stopLossPrice="0") == ("90000", "")
    world(bitget_box).market.set_price("BTC", D(90000))
    assert position.size == 0
    closed = (await rows(client, HISTORY, f"{USDT}&limit=1"))["trackingList"][0]
    assert (closed["trackingNo"], closed["stopType"]) == (position.id, "profit")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "400172"),
        ({"stopSurplusPrice": "", "stopLossPrice": ""}, "400172"),
        ({"stopSurplusPrice": "60000"}, "43013"),
        ({"stopLossPrice": "70000"}, "43015"),
        ({"stopLossPrice": "-1"}, "400172"),
        ({"stopLossPrice": "6e4"}, "400172"),
        ({"trackingNo": "1", "stopLossPrice": "0"}, "43065"),
        ({"trackingNo": "", "stopLossPrice": "0"}, "40019"),
        ({"productType": "", "stopLossPrice": "0"}, "40019"),
    ],
)
async def test_wrong_stops_change_nothing(bitget_box: Sandbox, bitget: Make, body: dict[str, Any], code: str) -> None:
    position = lead(bitget_box).positions[0]
    sent = {**PRODUCT, "trackingNo": position.id, **body}
    reply = await bitget("leader").post(f"{TRADER}/order-modify-tpsl", sent)

    assert (reply.status, reply.code) == (400, code)
    assert (position.take_profit, position.stop_loss) == (None, None)


async def test_stops_change_once_in_300_milliseconds(bitget_box: Sandbox, bitget: Make) -> None:
    bitget_box["bitget"].options.limit_factor = 1
    body = {**PRODUCT, "trackingNo": lead(bitget_box).positions[0].id, "stopLossPrice": "60000"}
    client = bitget("leader")
    codes = [(await client.post(f"{TRADER}/order-modify-tpsl", body)).code for _ in range(2)]
    bitget_box["bitget"].emulator.world.clock.advance(400)

    assert codes == ["00000", "43036"]
    assert (await client.post(f"{TRADER}/order-modify-tpsl", body)).code == "00000"


async def test_figures_are_the_sums_of_the_orders(bitget_box: Sandbox, bitget: Make) -> None:
    data = await rows(bitget("leader"), f"{TRADER}/order-total-detail")
    closed = (await rows(bitget("leader"), HISTORY, f"{USDT}&limit=100"))["trackingList"]
    profits = [Decimal(row["achievedPL"]) for row in closed]

    assert data["tradingOrderNum"] == str(len(profits))
    assert data["gainNum"] == str(sum(profit > 0 for profit in profits))
    assert int(data["gainNum"]) + int(data["lossNum"]) == len(profits)
    assert Decimal(data["totalpl"].removeprefix("$")) == round(sum(profits), 2)
    assert Decimal(data["lastMonthRoiList"][-1]["rate"]) == pytest.approx(Decimal(data["roi"]), abs=D("0.01"))
    assert len(data["lastWeekRoiList"]) == len(data["lastWeekProfitList"]) == 8


async def test_shares_add_up_however_they_are_asked_for(bitget: Make) -> None:
    client, details, after = bitget("leader"), [], ""
    for _ in range(50):
        page = await rows(client, f"{TRADER}/profit-history-details", f"limit=10{after}")
        details += page["profitList"]
        if not page["endId"]:
            break
        after = f"&idLessThan={page['endId']}"
    days = await rows(client, f"{TRADER}/profits-group-coin-date", "pageSize=50")
    days += await rows(client, f"{TRADER}/profits-group-coin-date", "pageSize=50&pageNo=2")
    summary = await rows(client, f"{TRADER}/profit-history-summarys")
    by_coin = {row["coin"]: Decimal(row["profitCount"]) for row in summary["profitHistoryList"]}

    assert set(by_coin) == {"USDT", "BTC"}
    for coin, paid in by_coin.items():
        assert sum(Decimal(row["profit"]) for row in details if row["coin"] == coin.lower()) == paid
        assert sum(Decimal(row["profit"]) for row in days if row["coin"] == coin.lower()) == paid
    assert len({row["profitId"] for row in details}) == len(details)
    assert [row["profitTime"] for row in details] == sorted((r["profitTime"] for r in details), reverse=True)


@pytest.mark.parametrize(("coin", "some"), [("btc", True), ("USDT", True), ("ETH", False)])
async def test_shares_of_one_coin(bitget: Make, coin: str, some: bool) -> None:
    found = (await rows(bitget("leader"), f"{TRADER}/profit-history-details", f"coin={coin}"))["profitList"]

    assert {row["coin"] for row in found} == ({coin.lower()} if some else set())


async def test_a_profit_is_pending_and_paid_a_day_later(bitget_box: Sandbox, bitget: Make) -> None:
    client, path = bitget("leader"), f"{TRADER}/profit-details"
    before = await rows(client, path)
    earn(bitget_box, lead(bitget_box))
    owed = await rows(client, path)
    waiting = (await rows(client, f"{TRADER}/profit-history-summarys"))["profitSummary"]["waitProfit"]
    await bitget_box.advance(seconds=25 * 3600)
    paid = (await rows(client, f"{TRADER}/profit-history-details", "limit=100"))["profitList"]

    assert before == []
    assert owed
    assert Decimal(waiting) == sum(Decimal(row["profit"]) for row in owed)
    assert {(row["nickName"], row["profit"]) for row in owed} <= {(row["nickName"], row["profit"]) for row in paid}


async def test_a_removed_follower_copies_no_more(bitget_box: Sandbox, bitget: Make) -> None:
    """Only who has little money left can be removed, and says so before."""
    client, held = bitget("leader"), lead(bitget_box)
    listed = await rows(client, f"{TRADER}/config-query-followers")
    path = f"{TRADER}/config-remove-follower"
    small = next(row["followerUid"] for row in listed if row["isRemove"] == "yes")
    rich = next(row["followerUid"] for row in listed if row["isRemove"] == "no")

    assert (await client.post(path, {"followerUid": rich})).code == "43069"
    assert (await client.post(path, {"followerUid": "1"})).code == "43046"
    assert (await client.post(path, {})).code == "40019"
    assert len(held.followers) == len(listed)
    assert (await client.post(path, {"followerUid": small})).json["data"] == "success"
    after = await rows(client, f"{TRADER}/config-query-followers")
    assert [row["followerUid"] for row in after] == [row["followerUid"] for row in listed if row != listed[0]]
    assert held.former[-1].uid == small


async def test_who_was_removed_has_to_wait(bitget_box: Sandbox, bitget: Make) -> None:
    held, body = lead(bitget_box), wish(lead(bitget_box).leader)
    path, uid = f"{TRADER}/config-remove-follower", bitget_box["bitget"].accounts["empty"].uid
    bitget_box["bitget"].options.removable_below = D(10**6)
    await bitget("empty").post(f"{FOLLOWER}/settings", body)
    assert (await bitget("leader").post(path, {"followerUid": uid})).code == "00000"

    assert uid not in [follower.uid for follower in held.followers]
    assert (await bitget("empty").post(f"{FOLLOWER}/settings", body)).code == "43047"
    await bitget_box.advance(seconds=900)
    assert (await bitget("empty").post(f"{FOLLOWER}/settings", body)).code == "00000"


async def test_nobody_follows_himself(bitget_box: Sandbox, bitget: Make) -> None:
    reply = await bitget("leader").post(f"{FOLLOWER}/settings", wish(lead(bitget_box).leader))

    assert reply.code == "43063"


async def test_followers_page_by_number_and_by_the_time_they_came(bitget_box: Sandbox, bitget: Make) -> None:
    client, path = bitget("leader"), f"{TRADER}/config-query-followers"
    all_of_them = await rows(client, path)
    pages = [row for number in (1, 2, 3) for row in await rows(client, path, f"pageSize=2&pageNo={number}")]
    first = min(int(row["followerTime"]) for row in all_of_them)
    window = await rows(client, path, f"startTime={first}&endTime={first}")

    assert pages == all_of_them
    assert len(window) == 1


async def test_symbols_are_added_changed_and_ended(bitget_box: Sandbox, bitget: Make) -> None:
    client, path = bitget("leader"), f"{TRADER}/config-setting-symbols"

    async def change(kind: str, **ratios: str) -> tuple[str, str, str]:
        row = {**PRODUCT, "symbol": "LINKUSDT", "settingType": kind, **ratios}
        assert (await client.post(path, {"settingList": [row]})).json["data"] == "success"
        listed = await rows(client, f"{TRADER}/config-query-symbols", USDT)
        found = next(row for row in listed if row["symbol"] == "LINKUSDT")
        return found["openTrader"], found["stopSurplusRatio"], found["stopLossRatio"]

    assert await change("add", stopSurplusRatio="100") == ("yes", "100", "")
    assert await change("UPDATE", stopLossRatio="30") == ("yes", "100", "30")
    position = lead(bitget_box).open("LINK", "long")
    assert position is not None
    assert position.take_profit is not None
    assert isinstance(position.take_profit, Trigger)
    assert position.take_profit.value == round(position.entry * (1 + 1 / position.leverage), 3)
    assert await change("update", stopSurplusRatio="0", stopLossRatio="") == ("yes", "", "30")
    assert await change("DELETE") == ("no", "", "")
    assert "LINK" not in lead(bitget_box).leader.coins


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"symbol": "NOPEUSDT"}, "40731"),
        ({"symbol": ""}, "40019"),
        ({"productType": "COIN-FUTURES"}, "40731"),
        ({"productType": "x"}, "400172"),
        ({"settingType": "REPLACE"}, "400172"),
        ({"settingType": "UPDATE"}, "400172"),
        ({"settingType": "UPDATE", "symbol": "LINKUSDT", "stopLossRatio": "5"}, "40731"),
        ({"stopSurplusRatio": "401"}, "43056"),
        ({"stopLossRatio": "1.5"}, "43055"),
    ],
)
async def test_wrong_symbol_settings_change_nothing(
    bitget_box: Sandbox, bitget: Make, row: dict[str, Any], code: str
) -> None:
    """Not even the first of two, which is right."""
    before = dict(lead(bitget_box).rules)
    right = {**PRODUCT, "symbol": "BTCUSDT", "settingType": "ADD", "stopLossRatio": "20"}
    body = {
        "settingList": [
            right,
            {**right, **row} if row.get("settingType") != "UPDATE" else {**PRODUCT, "symbol": "BTCUSDT", **row},
        ]
    }
    reply = await bitget("leader").post(f"{TRADER}/config-setting-symbols", body)

    assert (reply.status, reply.code) == (400, code)
    assert lead(bitget_box).rules == before


@pytest.mark.parametrize(("rows_", "code"), [([], "400172"), ("BTCUSDT", "400172"), ([{}] * 51, "43051")])
async def test_the_list_of_symbols_has_a_length(bitget: Make, rows_: Any, code: str) -> None:
    assert (await bitget("leader").post(f"{TRADER}/config-setting-symbols", {"settingList": rows_})).code == code


async def test_a_leader_may_close_the_doors(bitget_box: Sandbox, bitget: Make) -> None:
    client, path, held = bitget("leader"), f"{TRADER}/config-settings-base", lead(bitget_box)

    assert (await client.post(path, {"enable": "NO", "showTotalEquity": "no"})).json["data"] == "success"
    assert (held.leader.open_to_follow, held.shown & {"equity", "stops"}) == (False, {"stops"})
    refused = await bitget("empty").post(f"{FOLLOWER}/settings", wish(held.leader))
    assert refused.code == "40861"
    assert (await client.post(path, {"showTotalEquity": "YES"})).code == "00000"
    assert (held.leader.open_to_follow, held.shown & {"equity", "stops"}) == (False, {"equity", "stops"})
    assert (await client.post(path, {})).code == "400172"
    assert (await client.post(path, {"enable": "maybe"})).code == "400172"


async def test_a_leader_may_hide_the_stops(bitget_box: Sandbox, bitget: Make) -> None:
    """Followers and everybody else see them or not; the leader does."""
    client, held = bitget("leader"), lead(bitget_box)
    held.positions[0].stop_loss = Trigger("price", D(60000))
    query = f"{USDT}&traderId={held.leader.id}&symbol=BTCUSDT"

    async def seen() -> tuple[str, str]:
        (public,) = await rows(bitget(), f"{BROKER}/query-current-traces", query)
        own = (await rows(client, CURRENT, f"{USDT}&symbol=BTCUSDT"))["trackingList"][0]
        return public["stopLossPrice"], own["presetStopLossPrice"]

    assert await seen() == ("60000", "60000")
    await client.post(f"{TRADER}/config-settings-base", {"showTpsl": "no"})
    assert await seen() == ("", "60000")


async def test_a_copy_key_is_made_once_and_works(bitget_box: Sandbox, bitget: Make) -> None:
    client, path = bitget("new-leader"), f"{TRADER}/create-copy-api"
    (made,) = (await client.post(path, {"passphrase": "abcDEF123"})).json["data"]
    again = await client.post(path, {"passphrase": "abcDEF123"})
    found = await rows(bitget("new-leader-copy-key"), CURRENT, USDT)

    assert made["permissions"] == ["copytrading_trade", "contract_trade"]
    assert bitget_box["bitget"].accounts["new-leader-copy-key"].api_key == made["apikey"]
    assert [row["trackingNo"] for row in found["trackingList"]] == [
        p.id for p in lead(bitget_box, "new-leader").positions[::-1]
    ]
    assert (again.code, again.json["msg"]) == ("40017", "You have already created a Copy API Key.")
    assert "abcDEF123" not in str(bitget_box["bitget"].executions)


@pytest.mark.parametrize(
    ("alias", "passphrase", "code"),
    [("leader", "abcDEF123", "40017"), ("new-leader", "short", "400172"), ("new-leader", "with-dash-1", "400172")],
)
async def test_a_copy_key_is_refused(bitget_box: Sandbox, bitget: Make, alias: str, passphrase: str, code: str) -> None:
    reply = await bitget(alias).post(f"{TRADER}/create-copy-api", {"passphrase": passphrase})

    assert (reply.status, reply.code) == (400, code)
    assert f"{alias}-copy-key" not in bitget_box["bitget"].accounts


async def test_the_account_knows_whether_it_leads(bitget: Make) -> None:
    kinds = [
        (await bitget(alias).get("/api/v2/spot/account/info")).json["data"]["traderType"]
        for alias in ("leader", "main")
    ]

    assert kinds == ["trader", "not_trader"]


async def test_contracts_have_the_grid_of_the_market(bitget_box: Sandbox, bitget: Make) -> None:
    path = "/api/v2/mix/market/contracts"
    found = (await bitget().raw("GET", f"{path}?{USDT}&symbol=ethusdt")).json["data"]

    assert [(row["symbol"], row["minTradeNum"], row["pricePlace"], row["volumePlace"]) for row in found] == [
        ("ETHUSDT", "0.01", "2", "2")
    ]
    assert len((await bitget().raw("GET", f"{path}?{USDT}")).json["data"]) == len(world(bitget_box).market.coins)
    assert (await bitget().raw("GET", path)).code == "40019"


async def test_a_leader_does_not_trade_by_itself(bitget_box: Sandbox, bitget: Make) -> None:
    await bitget_box.advance(seconds=48 * 3600)
    opened = [p for p in lead(bitget_box).positions if p.opened_at > bitget_box.now_ms() - 47 * 3_600_000]

    assert opened == []
    assert copies(bitget_box)
    assert len(leaders(bitget_box)) == 8
