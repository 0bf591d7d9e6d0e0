"""Bitget's emulator, V2: who may ask, and how often."""

from __future__ import annotations

import pytest

from tests.sandbox.bitget import BROKER, CURRENT, FOLLOWER, USDT, Make, leaders
from unifiedcopy.sandbox import Sandbox, load_emulator


async def test_time_needs_no_key(bitget: Make) -> None:
    reply = await bitget().raw("GET", "/api/v2/public/time")

    assert list(reply.json) == ["code", "msg", "requestTime", "data"]
    assert (reply.json["code"], reply.json["msg"]) == ("00000", "success")
    assert type(reply.json["requestTime"]) is int
    assert type(reply.json["data"]["serverTime"]) is str


@pytest.mark.parametrize(("alias", "rights"), [("main", ["ttor", "ttow"]), ("readonly", ["ttor"])])
async def test_account_info_tells_what_the_key_may(bitget: Make, alias: str, rights: list[str]) -> None:
    data = (await bitget(alias).get("/api/v2/spot/account/info")).json["data"]

    assert (data["authorities"], data["traderType"]) == (rights, "not_trader")
    assert type(data["parentId"]) is int


async def test_an_unknown_path_is_an_envelope(bitget: Make) -> None:
    reply = await bitget().get("/api/v2/copy/nope")

    assert (reply.status, reply.code, reply.json["data"]) == (404, "40404", None)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ACCESS-KEY": ""}, "40001"),
        ({"ACCESS-KEY": "unknown"}, "40006"),
        ({"ACCESS-SIGN": ""}, "40002"),
        ({"ACCESS-SIGN": "AAAA"}, "40009"),
        ({"ACCESS-TIMESTAMP": ""}, "40005"),
        ({"ACCESS-TIMESTAMP": "now"}, "40005"),
        ({"ACCESS-TIMESTAMP": "1600000000000"}, "40008"),
        ({"ACCESS-PASSPHRASE": ""}, "40011"),
        ({"ACCESS-PASSPHRASE": "wrong"}, "40012"),
        ({"Content-Type": "text/plain"}, "40007"),
        ({"paptrading": "1"}, "40099"),
    ],
)
async def test_wrong_headers_are_refused(bitget_box: Sandbox, bitget: Make, changed: dict[str, str], code: str) -> None:
    reply = await bitget().post(f"{FOLLOWER}/cancel-trader", {"traderId": leaders(bitget_box)[0].id}, **changed)

    assert (reply.status, reply.code, reply.json["data"]) == (400, code, None)
    assert bitget_box["bitget"].executions == []


async def test_without_headers_the_key_is_invalid(bitget: Make) -> None:
    """And not empty: that is what an unsigned call got."""
    reply = await bitget().raw("GET", f"{BROKER}/query-traders")

    assert (reply.code, reply.json["msg"]) == ("40006", "Invalid ACCESS_KEY")


@pytest.mark.parametrize(
    ("late", "code"), [(29_000, "00000"), (-29_000, "00000"), (31_000, "40008"), (-31_000, "40008")]
)
async def test_the_clock_may_be_off_by_thirty_seconds(bitget: Make, late: int, code: str) -> None:
    client = bitget()
    headers = client.headers("GET", f"{CURRENT}?{USDT}", "", late=late)

    assert (await client.raw("GET", f"{CURRENT}?{USDT}", headers=headers)).code == code


async def test_the_bytes_of_the_query_are_signed(bitget_box: Sandbox, bitget: Make) -> None:
    """Or the decoded text, as ccxt does it, when the switch says so."""
    client, name = bitget(), "traderName=阿尔法"
    sent = f"{BROKER}/query-traders?traderName=%E9%98%BF%E5%B0%94%E6%B3%95"
    decoded = client.headers("GET", f"{BROKER}/query-traders?{name}", "")

    assert len((await client.get(sent)).json["data"]) == 1
    assert (await client.raw("GET", sent, headers=decoded)).code == "40009"
    bitget_box["bitget"].options.signed_query = "either"
    assert (await client.raw("GET", sent, headers=decoded)).code == "00000"
    assert (await client.get(sent)).code == "00000"


async def test_an_rsa_key_signs_too(bitget_box: Sandbox, bitget: Make) -> None:
    pytest.importorskip("cryptography")
    from base64 import b64encode

    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    client = bitget("rsa")
    key = serialization.load_pem_private_key(client.secret.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    headers = client.headers("GET", f"{CURRENT}?{USDT}", "")
    text = headers["ACCESS-TIMESTAMP"] + f"GET{CURRENT}?{USDT}"
    signature = b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()

    assert (await client.raw("GET", f"{CURRENT}?{USDT}", headers=headers)).code == "40009"  # HMAC with the PEM
    headers["ACCESS-SIGN"] = signature
    assert (await client.raw("GET", f"{CURRENT}?{USDT}", headers=headers)).code == "00000"
    assert (await client.raw("GET", f"{CURRENT}?{USDT}&limit=5", headers=headers)).code == "40009"


async def test_a_read_only_key_reads(bitget_box: Sandbox, bitget: Make) -> None:
    client = bitget("readonly")
    refused = await client.post(f"{FOLLOWER}/cancel-trader", {"traderId": leaders(bitget_box)[0].id})

    assert len((await client.get(CURRENT, USDT)).json["data"]) == 3
    assert (refused.status, refused.code) == (400, "40014")
    assert bitget_box["bitget"].executions == []


async def test_unified_accounts_are_refused(bitget: Make) -> None:
    assert (await bitget("unified").get(CURRENT, USDT)).code == "40085"


async def test_five_calls_a_second_for_each_account(bitget_box: Sandbox, bitget: Make) -> None:
    bitget_box["bitget"].options.limit_factor = 1
    replies = [await bitget().get(CURRENT, USDT) for _ in range(6)]

    assert [reply.headers["x-mbx-used-remain-limit"] for reply in replies] == list("432100")
    assert [reply.status for reply in replies] == [200] * 5 + [429]
    assert (replies[-1].code, replies[-1].json["data"]) == ("429", None)
    assert (await bitget("readonly").get(CURRENT, USDT)).status == 200
    await bitget_box.advance(1)
    assert (await bitget().get(CURRENT, USDT)).status == 200


def test_every_endpoint_says_how_far_it_can_be_trusted() -> None:
    emulator = load_emulator("bitget")
    served = [found for name in dir(emulator) for found in getattr(getattr(emulator, name), "routes", ())]

    assert len(served) > 100
    assert all(found.note for found in served if found.fidelity == "guessed")
