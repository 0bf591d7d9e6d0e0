"""Proof from outside: OKX's own examples, signatures that others made, and ccxt's own OKX client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from tests.sandbox.okx import COPY, D, Make, copies, lead_of, leaders, wish
from tests.sandbox.shapes import differences, documented
from unifiedcopy.sandbox import Refusal, Request, Sandbox, World, load_emulator
from unifiedcopy.sandbox.clock import Clock
from unifiedcopy.sandbox.market import Market

API = "okx/v5"

# The venue's own examples


async def test_every_answer_has_what_the_venues_example_has(okx: Make, okx_box: Sandbox) -> None:
    """The same keys, values of the same types; lists that the example fills are filled."""
    leader, client, lead = leaders(okx_box)[0], okx(), okx("leader")
    okx_box["okx"].options.copied_positions = "listed"
    of_leader = f"instType=SWAP&uniqueCode={leader.id}"
    led = lead_of(okx_box)
    rising = next(p for p in led.positions if p.side == "long")
    okx_box["okx"].world.market.set_price(rising.coin, rising.entry * D("1.04"))
    await lead.post(f"{COPY}/close-subposition", {"subPosId": rising.id})
    target = {"subPosId": copies(okx_box)[0].id, "subPosType": "copy"}
    copied = await client.get(f"{COPY}/current-subpositions", "subPosType=copy")
    answers = {
        "list_leaders": await client.get(f"{COPY}/public-lead-traders"),
        "leader_stats": await client.get(f"{COPY}/public-stats", f"{of_leader}&lastDays=1"),
        "leader_pnl_daily": await client.get(f"{COPY}/public-pnl", f"{of_leader}&lastDays=1"),
        "leader_pnl_weekly": await client.get(f"{COPY}/public-weekly-pnl", of_leader),
        "leader_preferences": await client.get(f"{COPY}/public-preference-currency", of_leader),
        "leader_positions": await client.get(f"{COPY}/public-current-subpositions", of_leader),
        "leader_position_history": await client.get(f"{COPY}/public-subpositions-history", of_leader),
        "leader_copiers": await client.get(f"{COPY}/public-copy-traders", of_leader),
        "copy_limits": await client.get(f"{COPY}/public-config"),
        "get_follow": await client.get(f"{COPY}/copy-settings", of_leader),
        "my_leaders": await client.get(f"{COPY}/current-lead-traders"),
        "account_role": await lead.get(f"{COPY}/config"),
        "positions": await lead.get(f"{COPY}/current-subpositions"),
        "position_history": await lead.get(f"{COPY}/subpositions-history"),
        "lead_instruments": await lead.get(f"{COPY}/instruments"),
        "profit_share_history": await lead.get(f"{COPY}/profit-sharing-details"),
        "profit_share_total": await lead.get(f"{COPY}/total-profit-sharing"),
        "profit_share_pending": await lead.get(f"{COPY}/unrealized-profit-sharing-details"),
        "profit_share_pending_total": await lead.get(f"{COPY}/total-unrealized-profit-sharing"),
        "set_tpsl": await client.post(f"{COPY}/algo-order", {**target, "tpTriggerPx": "0"}),
        "close_position": await client.post(f"{COPY}/close-subposition", target),
        "follow": await client.post(f"{COPY}/first-copy-settings", wish(leaders(okx_box)[2])),
        "amend_follow": await client.post(f"{COPY}/amend-copy-settings", wish(leader)),
        "unfollow": await client.post(
            f"{COPY}/stop-copy-trading", {"uniqueCode": leader.id, "subPosCloseType": "market_close"}
        ),
        "set_profit_share": await lead.post(f"{COPY}/amend-profit-sharing-ratio", {"profitSharingRatio": "0.1"}),
        "set_lead_instruments": await lead.post(
            f"{COPY}/set-instruments", {"instId": ",".join(f"{coin}-USDT-SWAP" for coin in led.rules)}
        ),
        "error_59292_smart_sync_only": await client.post(f"{COPY}/first-copy-settings", wish(leaders(okx_box)[-4])),
    }

    assert {name: differences(reply.json, documented(API, name)) for name, reply in answers.items()} == {
        name: [] for name in answers
    }
    assert differences(copied.json, documented(API, "positions")) == []
    assert {name for name, reply in answers.items() if reply.code != "0"} == {"error_59292_smart_sync_only"}
    assert answers["error_59292_smart_sync_only"].json == documented(API, "error_59292_smart_sync_only")
    assert len(answers) - 1 == 26


# Signatures of others

KEY, SECRET, PASSPHRASE = "demo-api-key-0001", "demo-secret-key-0002", "demo-passphrase"
STAMP, AT = "2023-11-29T02:27:01.936Z", 1701224821936


class Vector(NamedTuple):
    """A signed request; the key is made up."""

    method: str
    path: str
    body: str
    signature: str


VECTORS = {
    "get": Vector("GET", "/api/v5/copytrading/config", "", "uZwwdk+/6QY1H0Ynh/bzeVluCu8pKUgKAOgl6PMihTc="),
    "get-with-query": Vector(
        "GET",
        "/api/v5/copytrading/copy-settings?instType=SWAP&uniqueCode=25CD5A80241D6FE6",
        "",
        "HzBHzrBsQE16qk9dGqwWBZwJd/V1n8Bgnkyv8Gmu8y4=",
    ),
    "positions": Vector(
        "GET",
        "/api/v5/copytrading/current-subpositions?instType=SWAP&subPosType=copy",
        "",
        "j1py+S3tvm0jXsnWozSiclZS49XyUfnF0D5s3CseNho=",
    ),
    "follow": Vector(
        "POST",
        "/api/v5/copytrading/first-copy-settings",
        '{"instType":"SWAP","uniqueCode":"25CD5A80241D6FE6","copyMgnMode":"cross","copyInstIdType":"copy",'
        '"copyMode":"ratio_copy","copyRatio":"1","copyTotalAmt":"500","subPosCloseType":"copy_close"}',
        "Hq4D1NeijlQ9PGvoha++8pGYy3WXpS5Tg1vstHtYpIU=",
    ),
    "set-tpsl": Vector(
        "POST",
        "/api/v5/copytrading/algo-order",
        '{"subPosId":"518541406042591232","tpTriggerPx":"10000"}',
        "h/xTsicsUyeOnoQV1RR3uf4G7M8QVYVu3Sq30fWDY6g=",
    ),
    "unfollow": Vector(
        "POST",
        "/api/v5/copytrading/stop-copy-trading",
        '{"instType":"SWAP","uniqueCode":"25CD5A80241D6FE6","subPosCloseType":"manual_close"}',
        "29K410fT/m7nB6BWU1wry1G9Kd4PX17UiAZDqHLL4WY=",
    ),
}
"""Made with the standard library, and the same when ccxt 4.5.90 signs these requests at that time."""


def refusal(vector: Vector, **headers: str) -> str:
    """The code with which the emulator refuses the request of an account with the vectors' key; empty if not."""
    emulator = load_emulator("okx")(World("okx", Market(7), Clock()))
    accounts = emulator.world.accounts
    accounts["main"] = replace(accounts["main"], api_key=KEY, secret=SECRET, passphrase=PASSPHRASE)
    sent = {
        "OK-ACCESS-KEY": KEY,
        "OK-ACCESS-SIGN": vector.signature,
        "OK-ACCESS-TIMESTAMP": STAMP,
        "OK-ACCESS-PASSPHRASE": PASSPHRASE,
        "Content-Type": "application/json",
        **headers,
    }
    request = Request(vector.method, vector.path, sent, vector.body.encode(), AT)
    try:
        emulator.authenticate(request, emulator.routes[0])
    except Refusal as refused:
        return str(json.loads(refused.answer.body)["code"])
    return ""


