"""Proof from outside: the npm SDKs ``bitget-api`` and ``okx-api``, brought here by their option ``baseUrl`` alone.

Only with ``pytest --npm``: the packages, in the versions of ``npm/package.json``, come from npm's registry.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.bitget_v2 import spot_copies, spot_follow
from tests.sandbox.okx import D, copies, lead_of, leaders, wish
from tests.sandbox.test_bitget_v2_catalogue import ASKED, BY_ID, Ask, nothing
from unifiedcopy.sandbox import Sandbox, VenueServer

HERE = Path(__file__).parent / "npm"
INSTALL = [
    "--engine-strict",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    "--fetch-retries=0",
]
UNREACHABLE = ("EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "ETIMEDOUT")
NOT_HERE = dict.fromkeys(UNREACHABLE, "npm's registry can't be reached") | {"EBADENGINE": "node is too old"}
"""npm's codes for what this machine lacks; any other is a failure."""
PATIENCE = 30
"""Seconds for one answer."""
LONGEST = 2**20
"""Bytes of one."""

# The SDKs in a process of their own


class Refused(Exception):
    """The venue said no; the text is its code."""


class Sdk:
    """A client of an SDK, asked for one call after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.methods: list[str] = []

    async def tell(self, **line: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(line)}\n".encode())
        async with asyncio.timeout(PATIENCE):
            told: dict[str, Any] = json.loads(await self.process.stdout.readline() or b'{"failed": "the driver ended"}')
        assert "failed" not in told, told["failed"]
        return told

    async def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """What the method's promise brings."""
        told = await self.tell(method=method, params=params or {})
        if "refused" in told:
            raise Refused(told["refused"])
        return told["answer"]


Connect = Callable[..., AbstractAsyncContextManager[Sdk]]


