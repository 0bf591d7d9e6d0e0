"""One call: the CPU of a signed, decoded ``positions()`` against less and more than that, on the same bytes.

``python -m tests.bench.calls ADDRESS COUNT`` is one process on one event loop; contenders take turns in it, in short
slices in a new random order, so that what slows the machine down slows all of them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import aiohttp
from msgspec.structs import replace

from unifiedcopy.connection import Connection
from unifiedcopy.driven import DrivenExchange
from unifiedcopy.roundtrip import Deadlines
from unifiedcopy.schema import Api
from unifiedcopy.schema.load import load_schema
from unifiedcopy.secret import Credentials

from . import payloads

IN_FLIGHT = 50
SCHEMA, CCXT_CLASS = "zoomex/v3", "bybit"
"""ccxt reads this venue's bytes with its parser of a venue that sends the same."""
DEADLINES = Deadlines()
CALLS = {"bare": 600, "ours": 600, "ccxt": 150}
Call = Callable[[int], Awaitable[Any]]


def unlimited(schema_id: str) -> Api:
    """The API with windows so wide that nothing waits; they are passed all the same, and shortened so that they hold as
    many requests as the venue's do when they are full: some hundreds.
    """
    api = load_schema(schema_id)
    limits = {
        name: replace(limit, requests=10**6, seconds=limit.seconds / 100) for name, limit in api.schema.limits.items()
    }
    return Api(replace(api.schema, limits=limits), api.document)


def account(api: Api, address: str, name: str, markets: tuple[str, ...] = ()) -> DrivenExchange:
    """An account on the server, as ``connect`` makes it, with credentials as long as venues give them."""
    key, secret = (hashlib.sha256(f"{what} {name}".encode()).hexdigest() for what in ("key", "secret"))
    connection = Connection(api, Credentials(key[:36], secret, "pass-phrase"), address, DEADLINES)
    return DrivenExchange(api, connection, alias=name, write=False, convert=False, markets=markets)


async def compare(address: str, count: int, rounds: int) -> dict[str, dict[str, list[float]]]:
    """CPU and wall seconds of one call, one entry a round, by contender."""
    api = unlimited(SCHEMA)
    accounts = [account(api, address, str(number), ("linear",)) for number in range(IN_FLIGHT)]
    peer = _ccxt(address)
    url = f"{address}/positions?category=linear&settleCoin=USDT&limit=200"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:

        async def bare(_: int) -> None:
            async with session.get(url) as response:
                await response.read()

        calls: dict[str, Call] = {
            "bare": bare,
            "ours": lambda place: accounts[place].positions(),
            "ccxt": lambda _: peer.fetch_positions(None, {"category": "linear", "settleCoin": "USDT"}),
        }
        await _assert_read(calls, count)
        taken = {name: {"cpu": [], "wall": []} for name in calls}
        for number in range(rounds + 1):
            for name in random.sample(list(calls), len(calls)):
                cpu, wall = await _slice(calls[name], CALLS[name])
                if number:  # the first warms up
                    taken[name]["cpu"].append(cpu)
                    taken[name]["wall"].append(wall)
    for each in accounts:
        await each.aclose()
    await peer.close()
    return taken


async def _assert_read(calls: dict[str, Call], count: int) -> None:
    """Nobody is fast by reading nothing."""
    assert len(await calls["ours"](0)) == len(await calls["ccxt"](0)) == count


async def _slice(call: Call, number: int) -> tuple[float, float]:
    places = iter(range(number))

    async def worker(place: int) -> None:
        for _ in places:
            await call(place)

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker(place) for place in range(IN_FLIGHT)))
    return (time.process_time() - cpu) / number, (time.perf_counter() - wall) / number


def _ccxt(address: str) -> Any:
    import ccxt.async_support as ccxt

    from .peers import _market

    exchange = getattr(ccxt, CCXT_CLASS)(
        {"enableRateLimit": False, "apiKey": "k" * 36, "secret": "s" * 64, "options": {"enableUnifiedAccount": True}}
    )
    exchange.urls["api"] = dict.fromkeys(exchange.urls["api"], address)
    exchange.set_markets([exchange.safe_market_structure(_market("zoomex", coin)) for coin in payloads.COINS])
    exchange.options["enableUnifiedMargin"], exchange.options["enableUnifiedAccount"] = False, True
    return exchange


def ratio(taken: dict[str, dict[str, list[float]]], name: str, base: str) -> float:
    """The median of the rounds' ratios of CPU."""
    return median(mine / other for mine, other in zip(taken[name]["cpu"], taken[base]["cpu"], strict=True))


if __name__ == "__main__":
    [_, where, size, turns, loop] = sys.argv
    work = compare(where, int(size), int(turns))
    if loop == "uvloop":
        import uvloop

        result = uvloop.run(work)
    else:
        result = asyncio.run(work)
    sys.stdout.write(json.dumps(result))
