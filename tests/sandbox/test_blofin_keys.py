"""BloFin's emulator at the door: keys, signatures, nonces, clock, brokers, limits."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.sandbox.blofin import ACCOUNT, BY_ORDER, TRADE, Make, held, one, operations, order
from unifiedcopy.sandbox import Sandbox

CONFIG = "/copytrading/config"
PLACE = f"{TRADE}/place-order"


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("ACCESS-KEY", "", "152001"),
        ("ACCESS-SIGN", "", "152001"),
        ("ACCESS-TIMESTAMP", "", "152001"),
        ("ACCESS-NONCE", "", "152001"),
        ("ACCESS-PASSPHRASE", "", "152001"),
        ("ACCESS-KEY", "nobody", "152401"),
        ("ACCESS-PASSPHRASE", "wrong", "152408"),
        ("ACCESS-SIGN", "AAAA", "152409"),
        ("ACCESS-NONCE", "another", "152409"),
        ("ACCESS-TIMESTAMP", "1701224821", "152410"),
        ("ACCESS-TIMESTAMP", "2023-11-29T02:27:01.936Z", "152410"),
        ("ACCESS-TIMESTAMP", "1701224821936", "152405"),
    ],
)
async def test_what_is_wrong_with_the_headers_has_its_code(blofin: Make, header: str, value: str, code: str) -> None:
    reply = await blofin().get(CONFIG, **{header: value})

    assert (reply.status, reply.code) == (200, code)
    assert reply.json["msg"]


async def test_a_clock_may_be_a_minute_off_and_no_more(blofin: Make) -> None:
    codes = [(await blofin().get(CONFIG, late=late)).code for late in (58_000, -58_000, 61_000, -61_000)]

    assert codes == ["0", "0", "152405", "152405"]


async def test_a_nonce_is_good_once_in_a_minute(blofin: Make, blofin_box: Sandbox) -> None:
    nonce = str(uuid4())
    codes = [(await blofin().get(CONFIG, nonce=nonce)).code for _ in range(2)]
    codes.append((await blofin("empty").get(CONFIG, nonce=nonce)).code)
    await blofin_box.advance(seconds=60)
    codes.append((await blofin().get(CONFIG, nonce=nonce)).code)

    assert codes == ["0", "152407", "0", "0"]


async def test_a_wrong_signature_uses_no_nonce_up(blofin: Make) -> None:
    nonce = str(uuid4())
    wrong = await blofin().get(CONFIG, nonce=nonce, **{"ACCESS-SIGN": "AAAA"})

    assert (wrong.code, (await blofin().get(CONFIG, nonce=nonce)).code) == ("152409", "0")


@pytest.mark.parametrize(("alias", "code"), [("lapsed", "152402"), ("demo", "152401")])
async def test_a_key_that_is_old_or_of_the_other_host_is_refused(blofin: Make, alias: str, code: str) -> None:
    assert (await blofin(alias).get(CONFIG)).code == code


async def test_a_read_only_key_reads_and_does_not_trade(blofin: Make, blofin_box: Sandbox) -> None:
    assert (await blofin("readonly").get(BY_ORDER)).code == "0"
    assert (await blofin("readonly").post(PLACE, order())).code == "152404"
    assert operations(blofin_box) == []


async def test_money_moves_with_the_right_for_it_alone(blofin: Make) -> None:
    move = {"currency": "USDT", "amount": "1", "fromAccount": "funding", "toAccount": "copy_trading"}

    assert (await blofin("notransfer").post("/asset/transfer", move)).code == "152404"
    assert (await blofin("ordinary").post("/asset/transfer", move)).code == "0"


@pytest.mark.parametrize(
    ("alias", "sent", "code"),
    [
        ("broker", "sandbox", "0"),
        ("broker", None, "152012"),
        ("broker", "other", "152013"),
        ("empty", "sandbox", "152011"),
        ("empty", None, "0"),
    ],
)
async def test_a_brokers_key_names_the_broker_with_each_order(
    blofin: Make, alias: str, sent: str | None, code: str
) -> None:
    assert (await blofin(alias).post(PLACE, order(brokerId=sent))).code == code


async def test_a_body_is_json(blofin: Make) -> None:
    client, path = blofin(), f"/api/v1{PLACE}"
    reply = await client.raw("POST", path, data="{", headers=client.headers("POST", path, "{"))

    assert reply.code == "152004"


async def test_contracts_need_no_key(blofin: Make) -> None:
    rows = (await blofin().raw("GET", "/api/v1/market/instruments")).json["data"]
    (bitcoin,) = (await blofin().raw("GET", "/api/v1/market/instruments?instId=BTC-USDT")).json["data"]

    assert len(rows) > 1
    assert [bitcoin[name] for name in ("contractValue", "lotSize", "tickSize", "instType")] == [
        "0.001",
        "1",
        "0.1",
        "SWAP",
    ]
    assert (await blofin().raw("GET", "/api/v1/market/instruments?instId=NO-USDT")).code == "152014"


async def test_trading_is_counted_by_user(blofin: Make, blofin_box: Sandbox) -> None:
    """30 in ten seconds, all trading calls together; reading goes on."""
    blofin_box["blofin"].options.limit_factor = 1
    close, cancel = {"orderId": "1", "size": "1"}, {"orderId": "1"}
    codes = [(await blofin().post(f"{TRADE}/close-position-by-order", close)).code for _ in range(15)]
    codes += [(await blofin().post(f"{TRADE}/cancel-order", cancel)).code for _ in range(15)]
    over = await blofin().post(f"{TRADE}/cancel-order", cancel)

    assert set(codes) == {"102005", "102068"}
    assert (over.status, over.code) == (429, "429")
    assert (await blofin().get(CONFIG)).code == "0"
    assert (await blofin("empty").post(f"{TRADE}/cancel-order", cancel)).code == "102068"
    await blofin_box.advance(seconds=10)
    assert (await blofin().post(f"{TRADE}/cancel-order", cancel)).code == "102068"


async def test_who_asks_too_much_is_shut_out_for_five_minutes(blofin: Make, blofin_box: Sandbox) -> None:
    blofin_box["blofin"].options.limit_factor = 1
    path = "/api/v1/market/instruments"
    statuses = [(await blofin().raw("GET", path)).status for _ in range(501)]
    await blofin_box.advance(seconds=240)
    still = await blofin().get(CONFIG)
    await blofin_box.advance(seconds=60)

    assert statuses == [200] * 500 + [429]
    assert (still.status, still.code) == (429, "429")
    assert (await blofin().get(CONFIG)).code == "0"


async def test_five_minutes_have_a_limit_of_their_own(blofin: Make, blofin_box: Sandbox) -> None:
    blofin_box["blofin"].options.limit_factor = 1
    path = "/api/v1/market/instruments"
    for _ in range(3):
        assert {(await blofin().raw("GET", path)).status for _ in range(490)} == {200}
        await blofin_box.advance(seconds=60)
    statuses = [(await blofin().raw("GET", path)).status for _ in range(31)]

    assert statuses == [200] * 30 + [429]


async def test_an_unknown_path_is_not_there(blofin: Make) -> None:
    assert (await blofin().get("/copytrading/nothing")).code == "404"


async def test_what_only_a_leader_may(blofin: Make, blofin_box: Sandbox) -> None:
    """A follower looks at the copies, guards and closes them, but opens nothing."""
    position = one(blofin_box, "ETH", "follower")
    assert (await blofin("follower").post(PLACE, order(positionSide="long"))).code == "152404"
    assert (await blofin("follower").get(CONFIG)).json["data"]["roleType"] == "0"
    assert (await blofin().get(CONFIG)).json["data"]["roleType"] == "1"

    done = await blofin("follower").post(f"{TRADE}/close-position-by-order", {"orderId": position.id, "size": "-1"})
    assert done.json == {"code": "0", "msg": "success"}
    assert position not in held(blofin_box, "follower")


def test_every_documented_call_is_served_and_tells_its_fidelity(blofin_box: Sandbox) -> None:
    """23 copy-trading calls [docs], and the five around them."""
    rows = blofin_box["blofin"].emulator.fidelity()

    assert (sum("/copytrading/" in row["path"] for row in rows), len(rows)) == (23, 28)
    assert {row["fidelity"] for row in rows} <= {"documented", "guessed"}


async def test_the_account_balance_is_what_the_ledger_has(blofin: Make, blofin_box: Sandbox) -> None:
    (row,) = (await blofin("ordinary").get(f"{ACCOUNT}/balance")).json["data"]["details"]

    assert (row["currency"], row["equity"], row["available"]) == ("USDT", "5000", "5000")
