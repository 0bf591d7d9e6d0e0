"""Bitget's emulator, V2: spot copying, from both ends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.bitget import D, Make
from tests.sandbox.bitget_v2 import (
    SPOT_FOLLOWER,
    SPOT_TRADER,
    earn,
    lead,
    other_spot_leader,
    spot_copies,
    spot_follow,
    symbol,
    world,
)
from unifiedcopy.sandbox import CopySettings, Sandbox, Trigger

CURRENT, HISTORY = f"{SPOT_FOLLOWER}/query-current-orders", f"{SPOT_FOLLOWER}/query-history-orders"
LED, SOLD = f"{SPOT_TRADER}/order-current-track", f"{SPOT_TRADER}/order-history-track"


async def rows(client: Any, path: str, query: str = "") -> Any:
    reply = await client.get(path, query)
    assert reply.code == "00000", reply.body
    return reply.json["data"]


def row(**changes: Any) -> dict[str, Any]:
    """One setting of the page's own example."""
    return {"symbol": "BTCUSDT", "traceType": "amount", "maxHoldSize": "1000", "traceValue": "100", **changes}


def wish(leader: Any, *settings: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"traderId": leader.id, "settings": list(settings) or [row()], **changes}


async def test_coins_are_bought_held_and_sold(bitget_box: Sandbox, bitget: Make) -> None:
    """Follow, the leader buys, the price goes up, the leader sells: all of it over the wire but the buying."""
    held, follower = lead(bitget_box, spot=True), bitget("empty")
    assert (await follower.post(f"{SPOT_FOLLOWER}/settings", wish(held.leader))).json["data"] == ""
    position = held.open("BTC", "long")
    assert position is not None
    before = bitget_box["bitget"].world.ledger.balance("empty")
    world(bitget_box).market.set_price("BTC", position.entry * D("1.1"))
    (bought,) = (await rows(follower, CURRENT))["trackingList"]
    body = {"trackingNoList": [position.id], "symbol": "BTCUSDT"}
    assert (await bitget("leader").post(f"{SPOT_TRADER}/order-close-tracking", body)).json["data"] == ""
    (sold,) = (await rows(follower, HISTORY))["trackingList"]

    assert bought["traderId"] == held.leader.id
    assert Decimal(bought["buyFillSize"]) * Decimal(bought["buyPrice"]) <= 100
    assert Decimal(bought["unrealizedPLR"]) == D("9.93")  # a tenth, the fee taken from it and added to the cost
    assert sold["trackingNo"] == bought["trackingNo"]
    assert Decimal(sold["sellPrice"]) == world(bitget_box).market.price("BTC")
    assert (await rows(follower, CURRENT))["trackingList"] == []
    assert world(bitget_box).ledger.balance("empty") > before
    assert held.history[-1].id == (await rows(bitget("leader"), SOLD))["trackingList"][0]["trackingNo"]


async def test_open_orders_of_both_ends_hang_together(bitget_box: Sandbox, bitget: Make) -> None:
    mine = (await rows(bitget("spot"), CURRENT))["trackingList"]
    led = (await rows(bitget("leader"), LED))["trackingList"]

    assert [found["trackingNo"] for found in mine] == [p.id for p in spot_copies(bitget_box)[::-1]]
    assert [found["trackingNo"] for found in led] == [p.id for p in lead(bitget_box, spot=True).positions[::-1]]
    assert all(int(found["followCount"]) > 0 for found in led)


async def test_spot_and_contracts_do_not_mix(bitget: Make) -> None:
    query = "productType=USDT-FUTURES"
    contracts = await rows(bitget("spot"), "/api/v2/copy/mix-follower/query-current-orders", query)

    assert contracts == []
    assert (await rows(bitget("main"), CURRENT))["trackingList"] == []


@pytest.mark.parametrize(
    ("query", "count"),
    [("limit=1", 1), ("limit=51", 20), ("", 20), ("limit=50", 30), ("symbol=dogeusdt", 0), ("traderId=x", 0)],
)
async def test_a_large_page_falls_back_to_twenty(bitget_box: Sandbox, bitget: Make, query: str, count: int) -> None:
    held = lead(bitget_box, spot=True)
    world(bitget_box).spot.follow("empty", held.leader, CopySettings(value=D(50)))
    for _ in range(30):
        held.open("ETH", "long", D("0.01"))
    found = (await rows(bitget("empty"), CURRENT, query))["trackingList"]

    assert len(found) == count


