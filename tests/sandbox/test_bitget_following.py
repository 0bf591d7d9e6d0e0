"""Bitget's emulator, V2: following in both models, and unfollowing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.bitget import FOLLOWER, D, Make, copies, leaders, setting, wish
from unifiedcopy.sandbox import Sandbox


async def test_following_brings_copies_within_hours(bitget_box: Sandbox, bitget: Make) -> None:
    """With the settings' leverage and margin, and their TP and SL."""
    rows = [
        setting(
            symbol=symbol,
            traceValue="40",
            leverType="specify",
            longLeverage="12",
            shortLeverage="8",
            stopLossRatio="50",
        )
        for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    ]
    reply = await bitget("empty").post(f"{FOLLOWER}/settings", wish(leaders(bitget_box)[1], *rows))
    assert reply.json["data"] == "success"
    await bitget_box.advance(2 * 3600)
    history = [p for p in bitget_box["bitget"].world.book.history if p.owner == "empty"]
    found = copies(bitget_box, "empty") + history

    assert found
    for position in found:
        assert position.leverage == (12 if position.side == "long" else 8)
        assert D(30) < position.entry * (position.size + position.closed_size) / position.leverage <= D("40.01")
        assert position.stop_loss is not None
        assert (position.stop_loss.kind, position.stop_loss.value) == ("roi", D("-0.5"))


@pytest.mark.parametrize(
    ("row", "size"),
    [
        ({"traceType": "percent", "traceValue": "0.01"}, "parent / 100"),
        ({"traceType": "count", "traceValue": "0.02"}, "0.02"),
    ],
)
async def test_ways_of_sizing(bitget_box: Sandbox, bitget: Make, row: dict[str, str], size: str) -> None:
    """Percent 1 is the leader's own size, a count is so many coins."""
    leader = leaders(bitget_box)[1]
    await bitget("empty").post(f"{FOLLOWER}/settings", wish(leader, setting(symbol="ETHUSDT", **row)))
    copying = bitget_box["bitget"].world.copying
    assert copying.lead_open(leader, "SOL", "long") is not None
    parent = copying.lead_open(leader, "ETH", "long")
    assert parent is not None
    (copy,) = copies(bitget_box, "empty")

    assert copy.coin == "ETH"
    assert abs(copy.size - (D(size) if size[0] == "0" else parent.size / 100)) < D("0.01")


@pytest.mark.parametrize(("auto", "coins"), [("on", ["BTC", "SOL"]), ("off", ["BTC"])])
async def test_basic_mode_may_copy_new_symbols(bitget_box: Sandbox, bitget: Make, auto: str, coins: list[str]) -> None:
    leader = leaders(bitget_box)[1]
    body = wish(leader, setting(traceValue="30"), mode="basic", autoCopy=auto)
    assert (await bitget("empty").post(f"{FOLLOWER}/settings", body)).code == "00000"
    for coin in ("BTC", "SOL"):
        bitget_box["bitget"].world.copying.lead_open(leader, coin, "short")

    assert [position.coin for position in copies(bitget_box, "empty")] == coins


@pytest.mark.parametrize(
    ("number", "changes", "code"),
    [
        (1, {"traderId": "nobody"}, "40860"),
        (1, {"traderId": ""}, "40019"),
        (1, {"traderId": 5}, "400172"),
        (1, {"settings": []}, "400172"),
        (1, {"settings": [setting()] * 11}, "43051"),
        (1, {"settings": [setting(symbol="PEPEUSDT")]}, "40854"),
        (1, {"settings": [setting(productType="COIN-FUTURES")]}, "40854"),
        (1, {"settings": [setting(traceType="twice")]}, "400172"),
        (1, {"settings": [setting(traceValue="")]}, "40019"),
        (1, {"settings": [setting(traceValue="-1")]}, "400172"),
        (1, {"settings": [setting(traceValue="0")]}, "43054"),
        (1, {"settings": [setting(traceType="count", traceValue="0.0001")]}, "43052"),
        (1, {"settings": [setting(leverType="specify")]}, "40019"),
        (1, {"settings": [setting(longLeverage="126")]}, "43050"),
        (1, {"settings": [setting(stopSurplusRatio="401")]}, "43056"),
        (1, {"settings": [setting(stopLossRatio="0.5")]}, "43055"),
        (1, {"mode": "expert"}, "400172"),
        (-2, {}, "43045"),
        (-1, {}, "40861"),
    ],
)
async def test_wrong_wishes_to_follow_change_nothing(
    bitget_box: Sandbox, bitget: Make, number: int, changes: dict[str, Any], code: str
) -> None:
    body = {**wish(leaders(bitget_box)[number]), **changes}
    reply = await bitget("empty").post(f"{FOLLOWER}/settings", body)

    assert (reply.status, reply.code) == (400, code)
    assert bitget_box["bitget"].world.copying.following("empty") == []
    assert bitget_box["bitget"].executions == []


