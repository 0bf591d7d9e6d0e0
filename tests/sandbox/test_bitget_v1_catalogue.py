"""Bitget's emulator, V1: every endpoint of the venue's page, asked once, answers in the documented shape.

``data/bitget_v1.json`` holds method, path, limit and example answer of each: the V1 copy trading page as of
2024-08-13, examples unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.bitget import Make, copies, leaders
from tests.sandbox.bitget_v1 import lead, spot_copies, spot_follower, spot_leader
from tests.sandbox.test_bitget_proof import client_for
from unifiedcopy.sandbox import Sandbox

CATALOGUE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "bitget_v1.json").read_text())
BY_ID = {entry["id"]: entry for entry in CATALOGUE}
LEAD, FOLLOW, FOLLOW_SPOT = "lead", "follow", "follow spot"
PAGE = {"pageSize": "20", "pageNo": "1"}
Ask = Callable[[Sandbox], dict[str, Any]]


def month(box: Sandbox) -> dict[str, Any]:
    return {"startTime": str(box.now_ms() - 30 * 86_400_000), "endTime": str(box.now_ms()), **PAGE}


def led(box: Sandbox) -> dict[str, Any]:
    return {"trackingNo": lead(box).positions[0].id, "symbol": "BTCUSDT_UMCBL"}


def paid(box: Sandbox, *, spot: bool) -> Any:
    return lead(box, spot=spot).shares[-1]


def setting() -> dict[str, str]:
    return {
        "symbol": "BTCUSDT_UMCBL",
        "marginType": "trader",
        "leverType": "trader",
        "traceType": "amount",
        "traceValue": "30",
    }


ASKED: dict[str, tuple[str, Ask]] = {
    "mix.currentTrack": (LEAD, lambda box: {"symbol": "BTCUSDT_UMCBL", "productType": "umcbl", **PAGE}),
    "mix.followerOrder": (FOLLOW, lambda box: {"productType": "umcbl", **PAGE}),
    "mix.followerHistoryOrders": (FOLLOW, month),
    "mix.closeTrackOrder": (LEAD, led),
    "mix.modifyTPSL": (LEAD, lambda box: {**led(box), "stopProfitPrice": "99999"}),
    "mix.historyTrack": (LEAD, month),
    "mix.closeTrackOrderBySymbol": (LEAD, lambda box: {"symbol": "BTCUSDT_UMCBL"}),
    "mix.summary": (LEAD, lambda box: {}),
    "mix.profitSettleTokenIdGroup": (LEAD, lambda box: {}),
    "mix.profitDateGroupList": (LEAD, lambda box: {}),
    "mix.profitDateList": (
        LEAD,
        lambda box: {
            "marginCoin": paid(box, spot=False).asset,
            "date": str(paid(box, spot=False).at),
            **PAGE,
        },
    ),
    "mix.waitProfitDateList": (LEAD, lambda box: PAGE),
    "mix.traderSymbols": (LEAD, lambda box: {}),
    "mix.setUpCopySymbols": (LEAD, lambda box: {"symbol": "AVAXUSDT_UMCBL", "operation": "add"}),
    "mix.traderList": (FOLLOW, lambda box: {"sortRule": "roi", "sortFlag": "desc"}),
    "mix.traderDetail": (LEAD, lambda box: {}),
    "mix.queryTraceConfig": (FOLLOW, lambda box: {"traderId": leaders(box)[0].id}),
    "mix.followerSetBatchTraceConfig": (
        FOLLOW,
        lambda box: {"traderId": leaders(box)[0].id, "settings": [setting()]},
    ),
    "mix.followerCloseByTrackingNo": (
        FOLLOW,
        lambda box: {"productType": "umcbl", "trackingNo": copies(box)[0].id},
    ),
    "mix.followerCloseByAll": (FOLLOW, lambda box: {"productType": "umcbl"}),
    "mix.followerSetTpsl": (
        FOLLOW,
        lambda box: {
            "trackingNo": copies(box)[0].id,
            "symbol": f"{copies(box)[0].coin}USDT_UMCBL",
            "stopLossPrice": None,
        },
    ),
    "mix.cancelCopyTrader": (FOLLOW, lambda box: {"traderId": leaders(box)[0].id}),
    "mix.traderUpdateConfig": (LEAD, lambda box: {"enableTrace": "YES"}),
    "mix.myTraderList": (FOLLOW, lambda box: PAGE),
    "mix.myFollowerList": (LEAD, lambda box: PAGE),
    "mix.removeFollower": (LEAD, lambda box: {"followerUid": lead(box).followers[0].uid}),
    "mix.public.getFollowerConfig": (FOLLOW, lambda box: {}),
    "mix.report.order.historyList": (FOLLOW, lambda box: {"traderId": leaders(box)[0].id}),
    "mix.report.order.currentList": (FOLLOW, lambda box: {"traderId": leaders(box)[0].id}),
    "mix.queryTraderTpslRatioConfig": (
        LEAD,
        lambda box: {"queryTpslRatioConfig": [{"symbol": "BTCUSDT", "productType": "umcbl"}]},
    ),
    "mix.traderUpdateTpslRatioConfig": (
        LEAD,
        lambda box: {
            "tpslRatioConfigList": [{"symbol": "BTCUSDT", "productType": "umcbl", "takeProfitRatio": "110"}],
        },
    ),
    "spot.order.orderCurrentList": (FOLLOW_SPOT, lambda box: {}),
    "spot.order.orderHistoryList": (LEAD, lambda box: {"pageSize": "20"}),
    "spot.order.closeTrackingOrder": (
        FOLLOW_SPOT,
        lambda box: {
            "trackingOrderNos": [spot_copies(box)[0].id],
            "symbol": f"{spot_copies(box)[0].coin}USDT",
        },
    ),
    "spot.order.updateTpsl": (
        FOLLOW_SPOT,
        lambda box: {"trackingNo": spot_copies(box)[0].id, "stopLossPrice": ""},
    ),
    "spot.order.followerEndOrder": (
        FOLLOW_SPOT,
        lambda box: {"trackingOrderNos": [spot_copies(box)[0].id]},
    ),
    "spot.order.spotInfoList": (LEAD, lambda box: {}),
    "spot.config.getTraderSettings": (LEAD, lambda box: {}),
    "spot.config.getFollowerSettings": (FOLLOW_SPOT, lambda box: {"traderUserId": spot_leader(box).id}),
    "spot.user.myTraders": (FOLLOW_SPOT, lambda box: {}),
    "spot.config.setFollowerConfig": (
        FOLLOW_SPOT,
        lambda box: {
            "traderUserId": spot_leader(box).id,
            "setting": [{"symbol": "BTCUSDT", "traceType": "amount", "maxHoldCount": "1000", "traceValue": "100"}],
        },
    ),
    "spot.user.myFollowers": (LEAD, lambda box: {}),
    "spot.config.setProductCode": (LEAD, lambda box: {"symbols": ["BTCUSDT", "ETHUSDT"]}),
    "spot.user.removeTrader": (FOLLOW_SPOT, lambda box: {"traderUserId": spot_leader(box).id}),
    "spot.getRemovableFollower": (LEAD, lambda box: {}),
    "spot.user.removeFollower": (LEAD, lambda box: {"followerUserId": lead(box, spot=True).followers[0].uid}),
    "spot.profit.totalProfitInfo": (LEAD, lambda box: {}),
    "spot.profit.totalProfitList": (LEAD, lambda box: {}),
    "spot.profit.profitHisList": (LEAD, lambda box: {}),
    "spot.profit.profitHisDetailList": (
        LEAD,
        lambda box: {"date": str(paid(box, spot=True).at), "coin": paid(box, spot=True).asset},
    ),
    "spot.profit.waitProfitDetailList": (LEAD, lambda box: {}),
    "spot.user.getTraderInfo": (LEAD, lambda box: {}),
}


def test_every_endpoint_of_the_page_is_served_and_no_other(old_box: Sandbox) -> None:
    documented = {(entry["method"], entry["path"]) for entry in CATALOGUE}
    served = {(r.method, r.path) for r in old_box["bitget"].emulator.routes if "/v1/trace/" in r.path}

    assert len(documented) == 52
    assert served == documented


def test_no_name_of_one_module_hides_that_of_another(old_box: Sandbox) -> None:
    """All modules end in one class, where the last name to come would win unseen."""
    homes: dict[str, list[str]] = {}
    for part in type(old_box["bitget"].emulator).__mro__:
        if part.__module__.startswith(("exchanges.", "unifiedcopy.exchanges.")):
            for name, value in vars(part).items():
                if callable(value) and not name.startswith("__"):
                    homes.setdefault(name, []).append(part.__qualname__)

    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_limits_are_the_documented_ones(old_box: Sandbox) -> None:
    """Where two figures are documented the lower one; nobody shares another endpoint's count."""
    found = {(r.method, r.path): r.limits for r in old_box["bitget"].emulator.routes if "/v1/trace/" in r.path}
    names = [limit.name for limits in found.values() for limit in limits]

    assert len(set(names)) == len(names)
    for entry in CATALOGUE:
        (limit,) = found[entry["method"], entry["path"]]
        assert (limit.count, limit.seconds) == (entry["per_second"], 1), entry["id"]
        assert (limit.per == "ip") is (entry["per"] == "ip"), entry["id"]