async def test_a_leaders_history_is_walked_to_its_end(bitget_box: Sandbox, bitget: Make) -> None:
    found, after = [], ""
    for _ in range(9):
        page = await rows(bitget("leader"), SOLD, f"limit=7{after}")
        found += [order["trackingNo"] for order in page["trackingList"]]
        if not page["endId"]:
            break
        after = f"&idLessThan={page['endId']}"

    assert found == [position.id for position in lead(bitget_box, spot=True).history[::-1]]
    assert len(found) == 30


async def test_profit_of_what_is_sold(bitget: Make) -> None:
    """As the sample computes: achieved lacks the buying fee, net both."""
    (sold,) = (await rows(bitget("leader"), SOLD, "limit=1"))["trackingList"]
    size, price = Decimal(sold["fillSize"]), Decimal(sold["buyPrice"])
    fee = Decimal(sold["buyFee"]) * price
    achieved = (Decimal(sold["sellPrice"]) - price) * size + fee

    assert fee < 0
    assert Decimal(sold["achievedPL"]) == pytest.approx(achieved, abs=D("0.001"))
    assert Decimal(sold["netProfit"]) == pytest.approx(achieved + Decimal(sold["sellFee"]), abs=D("0.001"))


async def test_settings_read_back(bitget_box: Sandbox, bitget: Make) -> None:
    leader = spot_follow(bitget_box).leader
    mine = await rows(bitget("spot"), f"{SPOT_FOLLOWER}/query-settings", f"traderId={leader.id}")
    none = await rows(bitget("empty"), f"{SPOT_FOLLOWER}/query-settings", f"traderId={leader.extra['uid']}")

    assert (mine["enable"], none["enable"], none["tradeSettingList"]) == ("YES", "NO", [])
    assert [kept["symbol"] for kept in mine["tradeSettingList"]] == [f"{coin}USDT" for coin in leader.coins]
    assert {kept["traceType"] for kept in mine["tradeSettingList"]} == {"FIXED_AMOUNT"}
    assert none["tradeSymbolSettingList"] == mine["tradeSymbolSettingList"]
    assert (await bitget().get(f"{SPOT_FOLLOWER}/query-settings", "traderId=nobody")).code == "31051"
    assert (await bitget().get(f"{SPOT_FOLLOWER}/query-settings")).code == "40019"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": "NOPEUSDT"}, "31019"),
        ({"symbol": ""}, "40019"),
        ({"traceType": "all"}, "400172"),
        ({"traceValue": ""}, "40019"),
        ({"traceValue": "9"}, "31037"),
        ({"traceValue": "1201"}, "31038"),
        ({"traceType": "percent", "traceValue": "0.05"}, "31035"),
        ({"traceType": "percent", "traceValue": "21"}, "31036"),
        ({"maxHoldSize": ""}, "40019"),
        ({"stopSurplusRatio": "501"}, "31040"),
        ({"stopLossRatio": "91"}, "31041"),
        ({"stopLossRatio": "1.5"}, "31041"),
    ],
)
async def test_wrong_wishes_follow_nobody(
    bitget_box: Sandbox, bitget: Make, changes: dict[str, Any], code: str
) -> None:
    leader = other_spot_leader(bitget_box)
    reply = await bitget("empty").post(f"{SPOT_FOLLOWER}/settings", wish(leader, row(**changes)))

    assert (reply.status, reply.code) == (400, code)
    assert world(bitget_box).spot.following("empty") == []
    assert bitget_box["bitget"].executions == []


async def test_who_can_not_be_followed(bitget_box: Sandbox, bitget: Make) -> None:
    leader, own = other_spot_leader(bitget_box), lead(bitget_box, spot=True).leader

    async def refused(alias: str, whom: Any) -> str:
        code: str = (await bitget(alias).post(f"{SPOT_FOLLOWER}/settings", wish(whom))).code
        return code

    assert await refused("leader", own) == "31032"
    assert await refused("leader", leader) == "31031"
    leader.follower_limit = leader.followers
    assert await refused("empty", leader) == "31034"
    leader.open_to_follow = False
    assert await refused("empty", leader) == "31042"


