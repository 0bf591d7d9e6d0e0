"""Which windows a request passes, in which order, and what is left for writes."""

import asyncio
import time

import pytest

from unifiedcopy.limiting import Limits, urgent
from unifiedcopy.limiting.store import ARRIVAL, StoreTrouble
from unifiedcopy.schema.model import Endpoint, Host, Limit, Schema
from unifiedcopy.secret import Credentials


def schema(limits, **endpoints) -> Schema:
    return Schema(1, "p/1", "P", "s", Host(["https://p.example"]), endpoints, limits=limits)


def read(*limits, path="/read", weight=1) -> Endpoint:
    return Endpoint("GET", path, "s", limits=list(limits), weight=weight)


def write(*limits) -> Endpoint:
    return Endpoint("POST", "/write", "s", limits=list(limits))


def of(spec, key="k", origin="https://p.example", where=None) -> Limits:
    return Limits(spec, origin, Credentials(key, "s"), where)


async def passed(limits, name, *, writes=False) -> float:
    """When a request of an endpoint was let through; it is answered at once."""
    await limits.leave(await limits.enter(name, writes=writes))
    return time.monotonic()


async def all_passed(limits, *names) -> list[float]:
    return sorted(await asyncio.gather(*(passed(limits, name) for name in names)))


async def soon(limits, name, *, writes=False) -> bool:
    """Whether a request is let through without waiting for a window."""
    try:
        await asyncio.wait_for(passed(limits, name, writes=writes), 0.7)
    except TimeoutError:
        return False
    return True


async def test_requests_of_many_tasks_keep_to_one_window_first_come_first_served():
    limits = of(schema({"w": Limit(5, 1, "uid")}, a=read("w")))
    order = []

    async def one(number):
        await passed(limits, "a")
        order.append((time.monotonic(), number))

    await asyncio.gather(*map(one, range(12)))

    assert [number for _, number in order] == list(range(12))
    assert all(later - sooner >= 1 for (sooner, _), (later, _) in zip(order, order[5:], strict=False))


async def test_a_window_of_its_own_belongs_to_the_route_and_not_to_the_name():
    limits = of(schema({"w": Limit(2, 1, "uid", per_endpoint=True)}, a=read("w"), b=read("w", path="/b")))

    await all_passed(limits, "a", "a")

    assert await soon(limits, "b")
    assert not await soon(limits, "a")


async def test_a_heavy_request_counts_its_weight():
    limits = of(schema({"w": Limit(4, 1, "uid")}, a=read("w", weight=2)))

    await all_passed(limits, "a", "a")

    assert not await soon(limits, "a")


async def test_two_accounts_have_two_windows_and_one_address_has_one():
    spec = schema({"uid": Limit(2, 1, "uid"), "ip": Limit(3, 1, "ip")}, account=read("uid"), address=read("ip"))
    first, second = of(spec, "one"), of(spec, "two")

    await asyncio.gather(all_passed(first, "account", "account"), all_passed(second, "account", "account"))
    assert not await soon(first, "account")
    await asyncio.gather(all_passed(first, "address", "address"), all_passed(second, "address"))
    assert not await soon(second, "address")


async def test_who_waits_for_the_account_takes_no_place_in_the_window_of_the_address():
    spec = schema({"ip": Limit(2, 1, "ip"), "uid": Limit(1, 1, "uid")}, both=read("ip", "uid"), address=read("ip"))
    limits = of(spec)
    await passed(limits, "both")

    waiting = asyncio.create_task(passed(limits, "both"))
    await asyncio.sleep(0.05)

    assert await soon(of(spec, "other"), "address")
    await waiting


async def test_a_hung_request_holds_its_place_no_longer_than_it_takes_to_arrive():
    limits = of(schema({"w": Limit(1, 1, "uid")}, a=read("w")))
    began = time.monotonic()
    await limits.enter("a")

    assert await passed(limits, "a") - began < ARRIVAL + 5


# -- what is left for writes ------------------------------------------------------------------------------------------

SHARED = schema({"w": Limit(20, 60, "uid")}, look=read("w"), act=write("w"))


async def test_a_write_does_not_wait_behind_a_storm_of_reads():
    limits = of(SHARED)
    storm = [asyncio.create_task(passed(limits, "look")) for _ in range(500)]
    await asyncio.sleep(0.05)

    assert sum(task.done() for task in storm) == 18  # nine of ten
    assert await soon(limits, "act", writes=True)
    with urgent():
        assert await soon(limits, "look")
    assert not await soon(limits, "act", writes=True)
    for task in storm:
        task.cancel()


async def test_reads_may_use_a_window_whole_that_no_write_is_counted_in():
    limits = of(schema({"w": Limit(3, 60, "uid")}, look=read("w"), act=write()))

    await all_passed(limits, "look", "look", "look")

    assert not await soon(limits, "look")


async def test_a_schema_may_say_what_reads_may_use():
    limits = of(schema({"w": Limit(10, 60, "uid", reads=3)}, look=read("w"), act=write("w")))

    await all_passed(limits, "look", "look", "look")

    assert not await soon(limits, "look")


async def test_reads_have_one_request_at_least():
    limits = of(schema({"w": Limit(1, 60, "uid")}, look=read("w"), act=write("w")))

    assert await soon(limits, "look")


@pytest.mark.parametrize("limit", range(1, 60))
def test_reads_and_writes_both_have_a_share_of_every_limit_above_one(limit):
    spec = schema({"w": Limit(limit, 60, "uid")}, look=read("w"), act=write("w"))
    ((_, _, reads),) = of(spec)._windows_of("look")

    assert 1 <= reads < max(limit, 2)


# -- a store that is gone ---------------------------------------------------------------------------------------------

GONE = "redis://user:hunter2@127.0.0.1:9/0"


async def test_without_its_store_a_read_is_refused_and_a_write_goes_on_with_what_reads_never_use():
    pytest.importorskip("redis", reason="needs the extra: pip install 'unifiedcopy[redis]'")
    limits = of(SHARED, where=GONE)

    with pytest.raises(StoreTrouble) as caught:
        await limits.enter("look")
    assert caught.value.outcome == "not_sent"
    assert [await soon(limits, "act", writes=True) for _ in range(3)] == [True, True, False]
    await limits.close()


async def test_the_store_is_closed_with_the_last_of_its_users(tmp_path):
    first, second = (of(SHARED, where=tmp_path / "state") for _ in range(2))
    await passed(first, "look")
    await passed(second, "look")

    await first.close()
    assert await soon(second, "look")
    await second.close()
    assert await soon(of(SHARED, where=None), "look")


async def test_no_key_is_in_the_file(tmp_path):
    limits = of(SHARED, key="the-secret-api-key", where=tmp_path / "state")
    await passed(limits, "look")

    assert b"the-secret-api-key" not in b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    await limits.close()
