"""What every place for windows and bans keeps to: in memory, in a file, in Redis."""

import asyncio
import sqlite3
import stat
import time

import pytest

from tests.races import opened_at_once
from unifiedcopy.limiting import memory, sqlite
from unifiedcopy.limiting import redis as redis_store
from unifiedcopy.limiting.shared import _opened as opened
from unifiedcopy.limiting.store import Claim, StoreTrouble, Taken, Wait

WINDOW = 0.3


def room(most=2, weight=1, key="k") -> tuple[Claim, ...]:
    return (Claim(key, most, WINDOW, weight),)


@pytest.fixture
async def store(where):
    found = opened(where)
    yield found
    await found.close()


async def taken(store, claims=None) -> Taken:
    """Room, waited for."""
    while True:
        found = await store.take(claims or room(), ())
        if isinstance(found, Taken):
            return found
        await asyncio.sleep(found.seconds)


async def test_no_window_holds_more_than_the_limit(store):
    times = []
    for _ in range(7):
        place = await taken(store)
        times.append(time.monotonic())  # before it lands: a slow machine must not make it look later
        await store.land(place)

    assert all(later - sooner >= WINDOW for sooner, later in zip(times, times[2:], strict=False))


async def test_a_place_grows_old_from_the_answer_on_for_nobody_knows_when_the_venue_counted_it(store, monkeypatch):
    for module in (memory, sqlite, redis_store):
        monkeypatch.setattr(module, "ARRIVAL", 60.0)
    slow = await taken(store, room(1))
    await asyncio.sleep(WINDOW)
    wait = await store.take(room(1), ())
    assert isinstance(wait, Wait)
    assert WINDOW <= wait.seconds < WINDOW + 0.1  # what is on the way is not old before that
    answered = time.monotonic()
    await store.land(slow)

    await taken(store, room(1))

    assert time.monotonic() - answered >= WINDOW


async def test_the_place_of_a_process_that_died_is_free_after_a_while(store, monkeypatch):
    for module in (memory, sqlite, redis_store):
        monkeypatch.setattr(module, "ARRIVAL", 0.1)
    await taken(store, room(1))

    began = time.monotonic()
    await taken(store, room(1))

    assert 0.9 * (0.1 + WINDOW) <= time.monotonic() - began < 1.5  # a server's clock is another


async def test_a_heavy_request_takes_as_many_places_as_it_weighs(store):
    await store.land(await taken(store, room(5, weight=3)))

    assert isinstance(await store.take(room(5, weight=3), ()), Wait)
    assert isinstance(await store.take(room(5, weight=2), ()), Taken)


async def test_who_may_use_less_waits_for_as_many_places_as_are_missing(store):
    for _ in range(4):
        await store.land(await taken(store, room(4)))
        await asyncio.sleep(0.02)

    wait = await store.take(room(2), ())

    assert isinstance(wait, Wait)
    assert wait.seconds > (await store.take(room(4), ())).seconds


async def test_room_is_taken_in_all_windows_or_in_none(store):
    await store.land(await taken(store, room(1, key="full")))

    assert isinstance(await store.take((*room(1), *room(1, key="full")), ()), Wait)
    assert isinstance(await store.take((*room(1, key="full"), *room(1)), ()), Wait)
    assert isinstance(await store.take(room(1), ()), Taken)


async def test_a_stop_rules_until_it_is_over_and_tells_why(store):
    await store.stop("account", 0.2, "RateLimitExceeded")

    wait = await store.take(room(), ("other", "account"))
    assert isinstance(wait, Wait)
    assert (0.1 < wait.seconds <= 0.21, wait.reason) == (True, "RateLimitExceeded")
    assert isinstance(await store.take(room(), ("other",)), Taken)
    await asyncio.sleep(0.22)
    assert isinstance(await store.take(room(), ("account",)), Taken)


async def test_a_longer_stop_is_not_shortened_and_the_last_one_is_remembered(store):
    await store.stop("account", 100, "DDoSProtection")
    await store.stop("account", 1, "RateLimitExceeded")

    stop = await store.stopped("account")
    assert stop is not None
    assert (99 < stop.seconds <= 100.01, 99.9 < stop.length < 100.1, stop.reason) == (True, True, "DDoSProtection")
    assert await store.stopped("nobody") is None


