"""BloFin's emulator: positions by order and by contract, their guards, their end, and their history."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.blofin import ACCOUNT, BY_CONTRACT, BY_ORDER, TRADE, D, Make, held, one, operations
from unifiedcopy.sandbox import Sandbox

TPSL, TPSL_PENDING = f"{TRADE}/place-tpsl-by-order", f"{TRADE}/pending-tpsl-by-order"
CONTRACT_TPSL, CONTRACT_TPSL_PENDING = f"{TRADE}/place-tpsl-by-contract", f"{TRADE}/pending-tpsl-by-contract"
CLOSE, CLOSE_CONTRACT = f"{TRADE}/close-position-by-order", f"{TRADE}/close-position-by-contract"
HISTORY = f"{TRADE}/position-history-by-order"


async def rows(blofin: Make, path: str, query: str = "", alias: str = "main") -> list[dict[str, Any]]:
    reply = await blofin(alias).get(path, query)
    assert reply.code == "0", reply.body
    found: list[dict[str, Any]] = reply.json["data"]
    return found


def contract(box: Sandbox, coin: str = "BTC", **changes: Any) -> dict[str, Any]:
    mode = "cross" if one(box, coin).cross else "isolated"
    return {"instId": f"{coin}-USDT", "marginMode": mode, "positionSide": "net", **changes}


# Reading


async def test_sizes_are_contracts_and_the_sign_is_the_side(blofin: Make, blofin_box: Sandbox) -> None:
    found = {row["orderId"]: row for row in await rows(blofin, BY_ORDER)}
    long, short = one(blofin_box, "BTC"), one(blofin_box, "ETH")

    assert [found[long.id][name] for name in ("positions", "positionSide")] == ["20", "net"]
    assert [found[short.id][name] for name in ("positions", "positionSide")] == ["-40", "net"]
    assert D(found[long.id]["positions"]) * D("0.001") == long.size


async def test_in_hedge_mode_the_side_is_a_word(blofin: Make) -> None:
    found = await rows(blofin, BY_ORDER, alias="follower")

    assert {row["positionSide"] for row in found} == {"long", "short"}
    assert all(D(row["positions"]) > 0 for row in found)
    assert "leaderId" not in found[0]


async def test_a_contract_sums_its_orders(blofin: Make, blofin_box: Sandbox) -> None:
    orders = [position for position in held(blofin_box) if position.coin == "BTC"]
    (row,) = await rows(blofin, BY_CONTRACT, "instId=BTC-USDT")
    size = sum((position.size for position in orders), D(0))

    assert len(orders) == 2
    assert D(row["positions"]) * D("0.001") == size
    assert abs(D(row["averagePrice"]) - sum((p.entry * p.size for p in orders), D(0)) / size) < D("0.001")


async def test_orders_are_paged_by_their_ids(blofin: Make, blofin_box: Sandbox) -> None:
    blofin_box["blofin"].seed_positions(45)
    walked: list[str] = []
    for _ in range(5):
        page = await rows(blofin, BY_ORDER, f"limit=20&after={walked[-1] if walked else ''}")
        walked += [row["orderId"] for row in page]
    newer = await rows(blofin, BY_ORDER, f"before={walked[10]}&limit=3")

    assert len(walked) == len(set(walked)) == len(held(blofin_box)) >= 45
    assert walked == sorted(walked, key=int, reverse=True)
    assert [row["orderId"] for row in newer] == walked[7:10]


@pytest.mark.parametrize(
    ("query", "code"),
    [("limit=21", "152002"), ("after=1&before=2", "152002"), ("after=x", "152002"), ("instId=NO-USDT", "152014")],
)
async def test_a_list_out_of_its_range_is_refused(blofin: Make, query: str, code: str) -> None:
    assert (await blofin().get(BY_ORDER, query)).code == code


async def test_histories_page_the_other_way_round_as_described(blofin: Make, blofin_box: Sandbox) -> None:
    everything = [row["orderId"] for row in await rows(blofin, HISTORY, "limit=20")]
    older = [row["orderId"] for row in await rows(blofin, HISTORY, f"before={everything[2]}&limit=3")]
    newer = [row["orderId"] for row in await rows(blofin, HISTORY, f"after={everything[2]}")]
    blofin_box["blofin"].options.history_cursors = "usual"
    usual = [row["orderId"] for row in await rows(blofin, HISTORY, f"after={everything[2]}&limit=3")]

    assert everything == sorted(everything, key=int, reverse=True)
    assert (older, newer) == (everything[3:6], everything[:2])
    assert usual == older


# Closing


async def test_a_part_is_closed_and_the_position_does_not_shrink(blofin: Make, blofin_box: Sandbox) -> None:
    """``positions`` is what was opened, ``availablePositions`` what is left."""
    position = one(blofin_box, "BTC")
    reply = await blofin().post(CLOSE, {"orderId": position.id, "size": "5"})
    (row,) = await rows(blofin, BY_ORDER, f"orderId={position.id}")
    (closing,) = (await blofin().get(f"{ACCOUNT}/positions-details-by-order", f"orderId={position.id}")).json["data"][
        "orderList"
    ]

    assert reply.json == {"code": "0", "msg": "success"}
    assert (row["positions"], row["availablePositions"]) == ("20", "15")
    assert [closing[name] for name in ("size", "filledAmount", "side", "price", "closeType")] == [
        "5",
        "0.005",
        "sell",
        "market",
        "close",
    ]


async def test_the_copies_close_with_it(blofin: Make, blofin_box: Sandbox) -> None:
    position = one(blofin_box, "ETH")
    copied = one(blofin_box, "ETH", "follower")
    await blofin().post(CLOSE, {"orderId": position.id, "size": "40"})
    row = next(row for row in await rows(blofin, HISTORY) if row["orderId"] == position.id)

    assert copied.parent == position.id
    assert copied not in held(blofin_box, "follower")
    assert int(row["copiers"]) == position.copies > 0
    assert row["closeType"] == "mannual"


@pytest.mark.parametrize(
    ("size", "code"), [("21", "152002"), ("0", "152002"), ("0.5", "152002"), (None, "152001"), (5, "152002")]
)
async def test_a_size_that_can_not_be_closed_is_refused(
    blofin: Make, blofin_box: Sandbox, size: Any, code: str
) -> None:
    position = one(blofin_box, "BTC")
    body = {"orderId": position.id} | ({} if size is None else {"size": size})

    assert (await blofin().post(CLOSE, body)).code == code
    assert position.size == D("0.02")
    assert operations(blofin_box) == []


async def test_what_is_closed_can_not_be_closed_again(blofin: Make, blofin_box: Sandbox) -> None:
    position = one(blofin_box, "BTC")
    codes = [(await blofin().post(CLOSE, {"orderId": position.id, "size": "-1"})).code for _ in range(2)]

    assert codes == ["0", "102005"]


async def test_contracts_are_closed_the_best_order_first(blofin: Make, blofin_box: Sandbox) -> None:
    price = blofin_box.market.price("BTC")
    best, worst = sorted(
        (p for p in held(blofin_box) if p.coin == "BTC"), key=lambda p: (price - p.entry) * p.size, reverse=True
    )
    opened = worst.size
    size = int((best.size + D("0.005")) / D("0.001"))
    reply = await blofin().post(CLOSE_CONTRACT, contract(blofin_box, closeType="pnl", size=str(size)))

    assert len(reply.json["data"]["orderIds"]) == 2
    assert best not in held(blofin_box)
    assert worst.size == opened - D("0.005")


async def test_a_fixed_ratio_closes_the_same_share_of_every_order(blofin: Make, blofin_box: Sandbox) -> None:
    positions = [p for p in held(blofin_box) if p.coin == "BTC"]
    before = [p.size for p in positions]
    reply = await blofin().post(CLOSE_CONTRACT, contract(blofin_box, closeType="fixedRatio", size="0.2"))

    assert len(reply.json["data"]["orderIds"]) == 2
    assert [p.size for p in positions] == [size * D("0.8") for size in before]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"closeType": "fixedRatio", "size": "1.1"}, "152002"),
        ({"closeType": "fixedRatio", "size": "0.0001"}, "152002"),
        ({"closeType": "half", "size": "1"}, "152002"),
        ({"closeType": "pnl", "size": "1", "positionSide": "long"}, "102089"),
        ({"closeType": "pnl", "size": "1", "instId": "LTC-USDT"}, "102022"),
        ({"closeType": "pnl", "size": "1", "instId": "NO-USDT"}, "152014"),
        ({"closeType": "pnl", "size": "1000"}, "152002"),
    ],
)
async def test_a_contract_that_can_not_be_closed_says_why(
    blofin: Make, blofin_box: Sandbox, changes: dict[str, str], code: str
) -> None:
    assert (await blofin().post(CLOSE_CONTRACT, contract(blofin_box, **changes))).code == code
    assert operations(blofin_box) == []


# Guarding


async def test_an_order_is_guarded_and_the_price_closes_it(blofin: Make, blofin_box: Sandbox) -> None:
    position = one(blofin_box, "BTC")
    body = {"orderId": position.id, "tpTriggerPrice": "70000", "slTriggerPrice": "64000", "size": "-1"}
    done = await blofin().post(TPSL, body)
    (row,) = await rows(blofin, TPSL_PENDING, f"orderId={position.id}")
    blofin_box.market.set_price("BTC", D(70000))
    past = next(row for row in await rows(blofin, HISTORY) if row["orderId"] == position.id)

    assert done.json == {"code": "0", "msg": "success"}
    assert [row[name] for name in ("tpTriggerPrice", "slTriggerPrice", "positionSide", "size")] == [
        "70000",
        "64000",
        "NET",
        "0.02",
    ]
    assert past["closeType"] == "tp"
    assert await rows(blofin, TPSL_PENDING, f"orderId={position.id}") == []


async def test_a_guard_is_cancelled_once(blofin: Make, blofin_box: Sandbox) -> None:
    position = one(blofin_box, "BTC")
    body = {"orderId": position.id, "tpTriggerPrice": "70000", "slTriggerPrice": "64000", "size": "-1"}
    await blofin().post(TPSL, body)
    path = f"{TRADE}/cancel-tpsl-by-order"
    codes = [(await blofin().post(path, {"orderId": position.id})).code for _ in range(2)]
    blofin_box.market.set_price("BTC", D(63900))

    assert codes == ["0", "102068"]
    assert position in held(blofin_box)


async def test_take_profit_and_stop_loss_come_together_or_alone(blofin: Make, blofin_box: Sandbox) -> None:
    position = one(blofin_box, "BTC")
    alone = {"orderId": position.id, "slTriggerPrice": "64000", "size": "-1"}
    strict = await blofin().post(TPSL, alone)
    blofin_box["blofin"].options.stops_needed = "either"

    assert strict.code == "152001"
    assert (await blofin().post(TPSL, alone)).code == "0"
    assert (await blofin().post(TPSL, {"orderId": position.id, "size": "-1"})).code == "152001"
    (row,) = await rows(blofin, TPSL_PENDING, f"orderId={position.id}")
    assert (row["tpTriggerPrice"], row["slTriggerPrice"]) == ("", "64000")


@pytest.mark.parametrize(
    ("coin", "take", "stop", "code"),
    [
        ("BTC", "60000", "50000", "102037"),
        ("BTC", "70000", "70000", "102038"),
        ("ETH", "4000", "4000", "102039"),
        ("ETH", "3000", "3000", "102040"),
        ("BTC", "high", "50000", "152002"),
        ("BTC", "0", "50000", "152002"),
    ],
)
async def test_a_guard_on_the_wrong_side_is_refused(
    blofin: Make, blofin_box: Sandbox, coin: str, take: str, stop: str, code: str
) -> None:
    prices = {"tpTriggerPrice": take, "slTriggerPrice": stop, "size": "-1"}
    position = one(blofin_box, coin)

    assert (await blofin().post(TPSL, {"orderId": position.id, **prices})).code == code
    assert (await blofin().post(CONTRACT_TPSL, contract(blofin_box, coin, **prices))).code == code
    assert (position.take_profit, position.stop_loss) == (None, None)
    assert await rows(blofin, CONTRACT_TPSL_PENDING) == []


async def test_a_contract_is_guarded_as_a_whole(blofin: Make, blofin_box: Sandbox) -> None:
    body = contract(blofin_box, tpTriggerPrice="70000", slTriggerPrice="64000", size="-1")
    number = (await blofin().post(CONTRACT_TPSL, body)).json["data"]["algoId"]
    (row,) = await rows(blofin, CONTRACT_TPSL_PENDING, f"algoId={number}")
    blofin_box.market.set_price("BTC", D(64000))

    assert (row["actualSize"], row["size"], row["positionSide"]) == ("0.035", "-1", "NET")
    assert {position.coin for position in held(blofin_box)} == {"ETH"}
    assert await rows(blofin, CONTRACT_TPSL_PENDING) == []
    assert {row["closeType"] for row in (await rows(blofin, HISTORY, "instId=BTC-USDT"))[:2]} == {"sl"}


async def test_a_contracts_guard_is_cancelled_by_its_own_account(blofin: Make, blofin_box: Sandbox) -> None:
    body = contract(blofin_box, tpTriggerPrice="70000", slTriggerPrice="64000", size="-1")
    number = {"algoId": (await blofin().post(CONTRACT_TPSL, body)).json["data"]["algoId"]}
    path = f"{TRADE}/cancel-tpsl-by-contract"

    assert (await blofin("empty").post(path, number)).code == "102068"
    assert [(await blofin().post(path, number)).code for _ in range(2)] == ["0", "102068"]
    assert await rows(blofin, CONTRACT_TPSL_PENDING) == []


async def test_a_part_is_not_guarded_here(blofin: Make, blofin_box: Sandbox) -> None:
    """The engine's triggers close whole positions; the fidelity table says so."""
    body = {"tpTriggerPrice": "70000", "slTriggerPrice": "64000", "size": "5"}

    assert (await blofin().post(TPSL, {"orderId": one(blofin_box, "BTC").id, **body})).code == "152002"
    assert (await blofin().post(CONTRACT_TPSL, contract(blofin_box, **body))).code == "152002"
