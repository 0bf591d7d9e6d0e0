"""Faults over a real socket: what the client sees, and whether the venue has acted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from unifiedcopy.sandbox import Fault, Sandbox

PATH = "/positions/stop-profit-loss"


def wish(box: Sandbox) -> dict[str, Any]:
    position = box["toobit"].world.book.open_positions("main")[0]
    return {
        "leaderUserId": int(position.leader or 0),
        "symbolId": f"{position.coin}-SWAP-USDT",
        "isLong": 1,
        "stopProfitRate": "0.4",
    }


@pytest.mark.parametrize("after", [False, True])
async def test_status_before_and_after_execution(box: Sandbox, toobit: Callable[..., Any], after: bool) -> None:
    """The same 503 page, and once the venue has acted, once not."""
    page = "<html>Service Unavailable</html>"
    box["toobit"].faults.add(Fault("status", "PUT", PATH, status=503, body=page, after_execution=after))
    reply = await toobit().put(PATH, wish(box))

    assert (reply.status, reply.body.decode()) == (503, page)
    assert reply.headers["Content-Type"].startswith("text/html")
    assert len(box["toobit"].executions) == int(after)


@pytest.mark.parametrize("after", [False, True])
async def test_disconnect(box: Sandbox, toobit: Callable[..., Any], after: bool) -> None:
    """The connection ends without an answer, before or after the venue has acted."""
    box["toobit"].faults.add(Fault("disconnect", "PUT", after_execution=after))
    with pytest.raises(aiohttp.ClientConnectionError):
        await toobit().put(PATH, wish(box))

    assert len(box["toobit"].executions) == int(after)
    assert (await toobit().get("/leaders")).status == 200


async def test_a_write_that_is_sent_twice_is_seen(
    box: Sandbox, session: aiohttp.ClientSession, toobit: Callable[..., Any]
) -> None:
    """aiohttp by itself repeats a PUT whose answer is lost; the sandbox counts both executions."""
    session._retry_connection = True
    box["toobit"].faults.add(Fault("disconnect", "PUT", after_execution=True))

    assert (await toobit().put(PATH, wish(box))).code == 200
    assert len(box["toobit"].executions) == len(box["toobit"].requests) == 2


@pytest.mark.parametrize("after", [None, True])
async def test_hang(box: Sandbox, toobit: Callable[..., Any], after: bool | None) -> None:
    """No answer ever comes; the sandbox closes all the same."""
    box["toobit"].faults.add(Fault("hang", after_execution=after))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(toobit().put(PATH, wish(box)), 0.05)

    assert len(box["toobit"].executions) == int(bool(after))


async def test_delay(box: Sandbox, toobit: Callable[..., Any]) -> None:
    """The answer is right, only late."""
    box["toobit"].faults.add(Fault("delay", seconds=0.05))
    start = asyncio.get_running_loop().time()
    reply = await toobit().get("/leaders")

    assert reply.code == 200
    assert asyncio.get_running_loop().time() - start >= 0.045


async def test_truncate(box: Sandbox, toobit: Callable[..., Any]) -> None:
    """Half of the announced body arrives; the venue has acted."""
    box["toobit"].faults.add(Fault("truncate", "PUT"))
    with pytest.raises(aiohttp.ClientPayloadError):
        await toobit().put(PATH, wish(box))

    assert len(box["toobit"].executions) == 1


@pytest.mark.parametrize(("kind", "body"), [("garbage", None), ("empty", b"")])
async def test_unreadable_bodies(box: Sandbox, toobit: Callable[..., Any], kind: Any, body: bytes | None) -> None:
    """HTTP 200 with nothing to read; the venue has acted."""
    box["toobit"].faults.add(Fault(kind, "PUT"))
    reply = await toobit().put(PATH, wish(box))

    assert reply.status == 200
    if body is None:
        with pytest.raises(ValueError):  # noqa: PT011 - whichever: not JSON, not UTF-8
            json.loads(reply.body)
    else:
        assert reply.body == body
    assert len(box["toobit"].executions) == 1


@pytest.mark.parametrize("status", [302, 307])
async def test_redirect(box: Sandbox, toobit: Callable[..., Any], status: int) -> None:
    """The client is sent elsewhere; the venue has not acted."""
    box["toobit"].faults.add(Fault("redirect", status=status, to="http://127.0.0.1:1/evil"))
    reply = await toobit().put(PATH, wish(box))

    assert (reply.status, reply.headers["Location"]) == (status, "http://127.0.0.1:1/evil")
    assert box["toobit"].executions == []


async def test_venue_error(box: Sandbox, toobit: Callable[..., Any]) -> None:
    """Any code of the venue, in the venue's own envelope."""
    box["toobit"].faults.add(Fault("error", code=-1000))

    assert (await toobit().get("/leaders")).json == {"code": -1000, "msg": "unknown"}


async def test_fields_vanish_and_change_their_names(box: Sandbox, toobit: Callable[..., Any]) -> None:
    """Drift: a field is gone, another has a new name, the rest stays."""
    box["toobit"].faults.add(Fault("drop", field="leverage"), Fault("rename", field="quantity", to="qty"))
    good = (await toobit().get("/leaders")).json
    assert good["code"] == 200  # a fault that finds no such field changes nothing

    renamed = (await toobit().get("/orders/current")).json["data"][0]
    assert "quantity" not in renamed
    assert renamed["qty"]


async def test_replace(box: Sandbox, toobit: Callable[..., Any]) -> None:
    box["toobit"].faults.add(Fault("replace", body=b'{"code":200,"data":null}'))

    assert (await toobit().get("/leaders")).body == b'{"code":200,"data":null}'


async def test_matching(box: Sandbox, toobit: Callable[..., Any]) -> None:
    """A fault waits for its method and path, skips, strikes so many times, and is gone."""
    faults = box["toobit"].faults
    faults.add(Fault("status", "GET", "/orders/", status=500, times=2, skip=1))
    client = toobit()
    statuses = [(await client.get(path)).status for path in ("/leaders", *["/orders/current"] * 4)]

    assert statuses == [200, 200, 500, 500, 200]
    assert len(faults) == 0
    faults.add(Fault("hang", times=None))
    faults.clear()
    assert (await client.get("/leaders")).status == 200