@pytest.fixture(scope="session")
def installed(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the driver and the packages that it imports."""
    if not pytestconfig.getoption("npm", default=False):
        pytest.skip("installs packages of npm's registry: pytest --npm")
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("npm")
    for name in ("package.json", "driver.mjs"):
        shutil.copy(HERE / name, folder)
    done = subprocess.run([npm, "install", *INSTALL], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        found = re.search(r"^npm (?:error|ERR!) code (\w+)", done.stderr, re.MULTILINE)
        code = found[1] if found else ""
        if code in NOT_HERE:
            pytest.skip(f"{NOT_HERE[code]} ({code})")
        pytest.fail(f"npm install failed:\n{done.stderr}")
    return folder


@pytest.fixture
def connect(installed: Path) -> Connect:
    """Makes clients with an account's key, for a venue of the sandbox."""

    @asynccontextmanager
    async def connect(package: str, client: str, server: VenueServer, alias: str, **other: str) -> AsyncIterator[Sdk]:
        account = server.accounts[alias]
        keys = {"apiKey": account.api_key, "apiSecret": account.secret, "apiPass": account.passphrase}
        process = await asyncio.create_subprocess_exec(
            "node", "driver.mjs", cwd=installed, env=direct(), stdin=PIPE, stdout=PIPE, limit=LONGEST
        )
        try:
            sdk = Sdk(process)
            options = {"baseUrl": server.url, **keys, **other}
            sdk.methods = (await sdk.tell(package=package, client=client, options=options))["methods"]
            yield sdk
        finally:
            await end(process)

    return connect


def direct() -> dict[str, str]:
    """The environment without proxies, which would be asked for addresses on loopback too."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


async def end(process: asyncio.subprocess.Process) -> None:
    """The driver ends with its input."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(PATIENCE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


# Bitget

BITGET = {
    "main": {
        "getBrokerTraders": "mix-broker.query-traders",
        "getBrokerTradersPendingOrders": "mix-broker.query-current-traces",
        "getBrokerTradersHistoricalOrders": "mix-broker.query-history-traces",
        "getFuturesFollowerTraders": "mix-follower.query-traders",
        "getFuturesFollowerSettings": "mix-follower.query-settings",
        "getFuturesFollowerFollowLimit": "mix-follower.query-quantity-limit",
        "getFuturesFollowerCurrentOrders": "mix-follower.query-current-orders",
        "getFuturesFollowerHistoryOrders": "mix-follower.query-history-orders",
        "updateFuturesFollowerSettings": "mix-follower.settings",
        "updateFuturesFollowerTPSL": "mix-follower.setting-tpsl",
        "closeFuturesFollowerPositions": "mix-follower.close-positions",
        "unfollowFuturesTrader": "mix-follower.cancel-trader",
    },
    "leader": {
        "getFuturesTraderCurrentOrder": "mix-trader.order-current-track",
        "getFuturesTraderHistoryOrders": "mix-trader.order-history-track",
        "getFuturesTraderOrder": "mix-trader.order-total-detail",
        "getFuturesTraderProfitHistory": "mix-trader.profit-history-summarys",
        "getFuturesTraderProfitShareHistory": "mix-trader.profit-history-details",
        "getFuturesTraderProfitShareGroup": "mix-trader.profits-group-coin-date",
        "getFuturesTraderSymbolSettings": "mix-trader.config-query-symbols",
        "getFuturesTraderFollowers": "mix-trader.config-query-followers",
        "modifyFuturesTraderOrderTPSL": "mix-trader.order-modify-tpsl",
        "closeFuturesTraderOrder": "mix-trader.order-close-positions",
        "getFuturesTraderProfitShare": "mix-trader.profit-details",
        "updateFuturesTraderSymbolSettings": "mix-trader.config-setting-symbols",
        "removeFuturesTraderFollower": "mix-trader.config-remove-follower",
        "updateFuturesTraderGlobalSettings": "mix-trader.config-settings-base",
        "getSpotTraderProfit": "spot-trader.profit-summarys",
        "getSpotTraderHistoryProfit": "spot-trader.profit-history-details",
        "getSpotTraderOrder": "spot-trader.order-total-detail",
        "getSpotTraderHistoryOrders": "spot-trader.order-history-track",
        "getSpotTraderCurrentOrders": "spot-trader.order-current-track",
        "getSpotTraderConfiguration": "spot-trader.config-query-settings",
        "getSpotTraderFollowers": "spot-trader.config-query-followers",
        "modifySpotTraderOrderTPSL": "spot-trader.order-modify-tpsl",
        "sellSpotTrader": "spot-trader.order-close-tracking",
        "getSpotTraderUnrealizedProfit": "spot-trader.profit-details",
        "getSpotTraderSymbolSettings": "spot-trader.config-setting-symbols",  # its name reads, the call writes
        "removeSpotTraderFollowers": "spot-trader.config-remove-follower",
    },
    "spot": {
        "getSpotFollowerTraders": "spot-follower.query-traders",
        "getSpotFollowerCurrentTraderSymbols": "spot-follower.query-trader-symbols",
        "getSpotFollowerSettings": "spot-follower.query-settings",
        "getSpotFollowerHistoryOrders": "spot-follower.query-history-orders",
        "getSpotFollowerOpenOrders": "spot-follower.query-current-orders",
        "updateSpotFollowerTPSL": "spot-follower.setting-tpsl",
        "sellSpotFollower": "spot-follower.order-close-tracking",
        "cancelSpotFollowerOrder": "spot-follower.stop-order",
        "updateSpotFollowerSettings": "spot-follower.settings",
        "unfollowSpotTrader": "spot-follower.cancel-trader",
    },
    "unified-leader": {
        "getCopyFuturesTradingPairs": "v3.copy.futures.trading-pairs",
        "getCopyFuturesPositionSummary": "v3.copy.futures.position-summary",
        "getCopyFuturesMaxTransferable": "v3.copy.futures.max-transferable",
        "copyFuturesTransfer": "v3.copy.futures.transfer",
        "getCopyFuturesTransferRecords": "v3.copy.futures.transfer-record",
        "getCopyFuturesCurrentFollowers": "v3.copy.futures.current-follower",
        "getCopyFuturesHistoryFollowers": "v3.copy.futures.history-follower",
        "getCopyFuturesProfitSummary": "v3.copy.futures.profit-summary",
        "getCopyFuturesProfitDetails": "v3.copy.futures.profit-details",
    },
}
"""What each account asks, in this order: the SDK's method and the documented endpoint behind it."""
COPYING = re.compile(r"Trader|Follower|[cC]opyFutures")


def client_of(alias: str) -> str:
    return "RestClientV3" if alias == "unified-leader" else "RestClientV2"


@pytest.mark.parametrize("alias", BITGET)
async def test_bitgets_sdk_is_accepted(connect: Connect, bitget_box: Sandbox, alias: str) -> None:
    """The venue's own success code, the documented path, and what is written is carried out as it was asked for."""
    server, wished = bitget_box["bitget"], []
    bought = spot_copies(bitget_box)[0].coin
    server.world.spot.lead_open(spot_follow(bitget_box).leader, bought, "long")  # one to sell, one to stop
    async with connect("bitget-api", client_of(alias), server, alias) as sdk:
        for method, name in BITGET[alias].items():
            role, ask = ASKED[name]
            params = ask(bitget_box)
            answer = await sdk.call(method, params)
            sent = server.requests[-1]
            assert (answer["code"], sent.method, sent.path) == ("00000", BY_ID[name]["method"], BY_ID[name]["path"])
            assert role == alias
            wished += [(alias, params)] * (sent.method == "POST")

    assert [(done.account, done.parameters) for done in server.executions] == wished != []


@pytest.mark.parametrize("client", ["RestClientV2", "RestClientV3"])
async def test_no_copy_trading_call_of_bitgets_sdk_is_left_out(
    connect: Connect, bitget_box: Sandbox, client: str
) -> None:
    asked = [method for alias in BITGET if client_of(alias) == client for method in BITGET[alias]]
    async with connect("bitget-api", client, bitget_box["bitget"], "main") as sdk:
        assert sorted(filter(COPYING.search, sdk.methods)) == sorted(asked)


def test_bitgets_sdk_has_all_documented_copy_trading_calls_but_two() -> None:
    there = {name for calls in BITGET.values() for name in calls.values()}
    documented = {name for name, entry in BY_ID.items() if "/copy/" in entry["path"]}

    assert documented - there == {"mix-follower.copy-settings", "mix-trader.create-copy-api"}


async def test_bitgets_sdk_signs_the_encoded_query(connect: Connect, bitget_box: Sandbox) -> None:
    async with connect("bitget-api", "RestClientV2", bitget_box["bitget"], "main") as sdk:
        assert (await sdk.call("getBrokerTraders", {"traderName": "Ana & 张三"}))["data"] == []


async def test_bitgets_sdk_signs_with_a_private_key_too(connect: Connect, bitget_box: Sandbox) -> None:
    pytest.importorskip("cryptography")
    async with connect("bitget-api", "RestClientV2", bitget_box["bitget"], "rsa") as sdk:
        assert (await sdk.call("getFuturesFollowerTraders", {"pageNo": 1}))["code"] == "00000"


@pytest.mark.parametrize(
    ("alias", "wrong", "code"),
    [
        ("main", "apiSecret", "40009"),
        ("main", "apiPass", "40012"),
        ("main", "apiKey", "40006"),
        ("readonly", "", "40014"),
    ],
)
async def test_bitgets_sdk_is_refused(connect: Connect, bitget_box: Sandbox, alias: str, wrong: str, code: str) -> None:
    """With anything wrong about the key, to write; and nothing is written."""
    server = bitget_box["bitget"]
    changed = {wrong: "wrong"} if wrong else {}
    async with connect("bitget-api", "RestClientV2", server, alias, **changed) as sdk:
        with pytest.raises(Refused, match=rf"^{code}$"):
            await sdk.call("unfollowFuturesTrader", ASKED["mix-follower.cancel-trader"][1](bitget_box))

    assert server.executions == []


# OKX


def leader(box: Sandbox) -> dict[str, Any]:
    return {"instType": "SWAP", "uniqueCode": leaders(box)[0].id}


def window(box: Sandbox) -> dict[str, Any]:
    return {**leader(box), "lastDays": "2"}


def swap(box: Sandbox) -> dict[str, Any]:
    return {"instType": "SWAP"}


def copied(box: Sandbox) -> dict[str, Any]:
    return {"subPosType": "copy", "subPosId": copies(box)[0].id}


def led(box: Sandbox) -> dict[str, Any]:
    return {"subPosId": lead_of(box).positions[0].id}


def risen(box: Sandbox) -> dict[str, Any]:
    """A position whose copiers will owe a share."""
    position = next(position for position in lead_of(box).positions if position.side == "long")
    box["okx"].world.market.set_price(position.coin, position.entry * D("1.04"))
    return {"subPosId": position.id}


OKX: dict[str, list[tuple[str, Ask]]] = {
    "empty": [
        ("getCopytradingConfig", swap),
        ("getCopytradingLeadRanks", lambda box: {**swap(box), "sortType": "pnl", "limit": "20"}),
        ("getCopytradingLeadWeeklyPnl", leader),
        ("getCopytradingLeadDailyPnl", window),
        ("getCopytradingLeadStats", window),
        ("getCopytradingLeadPreferences", leader),
        ("getCopytradingLeadOpenPositions", leader),
        ("getCopytradingLeadPositionHistory", leader),
        ("getCopyTraders", leader),
        ("setCopytradingFirstCopy", lambda box: wish(leaders(box)[0])),
    ],
    "main": [
        ("getCopytradingAccount", nothing),
        ("getCopytradingMyLeadTraders", swap),
        ("getCopytradingCopySettings", leader),
        ("updateCopytradingCopySettings", lambda box: wish(leaders(box)[0], copyRatio="0.04")),
        ("getCopytradingSubpositions", lambda box: {**swap(box), "subPosType": "copy"}),
        ("submitCopytradingAlgoOrder", lambda box: {**copied(box), "tpTriggerPx": "0"}),
        ("closeCopytradingSubposition", copied),
        ("getCopytradingSubpositionsHistory", lambda box: {**swap(box), "subPosType": "copy"}),
        ("getPositions", swap),
        ("stopCopytradingCopy", lambda box: {**leader(box), "subPosCloseType": "market_close"}),
    ],
    "leader": [
        ("getCopytradingAccount", nothing),
        ("getCopytradingSubpositions", swap),
        ("getCopytradingInstruments", swap),
        ("setCopytradingInstruments", lambda box: {"instId": ",".join(f"{c}-USDT-SWAP" for c in lead_of(box).rules)}),
        ("submitCopytradingAlgoOrder", lambda box: {**led(box), "slTriggerPx": "0"}),
        ("closeCopytradingSubposition", risen),
        ("getCopytradingSubpositionsHistory", swap),
        ("getCopytradingProfitDetails", swap),
        ("getCopytradingTotalProfit", swap),
        ("getCopytradingUnrealizedProfit", swap),
        ("getCopytradingTotalUnrealizedProfit", swap),
        ("updateCopytradingProfitSharing", lambda box: {**swap(box), "profitSharingRatio": "0.1"}),
    ],
}
"""What each account asks, in this order."""
UNDOCUMENTED = {
    "applyCopytradingLeadTrading",
    "geCopytradingLeadPrivateStats",
    "getCopyTradersPrivate",
    "getCopytradingBatchLeverageInfo",
    "getCopytradingLeadPrivateOpenPositions",
    "getCopytradingLeadPrivatePositionHistory",
    "getCopytradingLeadPrivatePreferences",
    "getCopytradingLeadPrivateRanks",
    "getCopytradingLeadPrivateWeeklyPnl",
    "getCopytradingLeadTradersHistory",
    "getCopytradingPLeadPrivateDailyPnl",
    "setCopytradingBatchLeverage",
    "stopCopytradingLeadTrading",
}
"""On no page of the venue (any more), and not here: applying to lead, the signed twins for brokers, and the like."""


@pytest.mark.parametrize("alias", OKX)
async def test_okxs_sdk_is_accepted(connect: Connect, okx_box: Sandbox, alias: str) -> None:
    """It gives data where the venue's code is 0 and throws otherwise; to each write it adds a tag of its own."""
    server, wished = okx_box["okx"], []
    server.options.copied_positions = "listed"
    async with connect("okx-api", "RestClient", server, alias) as sdk:
        for method, ask in OKX[alias]:
            params = ask(okx_box)
            assert await sdk.call(method, params), method
            wished += [(alias, params)] * (server.requests[-1].method == "POST")

    done = [
        (made.account, {name: made.parameters[name] for name in made.parameters if name != "tag"})
        for made in server.executions
    ]
    assert done == wished != []


async def test_okxs_sdk_reads_positions_in_contracts(connect: Connect, okx_box: Sandbox) -> None:
    """And what a contract is: 0.1 ETH, or 100 dollars of bitcoin."""
    async with connect("okx-api", "RestClient", okx_box["okx"], "own") as sdk:
        held = {row["instId"]: D(row["pos"]) for row in await sdk.call("getPositions")}
        contracts = {row["instId"]: D(row["ctVal"]) for row in await sdk.call("getInstruments", swap(okx_box))}

    assert {name: size * contracts[name] for name, size in held.items()} == {
        "ETH-USDT-SWAP": D("0.5"),
        "BTC-USD-SWAP": D(500),
    }


async def test_no_copy_trading_call_of_okxs_sdk_is_left_out(connect: Connect, okx_box: Sandbox) -> None:
    """What the venue doesn't document is a path that is not there, though the key is taken."""
    asked = {method for calls in OKX.values() for method, _ in calls} - {"getPositions"}
    async with connect("okx-api", "RestClient", okx_box["okx"], "leader") as sdk:
        assert {method for method in sdk.methods if "copy" in method.lower()} == asked | UNDOCUMENTED
        for method in UNDOCUMENTED:
            with pytest.raises(Refused, match=r"^404$"):
                await sdk.call(method, leader(okx_box))


@pytest.mark.parametrize(
    ("alias", "wrong", "code"),
    [
        ("main", "apiSecret", "50113"),
        ("main", "apiPass", "50105"),
        ("main", "apiKey", "50111"),
        ("readonly", "", "50120"),
    ],
)
async def test_okxs_sdk_is_refused(connect: Connect, okx_box: Sandbox, alias: str, wrong: str, code: str) -> None:
    """With anything wrong about the key, to write; and nothing is written."""
    server = okx_box["okx"]
    changed = {wrong: "wrong"} if wrong else {}
    async with connect("okx-api", "RestClient", server, alias, **changed) as sdk:
        with pytest.raises(Refused, match=rf"^{code}$"):
            await sdk.call("stopCopytradingCopy", {**leader(okx_box), "subPosCloseType": "market_close"})

    assert server.executions == []
