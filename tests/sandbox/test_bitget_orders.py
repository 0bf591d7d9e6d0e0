"""Bitget's emulator, V2: TP/SL of copies, and closing them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.bitget import FOLLOWER, HISTORY, USDT, D, Make, copies
from unifiedcopy.sandbox import Position, Sandbox


def stops(position: Position, **changes: Any) -> dict[str, Any]:
    return {"productType": "usdt-futures", "trackingNo": position.id, **changes}


async def test_tpsl_is_set_left_and_cancelled(bitget_box: Sandbox, bitget: Make) -> None:
    """A price sets, nothing leaves, "0" cancels."""
    (position,) = [p for p in copies(bitget_box) if p.coin == "ETH"]
    path = f"{FOLLOWER}/setting-tpsl"
    both = stops(position, stopSurplusPrice="4000.5", stopLossPrice="3000")
    assert (await bitget().post(path, both)).json["data"] == "success"
    assert position.take_profit is not None
    assert (position.take_profit.kind, position.take_profit.value) == ("price", D("4000.5"))

    await bitget().post(path, stops(position, stopSurplusPrice="", stopLossPrice="0"))
    assert position.take_profit is not None
    assert position.stop_loss is None

    bitget_box["bitget"].world.market.set_price("ETH", D("4001"))
    row = (await bitget().get(HISTORY, f"{USDT}&symbol=ETHUSDT&limit=1")).json["data"]["trackingList"][0]
    assert (row["trackingNo"], row["closePriceAvg"]) == (position.id, "4001")


@pytest.mark.parametrize(
    ("coin", "changes", "code"),
    [
        ("ETH", {"stopSurplusPrice": "10"}, "43013"),
        ("BTC", {"stopSurplusPrice": "999999"}, "43014"),
        ("ETH", {"stopLossPrice": "9999"}, "43015"),
        ("BTC", {"stopLossPrice": "10"}, "43016"),
        ("ETH", {"stopLossPrice": "-1"}, "400172"),
        ("ETH", {"stopLossPrice": 3000}, "400172"),
        ("ETH", {}, "400172"),
        ("ETH", {"stopLossPrice": "3000", "trackingNo": "1"}, "43065"),
        ("ETH", {"stopLossPrice": "3000", "symbol": "BTCUSDT"}, "43065"),
        ("ETH", {"stopLossPrice": "3000", "productType": ""}, "40019"),
    ],
)
async def test_wrong_stops(bitget_box: Sandbox, bitget: Make, coin: str, changes: dict[str, Any], code: str) -> None:
    (position,) = [p for p in copies(bitget_box) if p.coin == coin]
    before = (position.take_profit, position.stop_loss)

    assert (await bitget().post(f"{FOLLOWER}/setting-tpsl", stops(position, **changes))).code == code
    assert (position.take_profit, position.stop_loss) == before


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"trackingNo": "of BTC", "symbol": "BTCUSDT"}, ["ETH", "SOL"]),
        ({"symbol": "SOLUSDT", "holdSide": "short"}, ["BTC", "ETH"]),
        ({"holdSide": "short"}, ["ETH"]),
        ({"marginCoin": "USDT"}, []),
        ({}, []),
    ],
)
async def test_copies_close_as_chosen(bitget_box: Sandbox, bitget: Make, body: dict[str, str], left: list[str]) -> None:
    if "trackingNo" in body:
        body = {**body, "trackingNo": copies(bitget_box)[0].id}
    reply = await bitget().post(f"{FOLLOWER}/close-positions", {"productType": "usdt-futures", **body})

    assert [position.coin for position in copies(bitget_box)] == left
    ids = reply.json["data"]["orderIdList"]
    assert len(ids) == 3 - len(left)
    assert set(ids) <= {closing.id for closing in bitget_box["bitget"].world.book.closings}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"trackingNo": "1"}, "43065"),
        ({"symbol": "LTCUSDT", "holdSide": "long"}, "22002"),
        ({"symbol": "BTCUSDT"}, "40019"),
        ({"marginMode": "crossed"}, "400172"),
        ({"holdSide": "up"}, "400172"),
        ({"productType": "COIN-FUTURES"}, "22002"),
    ],
)
async def test_wrong_wishes_to_close(bitget_box: Sandbox, bitget: Make, body: dict[str, str], code: str) -> None:
    reply = await bitget().post(f"{FOLLOWER}/close-positions", {"productType": "usdt-futures", **body})

    assert reply.code == code
    assert len(copies(bitget_box)) == 3
    assert bitget_box["bitget"].executions == []


async def test_a_tracking_number_must_fit_the_other_fields(bitget_box: Sandbox, bitget: Make) -> None:
    body = {"productType": "usdt-futures", "trackingNo": copies(bitget_box)[0].id, "symbol": "ETHUSDT"}

    assert (await bitget().post(f"{FOLLOWER}/close-positions", body)).code == "43065"


async def test_in_one_way_mode_the_side_is_ignored(bitget_box: Sandbox, bitget: Make) -> None:
    bitget_box["bitget"].options.hedge_mode = False
    body = {"productType": "usdt-futures", "symbol": "BTCUSDT", "holdSide": "long"}  # it is short

    assert len((await bitget().post(f"{FOLLOWER}/close-positions", body)).json["data"]["orderIdList"]) == 1