@pytest.mark.parametrize("name", VECTORS)
def test_signatures_of_others_verify(name: str) -> None:
    vector = VECTORS[name]

    assert refusal(vector) == ""
    assert refusal(vector._replace(body=vector.body + " ")) == "50113"
    assert refusal(vector._replace(path=vector.path + "&a=1")) == "50113"
    assert refusal(vector, **{"OK-ACCESS-TIMESTAMP": "2023-11-29T02:27:01.937Z"}) == "50113"


# ccxt


@pytest.fixture
def ccxt() -> Any:
    return pytest.importorskip("ccxt.async_support")


def client_for(ccxt: Any, box: Sandbox, alias: str = "main") -> Any:
    account = box["okx"].accounts[alias]
    keys = {"apiKey": account.api_key, "secret": account.secret, "password": account.passphrase}
    client = ccxt.okx({**keys, "enableRateLimit": False})
    client.urls["api"] = dict.fromkeys(client.urls["api"], box["okx"].url)
    return client


async def test_ccxt_follows_guards_closes_and_stops(ccxt: Any, okx_box: Sandbox) -> None:
    """ccxt's own OKX client, only its base URL changed.

    Proves: methods, paths, headers, GET and POST signatures and the envelope are what ccxt makes and expects. It has
    no unified copy-trading calls, so the raw methods of its api map are used.
    """
    client = client_for(ccxt, okx_box, "empty")
    swap = {"instType": "SWAP"}
    try:
        assert abs(await client.fetch_time() - okx_box.now_ms()) < 1_000
        page = (await client.publicGetCopytradingPublicLeadTraders({**swap, "limit": "20"}))["data"][0]
        chosen = leaders(okx_box)[2]
        assert chosen.id in {row["uniqueCode"] for row in page["ranks"]}
        await client.privatePostCopytradingFirstCopySettings(wish(chosen, copyRatio="0.05"))
        await client.privatePostCopytradingAmendCopySettings(wish(chosen, copyRatio="0.04"))
        back = await client.privateGetCopytradingCopySettings({**swap, "uniqueCode": chosen.id})
        assert back["data"][0]["copyRatio"] == "0.04"
        okx_box["okx"].world.copying.lead_open(chosen, "ETH", "long")
        okx_box["okx"].options.copied_positions = "listed"
        rows = await client.privateGetCopytradingCurrentSubpositions({**swap, "subPosType": "copy"})
        target = {"subPosId": rows["data"][0]["subPosId"], "subPosType": "copy"}
        await client.privatePostCopytradingAlgoOrder({**target, "tpTriggerPx": "4000"})
        await client.privatePostCopytradingCloseSubposition(target)
        await client.privatePostCopytradingStopCopyTrading(
            {**swap, "uniqueCode": chosen.id, "subPosCloseType": "market_close"}
        )
        done = ["follow", "amend_follow", "algo_order", "close_subposition", "unfollow"]
        assert [execution.operation for execution in okx_box["okx"].executions] == done
    finally:
        await client.close()


