"""BloFin's emulator: orders, position mode, leverage, transfers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.blofin import ACCOUNT, BY_CONTRACT, BY_ORDER, TRADE, D, Make, held, operations, order
from unifiedcopy.sandbox import Sandbox

PLACE, CANCEL = f"{TRADE}/place-order", f"{TRADE}/cancel-order"
PENDING, HISTORY = f"{TRADE}/orders-pending", f"{TRADE}/orders-history"
MODE, SET_MODE = f"{ACCOUNT}/position-mode", f"{ACCOUNT}/set-position-mode"
LEVERAGE, SET_LEVERAGE = f"{ACCOUNT}/leverage-info", f"{ACCOUNT}/set-leverage"


async def rows(blofin: Make, path: str, query: str = "", alias: str = "empty") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await blofin(alias).get(path, query)).json["data"]
    return found


async def place(blofin: Make, alias: str = "empty", **changes: Any) -> str:
    reply = await blofin(alias).post(PLACE, order(**changes))
    assert (reply.code, reply.json["data"][0]["code"]) == ("0", "0"), reply.body
    return str(reply.json["data"][0]["orderId"])


async def test_each_opening_order_is_a_position_of_its_own(blofin: Make) -> None:
    ids = {await place(blofin), await place(blofin, size="3")}
    found = await rows(blofin, BY_ORDER)
    (together,) = await rows(blofin, BY_CONTRACT)

    assert {row["orderId"] for row in found} == ids
    assert (together["positions"], together["marginMode"]) == ("13", "cross")


async def test_what_a_leader_opens_its_followers_copy(blofin: Make, blofin_box: Sandbox) -> None:
    before = len(held(blofin_box, "follower"))
    await place(blofin, "main", instId="SOL-USDT", side="sell")
    copied = held(blofin_box, "follower")[-1]

    assert len(held(blofin_box, "follower")) == before + 1
    assert (copied.coin, copied.side) == ("SOL", "short")


async def test_in_net_mode_an_order_closes_before_it_opens(blofin: Make, blofin_box: Sandbox) -> None:
    await place(blofin, size="10")
    turning = await place(blofin, side="sell", size="25")
    (row,) = await rows(blofin, BY_ORDER)
    past = {row["orderId"]: row for row in await rows(blofin, HISTORY)}

    assert (row["orderId"], row["positions"]) == (turning, "-15")
    assert (past[turning]["size"], past[turning]["filledSize"], past[turning]["state"]) == ("25", "25", "filled")
    assert len(past) == 2  # a closing by an order is no order beside it


async def test_a_limit_order_waits_for_its_price(blofin: Make, blofin_box: Sandbox) -> None:
    number = await place(blofin, orderType="limit", price="60000")
    (waiting,) = await rows(blofin, PENDING, "instId=BTC-USDT")
    blofin_box.market.set_price("BTC", D(59900))
    (row,) = await rows(blofin, BY_ORDER)

    assert (waiting["orderId"], waiting["state"], waiting["filledSize"]) == (number, "live", "0")
    assert (row["orderId"], row["averagePrice"]) == (number, "60000")
    assert await rows(blofin, PENDING) == []


async def test_a_waiting_order_is_cancelled_once(blofin: Make, blofin_box: Sandbox) -> None:
    number = {"orderId": await place(blofin, orderType="limit", price="60000")}
    foreign = await blofin().post(CANCEL, number)
    replies = [await blofin("empty").post(CANCEL, number) for _ in range(2)]
    blofin_box.market.set_price("BTC", D(59900))
    (past,) = await rows(blofin, HISTORY)

    assert foreign.code == "102068"
    assert [reply.code for reply in replies] == ["0", "102068"]
    assert replies[0].json["data"] == {"code": "0", "msg": None}
    assert (past["state"], past["filledSize"]) == ("canceled", "0")
    assert held(blofin_box, "empty") == []


@pytest.mark.parametrize("kind", ["ioc", "fok"])
async def test_what_can_not_be_filled_at_once_is_cancelled(blofin: Make, kind: str) -> None:
    await place(blofin, orderType=kind, price="60000")
    (past,) = await rows(blofin, HISTORY)

    assert past["state"] == "canceled"
    await place(blofin, orderType=kind, price="70000")
    assert len(await rows(blofin, BY_ORDER)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instId": None}, "152001"),
        ({"instId": "NO-USDT"}, "152014"),
        ({"marginMode": "both"}, "152002"),
        ({"side": "long"}, "152002"),
        ({"orderType": "post_only"}, "152002"),
        ({"orderType": "limit"}, "152001"),
        ({"size": "0"}, "152002"),
        ({"size": "0.5"}, "152002"),
        ({"size": 10}, "152002"),
    ],
)
async def test_an_order_that_can_not_be_is_refused(
    blofin: Make, blofin_box: Sandbox, changes: dict[str, Any], code: str
) -> None:
    assert (await blofin("empty").post(PLACE, order(**changes))).code == code
    assert operations(blofin_box) == []


@pytest.mark.parametrize(
    ("alias", "changes", "code"),
    [("empty", {"positionSide": "long"}, "102089"), ("empty", {"size": "9999999"}, "103003")],
)
async def test_an_orders_own_refusal_stands_in_its_row(
    blofin: Make, blofin_box: Sandbox, alias: str, changes: dict[str, Any], code: str
) -> None:
    """The outer code is 0 all the same; a switch says it outside too."""
    inside = await blofin(alias).post(PLACE, order(**changes))
    blofin_box["blofin"].options.order_refusal = "envelope"
    outside = await blofin(alias).post(PLACE, order(**changes))

    assert (inside.status, inside.code, inside.json["data"][0]["code"]) == (200, "0", code)
    assert (outside.code, outside.json["data"][0]["code"]) == ("1", code)
    assert operations(blofin_box) == []
    assert held(blofin_box, "empty") == []


async def test_hedge_mode_holds_both_sides(blofin: Make) -> None:
    assert (await blofin("empty").post(SET_MODE, {"positionMode": "long_short_mode"})).code == "0"
    await place(blofin, positionSide="long")
    await place(blofin, positionSide="short", side="sell", size="4")
    await place(blofin, positionSide="long", side="sell", size="6")
    found = {row["positionSide"]: row["availablePositions"] for row in await rows(blofin, BY_ORDER)}
    nothing = await blofin("empty").post(PLACE, order(instId="ETH-USDT", positionSide="long", side="sell"))

    assert found == {"long": "4", "short": "4"}
    assert nothing.json["data"][0]["code"] == "102022"


async def test_the_mode_stays_while_something_is_open(blofin: Make) -> None:
    hedge = {"positionMode": "long_short_mode"}
    number = await place(blofin, orderType="limit", price="60000")
    codes = [(await blofin("empty").post(SET_MODE, hedge)).code]
    await blofin("empty").post(CANCEL, {"orderId": number})
    await place(blofin)
    codes.append((await blofin("empty").post(SET_MODE, hedge)).code)
    await place(blofin, side="sell")
    codes.append((await blofin("empty").post(SET_MODE, hedge)).code)

    assert codes == ["110006", "110019", "0"]
    assert (await blofin("empty").get(MODE)).json["data"] == hedge


async def test_leverage_is_set_for_what_comes_and_what_is(blofin: Make, blofin_box: Sandbox) -> None:
    await place(blofin)
    (position,) = held(blofin_box, "empty")
    margin = position.margin
    body = {"instId": "BTC-USDT", "leverage": "40", "marginMode": "cross"}
    done = await blofin("empty").post(SET_LEVERAGE, body)
    await place(blofin)

    assert done.json["data"] == {**body, "positionSide": "net"}
    assert abs(position.margin - margin / 2) < D("0.00000001")
    assert [p.leverage for p in held(blofin_box, "empty")] == [40, 40]
    both = await rows(blofin, LEVERAGE, "instId=BTC-USDT,ETH-USDT&marginMode=cross")
    assert [(row["instId"], row["leverage"]) for row in both] == [("BTC-USDT", "40"), ("ETH-USDT", "20")]
    assert (await rows(blofin, LEVERAGE, "instId=BTC-USDT&marginMode=isolated"))[0]["leverage"] == "20"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"leverage": "151"}, "152002"),
        ({"leverage": "0"}, "152002"),
        ({"positionSide": "long"}, "102089"),
        ({"instId": "NO-USDT"}, "152014"),
    ],
)
async def test_a_leverage_out_of_range_is_refused(blofin: Make, changes: dict[str, str], code: str) -> None:
    body = {"instId": "BTC-USDT", "leverage": "40", "marginMode": "cross", **changes}

    assert (await blofin("empty").post(SET_LEVERAGE, body)).code == code


async def test_history_has_what_was_before_and_every_closing(blofin: Make, blofin_box: Sandbox) -> None:
    position = held(blofin_box)[0]
    await blofin().post(f"{TRADE}/close-position-by-order", {"orderId": position.id, "size": "-1"})
    walked: list[dict[str, Any]] = []
    for _ in range(6):
        walked += await rows(blofin, HISTORY, f"before={walked[-1]['orderId'] if walked else ''}", "main")
    opening = next(row for row in walked if row["orderId"] == position.id)

    assert len({row["orderId"] for row in walked}) == len(walked) > 50
    assert (opening["side"], opening["state"], opening["orderCategory"]) == ("buy", "filled", "normal")
    assert (walked[0]["side"], walked[0]["instId"]) == ("sell", f"{position.coin}-USDT")


async def test_money_moves_between_accounts(blofin: Make) -> None:
    move = {"currency": "USDT", "amount": "600", "fromAccount": "funding", "toAccount": "copy_trading"}
    done = await blofin("ordinary").post("/asset/transfer", {**move, "clientId": "one"})
    again = await blofin("ordinary").post("/asset/transfer", {**move, "clientId": "one"})
    too_much = await blofin("ordinary").post("/asset/transfer", move)
    (bill,) = await rows(blofin, "/asset/bills", alias="ordinary")
    balance = (await blofin("ordinary").get(f"{ACCOUNT}/balance")).json["data"]

    assert (done.code, again.code, too_much.code) == ("0", "150003", "150004")
    assert (bill["transferId"], bill["amount"]) == (done.json["data"]["transferId"], "600")
    assert balance["totalEquity"] == "5600"
    assert await rows(blofin, "/asset/bills") == []