def test_all_writes_are_marked(old_box: Sandbox) -> None:
    """A read-only key may ask everything, and do nothing."""
    writes = {r.path.rpartition("/")[2] for r in old_box["bitget"].emulator.routes if r.write and "/v1/" in r.path}
    named = {entry["path"].rpartition("/")[2] for entry in CATALOGUE}

    assert writes == {
        name for name in named if name.lower().startswith(("close", "set", "remove", "update", "modify", "cancel"))
    } | {
        "followerSetBatchTraceConfig",
        "followerSetTpsl",
        "followerCloseByTrackingNo",
        "followerCloseByAll",
        "followerEndOrder",
        "traderUpdateConfig",
        "traderUpdateTpslRatioConfig",
    }


@pytest.mark.parametrize("name", list(BY_ID))
async def test_answers_have_the_documented_shape(old_box: Sandbox, bitget: Make, name: str) -> None:
    fill(old_box)
    role, wish = ASKED[name]
    alias = {LEAD: "leader", FOLLOW: "main", FOLLOW_SPOT: spot_follower(old_box)}[role]
    reply = await ask(bitget(alias), BY_ID[name], wish(old_box))

    assert reply.code == "00000", reply.body
    assert shape(reply.json, BY_ID[name]["answer"]) == []


LEADERS_ONLY = [name for name in BY_ID if ASKED[name][0] == LEAD and name != "spot.order.orderHistoryList"]