async def test_ccxt_reads_positions_in_contracts(ccxt: Any, okx_box: Sandbox) -> None:
    """Its unified positions, from the contracts' call and the account's."""
    client = client_for(ccxt, okx_box, "own")
    client.has["fetchCurrencies"] = False
    try:
        found = {position["symbol"]: position for position in await client.fetch_positions()}
        linear, inverse = found["ETH/USDT:USDT"], found["BTC/USD:BTC"]
        assert (linear["contracts"], linear["contractSize"], linear["side"]) == (5, 0.1, "long")
        assert (inverse["contracts"], inverse["contractSize"], inverse["side"]) == (5, 100, "short")
    finally:
        await client.close()


UNDOCUMENTED = {"batch-leverage-info", "batch-set-leverage", "lead-traders-history"}
"""In ccxt's map and on no page: not here."""


def listed_by_ccxt(api: Any) -> Iterator[tuple[str, str, str]]:
    for kind, methods in api.items():
        for method, paths in methods.items():
            yield from ((kind, method, path) for path in paths if path.startswith("copytrading/"))


async def test_every_copy_trading_call_that_ccxt_lists_is_signed_well_and_there(ccxt: Any, okx_box: Sandbox) -> None:
    """Whatever it says to the parameters, it takes the key and knows the path."""
    client = client_for(ccxt, okx_box, "leader")
    told: dict[str, str] = {}
    try:
        for kind, method, path in listed_by_ccxt(client.api):
            try:
                reply = await client.request(path, [kind], method.upper(), {"uniqueCode": "x", "lastDays": "1"})
                told[path] = reply["code"]
            except ccxt.BaseError as error:
                told[path] = json.loads(str(error).removeprefix("okx "))["code"]
    finally:
        await client.close()
    gone = {path.rpartition("/")[2] for path, code in told.items() if code == "404"}

    assert len(told) == 29
    assert gone == UNDOCUMENTED
    assert {code for code in told.values() if code.startswith("501")} == set()


async def test_ccxt_knows_the_errors(ccxt: Any, okx_box: Sandbox) -> None:
    client = client_for(ccxt, okx_box)
    try:
        with pytest.raises(ccxt.ExchangeError, match="59269"):
            await client.publicGetCopytradingPublicStats({"uniqueCode": "x", "lastDays": "1"})
        with pytest.raises(ccxt.BadRequest, match="59216"):
            await client.privatePostCopytradingCloseSubposition({"subPosId": "1"})
        with pytest.raises(ccxt.BadRequest, match="50014"):
            await client.privateGetCopytradingCopySettings({})
        client.headers = {"x-simulated-trading": "1"}
        with pytest.raises(ccxt.AuthenticationError, match="50101"):
            await client.privateGetCopytradingConfig()
        client.headers = {}
        client.secret = "wrong"
        with pytest.raises(ccxt.AuthenticationError, match="50113"):
            await client.privateGetCopytradingConfig()
    finally:
        await client.close()
