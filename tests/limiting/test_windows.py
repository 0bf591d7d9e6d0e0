"""Windows and stops to the millisecond, on a clock that only a test moves."""

import sqlite3

import pytest

from unifiedcopy.limiting import memory, sqlite
from unifiedcopy.limiting.shared import _opened as opened
from unifiedcopy.limiting.store import ARRIVAL, Claim, Stop, StoreTrouble, Taken, Wait

DAY = 86_400


class Clock:
    def __init__(self) -> None:
        self.now, self.wall = 5_000_000.0, 1_795_000_000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.wall

    def go(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(memory, "monotonic", clock.monotonic)
    monkeypatch.setattr(sqlite, "time", clock)
    return clock


@pytest.fixture(params=["memory", "sqlite"])
async def store(request, clock, tmp_path):
    found = opened(None if request.param == "memory" else tmp_path / "state")
    yield found
    await found.close()


def room(most, weight=1, key="k", seconds=10.0):
    return (Claim(key, most, seconds, weight),)


async def used(store, claims) -> Taken:
    """Room that is taken and answered at once."""
    taken = await store.take(claims, ())
    assert isinstance(taken, Taken)
    await store.land(taken)
    return taken


async def waited(store, claims, stops=()) -> float:
    """Seconds to wait; 0 when there is room, which is taken."""
    found = await store.take(claims, stops)
    return found.seconds if isinstance(found, Wait) else 0.0


async def test_there_is_room_when_the_oldest_place_is_as_old_as_the_window_and_not_before(store, clock):
    for _ in range(3):
        await used(store, room(3))
        clock.go(1)

    assert await waited(store, room(3)) == 7
    clock.go(6.999)
    assert await waited(store, room(3)) == pytest.approx(0.001)
    clock.go(0.001)
    assert await waited(store, room(3)) == 0
    assert await waited(store, room(3)) == pytest.approx(1)


async def test_a_wait_is_until_as_many_places_are_free_as_are_missing(store, clock):
    await used(store, room(4, weight=2))
    clock.go(1)
    await used(store, room(4, weight=1))
    clock.go(1)

    assert await waited(store, room(4, weight=2)) == 8
    assert await waited(store, room(4, weight=3)) == 8
    assert await waited(store, room(4, weight=4)) == 9
    assert await waited(store, room(2, weight=1)) == 8
    assert await waited(store, room(1, weight=1)) == 9
    assert await waited(store, room(4, weight=1)) == 0


async def test_what_is_on_the_way_counts_as_arrived_after_a_while(store, clock):
    await store.take(room(1), ())
    clock.go(ARRIVAL - 0.001)
    assert await waited(store, room(1)) == 10
    clock.go(0.001)
    assert await waited(store, room(1)) == pytest.approx(10)
    clock.go(3)
    assert await waited(store, room(1)) == pytest.approx(7)
    clock.go(7)
    assert await waited(store, room(1)) == 0


async def test_each_place_grows_old_from_its_own_answer_on(store, clock):
    first, second = [await store.take(room(2), ()) for _ in range(2)]
    clock.go(1)
    await store.land(second)
    await store.land(second)
    clock.go(0.5)

    assert first.id != second.id
    assert await waited(store, room(2)) == 9.5
    clock.go(9.5)
    assert await waited(store, room(2)) == 0


async def test_of_several_full_windows_the_longest_wait_counts(store, clock):
    await used(store, room(1, key="short", seconds=3.0))
    await used(store, room(1, key="long", seconds=8.0))
    both = (*room(1, key="short", seconds=3.0), *room(1, key="long", seconds=8.0))

    assert await waited(store, both) == 8
    assert await waited(store, both[::-1]) == 8
    assert await waited(store, ()) == 0


async def test_a_stop_is_over_to_the_moment_and_the_longest_of_several_rules(store, clock):
    await store.stop("a", 20, "A")
    await store.stop("b", 10, "B")

    assert await store.take(room(9), ("b", "a")) == Wait(20, "A")
    assert await store.take(room(9), ("b",)) == Wait(10, "B")
    clock.go(10)
    assert isinstance(await store.take(room(9), ("b",)), Taken)
    assert await store.take(room(9), ("a", "b")) == Wait(10, "A")
    assert await store.stopped("b") == Stop(0, 10, "B")
    clock.go(5)
    assert await store.stopped("b") == Stop(-5, 10, "B")
    assert await store.stopped("c") is None


async def test_a_stop_gives_way_to_a_longer_one_alone(store, clock):
    await store.stop("a", 10, "A")
    await store.stop("a", 10, "B")
    assert await store.stopped("a") == Stop(10, 10, "A")
    await store.stop("a", 11, "C")
    assert await store.stopped("a") == Stop(11, 11, "C")
    clock.go(6)
    await store.stop("a", 5, "D")
    assert await store.stopped("a") == Stop(5, 11, "C")


# -- the file ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state"


async def test_opening_forgets_what_no_window_and_no_guess_asks_for_and_what_was_before_the_start(folder, clock):
    file = sqlite.SqliteStore(folder)
    ages = {"old": -31 * DAY, "young": -31 * DAY + 1, "under way": ARRIVAL + 1, "before the start": ARRIVAL + 1.1}
    file._db.executemany("INSERT INTO uses VALUES (?, ?, 'x', 1)", [(key, clock.now + at) for key, at in ages.items()])
    for key, age in ages.items():
        file._db.execute("INSERT INTO stops VALUES (?, ?, 0, 1, '')", (key, clock.wall + age))
    await file.close()

    again = sqlite.SqliteStore(folder)

    assert {key for (key,) in again._db.execute("SELECT key FROM uses")} == {"young", "under way"}
    assert {key for (key,) in again._db.execute("SELECT key FROM stops")} == {"young", "under way", "before the start"}
    await again.close()


PRAGMAS = {"journal_mode": "wal", "synchronous": 1, "busy_timeout": 0}


async def test_the_file_is_shared_without_waiting(folder):
    file = sqlite.SqliteStore(folder)

    kept = {name: file._db.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS}

    assert kept == PRAGMAS
    await file.close()


async def test_what_must_be_noted_is_tried_until_the_file_is_free_and_not_for_ever(folder, monkeypatch):
    file = sqlite.SqliteStore(folder)
    other = sqlite3.connect(folder / sqlite.FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    tries = iter(range(9))
    monkeypatch.setattr(sqlite, "_moment", lambda: 0 * next(tries))
    monkeypatch.setattr(sqlite, "_TRIES", 3)

    with pytest.raises(StoreTrouble, match="never free"):
        await file.stop("a", 10, "A")
    assert next(tries) == 3

    monkeypatch.setattr(sqlite, "_moment", lambda: 0 if other.execute("ROLLBACK") else 1)
    await file.stop("a", 10, "A")
    assert (await file.stopped("a")).reason == "A"
    other.close()
    await file.close()


async def test_a_busy_file_is_asked_again_in_a_moment(folder):
    file = sqlite.SqliteStore(folder)
    other = sqlite3.connect(folder / sqlite.FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    assert all([0.001 <= await waited(file, room(1)) <= 0.003 for _ in range(20)])
    other.close()
    await file.close()


async def test_a_file_that_fails_is_trouble_and_changes_nothing(folder, clock):
    file = sqlite.SqliteStore(folder)
    file._db.execute("CREATE TRIGGER full BEFORE INSERT ON uses BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(StoreTrouble, match="can't be used"):
        await file.take(room(1), ())
    assert not file._db.in_transaction
    await file.close()
    for work in (file.take(room(1), ()), file.stop("a", 1, ""), file.stopped("a")):
        with pytest.raises(StoreTrouble, match="can't be used"):
            await work


async def test_a_stop_holds_when_the_wall_clock_is_set_forward(folder, clock):
    file = sqlite.SqliteStore(folder)
    await file.stop("a", 100, "A")
    clock.wall += 3600

    assert await file.take(room(1), ("a",)) == Wait(100, "A")
    await file.close()


async def test_one_step_is_one_step_also_for_another_program(folder):
    one, other = sqlite.SqliteStore(folder), sqlite.SqliteStore(folder)

    with one._changing():
        assert 0 < await waited(other, room(1)) <= 0.003
    assert await waited(other, room(1)) == 0
    for file in (one, other):
        await file.close()


async def test_what_grew_old_is_not_kept(folder, clock):
    file = sqlite.SqliteStore(folder)
    for _ in range(9):
        await used(file, room(1))
        clock.go(10)

    assert file._db.execute("SELECT count(*) FROM uses").fetchone() == (1,)
    await file.close()


@pytest.mark.parametrize(
    ("by_wall", "by_monotonic", "left"),
    [
        (60, 60, 60),
        (-10, 60, 60),  # the wall clock was set forward
        (3600, 60, 100),  # or back: no longer than it was in all
        (60, 50_000, 60),  # the host was started again: its monotonic clock says nothing
        (-10, 100, 100),
        (-10, 100.1, -10),
        (-500, -400, -400),
        (-500, 50_000, -100),
    ],
)
def test_a_stop_lasts_by_the_clock_that_says_more(clock, by_wall, by_monotonic, left):
    assert sqlite._left(clock.wall + by_wall, clock.now + by_monotonic, 100) == pytest.approx(left)


# -- Redis -------------------------------------------------------------------------------------------------------------


async def test_redis_is_asked_and_answers_in_whole_milliseconds(monkeypatch):
    pytest.importorskip("redis")
    store, asked = opened("redis://localhost"), []
    answers = iter([[1500, "A"], [1, ""], [0, ""], None, None, None, [-1500, 2001, "B"]])

    async def run(script, keys, arguments):
        asked.append((keys, arguments))
        return next(answers)

    monkeypatch.setattr(store, "_run", run)
    claims = room(3, weight=2)

    assert await store.take(claims, ("a",)) == Wait(1.5, "A")
    assert await store.take(claims, ()) == Wait(0.001, "")
    taken = await store.take(claims, ())
    assert taken == Taken(store, claims, taken.id, 0.0)
    await store.land(taken)
    await store.stop("a", 10, "A")
    assert [await store.stopped("a"), await store.stopped("a")] == [None, Stop(-1.5, 2.001, "B")]
    names = [arguments[2] for _, arguments in asked[:3]]
    assert (len(set(names)), names[2]) == (3, taken.id)
    assert asked[0] == (["window:k", "stop:a"], [1, 2001, names[0], 3, 10001, 2])
    assert asked[3:] == [
        (["window:k"], [taken.id, 2]),
        (["stop:a"], [10001, "A"]),
        (["stop:a"], []),
        (["stop:a"], []),
    ]
    await store.close()


async def test_of_many_accounts_only_the_windows_that_hold_something_are_kept(clock, monkeypatch):
    monkeypatch.setattr(memory, "CROWDED", 3)
    store = memory.MemoryStore()
    gone = [await used(store, room(1, key=f"gone {number}")) for number in range(3)]
    clock.go(11)
    await used(store, room(1, key="landed"))
    flying = await store.take(room(1, key="flying"), ())
    clock.go(1)
    await used(store, (*room(1, key="new"), *room(1, key="newer")))

    assert set(store._windows) == {"landed", "flying", "new", "newer"}
    assert [await waited(store, room(1, key=key)) for key in ("landed", "new", "newer")] == [9, 10, 10]
    await store.land(flying)
    await store.land(gone[0])  # an answer that nobody waits for any more
    assert await waited(store, room(1, key="flying")) == 10