@pytest.mark.parametrize("where", ["sqlite", "redis"], indirect=True)
async def test_windows_and_stops_are_shared_and_outlive_who_made_them(where):
    first, second = opened(where), opened(where)
    await first.land(await taken(first, room(1)))
    await first.stop("account", 100, "RateLimitExceeded")
    await first.close()

    assert isinstance(await second.take(room(1), ()), Wait)
    assert isinstance(await second.take(room(1, key="new"), ("account",)), Wait)
    await second.close()


# -- the file ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    return sqlite.SqliteStore(tmp_path / "state")


async def test_the_file_is_its_owners_alone(file, tmp_path):
    await file.land(await taken(file))

    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()} == {0o600}
    await file.close()


async def test_a_file_that_another_holds_is_a_reason_to_come_again_and_not_to_wait(file, tmp_path):
    other = sqlite3.connect(tmp_path / "state" / "limits.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    wait = await file.take(room(), ())
    assert isinstance(wait, Wait)
    assert wait.seconds < 0.01
    other.execute("COMMIT")
    assert isinstance(await file.take(room(), ()), Taken)
    other.close()
    await file.close()


async def test_a_file_that_is_none_of_ours_is_said_to_be_so(tmp_path):
    (tmp_path / "state").mkdir(0o700)
    path = tmp_path / "state" / "limits.db"
    path.write_text("no database at all" * 100)
    path.chmod(0o600)

    with pytest.raises(StoreTrouble, match="can't be used"):
        sqlite.SqliteStore(tmp_path / "state")


async def test_a_host_that_was_started_again_keeps_its_bans_and_drops_its_windows(tmp_path, monkeypatch):
    now, wall = 50_000.0, 1_795_000_000.0
    monkeypatch.setattr(sqlite.time, "monotonic", lambda: now)
    monkeypatch.setattr(sqlite.time, "time", lambda: wall)
    before = sqlite.SqliteStore(tmp_path / "state")
    await before.take(room(1), ())
    await before.stop("account", 100, "RateLimitExceeded")
    await before.close()

    now, wall = 5.0, wall + 40
    after = sqlite.SqliteStore(tmp_path / "state")

    assert isinstance(await after.take(room(1), ()), Taken)
    wait = await after.take(room(), ("account",))
    assert isinstance(wait, Wait)
    assert wait.seconds == pytest.approx(60)
    await after.close()


@pytest.mark.parametrize("step", [-3600, -30, 30, 3600])
async def test_a_step_of_the_wall_clock_ends_no_ban_and_makes_none_longer_than_it_was(file, monkeypatch, step):
    began = time.time()
    await file.stop("account", 100, "RateLimitExceeded")
    monkeypatch.setattr(sqlite.time, "time", lambda: began + step)

    wait = await file.take(room(), ("account",))

    assert isinstance(wait, Wait)
    assert 99 <= wait.seconds <= 100
    await file.close()


# -- Redis ------------------------------------------------------------------------------------------------------------


async def test_an_unreachable_redis_is_named_without_its_password():
    store = redis_store.RedisStore("redis://user:hunter2@127.0.0.1:9/0")

    with pytest.raises(StoreTrouble) as caught:
        await store.take(room(), ())
    await store.close()

    assert "hunter2" not in f"{caught.value!r} {caught.value}"
    assert caught.value.__context__ is None


async def test_redis_keeps_nothing_for_ever(redis):
    store = opened(f"{redis}?db=15")
    await store.land(await taken(store, room(key="brief")))
    await store.stop("brief", 1, "RateLimitExceeded")

    left = [await store._client.pttl(f"{{unifiedcopy}}:limits:{key}") for key in ("window:brief", "stop:brief")]
    assert all(0 < milliseconds <= 70_000 for milliseconds in left)
    await store.close()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # from 3.12 on
def test_processes_that_open_a_new_store_at_the_same_moment_all_get_it(tmp_path):
    """One that did not went on alone, beside the budget of the others."""

    def opens(folder):
        asyncio.run(sqlite.SqliteStore(folder).stopped("key"))

    assert opened_at_once(opens, tmp_path) == ["opened"] * 30
