"""The servers: request log, clock, control over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from yarl import URL

from unifiedcopy.sandbox import Sandbox


async def control(session: aiohttp.ClientSession, box: Sandbox, method: str, name: str, wish: Any = None) -> Any:
    async with session.request(method, f"{box['toobit'].url}/__sandbox__/{name}", json=wish) as answer:
        return await answer.json()


async def test_requests_are_kept_as_they_came(box: Sandbox, session: aiohttp.ClientSession) -> None:
    """Path, query and body undecoded, whatever they are."""
    url = URL(box["toobit"].url + "/no%2Fpath/?a=%3D&b=+&b", encoded=True)
    async with session.post(url, data=b"\xff\x00"):
        pass
    (seen,) = box["toobit"].requests

    assert seen.raw_path == "/no%2Fpath/?a=%3D&b=+&b"
    assert seen.query == {"a": "=", "b": " "}
    assert (seen.method, seen.body) == ("POST", b"\xff\x00")
    assert seen.headers["content-length"] == "2"


async def test_skew_is_in_seconds() -> None:
    async with Sandbox(venues=[], skew=-3600) as behind, Sandbox(venues=[]) as right:
        assert 3_599_000 < right.now_ms() - behind.now_ms() < 3_601_000


async def test_fixed_ports() -> None:
    """The venues take the port and the following ones, in order of their ids."""
    for port in range(23_400, 23_500, 2):  # below those that programs are given when they ask for any
        try:
            async with Sandbox(venues=["zoomex", "toobit"], port=port) as box:
                assert [box[name].url for name in box] == [f"http://127.0.0.1:{port + n}" for n in range(2)]
                return
        except OSError:  # somebody has one of the two
            continue
    pytest.fail("no two free ports")


async def test_state_shows_accounts_with_their_keys(box: Sandbox, session: aiohttp.ClientSession) -> None:
    state = await control(session, box, "GET", "state")

    assert state["accounts"]["main"]["credentials"] == box["toobit"].accounts["main"].credentials
    assert state["accounts"]["main"]["balances"] == {"USDT": "3000"}
    assert state["accounts"]["empty"]["following"] == []
    assert state["accounts"]["main"]["positions"][0]["coin"] == "BTC"


async def test_time_and_prices_by_http(box: Sandbox, session: aiohttp.ClientSession) -> None:
    now = box.now_ms()
    await control(session, box, "POST", "advance", {"seconds": 3600})
    price = await control(session, box, "POST", "price", {"coin": "BTC", "price": "70000.04"})

    assert box.now_ms() - now >= 3_600_000
    assert price == {"price": "70000"}


async def test_faults_by_http(box: Sandbox, session: aiohttp.ClientSession, toobit: Callable[..., Any]) -> None:
    plan = {"kind": "status", "status": 502, "body": "<html>"}
    assert await control(session, box, "POST", "fault", plan) == {"planned": 1}

    assert (await toobit().get("/leaders")).status == 502
    await control(session, box, "POST", "fault", plan)
    assert await control(session, box, "DELETE", "fault") == {"planned": 0}


@pytest.mark.parametrize(("name", "wish"), [("advance", {}), ("fault", {"sort": "status"}), ("price", {})])
async def test_wrong_wishes_are_explained(box: Sandbox, session: aiohttp.ClientSession, name: str, wish: Any) -> None:
    assert "error" in await control(session, box, "POST", name, wish)


async def test_an_unknown_control_lists_the_known_ones(box: Sandbox, session: aiohttp.ClientSession) -> None:
    answer = await control(session, box, "GET", "nonsense")

    assert "GET /__sandbox__/state" in answer["controls"]


async def test_log_and_fidelity_by_http(
    box: Sandbox, session: aiohttp.ClientSession, toobit: Callable[..., Any]
) -> None:
    """Control requests are not in the log themselves."""
    await toobit().get("/leaders")
    log = await control(session, box, "GET", "requests")
    table = await control(session, box, "GET", "fidelity")

    assert [request["method"] for request in log] == ["GET"]
    assert {row["fidelity"] for row in table} == {"documented"}
    assert await control(session, box, "GET", "executions") == []


async def test_the_sandbox_logs_no_address_since_some_hold_a_key(caplog):
    async with Sandbox(seed=7, venues=["zoomex"]) as box, aiohttp.ClientSession() as session:
        with caplog.at_level(logging.DEBUG):
            await session.get(f"{box['zoomex'].url}/cloud/trade/v3/position/list?api_key=a-key-of-the-sandbox")

    assert "a-key-of-the-sandbox" not in caplog.text
