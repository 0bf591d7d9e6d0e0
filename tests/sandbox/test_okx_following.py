"""OKX's emulator for followers: start, change, stop; the positions, their guards and their end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.okx import COPY, D, Make, copies, leaders, trade, wish
from unifiedcopy.sandbox import Sandbox

FOLLOW, AMEND, STOP = (f"{COPY}/{name}" for name in ("first-copy-settings", "amend-copy-settings", "stop-copy-trading"))
POSITIONS, HISTORY = f"{COPY}/current-subpositions", f"{COPY}/subpositions-history"
ALGO, CLOSE = f"{COPY}/algo-order", f"{COPY}/close-subposition"
SMART, FULL, LEAVING = -4, -3, -2
"""Leaders whom nobody can follow, counted from the end: the last one is the account that leads."""


def operations(box: Sandbox) -> list[str]:
    return [execution.operation for execution in box["okx"].executions]


async def settings(okx: Make, leader: Any, alias: str = "main") -> dict[str, Any]:
    (row,) = (await okx(alias).get(f"{COPY}/copy-settings", f"instType=SWAP&uniqueCode={leader.id}")).json["data"]
    found: dict[str, Any] = row
    return found


# Following


async def test_following_is_read_back_and_copies_what_the_leader_opens(okx: Make, okx_box: Sandbox) -> None:
    leader, client = leaders(okx_box)[2], okx("empty")
    done = await client.post(FOLLOW, wish(leader, copyMode="fixed_amount", copyAmt="100", copyRatio=None, tag="a1"))
    copied = trade(okx_box, leader, "ETH", "long")
    (position,) = copies(okx_box, "empty")
    kept = await settings(okx, leader, "empty")

    assert done.json == {"code": "0", "data": [{"result": True}], "msg": ""}
    assert (position.parent, position.cross) == (copied.id, True)
    assert D(95) < position.margin <= D(100)
    assert {name: kept[name] for name in ("copyState", "copyMode", "copyAmt", "copyRatio", "tag")} == {
        "copyState": "1",
        "copyMode": "fixed_amount",
        "copyAmt": "100",
        "copyRatio": "",
        "tag": "a1",
    }
    assert {row["enabled"] for row in kept["instIds"]} == {"1"}
    assert operations(okx_box) == ["follow"]


async def test_a_multiple_copies_the_leaders_size(okx: Make, okx_box: Sandbox) -> None:
    leader = leaders(okx_box)[2]
    await okx("empty").post(FOLLOW, wish(leader, copyRatio="0.1", copyMgnMode="isolated"))
    original = trade(okx_box, leader, "BTC", "short")
    (position,) = copies(okx_box, "empty")

    assert D("0.09") < position.size / original.size <= D("0.1")
    assert not position.cross


async def test_chosen_contracts_alone_are_copied(okx: Make, okx_box: Sandbox) -> None:
    leader = leaders(okx_box)[2]
    await okx("empty").post(
        FOLLOW, wish(leader, copyRatio="0.01", copyInstIdType="custom", instId="ETH-USDT-SWAP,SOL-USDT-SWAP")
    )
    for coin in ("BTC", "ETH"):
        trade(okx_box, leader, coin, "long")
    kept = await settings(okx, leader, "empty")

    assert [position.coin for position in copies(okx_box, "empty")] == ["ETH"]
    assert {row["instId"] for row in kept["instIds"] if row["enabled"] == "1"} == {"ETH-USDT-SWAP", "SOL-USDT-SWAP"}


async def test_ratios_close_a_copy_by_its_return(okx: Make, okx_box: Sandbox) -> None:
    leader, world = leaders(okx_box)[2], okx_box["okx"].world
    await okx("empty").post(FOLLOW, wish(leader, copyRatio="0.05", tpRatio="0.5", slRatio="0.2"))
    trade(okx_box, leader, "SOL", "long")
    (position,) = copies(okx_box, "empty")
    world.market.set_price("SOL", position.entry * (1 - D("0.21") / position.leverage))

    assert copies(okx_box, "empty") == []
    assert world.book.closings[-1].reason == "stop_loss"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"uniqueCode": None}, 400, "50014"),
        ({"uniqueCode": "0000000000000000"}, 200, "59269"),
        ({"uniqueCode": 1}, 400, "51000"),
        ({"instType": "SPOT"}, 200, "59264"),
        ({"copyMgnMode": "both"}, 400, "51000"),
        ({"copyMgnMode": None}, 400, "50014"),
        ({"copyInstIdType": "custom"}, 400, "50014"),
        ({"copyInstIdType": "custom", "instId": "LTC-USDT-SWAP"}, 200, "59268"),
        ({"copyInstIdType": "custom", "instId": "NO-USDT-SWAP"}, 200, "59268"),
        ({"copyMode": None}, 400, "50014"),
        ({"copyMode": "fixed_amount", "copyAmt": "19"}, 400, "51000"),
        ({"copyMode": "fixed_amount", "copyAmt": "1001"}, 400, "51000"),
        ({"copyMode": "fixed_amount", "copyAmt": "600"}, 200, "59270"),
        ({"copyRatio": None}, 400, "50014"),
        ({"copyRatio": "0.001"}, 200, "59259"),
        ({"copyRatio": "101"}, 200, "59259"),
        ({"copyRatio": "-1"}, 400, "51000"),
        ({"copyTotalAmt": None}, 400, "50014"),
        ({"copyTotalAmt": "30001"}, 400, "51000"),
        ({"tpRatio": "1.6"}, 200, "59130"),
        ({"slRatio": "0.8"}, 400, "51000"),
        ({"subPosCloseType": None}, 400, "50014"),
        ({"subPosCloseType": "later"}, 400, "51000"),
    ],
)
async def test_what_can_not_be_meant_is_refused_and_nothing_is_followed(
    okx: Make, okx_box: Sandbox, changes: dict[str, Any], status: int, code: str
) -> None:
    leader = leaders(okx_box)[2]
    reply = await okx("empty").post(FOLLOW, wish(leader, **changes))

    assert (reply.status, reply.code, reply.json["data"]) == (status, code, [])
    assert okx_box["okx"].world.copying.following("empty") == []
    assert operations(okx_box) == []


@pytest.mark.parametrize(("number", "code"), [(0, "59279"), (SMART, "59292"), (FULL, "59277"), (LEAVING, "59276")])
async def test_some_leaders_can_not_be_followed_with_http_200(
    okx: Make, okx_box: Sandbox, number: int, code: str
) -> None:
    reply = await okx().post(FOLLOW, wish(leaders(okx_box)[number]))

    assert (reply.status, reply.code) == (200, code)
    assert operations(okx_box) == []


async def test_who_leads_follows_nobody(okx: Make, okx_box: Sandbox) -> None:
    other, own = leaders(okx_box)[2], leaders(okx_box)[-1]

    assert (await okx("leader").post(FOLLOW, wish(other))).code == "59258"
    assert (await okx("leader").post(FOLLOW, wish(own))).code == "59274"


# Changing


async def test_an_amendment_is_the_whole_object_again(okx: Make, okx_box: Sandbox) -> None:
    leader = leaders(okx_box)[0]
    half = await okx().post(AMEND, {"uniqueCode": leader.id, "copyTotalAmt": "700"})
    whole = await okx().post(AMEND, wish(leader, copyTotalAmt="700", tpRatio="0.3"))
    kept = await settings(okx, leader)

    assert (half.code, whole.code) == ("50014", "0")
    assert (kept["copyTotalAmt"], kept["tpRatio"], kept["copyMode"], kept["copyAmt"]) == (
        "700",
        "0.3",
        "ratio_copy",
        "",
    )
    assert operations(okx_box) == ["amend_follow"]


async def test_who_is_not_copied_can_not_be_amended(okx: Make, okx_box: Sandbox) -> None:
    leader = leaders(okx_box)[2]

    assert (await okx().post(AMEND, wish(leader))).code == "59280"
    assert (await okx().post(STOP, {"uniqueCode": leader.id, "subPosCloseType": "copy_close"})).code == "59267"
    assert (await settings(okx, leader))["copyState"] == "0"


# Stopping


async def test_market_close_closes_the_copies_at_once(okx: Make, okx_box: Sandbox) -> None:
    leader = leaders(okx_box)[0]
    reply = await okx().post(STOP, {"uniqueCode": leader.id, "subPosCloseType": "market_close"})

    assert reply.json["data"] == [{"result": True}]
    assert [position for position in copies(okx_box) if position.leader == leader.id] == []


async def test_copy_close_leaves_the_copies_until_the_leader_closes(okx: Make, okx_box: Sandbox) -> None:
    leader, world = leaders(okx_box)[0], okx_box["okx"].world
    mine = [position for position in copies(okx_box) if position.leader == leader.id]
    await okx().post(STOP, {"uniqueCode": leader.id, "subPosCloseType": "copy_close"})
    left = [position for position in copies(okx_box) if position.leader == leader.id]
    world.copying.lead_close(next(p for p in world.book.open_positions(leader.owner) if p.id == mine[0].parent))
    trade(okx_box, leader, "BTC", "long")

    assert left == mine
    assert [position for position in copies(okx_box) if position.leader == leader.id] == mine[1:]


async def test_manual_close_leaves_the_copies_to_the_account(okx: Make, okx_box: Sandbox) -> None:
    leader, world = leaders(okx_box)[0], okx_box["okx"].world
    mine = [position for position in copies(okx_box) if position.leader == leader.id]
    await okx().post(STOP, {"uniqueCode": leader.id, "subPosCloseType": "manual_close"})
    for position in world.book.open_positions(leader.owner):
        world.copying.lead_close(position)
    reply = await okx().post(CLOSE, {"subPosId": mine[0].id, "subPosType": "copy"})

    assert reply.code == "0"
    assert [position for position in copies(okx_box) if position.leader == leader.id] == mine[1:]


async def test_after_a_stop_only_a_first_following_works(okx: Make, okx_box: Sandbox) -> None:
    leader = leaders(okx_box)[0]
    await okx().post(STOP, {"uniqueCode": leader.id, "subPosCloseType": "market_close"})

    assert (await okx().post(AMEND, wish(leader))).code == "59280"
    assert (await okx().post(FOLLOW, wish(leader))).code == "0"


async def test_how_to_close_is_always_asked_or_only_with_copies(okx: Make, okx_box: Sandbox) -> None:
    with_copies, without = leaders(okx_box)[0], leaders(okx_box)[2]
    await okx().post(FOLLOW, wish(without))
    strict = await okx().post(STOP, {"uniqueCode": without.id})
    okx_box["okx"].options.unfollow_says_how = "with-copies"

    assert strict.code == "50014"
    assert (await okx().post(STOP, {"uniqueCode": with_copies.id})).code == "50014"
    assert (await okx().post(STOP, {"uniqueCode": without.id})).code == "0"


async def test_a_stop_that_is_worked_off_is_in_the_way(okx: Make, okx_box: Sandbox) -> None:
    okx_box["okx"].options.stop_seconds = 60
    leader = leaders(okx_box)[0]
    stop = {"uniqueCode": leader.id, "subPosCloseType": "market_close"}
    codes = [(await okx().post(STOP, stop)).code, (await okx().post(STOP, stop)).code]
    codes.append((await okx().post(FOLLOW, wish(leader))).code)
    await okx_box.advance(seconds=60)
    codes.append((await okx().post(FOLLOW, wish(leader))).code)

    assert codes == ["0", "59278", "59278", "0"]


# Whom one copies


async def test_ones_leaders_with_what_they_hold(okx: Make, okx_box: Sandbox) -> None:
    rows = (await okx().get(f"{COPY}/current-lead-traders")).json["data"]
    margins = {
        leader.id: sum(p.margin for p in copies(okx_box) if p.leader == leader.id) for leader in leaders(okx_box)[:2]
    }

    assert {row["uniqueCode"]: D(row["margin"]) for row in rows} == margins
    assert (await okx("empty").get(f"{COPY}/current-lead-traders")).json["data"] == []
    okx_box["okx"].options.nobody_copied = "error"
    assert (await okx("empty").get(f"{COPY}/current-lead-traders")).code == "59273"


@pytest.mark.parametrize(("alias", "role"), [("main", "2"), ("empty", "0"), ("leader", "1")])
async def test_a_role_is_a_number(okx: Make, alias: str, role: str) -> None:
    (row,) = (await okx(alias).get(f"{COPY}/config")).json["data"]
    swap, spot = row["details"]

    assert (swap["roleType"], spot["roleType"]) == (role, "0")
    assert bool(swap["profitSharingRatio"]) is (role == "1")


# Positions


async def test_a_followers_sub_positions_stay_hidden_as_the_pages_have_it(okx: Make, okx_box: Sandbox) -> None:
    """Lead positions alone: ``subPosType=copy`` changes nothing, and the account call has everything."""
    hidden = [(await okx().get(path, "instType=SWAP&subPosType=copy")).json["data"] for path in (POSITIONS, HISTORY)]
    rows = (await okx().get("/account/positions", "instType=SWAP")).json["data"]

    assert hidden == [[], []]
    assert rows
    assert all("uniqueCode" not in row for row in rows)
    assert sum(D(row["pos"]) for row in rows if row["instId"] == "BTC-USDT-SWAP") * D("0.01") == sum(
        position.size for position in copies(okx_box) if position.coin == "BTC"
    )


async def test_a_switch_lists_them_as_the_venue_once_did(okx: Make, okx_box: Sandbox) -> None:
    okx_box["okx"].options.copied_positions = "listed"
    leader = leaders(okx_box)[0]
    rows = (await okx().get(POSITIONS, "instType=SWAP&subPosType=copy")).json["data"]
    some = (await okx().get(POSITIONS, f"subPosType=copy&uniqueCode={leader.id}")).json["data"]
    past = (await okx().get(HISTORY, "subPosType=copy")).json["data"]

    assert {row["subPosId"] for row in rows} == {position.id for position in copies(okx_box)}
    assert {row["uniqueCode"] for row in rows} == {leaders(okx_box)[0].id, leaders(okx_box)[1].id}
    assert {row["uniqueCode"] for row in some} == {leader.id}
    assert len(past) == 25
    assert (await okx().get(POSITIONS, "instType=SWAP")).json["data"] == []


async def test_the_account_call_sums_what_different_leaders_opened(okx: Make, okx_box: Sandbox) -> None:
    for leader in leaders(okx_box)[:2]:
        leader.cross = True
        trade(okx_box, leader, "ETH", "short")
    shorts = [p for p in copies(okx_box) if (p.coin, p.side, p.cross) == ("ETH", "short", True)]
    rows = (await okx().get("/account/positions", "instId=ETH-USDT-SWAP")).json["data"]
    (row,) = [row for row in rows if (row["posSide"], row["mgnMode"]) == ("short", "cross")]

    assert len({position.leader for position in shorts}) == 2
    assert D(row["pos"]) * D("0.1") == sum(position.size for position in shorts)


async def test_net_mode_signs_and_inverse_contracts_count_dollars(okx: Make, okx_box: Sandbox) -> None:
    rows = {row["instId"]: row for row in (await okx("own").get("/account/positions")).json["data"]}
    okx_box["okx"].options.net_mode = True
    (net,) = (await okx("own").get("/account/positions", "instId=BTC-USD-SWAP")).json["data"]

    assert [rows["BTC-USD-SWAP"][name] for name in ("pos", "posSide", "ccy", "notionalUsd")] == [
        "5",
        "short",
        "BTC",
        "500",
    ]
    assert [rows["ETH-USDT-SWAP"][name] for name in ("pos", "posSide", "ccy")] == ["5", "long", "USDT"]
    assert (net["pos"], net["posSide"]) == ("-5", "net")


# Guarding and closing


async def test_a_copy_is_guarded_and_the_price_closes_it(okx: Make, okx_box: Sandbox) -> None:
    okx_box["okx"].options.copied_positions = "listed"
    world = okx_box["okx"].world
    position = next(p for p in copies(okx_box) if p.coin == "ETH" and p.side == "long")
    body = {"subPosId": position.id, "subPosType": "copy", "tpTriggerPx": "3700", "slTriggerPx": "3300", "tag": "x"}
    reply = await okx().post(ALGO, body)
    rows = (await okx().get(POSITIONS, "subPosType=copy")).json["data"]
    row = next(row for row in rows if row["subPosId"] == position.id)
    world.market.set_price("ETH", D(3700))

    assert reply.json["data"] == [{"subPosId": position.id, "tag": "x"}]
    assert [row[name] for name in ("tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx")] == ["3700", "-1", "3300", "-1"]
    assert row["algoId"]
    assert position not in copies(okx_box)


async def test_zero_deletes_and_what_is_left_out_stays(okx: Make, okx_box: Sandbox) -> None:
    position = next(p for p in copies(okx_box) if p.coin == "ETH" and p.side == "long")
    name = {"subPosId": position.id, "subPosType": "copy"}
    await okx().post(ALGO, {**name, "tpTriggerPx": "3700", "slTriggerPx": "3300"})
    await okx().post(ALGO, {**name, "tpTriggerPx": "0"})

    assert position.take_profit is None
    assert position.stop_loss is not None
    assert position.stop_loss.value == 3300


@pytest.mark.parametrize(
    ("side", "changes", "code"),
    [
        ("long", {}, "50014"),
        ("long", {"tpTriggerPx": "1"}, "51279"),
        ("long", {"slTriggerPx": "9999"}, "51280"),
        ("short", {"tpTriggerPx": "9999"}, "51277"),
        ("short", {"slTriggerPx": "1"}, "51278"),
        ("long", {"tpTriggerPx": "9999", "tpOrdPx": "9999"}, "51000"),
        ("long", {"tpTriggerPx": "9999", "tpTriggerPxType": "moon"}, "51000"),
        ("long", {"tpTriggerPx": "9999", "tag": "no-dashes"}, "51000"),
        ("long", {"tpTriggerPx": "9999", "subPosType": "lead"}, "59216"),
        ("long", {"tpTriggerPx": "9999", "subPosId": "1"}, "59216"),
        ("long", {"tpTriggerPx": "9999", "subPosId": "one"}, "51000"),
        ("long", {"tpTriggerPx": "9999", "instType": "SPOT"}, "59216"),
    ],
)
async def test_a_guard_that_can_not_be_is_refused(
    okx: Make, okx_box: Sandbox, side: str, changes: dict[str, str], code: str
) -> None:
    trade(okx_box, leaders(okx_box)[0], "ETH", "short")
    position = next(p for p in copies(okx_box) if (p.coin, p.side) == ("ETH", side))
    before = (position.take_profit, position.stop_loss)
    reply = await okx().post(ALGO, {"subPosId": position.id, "subPosType": "copy", **changes})

    assert reply.code == code
    assert (position.take_profit, position.stop_loss) == before
    assert operations(okx_box) == []


async def test_closing_closes_once(okx: Make, okx_box: Sandbox) -> None:
    position = copies(okx_box)[0]
    body = {"subPosId": position.id, "subPosType": "copy"}
    limit = await okx().post(CLOSE, {**body, "ordType": "limit"})
    codes = [(await okx().post(CLOSE, body)).code for _ in range(2)]

    assert (limit.code, codes) == ("51000", ["0", "59216"])
    assert operations(okx_box) == ["close_subposition"]


async def test_nobody_closes_what_is_anothers(okx: Make, okx_box: Sandbox) -> None:
    theirs = copies(okx_box, "readonly")[0]

    assert (await okx().post(CLOSE, {"subPosId": theirs.id, "subPosType": "copy"})).code == "59216"
    assert theirs in copies(okx_box, "readonly")
