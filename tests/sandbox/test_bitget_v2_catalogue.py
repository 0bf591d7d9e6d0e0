"""Bitget's emulator, V2 and V3: every endpoint of the documents, asked once, answers in the documented shape.

``data/bitget_v2.json`` holds method, path, limit and the data of the example answer of each, lists cut to their first
row: the official V2 pages in a copy of 2025-12-05, the broker pages in older ones (of ``query-traders`` the copy stops
behind ``lossCount``), the contract page. The V3 calls have no page; their fields are those that client code knows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox.bitget import Make, copies, leaders, setting
from tests.sandbox.bitget_v2 import earn, lead, other_spot_leader, spot_copies, spot_follow, symbol
from tests.sandbox.test_bitget_proof import client_for
from unifiedcopy.sandbox import Sandbox, load_emulator

CATALOGUE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "bitget_v2.json").read_text())
BY_ID = {entry["id"]: entry for entry in CATALOGUE}
MAIN, LEAD, NEW_LEAD, SPOT, NEW, UNIFIED = "main", "leader", "new-leader", "spot", "new-model", "unified-leader"
USDT = {"productType": "USDT-FUTURES"}
Ask = Callable[[Sandbox], dict[str, Any]]


def nothing(box: Sandbox) -> dict[str, Any]:
    return {}


def product(box: Sandbox) -> dict[str, Any]:
    return USDT


def mine(box: Sandbox) -> dict[str, Any]:
    return {"traderId": leaders(box)[0].id}


def spot_mine(box: Sandbox) -> dict[str, Any]:
    return {"traderId": spot_follow(box).leader.id}


def copied(box: Sandbox) -> dict[str, Any]:
    return {**USDT, "trackingNo": copies(box)[0].id}


def led(box: Sandbox) -> dict[str, Any]:
    return {**USDT, "trackingNo": lead(box).positions[0].id}


def sold(box: Sandbox) -> dict[str, Any]:
    return {"trackingNoList": [spot_copies(box)[0].id], "symbol": symbol(spot_copies(box)[0])}


def sold_by_leader(box: Sandbox) -> dict[str, Any]:
    position = lead(box, spot=True).positions[0]
    return {"trackingNoList": [position.id], "symbol": symbol(position)}


def owed(alias: str, *, spot: bool = False) -> Ask:
    def ask(box: Sandbox) -> dict[str, Any]:
        earn(box, lead(box, alias, spot=spot))
        return {}

    return ask


def small(*, spot: bool) -> Ask:
    return lambda box: {"followerUid": lead(box, spot=spot).followers[0].uid}


ASKED: dict[str, tuple[str, Ask]] = {
    "mix-follower.cancel-trader": (MAIN, mine),
    "mix-follower.close-positions": (MAIN, copied),
    "mix-follower.copy-settings": (NEW, lambda box: {**mine(box), "copyAmount": "100"}),
    "mix-follower.query-current-orders": (MAIN, product),
    "mix-follower.query-history-orders": (MAIN, product),
    "mix-follower.query-quantity-limit": (MAIN, product),
    "mix-follower.query-settings": (MAIN, mine),
    "mix-follower.query-traders": (MAIN, nothing),
    "mix-follower.setting-tpsl": (MAIN, lambda box: {**copied(box), "stopLossPrice": "0"}),
    "mix-follower.settings": (MAIN, lambda box: {**mine(box), "settings": [setting()]}),
    "mix-trader.config-query-followers": (LEAD, nothing),
    "mix-trader.config-remove-follower": (LEAD, small(spot=False)),
    "mix-trader.create-copy-api": (NEW_LEAD, lambda box: {"passphrase": "abcDEF123"}),
    "mix-trader.config-setting-symbols": (
        LEAD,
        lambda box: {"settingList": [{**USDT, "symbol": "BTCUSDT", "settingType": "update", "stopLossRatio": "30"}]},
    ),
    "mix-trader.config-settings-base": (LEAD, lambda box: {"enable": "no"}),
    "mix-trader.config-query-symbols": (LEAD, product),
    "mix-trader.profits-group-coin-date": (LEAD, nothing),
    "mix-trader.order-close-positions": (LEAD, led),
    "mix-trader.order-current-track": (LEAD, product),
    "mix-trader.order-history-track": (LEAD, product),
    "mix-trader.order-modify-tpsl": (LEAD, lambda box: {**led(box), "stopLossPrice": "0"}),
    "mix-trader.order-total-detail": (LEAD, nothing),
    "mix-trader.profit-details": (LEAD, owed(LEAD)),
    "mix-trader.profit-history-details": (LEAD, nothing),
    "mix-trader.profit-history-summarys": (LEAD, nothing),
    "spot-follower.cancel-trader": (SPOT, spot_mine),
    "spot-follower.order-close-tracking": (SPOT, sold),
    "spot-follower.query-current-orders": (SPOT, nothing),
    "spot-follower.query-history-orders": (SPOT, nothing),
    "spot-follower.query-settings": (SPOT, spot_mine),
    "spot-follower.query-trader-symbols": (SPOT, spot_mine),
    "spot-follower.query-traders": (SPOT, nothing),
    "spot-follower.setting-tpsl": (
        SPOT,
        lambda box: {"trackingNo": spot_copies(box)[0].id, "stopLossPrice": "0"},
    ),
    "spot-follower.settings": (
        SPOT,
        lambda box: {
            "traderId": other_spot_leader(box).id,
            "settings": [{"symbol": "BTCUSDT", "traceType": "amount", "maxHoldSize": "1000", "traceValue": "100"}],
        },
    ),
    "spot-follower.stop-order": (SPOT, lambda box: {"trackingNoList": [spot_copies(box)[0].id]}),
    "spot-trader.config-query-followers": (LEAD, nothing),
    "spot-trader.config-query-settings": (LEAD, nothing),
    "spot-trader.config-remove-follower": (LEAD, small(spot=True)),
    "spot-trader.config-setting-symbols": (LEAD, lambda box: {"symbolList": ["ltcusdt"], "settingType": "add"}),
    "spot-trader.order-close-tracking": (LEAD, sold_by_leader),
    "spot-trader.order-current-track": (LEAD, nothing),
    "spot-trader.order-history-track": (LEAD, nothing),
    "spot-trader.order-modify-tpsl": (
        LEAD,
        lambda box: {"trackingNo": lead(box, spot=True).positions[0].id, "stopSurplusPrice": "999999"},
    ),
    "spot-trader.order-total-detail": (LEAD, nothing),
    "spot-trader.profit-details": (LEAD, owed(LEAD, spot=True)),
    "spot-trader.profit-history-details": (LEAD, nothing),
    "spot-trader.profit-summarys": (LEAD, nothing),
    "mix-broker.query-traders": (MAIN, nothing),
    "mix-broker.query-current-traces": (MAIN, lambda box: {**USDT, **mine(box)}),
    "mix-broker.query-history-traces": (MAIN, lambda box: {**USDT, **mine(box)}),
    "public.time": (MAIN, nothing),
    "spot.account.info": (MAIN, nothing),
    "public.announcements": (MAIN, nothing),
    "mix.contracts": (MAIN, product),
    "v3.copy.futures.trading-pairs": (UNIFIED, nothing),
    "v3.copy.futures.position-summary": (UNIFIED, nothing),
    "v3.copy.futures.max-transferable": (UNIFIED, lambda box: {"coin": "USDT"}),
    "v3.copy.futures.transfer": (UNIFIED, lambda box: {"type": "in", "coin": "USDT", "amount": "10"}),
    "v3.copy.futures.transfer-record": (UNIFIED, nothing),
    "v3.copy.futures.current-follower": (UNIFIED, nothing),
    "v3.copy.futures.history-follower": (UNIFIED, nothing),
    "v3.copy.futures.profit-summary": (UNIFIED, nothing),
    "v3.copy.futures.profit-details": (UNIFIED, nothing),
}
PARTIAL = {"mix-broker.query-traders"}
"""Known in part: what is known comes first."""
EMPTY_AT_FIRST = {"v3.copy.futures.transfer-record"}


def shape(value: Any) -> Any:
    """Keys in their order, kinds of the leaves; a list is its first row."""
    if isinstance(value, dict):
        return {key: shape(held) for key, held in value.items()}
    if isinstance(value, list):
        return [shape(held) for held in value[:1]]
    return "text" if value is None else {str: "text", int: "number", bool: "boolean"}[type(value)]


def agree(found: Any, documented: Any) -> None:
    """Equal, except where one side of a list is empty."""
    if isinstance(documented, dict):
        assert list(found) == list(documented)
        for key, held in documented.items():
            agree(found[key], held)
    elif isinstance(documented, list):
        assert isinstance(found, list)
        for mine_, theirs in zip(found, documented, strict=False):
            agree(mine_, theirs)
    else:
        assert found == documented


def test_every_documented_endpoint_is_asked_and_served() -> None:
    emulator = load_emulator("bitget")
    routes = [found for name in dir(emulator) for found in getattr(getattr(emulator, name), "routes", ())]
    served = {(found.method, found.path) for found in routes if found.path.split("/")[3] != "v1"}

    assert set(ASKED) == set(BY_ID)
    assert len(CATALOGUE) == 50 + 4 + 9
    assert {(entry["method"], entry["path"]) for entry in CATALOGUE} <= served


@pytest.mark.parametrize("name", [entry["id"] for entry in CATALOGUE if "data" in entry])
async def test_the_answer_has_the_documented_shape(bitget_box: Sandbox, bitget: Make, name: str) -> None:
    entry, (alias, ask) = BY_ID[name], ASKED[name]
    client, given = bitget(alias), ask(bitget_box)
    if entry["method"] == "GET":
        reply = await client.get(entry["path"], urlencode(given))
    else:
        reply = await client.post(entry["path"], given)
    found, documented = shape(reply.json["data"]), shape(entry["data"])

    assert (reply.status, reply.code) == (200, "00000")
    assert list(reply.json) == ["code", "msg", "requestTime", "data"]
    if name in PARTIAL:
        found = [{key: held for key, held in found[0].items() if key in documented[0]}]
    assert found or not documented or name in EMPTY_AT_FIRST
    agree(found, documented)
    wrote = [execution.account for execution in bitget_box["bitget"].executions]
    assert wrote == ([alias] if entry["method"] == "POST" else [])


@pytest.mark.parametrize("name", [name for name in ASKED if "-trader." in name or name.startswith("v3")])
async def test_who_leads_nobody_has_no_trader_calls(bitget_box: Sandbox, bitget: Make, name: str) -> None:
    entry, given = BY_ID[name], ASKED[name][1](bitget_box)
    client = bitget("unified" if name.startswith("v3") else "main")
    if entry["method"] == "GET":
        reply = await client.get(entry["path"], urlencode(given))
    else:
        reply = await client.post(entry["path"], given)

    assert (reply.status, reply.code) == (400, "31001" if name.startswith("spot") else "40732")
    assert bitget_box["bitget"].executions == []


@pytest.mark.parametrize("name", [name for name, entry in BY_ID.items() if "/copy/" in entry["path"]])
async def test_a_key_without_rights_to_copy_is_refused(bitget_box: Sandbox, bitget: Make, name: str) -> None:
    entry = BY_ID[name]
    client = bitget("no-copying")
    reply = await (client.get(entry["path"]) if entry["method"] == "GET" else client.post(entry["path"], {}))

    assert (reply.status, reply.code) == (400, "40084" if name.startswith("v3") else "40014")


@pytest.mark.parametrize(
    "name", [name for name, entry in BY_ID.items() if entry["method"] == "POST" and not name.startswith("v3")]
)
async def test_a_read_only_key_writes_nothing(bitget_box: Sandbox, bitget: Make, name: str) -> None:
    reply = await bitget("readonly").post(BY_ID[name]["path"], ASKED[name][1](bitget_box))

    assert (reply.status, reply.code) == (400, "40014")
    assert bitget_box["bitget"].executions == []


@pytest.mark.parametrize("name", [name for name, entry in BY_ID.items() if entry["per_second"]])
def test_the_limit_is_the_documented_one(name: str) -> None:
    entry = BY_ID[name]
    emulator = load_emulator("bitget")
    routes = [found for key in dir(emulator) for found in getattr(getattr(emulator, key), "routes", ())]
    (served,) = [found for found in routes if (found.method, found.path) == (entry["method"], entry["path"])]
    (limit,) = served.limits

    assert (limit.count, limit.seconds, limit.per) == (entry["per_second"], 1, "ip" if entry["per"] == "ip" else "key")


@pytest.mark.parametrize("alias", [MAIN, LEAD, SPOT, UNIFIED])
async def test_ccxt_signs_as_it_is_checked(bitget_box: Sandbox, alias: str) -> None:
    """Its client with another base URL: what each role reads, and one write."""
    ccxt = pytest.importorskip("ccxt.async_support")
    client = client_for(ccxt, bitget_box, alias)
    writes = {
        "leader": "config-settings-base",
        "main": "setting-tpsl",
        "spot": "stop-order",
        "unified-leader": "transfer",
    }
    asked = []
    try:
        for name, (role, ask) in ASKED.items():
            entry = BY_ID[name]
            reads = entry["method"] == "GET" and "/copy/" in entry["path"]
            if role == alias and (reads or name.endswith(writes[alias])):
                area = ["private", "uta" if name.startswith("v3") else "copy"]
                path = entry["path"].removeprefix("/api/")
                answer = await client.request(path, area, entry["method"], ask(bitget_box))
                assert answer["code"] == "00000"
                asked.append(entry["method"])
    finally:
        await client.close()

    assert asked.count("GET") > 4
    assert asked.count("POST") == len(bitget_box["bitget"].executions) > 0