@pytest.mark.parametrize(("way", "symbols"), [("merge", ["BTCUSDT", "ETHUSDT"]), ("replace", ["ETHUSDT"])])
async def test_new_settings_for_a_followed_leader(
    bitget_box: Sandbox, bitget: Make, way: str, symbols: list[str]
) -> None:
    bitget_box["bitget"].options.resent_settings = way
    leader = leaders(bitget_box)[0]
    await bitget().post(f"{FOLLOWER}/settings", wish(leader, setting(symbol="ETHUSDT", traceValue="7")))
    data = (await bitget().get(f"{FOLLOWER}/query-settings", f"traderId={leader.id}")).json["data"]

    assert [row["symbol"] for row in data["detailList"]] == symbols
    assert data["detailList"][-1]["traceValue"] == "7"


async def test_new_settings_may_be_refused(bitget_box: Sandbox, bitget: Make) -> None:
    bitget_box["bitget"].options.already_following = "refuse"

    assert (await bitget().post(f"{FOLLOWER}/settings", wish(leaders(bitget_box)[0]))).code == "40849"


async def test_the_new_model_invests_an_amount(bitget_box: Sandbox, bitget: Make) -> None:
    server, leader = bitget_box["bitget"], leaders(bitget_box)[1]
    client = bitget("new-model")
    body = {"traderId": leader.id, "copyAmount": "200", "leverage": "fixed_leverage", "multiple": "5"}
    assert (await client.post(f"{FOLLOWER}/copy-settings", body)).json["data"] == "success"
    server.world.copying.lead_open(leader, "ETH", "long")
    (copy,) = copies(bitget_box, "new-model")
    settings = (await client.get(f"{FOLLOWER}/query-settings", f"traderId={leader.id}")).json["data"]

    assert server.world.ledger.balance("new-model") == 4_800
    assert copy.leverage == 5
    assert settings == {"followerEnable": "YES", "detailList": []}
    await client.post(f"{FOLLOWER}/copy-settings", {**body, "copyAmount": "300"})
    assert server.world.ledger.balance("new-model") == 4_700
    await client.post(f"{FOLLOWER}/cancel-trader", {"traderId": leader.id})
    assert server.world.ledger.balance("new-model") > 4_900
    assert server.world.ledger.total() == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"copyAmount": "49"}, "400172"),
        ({"copyAmount": "50.5"}, "400172"),
        ({"copyAmount": ""}, "40019"),
        ({"copyAmount": "5001"}, "43012"),
        ({"multiple": "126"}, "400172"),
        ({"marginMode": "isolated"}, "400172"),
        ({"equityGuardian": "on"}, "40019"),
        ({"equityGuardian": "on", "equityGuardianMode": "percentage", "equity": "101"}, "400172"),
    ],
)
async def test_wrong_copy_settings(bitget_box: Sandbox, bitget: Make, changes: dict[str, str], code: str) -> None:
    body = {"traderId": leaders(bitget_box)[1].id, "copyAmount": "50", **changes}

    assert (await bitget("new-model").post(f"{FOLLOWER}/copy-settings", body)).code == code
    assert bitget_box["bitget"].world.copying.following("new-model") == []


async def test_each_model_has_its_own_settings(bitget_box: Sandbox, bitget: Make) -> None:
    leader = leaders(bitget_box)[1]
    old = await bitget("new-model").post(f"{FOLLOWER}/settings", wish(leader))
    new = await bitget().post(f"{FOLLOWER}/copy-settings", {"traderId": leader.id, "copyAmount": "50"})

    assert (old.code, new.code) == ("40017", "40017")


@pytest.mark.parametrize(
    ("way", "code", "open_after", "following"),
    [("close", "00000", 0, 0), ("refuse", "40864", 3, 1), ("keep", "00000", 3, 0)],
)
async def test_unfollowing_with_open_copies(
    bitget_box: Sandbox, bitget: Make, way: str, code: str, open_after: int, following: int
) -> None:
    server = bitget_box["bitget"]
    server.options.unfollow_with_copies = way
    reply = await bitget().post(f"{FOLLOWER}/cancel-trader", {"traderId": leaders(bitget_box)[0].id})

    assert reply.code == code
    assert len(copies(bitget_box)) == open_after
    assert len(server.world.copying.following("main")) == following
    assert len(server.executions) == (code == "00000")


async def test_only_followed_leaders_can_be_unfollowed(bitget_box: Sandbox, bitget: Make) -> None:
    for trader_id in (leaders(bitget_box)[1].id, "nobody"):
        assert (await bitget().post(f"{FOLLOWER}/cancel-trader", {"traderId": trader_id})).code == "43062"


async def test_money_is_conserved(bitget_box: Sandbox, bitget: Make) -> None:
    """A month of following two leaders moves money about and makes none."""
    await bitget().post(f"{FOLLOWER}/settings", wish(leaders(bitget_box)[1], mode="basic", autoCopy="on"))
    await bitget("new-model").post(
        f"{FOLLOWER}/copy-settings", {"traderId": leaders(bitget_box)[2].id, "copyAmount": "500"}
    )
    await bitget_box.advance(30 * 86_400)

    assert len([p for p in bitget_box["bitget"].world.book.history if p.owner == "new-model"]) > 10
    assert bitget_box["bitget"].world.ledger.total() == 0
