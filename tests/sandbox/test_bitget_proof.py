"""Proof from outside: signatures printed or reproduced by others, and ccxt's own Bitget client."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from unifiedcopy.sandbox import Refusal, Request, Sandbox, World, load_emulator
from unifiedcopy.sandbox.clock import Clock
from unifiedcopy.sandbox.market import Market

KEY, PASSPHRASE = "bg_0123456789abcdef0123456789abcdef", "testPass123"
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2


class Vector(NamedTuple):
    """A signed request."""

    stamp: str
    method: str
    path: str
    body: str
    signature: str


VECTORS = {
    "v1-seed-get": Vector(
        "1591089508404",
        "GET",
        "/api/mix/v1/trace/currentTrack?symbol=BTCUSDT",
        "",
        "CJzsI+0uOLejfVOibxFplS2W78NfYTtpM4nAZGoL5RM=",
    ),
    "v1-seed-post": Vector(
        "1561022985382",
        "POST",
        "/api/mix/v1/trace/closeTrackOrder",
        '{"symbol":"BTCUSDT","trackingNo":"6258224712558517"}',
        "5jafQDkde0bvuNFDD6I1TO6hwPnTFFJjYp3iK/3ThrM=",
    ),
    "docs-v2-get": Vector(
        "16273667805456",
        "GET",
        "/api/mix/v2/market/depth?limit=20&symbol=BTCUSDT",
        "",
        "Im+ctrSkgVSpAsfbvv/IPiJk6muQ7PVnn5zkKBUz4JA=",
    ),
    "docs-v2-post": Vector(
        "16273667805456",
        "POST",
        "/api/v2/mix/order/place-order",
        '{"productType":"usdt-futures","symbol":"BTCUSDT","size":"8","marginMode":"crossed","side":'
        '"buy","orderType":"limit","clientOid":"channel#123456"}',
        "2XAfhcKvABxiB5Oe119vI9CvK80r9JXDIvc8b7tQHos=",
    ),
    "v1-spot-empty-body": Vector(
        "1659076670000",
        "POST",
        "/api/spot/v1/trace/order/spotInfoList",
        "{}",
        "bqnNZ9UizHlIzz/Tzi7yhbcHAx0ZWwnpCRmsI2XlVDM=",
    ),
    "v1-followerOrder-insertion-order": Vector(
        "1659076670000",
        "GET",
        "/api/mix/v1/trace/followerOrder?symbol=BTCUSDT_UMCBL&productType=umcbl&pageSize=20&pageNo=1",
        "",
        "T4BxTud9JI3e2GCT4pasqdH1K4ZZRd1esAQkkeAe2lY=",
    ),
    "v2-query-current-orders": Vector(
        "1695805917634",
        "GET",
        "/api/v2/copy/mix-follower/query-current-orders?endTime=1695721038000&limit=1&productType=U"
        "SDT-FUTURES&startTime=1692599209000&symbol=BTCUSDT",
        "",
        "f4Sd/sQskKlkFd+4bjjT+qydUKwRIl73MxZZK13PnmM=",
    ),
    "v2-follow-settings": Vector(
        "1659076670000",
        "POST",
        "/api/v2/copy/mix-follower/settings",
        '{"traderId":"123123123","settings":[{"symbol":"BTCUSDT","productType":"USDT-FUTURES","marg'
        'inType":"trader","marginCoin":"USDT","leverType":"trader","traceType":"amount","traceValue'
        '":"330","maxHoldSize":"5000"}]}',
        "bPfji4V8NSVZKBhZEMhKyxlCwE4hx2ErcrGb9TDpnsk=",
    ),
    "v2-set-tpsl": Vector(
        "1659076670000",
        "POST",
        "/api/v2/copy/mix-follower/setting-tpsl",
        '{"productType":"USDT-FUTURES","symbol":"BTCUSDT","trackingNo":"1","stopSurplusPrice":"37878"}',
        "Aj27nlqNRFR5nZHlhZvEt1F3vCOi2QqEWuQeVyrtEdo=",
    ),
    "v2-non-ascii-query-raw": Vector(
        "1679453151215",
        "GET",
        "/api/v2/copy/mix-broker/query-traders?pageNo=1&traderName=张三",
        "",
        "IbEv7H0yBQHGHxhA5mCYjKLI0hkAtUGTSlF1Bbk2Jiw=",
    ),
}
"""Texts to sign as the venue prints them (``seed``, ``docs``) or of requests that ccxt and the npm client
``bitget-api`` sign the same way; the key is made up. ``insertion-order``, which both would sort, is OpenSSL's."""