async def test_basic_mode_follows_every_symbol_with_a_fixed_amount(bitget_box: Sandbox, bitget: Make) -> None:
    held = lead(bitget_box, spot=True)
    body = wish(held.leader, row(traceValue="40"), mode="basic", autoCopy="on")
    await bitget("empty").post(f"{SPOT_FOLLOWER}/settings", body)
    held.open("SOL", "long")
    (bought,) = (await rows(bitget("empty"), CURRENT))["trackingList"]

    assert bought["symbol"] == "SOLUSDT"
    assert Decimal(bought["buyFillSize"]) * Decimal(bought["buyPrice"]) <= 40


async def test_only_named_symbols_are_copied_otherwise(bitget_box: Sandbox, bitget: Make) -> None:
    held = lead(bitget_box, spot=True)
    await bitget("empty").post(f"{SPOT_FOLLOWER}/settings", wish(held.leader, row(traceValue="40")))
    held.open("SOL", "long")

    assert (await rows(bitget("empty"), CURRENT))["trackingList"] == []


@pytest.mark.parametrize("alias", ["spot", "leader"])
async def test_stops_are_set_left_and_cancelled(bitget_box: Sandbox, bitget: Make, alias: str) -> None:
    leads = alias == "leader"
    position = (lead(bitget_box, spot=True).positions if leads else spot_copies(bitget_box))[0]
    path = f"{SPOT_TRADER}/order-modify-tpsl" if leads else f"{SPOT_FOLLOWER}/setting-tpsl"
    price = world(bitget_box).market.price(position.coin)
    above, below = str(price * 2), str(price / 2)

    async def change(**prices: str) -> tuple[Any, Any]:
        reply = await bitget(alias).post(path, {"trackingNo": position.id, **prices})
        assert (reply.code, reply.json["data"]) == ("00000", "")
        listed = (await rows(bitget(alias), LED if leads else CURRENT))["trackingList"]
        found = next(order for order in listed if order["trackingNo"] == position.id)
        return found["stopSurplusPrice"], found["stopLossPrice"]

    take, stop = await change(stopSurplusPrice=above, stopLossPrice=below)
    assert (Decimal(take), Decimal(stop)) == (Decimal(above), Decimal(below))
    assert await change(stopSurplusPrice="", stopLossPrice="0") == (take, None)
    assert await change(stopSurplusPrice="0") == (None, None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "400172"),
        ({"stopSurplusPrice": "0.01"}, "31004"),
        ({"stopLossPrice": "9999999"}, "31005"),
        ({"trackingNo": "1", "stopLossPrice": "0"}, "31007"),
        ({"trackingNo": "", "stopLossPrice": "0"}, "40019"),
    ],
)
async def test_wrong_stops_change_nothing(
    bitget_box: Sandbox, bitget: Make, changes: dict[str, Any], code: str
) -> None:
    position = spot_copies(bitget_box)[0]
    kept = position.take_profit, position.stop_loss
    body = {"trackingNo": position.id, **changes}

    assert (await bitget("spot").post(f"{SPOT_FOLLOWER}/setting-tpsl", body)).code == code
    assert (position.take_profit, position.stop_loss) == kept


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"trackingNoList": []}, "40019"),
        ({"trackingNoList": "1"}, "400172"),
        ({"trackingNoList": ["OPEN", "1"]}, "31007"),
        ({"trackingNoList": ["1"] * 51}, "31038"),
        ({"symbol": ""}, "40019"),
        ({"symbol": "NOPEUSDT"}, "31007"),
    ],
)
async def test_wrong_sales_sell_nothing(bitget_box: Sandbox, bitget: Make, changes: dict[str, Any], code: str) -> None:
    held = spot_copies(bitget_box)
    body = {"trackingNoList": [held[0].id], "symbol": symbol(held[0]), **changes}
    if isinstance(body["trackingNoList"], list):
        body["trackingNoList"] = [held[0].id if number == "OPEN" else number for number in body["trackingNoList"]]

    assert (await bitget("spot").post(f"{SPOT_FOLLOWER}/order-close-tracking", body)).code == code
    assert spot_copies(bitget_box) == held


