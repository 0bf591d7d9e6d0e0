"""OKX's emulator at the door: keys, signatures, clock, environment, limits."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.sandbox.okx import COPY, Make, leaders, wish
from unifiedcopy.sandbox import Sandbox

CONFIG = f"{COPY}/config"
FOLLOW = f"{COPY}/first-copy-settings"


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("OK-ACCESS-KEY", "", "50103"),
        ("OK-ACCESS-SIGN", "", "50106"),
        ("OK-ACCESS-TIMESTAMP", "", "50107"),
        ("OK-ACCESS-PASSPHRASE", "", "50104"),
        ("OK-ACCESS-KEY", "nobody", "50111"),
        ("OK-ACCESS-PASSPHRASE", "wrong", "50105"),
        ("OK-ACCESS-SIGN", "AAAA", "50113"),
        ("OK-ACCESS-TIMESTAMP", "1701224821936", "50112"),
        ("OK-ACCESS-TIMESTAMP", "2023-11-29T02:27:01.936Z", "50102"),
        ("OK-ACCESS-TIMESTAMP", "2023-13-29T02:27:01.936Z", "50112"),
        ("x-simulated-trading", "1", "50101"),
    ],
)
async def test_what_is_wrong_with_the_headers_has_its_code(okx: Make, header: str, value: str, code: str) -> None:
    reply = await okx().get(CONFIG, **{header: value})

    assert (reply.status, reply.code, reply.json["data"]) == (401, code, [])
    assert reply.json["msg"]


async def test_a_clock_may_be_half_a_minute_off_and_no_more(okx: Make) -> None:
    codes = [(await okx().get(CONFIG, late=late)).code for late in (28_000, -28_000, 31_000, -31_000)]

    assert codes == ["0", "0", "50102", "50102"]


async def test_a_demo_key_belongs_to_demo_trading(okx: Make, okx_box: Sandbox) -> None:
    demo = okx("demo")
    here = {"x-simulated-trading": "1"}

    assert (await demo.get(CONFIG)).code == "50101"
    assert (await demo.get(CONFIG, **here)).code == "0"
    okx_box["okx"].options.copying_in_demo = False
    refused = await demo.get(CONFIG, **here)
    assert (refused.status, refused.code) == (200, "50038")
    assert (await demo.get("/account/positions", **here)).code == "0"


async def test_a_lapsed_key_does_not_exist_any_more(okx: Make) -> None:
    assert (await okx("lapsed").get(CONFIG)).code == "50119"


async def test_a_read_only_key_reads_and_does_not_follow(okx: Make, okx_box: Sandbox) -> None:
    reader = okx("readonly")
    refused = await reader.post(FOLLOW, wish(leaders(okx_box)[2]))

    assert (await reader.get(f"{COPY}/current-lead-traders")).json["data"]
    assert (refused.status, refused.code) == (200, "50120")
    assert okx_box["okx"].executions == []


async def test_the_body_is_signed_as_it_was_sent(okx: Make, okx_box: Sandbox) -> None:
    """Spaces in it are no matter, a changed byte is."""
    client, path = okx(), f"/api/v5{COPY}/algo-order"
    spaced = '{ "subPosId": "1",  "tpTriggerPx": "1" }'
    sent = await client.raw("POST", path, data=spaced, headers=client.headers("POST", path, spaced))
    changed = await client.raw("POST", path, data=spaced, headers=client.headers("POST", path, spaced + " "))

    assert (sent.code, changed.code) == ("59216", "50113")


@pytest.mark.parametrize(("text", "kind", "code"), [("{", "application/json", "50002"), ("{}", "text/plain", "50006")])
async def test_a_body_is_json_and_says_so(okx: Make, text: str, kind: str, code: str) -> None:
    client, path = okx(), f"/api/v5{FOLLOW}"
    reply = await client.raw(
        "POST", path, data=text, headers={**client.headers("POST", path, text), "Content-Type": kind}
    )

    assert (reply.status, reply.code) == (400, code)


async def test_no_key_is_asked_for_where_everybody_may_look(okx: Make) -> None:
    reply = await okx().raw("GET", f"/api/v5{COPY}/public-lead-traders")

    assert reply.json["data"][0]["ranks"]


@pytest.mark.parametrize(
    ("path", "count"),
    [
        (CONFIG, 5),
        (f"{COPY}/current-subpositions", 20),
        (f"{COPY}/public-config", 5),
        ("/account/positions", 10),
        ("/public/instruments?instType=SWAP", 20),
    ],
)
async def test_so_many_in_two_seconds(okx: Make, okx_box: Sandbox, path: str, count: int) -> None:
    okx_box["okx"].options.limit_factor = 1
    client = okx()
    codes = [(await client.get(path)).code for _ in range(count + 1)]
    after = await client.get(path)

    assert codes == ["0"] * count + ["50011"]
    assert (after.status, after.code) == (429, "50011")
    okx_box["okx"].options.limit_status = 200
    assert (await client.get(path)).status == 200


async def test_a_limit_is_each_users_own_and_each_endpoints(okx: Make, okx_box: Sandbox) -> None:
    okx_box["okx"].options.limit_factor = 1
    for _ in range(5):
        await okx().get(CONFIG)

    assert (await okx("empty").get(CONFIG)).code == "0"
    assert (await okx().get(f"{COPY}/current-lead-traders")).code == "0"
    await okx_box.advance(seconds=2)
    assert (await okx().get(CONFIG)).code == "0"


async def test_an_unknown_path_is_not_there(okx: Make) -> None:
    assert (await okx().get(f"{COPY}/nothing")).status == 404


def test_every_documented_call_is_served_and_tells_its_fidelity(okx_box: Sandbox) -> None:
    """26 copy-trading calls [docs], and the four around them."""
    rows: list[dict[str, Any]] = okx_box["okx"].emulator.fidelity()
    copying = [row for row in rows if re.match("/api/v5/copytrading/", row["path"])]

    assert (len(copying), len(rows)) == (26, 30)
    assert {row["fidelity"] for row in rows} <= {"documented", "guessed"}