PUBLIC_KEY = """\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAue60qiKOdVfcn9D2Oz3V
D2CVelGhTICY6NxPOwORUk9pfeCsFU5EgUmUbib6eJOyu4fYEmPmkLVCPjIxBORF
2zNWcuLq2lLODtngAviOEotB3j7ngdNss1rAh9ayj20otoASScQxYErhVIKhJxxp
vKlWh9HjzsuuJYN6p6nQCOisyWtIqYYJNPCI6IVfWJKBqLyO94lZogY5Mi50JiIl
V6BpnuxGW/AiJyJ8KZrFnqFUueAf3woROdfsX/f1vebmvauW/vCz7F2+V8OwjroO
fuc0N0RRQqiTgrc8TCm8GxXTFGkEniaPPqHqcPJiHusK3P4wKiEi7Jo4wZs0C01S
0QIDAQAB
-----END PUBLIC KEY-----
"""
RSA_VECTORS = {
    "rsa-v2-get": Vector(
        "1695805917634",
        "GET",
        "/api/v2/copy/mix-follower/query-settings?traderId=123123123",
        "",
        "g/fDATAxNOPjMruwGTR8vmsQ57fB7m0nu+MhBIlnrjDjzkyPBwE2ZbJPJIHMpNx7Eivns5FRpY8df+vC5XDDmhhfBo"
        "jT7QY8CdLtWqWFF49vwcPGk57GLzEbpaxO+5palHIcJnv4TRKnuY7Ebe/2CdfvodGG5oZ1+IvHKlG1zsrtYHOcTiF4"
        "sP9bk4w723L5R752mS5znBstqJ0jOQyGYe5sT0Sw3mtPWiaRMP1ToLu1zQulP9cRNXdJAwEZrGH91HN7giYTcbzS6S"
        "tWx2x+zBzmncf0UHqUH08rAS2iGBTcKs7RTAlTzswa0u5460iXWOVGe2qad1LrGCM3snmKLw==",
    ),
    "rsa-v2-post": Vector(
        "1659076670000",
        "POST",
        "/api/v2/copy/mix-follower/cancel-trader",
        '{"traderId":"123123"}',
        "A0EiC9fu2GjfhidlGdw2qsJIf0i+mTy98dvzeP901QexTB7rCGwvpS21ahTvnQ09qKqI/2iBDnh62BZk2fyZcSOnhq"
        "jXITbG51J/FUNWS1BJZEkVjVSXKU3RSA/qhae+3il1XrizLSgcuEOweHwyLPRhZttQf2S4Rs7lZDZoBiQKa9SZ7YkQ"
        "/b74X0uBNACQ7KssUdRHkU4Qk5aHDquN+Ph/tHsHs9DHOrbirrauUONNFtnUwiQf/CgTQGZo1W1qOT4HeVU0RGJhqF"
        "vu0AmovmYHfzEdwSsGqD3TPac/AzwwSSMycl8ATge+xCw7bF/6tx72EZ2JIsA3UlOgy77GHQ==",
    ),
}
"""Of a throwaway key: OpenSSL, ``cryptography`` and the npm client ``bitget-api`` agree on them."""


def refusal(vector: Vector, *, public_key: str = "") -> str:
    """The code with which the emulator refuses the request of an account with the vectors' key; empty if not."""
    emulator = load_emulator("bitget")(World("bitget", Market(7), Clock()))
    accounts = emulator.world.accounts
    accounts["main"] = replace(accounts["main"], api_key=KEY, secret=SECRET, passphrase=PASSPHRASE)
    if public_key:
        emulator.public_keys["main"] = public_key  # type: ignore[attr-defined]
    headers = {
        "ACCESS-KEY": KEY,
        "ACCESS-SIGN": vector.signature,
        "ACCESS-TIMESTAMP": vector.stamp,
        "ACCESS-PASSPHRASE": PASSPHRASE,
        "Content-Type": "application/json",
    }
    request = Request(vector.method, vector.path, headers, vector.body.encode(), int(vector.stamp))
    try:
        emulator.authenticate(request, emulator.routes[0])
    except Refusal as refused:
        return str(json.loads(refused.answer.body)["code"])
    return ""


@pytest.mark.parametrize("name", VECTORS)
def test_signatures_of_others_verify(name: str) -> None:
    vector = VECTORS[name]

    assert refusal(vector) == ""
    assert refusal(vector._replace(body=vector.body + " ")) == "40009"
    assert refusal(vector._replace(path=vector.path + "&a=1")) == "40009"


@pytest.mark.parametrize("name", RSA_VECTORS)
def test_rsa_signatures_of_others_verify(name: str) -> None:
    pytest.importorskip("cryptography")
    vector = RSA_VECTORS[name]

    assert refusal(vector, public_key=PUBLIC_KEY) == ""
    assert refusal(vector._replace(body=vector.body + " "), public_key=PUBLIC_KEY) == "40009"
    assert refusal(vector._replace(signature="AAAA"), public_key=PUBLIC_KEY) == "40009"


@pytest.fixture
def ccxt() -> Any:
    return pytest.importorskip("ccxt.async_support")