async def test_a_copy_is_sold_alone(bitget_box: Sandbox, bitget: Make) -> None:
    held = spot_copies(bitget_box)
    body = {"trackingNoList": [held[0].id], "symbol": symbol(held[0]).lower()}
    assert (await bitget("spot").post(f"{SPOT_FOLLOWER}/order-close-tracking", body)).json["data"] == ""

    assert spot_copies(bitget_box) == held[1:]
    assert (await rows(bitget("spot"), HISTORY))["trackingList"][0]["trackingNo"] == held[0].id
    assert world(bitget_box).ledger.total() == 0


async def test_a_detached_order_leaves_the_list_and_stays_with_the_account(bitget_box: Sandbox, bitget: Make) -> None:
    held = spot_copies(bitget_box)
    reply = await bitget("spot").post(f"{SPOT_FOLLOWER}/stop-order", {"trackingNoList": [held[0].id]})

    assert (reply.code, reply.json["data"]) == ("00000", "")
    assert spot_copies(bitget_box) == held[1:]
    assert held[0] in world(bitget_box).book.open_positions("spot")
    assert (await bitget("spot").post(f"{SPOT_FOLLOWER}/stop-order", {"trackingNoList": [held[0].id]})).code == "31007"


@pytest.mark.parametrize("way", ["close", "refuse", "keep"])
async def test_unfollowing_does_with_copies_what_the_switch_says(bitget_box: Sandbox, bitget: Make, way: Any) -> None:
    bitget_box["bitget"].options.unfollow_with_copies = way
    leader, held = spot_follow(bitget_box).leader, spot_copies(bitget_box)
    reply = await bitget("spot").post(f"{SPOT_FOLLOWER}/cancel-trader", {"traderId": leader.id})
    left = [position for position in held if position.size]

    assert reply.code == ("40864" if way == "refuse" else "00000")
    assert left == ([] if way == "close" else held)
    assert bool(world(bitget_box).spot.following("spot")) is (way == "refuse")


async def test_who_does_not_follow_can_not_unfollow(bitget_box: Sandbox, bitget: Make) -> None:
    leader = other_spot_leader(bitget_box)

    assert (await bitget("spot").post(f"{SPOT_FOLLOWER}/cancel-trader", {"traderId": leader.id})).code == "31057"
    assert (await bitget("spot").post(f"{SPOT_FOLLOWER}/cancel-trader", {"traderId": "x"})).code == "31051"


async def test_followed_leaders_and_their_symbols(bitget_box: Sandbox, bitget: Make) -> None:
    leader = spot_follow(bitget_box).leader
    (found,) = (await rows(bitget("spot"), f"{SPOT_FOLLOWER}/query-traders"))["resultList"]
    symbols = await rows(bitget("spot"), f"{SPOT_FOLLOWER}/query-trader-symbols", f"traderId={leader.id}")

    assert (found["traderId"], found["traderName"]) == (leader.id, leader.name)
    assert Decimal(found["traceTotalNetProfit"]) < Decimal(found["traceTotalProfit"])
    assert symbols == {"currentTradingList": [f"{coin}USDT" for coin in leader.coins]}
    assert (await rows(bitget("main"), f"{SPOT_FOLLOWER}/query-traders")) == {"resultList": []}


async def test_led_symbols_are_added_and_deleted(bitget_box: Sandbox, bitget: Make) -> None:
    client, path = bitget("leader"), f"{SPOT_TRADER}/config-setting-symbols"

    async def enabled() -> set[str]:
        found = (await rows(client, f"{SPOT_TRADER}/config-query-settings"))["traceSymbolList"]
        return {listed["symbol"] for listed in found if listed["enable"] == "YES"}

    before = await enabled()
    assert "AVAXUSDT" not in before
    await client.post(path, {"symbolList": ["avaxusdt", "BTCUSDT"], "settingType": "add"})
    assert await enabled() == before | {"AVAXUSDT", "BTCUSDT"}
    await client.post(path, {"symbolList": ["AVAXUSDT"], "settingType": "delete"})
    assert await enabled() == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbolList": []}, "40019"),
        ({"symbolList": "BTCUSDT"}, "400172"),
        ({"symbolList": ["BTCUSDT", "NOPEUSDT"]}, "31019"),
        ({"symbolList": ["BTCUSDT"] * 51}, "31038"),
        ({"settingType": ""}, "40019"),
        ({"settingType": "update"}, "400172"),
    ],
)
async def test_wrong_symbols_change_nothing(
    bitget_box: Sandbox, bitget: Make, changes: dict[str, Any], code: str
) -> None:
    before = dict(lead(bitget_box, spot=True).rules)
    body = {"symbolList": ["BTCUSDT"], "settingType": "delete", **changes}

    assert (await bitget("leader").post(f"{SPOT_TRADER}/config-setting-symbols", body)).code == code
    assert lead(bitget_box, spot=True).rules == before


