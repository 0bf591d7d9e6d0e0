"""OKX's emulator for an account that leads: its positions, its contracts, what copiers pay."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.okx import COPY, D, Make, lead_of
from unifiedcopy.sandbox import Sandbox

DAY = 86_400


async def rows(okx: Make, name: str, query: str = "") -> list[dict[str, Any]]:
    reply = await okx("leader").get(f"{COPY}/{name}", query)
    assert reply.code == "0", reply.body
    found: list[dict[str, Any]] = reply.json["data"]
    return found


async def test_lead_positions_are_paged_by_id(okx: Make, okx_box: Sandbox) -> None:
    everything = [row["subPosId"] for row in await rows(okx, "current-subpositions")]
    older = [row["subPosId"] for row in await rows(okx, "current-subpositions", f"after={everything[0]}&limit=2")]
    newer = [row["subPosId"] for row in await rows(okx, "current-subpositions", f"before={everything[2]}")]

    assert set(everything) == {position.id for position in lead_of(okx_box).positions}
    assert everything == sorted(everything, key=int, reverse=True)
    assert (older, newer) == (everything[1:3], everything[:2])


async def test_a_lead_position_is_guarded_closed_and_then_history(okx: Make, okx_box: Sandbox) -> None:
    """The copies go with it."""
    position = lead_of(okx_box).positions[0]
    copied = okx_box["okx"].world.book.children(position)
    guard = {"subPosId": position.id, "slTriggerPx": "1" if position.side == "long" else "99999"}
    done = [(await okx("leader").post(f"{COPY}/{name}", guard)).code for name in ("algo-order", "close-subposition")]
    (row, *_) = await rows(okx, "subpositions-history", f"instId={position.coin}-USDT-SWAP&limit=100")
    past = {row["subPosId"]: row for row in await rows(okx, "subpositions-history")}

    assert copied
    assert done == ["0", "0"]
    assert okx_box["okx"].world.book.children(position) == []
    assert row["instId"] == f"{position.coin}-USDT-SWAP"
    assert (past[position.id]["type"], past[position.id]["uniqueCode"]) == ("2", lead_of(okx_box).leader.id)


async def test_what_is_partly_closed_is_in_both_lists(okx: Make, okx_box: Sandbox) -> None:
    position = lead_of(okx_box).positions[0]
    lot = okx_box["okx"].world.market.coins[position.coin].lot
    okx_box["okx"].world.copying.lead_close(position, lot)
    past = {row["subPosId"]: row for row in await rows(okx, "subpositions-history")}
    now = {row["subPosId"]: row for row in await rows(okx, "current-subpositions")}

    assert past[position.id]["type"] == "1"
    assert D(now[position.id]["subPos"]) - D(now[position.id]["availSubPos"]) == D(past[position.id]["closeSubPos"])


async def test_the_list_of_contracts_is_overwritten(okx: Make, okx_box: Sandbox) -> None:
    before = {row["instId"] for row in await rows(okx, "instruments") if row["enabled"]}
    held = {f"{position.coin}-USDT-SWAP" for position in lead_of(okx_box).positions}
    wished = sorted({*held, "LTC-USDT-SWAP"})
    path = f"{COPY}/set-instruments"
    done = await okx("leader").post(path, {"instType": "SWAP", "instId": ",".join(wished)})
    without = await okx("leader").post(path, {"instId": "LTC-USDT-SWAP"})
    unknown = await okx("leader").post(path, {"instId": ",".join([*wished, "NO-USDT-SWAP"])})

    assert before != set(wished)
    assert done.json["data"] == [{"enabled": True, "instId": name} for name in wished]
    assert {row["instId"] for row in await rows(okx, "instruments") if row["enabled"]} == set(wished)
    assert (without.code, unknown.code) == ("51000", "51000")  # a contract with a position stays


async def test_shares_add_up_to_the_total(okx: Make) -> None:
    walked: list[dict[str, Any]] = []
    for _ in range(20):
        after = walked[-1]["profitSharingId"] if walked else ""
        walked += await rows(okx, "profit-sharing-details", f"limit=10&after={after}")
    (total,) = await rows(okx, "total-profit-sharing")

    assert len(walked) > 20
    assert len({row["profitSharingId"] for row in walked}) == len(walked)
    assert sum(D(row["profitSharingAmt"]) for row in walked) == D(total["totalProfitSharingAmt"])


async def test_what_copiers_owe_is_pending_until_it_is_paid(okx: Make, okx_box: Sandbox) -> None:
    lead, world = lead_of(okx_box), okx_box["okx"].world
    position = next(p for p in lead.positions if p.side == "long")
    world.market.set_price(position.coin, position.entry * D("1.05"))
    await okx("leader").post(f"{COPY}/close-subposition", {"subPosId": position.id})
    pending = await rows(okx, "unrealized-profit-sharing-details")
    (total,) = await rows(okx, "total-unrealized-profit-sharing")
    paid = D((await rows(okx, "total-profit-sharing"))[0]["totalProfitSharingAmt"])
    await okx_box.advance(seconds=8 * DAY)

    assert pending
    owed = sum(D(row["unrealizedProfitSharingAmt"]) for row in pending)
    assert owed == D(total["totalUnrealizedProfitSharingAmt"]) > 0
    assert int(total["profitSharingTs"]) > okx_box.now_ms() - 8 * DAY * 1_000
    assert D((await rows(okx, "total-profit-sharing"))[0]["totalProfitSharingAmt"]) >= paid + owed


async def test_the_ratio_changes_a_few_times_a_month(okx: Make, okx_box: Sandbox) -> None:
    path = f"{COPY}/amend-profit-sharing-ratio"
    too_much = await okx("leader").post(path, {"instType": "SWAP", "profitSharingRatio": "0.5"})
    codes = [(await okx("leader").post(path, {"instType": "SWAP", "profitSharingRatio": "0.1"})).code for _ in range(6)]

    assert too_much.code == "59287"
    assert codes == ["0"] * 5 + ["59284"]
    assert lead_of(okx_box).leader.share == D("0.1")
    await okx_box.advance(seconds=31 * DAY)
    assert (await okx("leader").post(path, {"profitSharingRatio": "0.08"})).code == "0"


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("GET", "instruments"),
        ("GET", "profit-sharing-details"),
        ("GET", "total-profit-sharing"),
        ("GET", "unrealized-profit-sharing-details"),
        ("GET", "total-unrealized-profit-sharing"),
        ("POST", "set-instruments"),
        ("POST", "amend-profit-sharing-ratio"),
    ],
)
async def test_who_does_not_lead_is_told_so(okx: Make, method: str, name: str) -> None:
    path = f"{COPY}/{name}"
    reply = await (okx().get(path) if method == "GET" else okx().post(path, {}))

    assert (reply.status, reply.code) == (200, "59262")