def client_for(ccxt: Any, box: Sandbox, alias: str = "main") -> Any:
    account = box["bitget"].accounts[alias]
    keys = {"apiKey": account.api_key, "secret": account.secret, "password": account.passphrase}
    client = ccxt.bitget({**keys, "enableRateLimit": False})
    client.urls["api"] = dict.fromkeys(client.urls["api"], box["bitget"].url)
    return client


async def test_ccxt_reads_and_writes(ccxt: Any, bitget_box: Sandbox) -> None:
    """ccxt's own Bitget client, only its base URL changed.

    Proves: methods, paths, headers, GET and POST signatures and the envelope are what ccxt makes and expects. It
    has no unified copy-trading calls, so the raw methods of its api map are used; copy-settings is not in it.
    """
    client = client_for(ccxt, bitget_box)
    usdt = {"productType": "USDT-FUTURES"}
    try:
        assert abs(await client.fetch_time() - bitget_box.now_ms()) < 1_000
        directory = await client.privateCopyGetV2CopyMixBrokerQueryTraders({"sortRule": "roi", "pageSize": 5})
        free = next(row for row in directory["data"] if (row["canTrace"], row["traderStatus"]) == ("Yes", "No"))
        chosen = {"symbol": "BTCUSDT", **usdt, "marginType": "trader", "leverType": "trader"}
        settings = [{**chosen, "traceType": "amount", "traceValue": "50"}]
        await client.privateCopyPostV2CopyMixFollowerSettings({"traderId": free["traderId"], "settings": settings})
        back = await client.privateCopyGetV2CopyMixFollowerQuerySettings({"traderId": free["traderId"]})
        assert back["data"]["detailList"][0]["traceValue"] == "50"
        followed = await client.privateCopyGetV2CopyMixFollowerQueryTraders({"pageNo": 1})
        assert len(followed["data"]) == 2

        orders = await client.privateCopyGetV2CopyMixFollowerQueryCurrentOrders({**usdt, "limit": 100})
        number = {**usdt, "trackingNo": orders["data"][-1]["trackingNo"]}  # a short of BTC
        await client.privateCopyPostV2CopyMixFollowerSettingTpsl({**number, "stopSurplusPrice": "50000"})
        closed = await client.privateCopyPostV2CopyMixFollowerClosePositions(number)
        assert len(closed["data"]["orderIdList"]) == 1
        await client.privateCopyPostV2CopyMixFollowerCancelTrader({"traderId": free["traderId"]})
        history = await client.privateCopyGetV2CopyMixFollowerQueryHistoryOrders({**usdt, "limit": 1})
        assert history["data"]["trackingList"][0]["trackingNo"] == number["trackingNo"]
        done = ["settings", "setting_tpsl", "close_positions", "cancel_trader"]
        assert [execution.operation for execution in bitget_box["bitget"].executions] == done
    finally:
        await client.close()


async def test_ccxt_knows_the_errors(ccxt: Any, bitget_box: Sandbox) -> None:
    """The venue's codes become ccxt's errors."""
    client = client_for(ccxt, bitget_box)
    nobody = {"traderId": "nobody"}
    try:
        with pytest.raises(ccxt.BadRequest, match="400172"):
            await client.privateCopyGetV2CopyMixFollowerQueryCurrentOrders({"productType": "umcbl"})
        with pytest.raises(ccxt.ExchangeError, match="43062"):
            await client.privateCopyPostV2CopyMixFollowerCancelTrader(nobody)
        with pytest.raises(ccxt.BadSymbol, match="30032"):
            await client.privateMixGetMixV1TraceFollowerOrder()
        client.secret = "wrong"
        with pytest.raises(ccxt.AuthenticationError, match="40009"):
            await client.privateCopyGetV2CopyMixFollowerQueryTraders()
        client.password = "wrong"
        with pytest.raises(ccxt.AuthenticationError, match="40012"):
            await client.privateCopyGetV2CopyMixFollowerQueryTraders()
    finally:
        await client.close()
    readonly = client_for(ccxt, bitget_box, "readonly")
    try:
        with pytest.raises(ccxt.PermissionDenied, match="40014"):
            await readonly.privateCopyPostV2CopyMixFollowerCancelTrader(nobody)
    finally:
        await readonly.close()


async def test_ccxt_talks_to_the_old_version(ccxt: Any, bitget_box: Sandbox) -> None:
    bitget_box["bitget"].options.retired = False
    client = client_for(ccxt, bitget_box)
    page = {"productType": "umcbl", "pageNo": 1, "pageSize": 20}
    try:
        orders = await client.privateMixGetMixV1TraceFollowerOrder(page)
        assert {row["symbol"] for row in orders["data"]} >= {"BTCUSDT_UMCBL", "ETHUSDT_UMCBL"}
        leaders = await client.privateMixPostMixV1TraceMyTraderList({})
        trader = {"traderId": leaders["data"][0]["traderId"]}
        assert (await client.privateMixPostMixV1TraceCancelCopyTrader(trader))["data"] == "success"
    finally:
        await client.close()
