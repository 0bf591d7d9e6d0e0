"""Bitget's emulator, V3: the leader's side of a unified account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.bitget import D, Make
from tests.sandbox.bitget_v2 import TRADER, V3, earn, lead, world
from unifiedcopy.sandbox import Sandbox

ALIAS = "unified-leader"


async def rows(client: Any, path: str, query: str = "") -> Any:
    reply = await client.get(f"{V3}/{path}", query)
    assert reply.code == "00000", reply.body
    return reply.json["data"]


async def test_each_kind_of_account_has_its_own_version(bitget: Make) -> None:
    assert (await bitget("leader").get(f"{V3}/trading-pairs")).code == "40084"
    assert (await bitget(ALIAS).get(f"{TRADER}/order-total-detail")).code == "40085"
    assert (await bitget("unified").get(f"{V3}/trading-pairs")).code == "40732"


async def test_positions_are_summed_by_symbol_and_side(bitget_box: Sandbox, bitget: Make) -> None:
    held = lead(bitget_box, ALIAS)
    held.open("BTC", "long")
    long = [position for position in held.positions if (position.coin, position.side) == ("BTC", "long")]
    world(bitget_box).market.set_price("BTC", D(68000))
    found = await rows(bitget(ALIAS), "position-summary")
    (row,) = [row for row in found if row["symbol"] == "BTCUSDT"]

    assert len(long) == 2
    assert len(found) == 2
    assert Decimal(row["holdSize"]) == sum(position.size for position in long)
    assert Decimal(row["unrealizedPnl"]) == sum(position.profit(D(68000)) for position in long)
    assert Decimal(row["positionValue"]) == Decimal(row["holdSize"]) * Decimal(row["markPrice"])


async def test_what_may_still_be_opened_shrinks(bitget_box: Sandbox, bitget: Make) -> None:
    position = lead(bitget_box, ALIAS).positions[0]
    found = {row["symbol"]: row["marginDetails"][0] for row in await rows(bitget(ALIAS), "trading-pairs")}
    pair = found[f"{position.coin}USDT"]

    assert Decimal(pair["maxLongCount"]) - Decimal(pair["remainingLongCount"]) == position.size
    assert pair["maxShortCount"] == pair["remainingShortCount"]


async def test_money_goes_in_and_out(bitget_box: Sandbox, bitget: Make) -> None:
    client, ledger, owner = bitget(ALIAS), world(bitget_box).ledger, lead(bitget_box, ALIAS).leader.owner
    ledger.move(owner, "outside", ledger.balance(owner) - 1_000)

    async def move(**changes: str) -> Any:
        return await client.post(f"{V3}/transfer", {"type": "in", "coin": "usdt", "amount": "250", **changes})

    inwards = (await move()).json["data"]["transferId"]
    assert (ledger.balance(ALIAS), ledger.balance(owner)) == (4_750, 1_250)
    outwards = (await move(type="out", amount="50.5", inAccountType="funding")).json["data"]["transferId"]
    assert (ledger.balance(ALIAS), ledger.balance(owner)) == (D("4800.5"), D("1199.5"))
    assert (await move(amount="4801")).code == "43012"
    assert (await move(type="out", amount="1200")).code == "43012"
    found = (await rows(client, "transfer-record"))["list"]
    assert [(row["transferId"], row["fromType"], row["toType"], row["amount"]) for row in found] == [
        (outwards, "copy", "funding", "50.5"),
        (inwards, "uta", "copy", "250"),
    ]
    assert (await rows(client, "transfer-record", f"cursor={outwards}"))["list"] == found[1:]
    free = await rows(client, "max-transferable", "coin=USDT")
    assert Decimal(free["maxTransferable"]) == D("1199.5")
    assert [execution.operation for execution in bitget_box["bitget"].executions] == ["v3_transfer"] * 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": ""}, "40019"),
        ({"type": "up"}, "400172"),
        ({"coin": ""}, "40019"),
        ({"amount": ""}, "40019"),
        ({"amount": "0"}, "400172"),
        ({"amount": "-1"}, "400172"),
        ({"inAccountType": "spot"}, "400172"),
    ],
)
async def test_wrong_transfers_move_nothing(
    bitget_box: Sandbox, bitget: Make, changes: dict[str, str], code: str
) -> None:
    body = {"type": "in", "coin": "USDT", "amount": "10", **changes}

    assert (await bitget(ALIAS).post(f"{V3}/transfer", body)).code == code
    assert world(bitget_box).ledger.balance(ALIAS) == 5_000


@pytest.mark.parametrize(
    ("path", "next_name"),
    [("current-follower", "endId"), ("history-follower", "endId"), ("profit-details", "nextCursor")],
)
async def test_lists_are_walked_to_their_end(bitget: Make, path: str, next_name: str) -> None:
    whole = await rows(bitget(ALIAS), path, "limit=100")
    found, cursor = [], ""
    for _ in range(50):
        page = await rows(bitget(ALIAS), path, f"limit=4&cursor={cursor}" if cursor else "limit=4")
        found += page["list"]
        cursor = page[next_name]
        if not cursor:
            break

    assert len(whole["list"]) > 1
    assert found[:100] == whole["list"]
    assert (await bitget(ALIAS).get(f"{V3}/{path}", "cursor=1")).code == "400172"
    assert (await bitget(ALIAS).get(f"{V3}/{path}", "limit=101")).code == "400172"


async def test_sums_are_those_of_the_details(bitget_box: Sandbox, bitget: Make) -> None:
    client, held = bitget(ALIAS), lead(bitget_box, ALIAS)
    earn(bitget_box, held)
    summary = await rows(client, "profit-summary")
    shares, cursor = [], ""
    for _ in range(9):
        page = await rows(client, "profit-details", f"limit=100&cursor={cursor}" if cursor else "limit=100")
        shares += page["list"]
        cursor = page["nextCursor"]
        if not cursor:
            break
    current = (await rows(client, "current-follower"))["list"]
    former = (await rows(client, "history-follower"))["list"]

    assert Decimal(summary["totalPendingProfit"]) > 0
    assert Decimal(summary["totalAllocatedProfit"]) == sum(Decimal(row["shareProfit"]) for row in shares)
    assert Decimal(summary["totalAllocatedProfit"]) == sum(
        Decimal(row["totalShareProfit"]) for row in (*current, *former)
    )
    assert Decimal(summary["totalProfit"]) == sum(
        Decimal(summary[name]) for name in ("totalAllocatedProfit", "totalPendingProfit")
    )
    assert {row["canRemove"] for row in current} == {"no"}