async def test_what_a_leader_may_still_buy_shrinks(bitget_box: Sandbox, bitget: Make) -> None:
    held = lead(bitget_box, spot=True)

    async def room() -> Decimal:
        found = (await rows(bitget("leader"), f"{SPOT_TRADER}/config-query-settings"))["spotInfoList"]
        return Decimal(next(info["surplusQuoteSize"] for info in found if info["symbol"] == "SOLUSDT"))

    before = await room()
    position = held.open("SOL", "long")
    assert position is not None
    assert before - await room() == position.value(position.entry)


async def test_a_follower_is_removed_in_spot(bitget_box: Sandbox, bitget: Make) -> None:
    client, path = bitget("leader"), f"{SPOT_TRADER}/config-remove-follower"
    listed = await rows(client, f"{SPOT_TRADER}/config-query-followers")
    small = next(found["followerUid"] for found in listed if found["isRemove"] == "YES")
    rich = next(found["followerUid"] for found in listed if found["isRemove"] == "NO")

    assert (await client.post(path, {"followerUid": rich})).code == "43069"
    assert (await client.post(path, {"followerUid": "1"})).code == "31029"
    assert (await client.post(path, {"followerUid": small})).json["data"] == ""
    after = await rows(client, f"{SPOT_TRADER}/config-query-followers")
    assert small not in [found["followerUid"] for found in after]
    assert len(after) == len(listed) - 1


async def test_shares_add_up_by_coin_and_day(bitget_box: Sandbox, bitget: Make) -> None:
    client = bitget("leader")
    details = (await rows(client, f"{SPOT_TRADER}/profit-history-details"))["profitList"]
    details += (await rows(client, f"{SPOT_TRADER}/profit-history-details", f"idLessThan={details[-1]['profitId']}"))[
        "profitList"
    ]
    summary = await rows(client, f"{SPOT_TRADER}/profit-summarys")

    assert {found["coin"] for found in summary["profitHistoryList"]} == {"USDT", "BTC"}
    for found in summary["profitHistoryList"]:
        paid = Decimal(found["profitCount"])
        assert sum(Decimal(day["profit"]) for day in found["historysByDateList"]) == paid
        assert sum(Decimal(d["profit"]) for d in details if d["coin"] == found["coin"]) == paid
        assert found["lastProfitTime"] == found["historysByDateList"][0]["profitTime"]


async def test_a_share_is_pending_in_spot_too(bitget_box: Sandbox, bitget: Make) -> None:
    held = lead(bitget_box, spot=True)
    earn(bitget_box, held)
    owed = await rows(bitget("leader"), f"{SPOT_TRADER}/profit-details", "coin=usdt")

    assert {Decimal(found["distributeRatio"]) for found in owed} == {held.leader.share * 100}
    assert sum(Decimal(found["profit"]) for found in owed) == sum(share.amount for share in held.pending)
    assert await rows(bitget("leader"), f"{SPOT_TRADER}/profit-details", "coin=btc") == []
    assert (await bitget("leader").get(f"{SPOT_TRADER}/profit-details", "pageSize=51")).code == "400172"


async def test_a_trigger_sells_coins_and_copies(bitget_box: Sandbox, bitget: Make) -> None:
    position = lead(bitget_box, spot=True).positions[0]
    children = world(bitget_box).book.children(position)
    position.take_profit = Trigger("price", position.entry * 2)
    world(bitget_box).market.set_price(position.coin, position.entry * 2)

    assert children
    assert {child.size for child in (position, *children)} == {D(0)}


async def test_spot_writes_are_slow(bitget_box: Sandbox, bitget: Make) -> None:
    """One a second, as documented."""
    bitget_box["bitget"].options.limit_factor = 1
    body = {"trackingNo": spot_copies(bitget_box)[0].id, "stopLossPrice": "0"}
    codes = [(await bitget("spot").post(f"{SPOT_FOLLOWER}/setting-tpsl", body)).code for _ in range(2)]

    assert codes == ["00000", "429"]
