"""Clock and limits: never outside of a venue's window, never a signature that is too old."""

import asyncio
import time

import pytest

from unifiedcopy import clock
from unifiedcopy.limits import Limits
from unifiedcopy.schema.model import Endpoint, Host, Limit, Schema
from unifiedcopy.secret import Credentials


@pytest.mark.parametrize("offset", [-86_400_000, -30_000, 0, 1_500, 86_400_000])
async def test_the_offset_is_taken_at_the_midpoint_of_the_shortest_way(monkeypatch, offset):
    """Ways of 10 to 3000 ms, one way ten times as long as the other: the error is at most half of the best way."""
    now = [1_000_000.0]
    monkeypatch.setattr(clock, "_monotonic", lambda: now[0])
    ways = iter([(3000, 300), (10, 1), (500, 50)])

    async def venue_time() -> int:
        there, back = next(ways)
        now[0] += there
        told = now[0] + offset
        now[0] += back
        return int(told)

    venue_clock = clock.Clock()
    await venue_clock.sync(venue_time)

    assert abs(venue_clock.now() - (now[0] + offset)) <= 11 / 2 + 1
    assert venue_clock.synced


async def test_a_jump_of_the_local_clock_does_not_move_the_venues(monkeypatch):
    venue_clock = clock.Clock()

    async def venue_time() -> int:
        return int(time.time() * 1000)

    await venue_clock.sync(venue_time)
    before = venue_clock.now()
    monkeypatch.setattr(time, "time", lambda: 0)

    assert 0 <= venue_clock.now() - before < 1000


def limits(**spec) -> tuple[Limits, Schema]:
    schema = Schema(1, "p/1", "P", "s", Host(["https://p.example"]), {}, limits={"window": Limit(**spec)})
    return Limits(schema, f"https://{time.monotonic_ns()}.example", Credentials("k", "s")), schema


def endpoint(path="/a", weight=1) -> Endpoint:
    return Endpoint("GET", path, "s", limits=["window"], weight=weight)


async def granted(pace: Limits, *endpoints: Endpoint) -> list[float]:
    async def one(which: Endpoint) -> float:
        await pace.wait(which)
        return time.monotonic()

    return sorted(await asyncio.gather(*(one(which) for which in endpoints)))


async def test_no_window_holds_more_than_the_limit():
    pace, _ = limits(requests=5, seconds=1, scope="uid")

    times = await granted(pace, *[endpoint()] * 12)

    assert all(times[index + 5] - times[index] >= 0.99 for index in range(len(times) - 5))


async def test_a_window_of_its_own_belongs_to_the_route_and_not_to_the_name():
    pace, _ = limits(requests=2, seconds=1, scope="uid", per_endpoint=True)
    start = time.monotonic()

    times = await granted(pace, *[endpoint("/a")] * 2, *[endpoint("/b")] * 2)
    assert times[-1] - start < 0.5
    times = await granted(pace, endpoint("/a"))
    assert times[-1] - start >= 0.9


async def test_a_heavy_request_counts_its_weight():
    pace, _ = limits(requests=4, seconds=1, scope="uid")
    start = time.monotonic()

    times = await granted(pace, *[endpoint(weight=2)] * 3)

    assert times[1] - start < 0.5 <= times[2] - start


async def test_two_accounts_have_two_windows_and_one_address_has_one():
    schema = Schema(
        1, "p/1", "P", "s", Host(["https://p.example"]), {},
        limits={"uid": Limit(2, 1, "uid"), "ip": Limit(3, 1, "ip")},
    )  # fmt: skip
    origin = f"https://{time.monotonic_ns()}.example"
    first, second = (Limits(schema, origin, Credentials(key, "s")) for key in ("one", "two"))
    by_uid, by_ip = (Endpoint("GET", "/a", "s", limits=[name]) for name in ("uid", "ip"))
    start = time.monotonic()

    await asyncio.gather(*(pace.wait(by_uid) for pace in (first, first, second, second)))
    assert time.monotonic() - start < 0.5
    await asyncio.gather(*(pace.wait(by_ip) for pace in (first, first, second, second)))
    assert time.monotonic() - start >= 0.9


async def test_a_place_in_the_window_of_the_address_is_taken_when_the_account_may_send():
    """Taken earlier it would be old when the request is sent, and more go out than the venue allows."""
    schema = Schema(
        1, "p/1", "P", "s", Host(["https://p.example"]), {},
        limits={"ip": Limit(2, 1, "ip"), "uid": Limit(1, 1, "uid")},
    )  # fmt: skip
    origin = f"https://{time.monotonic_ns()}.example"
    waiting, other = (Limits(schema, origin, Credentials(key, "s")) for key in ("waiting", "other"))
    both, address = (Endpoint("GET", "/a", "s", limits=names) for names in (["ip", "uid"], ["ip"]))

    late = asyncio.create_task(granted(waiting, both, both))
    await asyncio.sleep(0.4)
    start = time.monotonic()
    await other.wait(address)

    assert time.monotonic() - start < 0.3
    await late