@pytest.mark.parametrize("name", LEADERS_ONLY)
async def test_who_does_not_lead_is_told_so(old_box: Sandbox, bitget: Make, name: str) -> None:
    entry = BY_ID[name]
    reply = await ask(bitget("empty"), entry, ASKED[name][1](old_box))

    assert reply.code == ("31001" if "/spot/" in entry["path"] else "40732")
    assert old_box["bitget"].executions == []


async def test_everything_is_gone_by_default(bitget_box: Sandbox, bitget: Make) -> None:
    replies = [await bitget().raw(entry["method"], entry["path"]) for entry in CATALOGUE]

    assert {(reply.status, reply.code) for reply in replies} == {(400, "30032")}


async def test_every_endpoint_looks_at_signature_and_rights(old_box: Sandbox, bitget: Make) -> None:
    """Unsigned, with a key that may not copy, of a unified account; a write with a key that may only read."""
    writes = {(r.method, r.path) for r in old_box["bitget"].emulator.routes if r.write}
    for entry in CATALOGUE:
        assert (await bitget().raw(entry["method"], entry["path"])).code == "40006", entry["id"]
        assert (await ask(bitget("no-copying"), entry, {})).code == "40014", entry["id"]
        assert (await ask(bitget("unified"), entry, {})).code == "40085", entry["id"]
        if (entry["method"], entry["path"]) in writes:
            assert (await ask(bitget("readonly"), entry, {})).code == "40014", entry["id"]
    assert old_box["bitget"].executions == []


async def test_ccxt_signs_v1_as_it_is_checked(old_box: Sandbox) -> None:
    """Its client with another base URL: all calls that change nothing, GET and POST, in both roles."""
    ccxt = pytest.importorskip("ccxt.async_support")
    venue = old_box["bitget"]
    writes = {(r.method, r.path) for r in venue.emulator.routes if r.write}
    fill(old_box)
    for role, alias in ((LEAD, "leader"), (FOLLOW, "main"), (FOLLOW_SPOT, spot_follower(old_box))):
        client = client_for(ccxt, old_box, alias)
        try:
            for entry in CATALOGUE:
                wanted, wish = ASKED[entry["id"]]
                if wanted == role and (entry["method"], entry["path"]) not in writes:
                    path, market = entry["path"].removeprefix("/api/"), entry["path"].split("/")[2]
                    answer = await client.request(path, ["private", market], entry["method"], wish(old_box))
                    assert answer["code"] == "00000"
        finally:
            await client.close()


async def ask(client: Any, entry: dict[str, Any], given: dict[str, Any]) -> Any:
    if entry["method"] == "POST":
        return await client.post(entry["path"], given)
    return await client.get(entry["path"], "&".join(f"{name}={value}" for name, value in given.items()))


def fill(box: Sandbox) -> None:
    """A coin sold with profit, in contracts and in spot: so that a share waits."""
    world = box["bitget"].world
    for spot in (False, True):
        position = lead(box, spot=spot).open("SOL", "long")
        assert position is not None
        world.market.set_price("SOL", world.market.price("SOL") * 102 / 100)
        world.book.close(position)


def kind(value: object) -> str:
    return "number" if type(value) in (int, float) else type(value).__name__


def shape(found: object, documented: object, where: str = "$") -> list[str]:
    """Where keys or JSON types differ; the first row stands for a list."""
    if kind(found) != kind(documented):
        return [f"{where}: {kind(found)}, not {kind(documented)}"]
    if isinstance(documented, dict) and isinstance(found, dict):
        if set(found) != set(documented):
            return [f"{where}: {sorted(set(found) ^ set(documented))}"]
        return [line for key in documented for line in shape(found[key], documented[key], f"{where}.{key}")]
    if isinstance(documented, list) and isinstance(found, list) and documented:
        return shape(found[0], documented[0], f"{where}[0]") if found else [f"{where}: empty"]
    return []
