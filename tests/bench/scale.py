"""Thousands of accounts on three venues with 50 ms of latency: wall time against a bare loop, memory, sockets.

``python -m tests.bench.scale ACCOUNTS LOOP ADDRESS…`` is one process that reads them all, by a bare loop of aiohttp and
through ``Portfolio``, in turns.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Iterator
from itertools import count
from statistics import median
from typing import Any

import aiohttp

from unifiedcopy import Portfolio
from unifiedcopy.driven import DrivenExchange

from .calls import account, unlimited
from .server import page

VENUES = {"toobit": "toobit/v2", "bitget": "bitget/v2-futures", "zoomex": "zoomex/v3"}
MARKETS = {"bitget": ("usdt",), "zoomex": ("linear",)}
PATHS = {
    "toobit": ("/positions",),
    "bitget": ("/positions?limit=100", "/positions?limit=100&idLessThan=1"),  # only an empty page says that it is all
    "zoomex": ("/positions?limit=200",),
}
"""What reading one account asks for."""
EACH, LATENCY, IN_FLIGHT = 5, 0.05, 100
"""Positions an account, seconds an answer takes, accounts of a venue that are read at once."""


def resident() -> float:
    """Megabytes of this process now."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def connected(accounts: int, addresses: dict[str, str]) -> Iterator[DrivenExchange]:
    for venue, schema_id in VENUES.items():
        api = unlimited(schema_id)
        for number in range(accounts):
            yield account(api, addresses[venue], str(number), MARKETS.get(venue, ()))


async def bare(accounts: int, addresses: dict[str, str]) -> float:
    """The same requests by the shortest loop that there is: as many workers, nothing signed, nothing decoded."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work(urls: tuple[str, ...], turns: Iterator[int]) -> None:
            for turn in turns:
                if turn >= accounts:
                    return
                for url in urls:
                    async with session.get(url) as response:
                        await response.read()

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for venue, address in addresses.items():
                turns, urls = count(), tuple(address + path for path in PATHS[venue])
                for _ in range(min(IN_FLIGHT, accounts)):
                    group.create_task(work(urls, turns))
        return time.perf_counter() - began


async def measure(accounts: int, addresses: dict[str, str], rounds: int) -> dict[str, Any]:
    gc.collect()
    began, before = time.process_time(), resident()
    everyone = list(connected(accounts, addresses))
    connecting, peak = time.process_time() - began, 0.0
    walls: dict[str, list[float]] = {"bare": [], "ours": []}
    async with Portfolio(everyone, deadline=300, in_flight=IN_FLIGHT) as portfolio:
        for _ in range(rounds):
            walls["bare"].append(await bare(accounts, addresses))
            start, cpu = time.perf_counter(), time.process_time()
            snapshot = await portfolio.snapshot(["positions"])
            walls["ours"].append(time.perf_counter() - start)
            cpu = time.process_time() - cpu
            peak = max(peak, resident())
            assert snapshot.coverage.complete, snapshot.coverage
            assert len(snapshot.positions) == accounts * len(addresses) * EACH
            del snapshot  # else the next one's positions would be held beside these
        async with aiohttp.ClientSession() as session, session.get(f"{addresses['zoomex']}/__most") as response:
            sockets, requests = json.loads(await response.read())
    return {
        "bare": walls["bare"],
        "ours": walls["ours"],
        "ratio": median(mine / other for mine, other in zip(walls["ours"], walls["bare"], strict=True)),
        "ideal": max(map(len, PATHS.values())) * accounts / min(accounts, IN_FLIGHT) * LATENCY,
        "cpu_request": cpu / (accounts * sum(map(len, PATHS.values()))),
        "connect": connecting / len(everyone),
        "megabytes": peak - before,
        "positions_megabytes": _weight() * accounts * EACH / 2**20,
        "sockets": sockets,
        "requests": requests,
    }


def _weight() -> float:
    """Bytes that a position of each venue keeps, together."""
    bodies = {venue: page(venue, 500) for venue in VENUES}
    readers = {venue: unlimited(schema_id).reader("positions") for venue, schema_id in VENUES.items()}
    kept = 0.0
    for venue, reader in readers.items():
        reader.read(bodies[venue], "main")
        gc.collect()
        tracemalloc.start()
        held = [reader.read(bodies[venue], "main").items for _ in range(4)]
        kept += tracemalloc.get_traced_memory()[0] / 2_000
        tracemalloc.stop()
        del held
    return kept


if __name__ == "__main__":
    [_, number, turns, loop, *pairs] = sys.argv
    served = dict(pair.split("=", 1) for pair in pairs)
    work = measure(int(number), served, int(turns))
    if loop == "uvloop":
        import uvloop

        result = uvloop.run(work)
    else:
        result = asyncio.run(work)
    sys.stdout.write(json.dumps(result))
