"""Reading all accounts at once: honest about each, and none takes another with it."""

import asyncio
import itertools
import logging
import time
import traceback
from functools import partial

import pytest

import unifiedcopy as uc
from tests.portfolio.venues import OK, Moody, account, venue_api
from unifiedcopy.portfolio import AccountReading, Trouble

NAMES = ("red", "green", "blue", "grey")
FAILING = ("hangs", "refuses")
KIND = {"hangs": "RequestTimeout", "refuses": "BadRequest"}


@pytest.fixture(scope="module")
def apis(tmp_path_factory):
    return {name: venue_api(tmp_path_factory.mktemp(name), name) for name in NAMES}


@pytest.fixture
async def venues():
    async with Moody() as red, Moody() as green, Moody() as blue, Moody() as grey:
        yield dict(zip(NAMES, (red, green, blue, grey), strict=True))


async def test_every_subset_of_failing_and_hanging_venues_is_covered_exactly_and_the_rest_arrives_in_time(apis, venues):
    deadline = 2.5
    subsets = list(itertools.product((True, False), repeat=len(NAMES)))
    # Each subset twice: what hangs in the one refuses in the other.
    cases = [
        tuple("ok" if well else FAILING[(place + turn) % 2] for place, well in enumerate(subset))
        for subset in subsets
        for turn in (0, 1)
    ]

    async def read(moods):
        accounts = [account(venues[name], apis[name], mood) for name, mood in zip(NAMES, moods, strict=True)]
        async with uc.Portfolio(accounts, deadline=deadline) as portfolio:
            return await portfolio.snapshot()

    began = time.monotonic()
    snapshots = await asyncio.gather(*(read(moods) for moods in cases))
    taken = time.monotonic() - began

    for moods, snapshot in zip(cases, snapshots, strict=True):
        assert [one.status for one in snapshot.accounts] == ["ok" if mood == "ok" else "failed" for mood in moods]
        kinds = [one.error.kind for one in snapshot.accounts if one.error]
        assert kinds == [KIND[mood] for mood in moods if mood != "ok"]
        coverage = snapshot.coverage
        assert (coverage.accounts, coverage.ok, coverage.failed) == (4, moods.count("ok"), 4 - moods.count("ok"))
        assert coverage.complete == (set(moods) == {"ok"})
        assert len(snapshot.positions) == moods.count("ok")
    assert taken < 2 * deadline  # a venue that is waited for after another would show


async def test_an_account_that_hangs_at_a_venue_costs_its_neighbours_nothing(apis, venues):
    keys = ["hangs-1", "ok-2", "hangs-3", "ok-4", "ok-5"]
    accounts = [account(venues["red"], apis["red"], key, alias=key) for key in keys]

    async with uc.Portfolio(accounts, deadline=1.5, in_flight=3) as portfolio:
        snapshot = await portfolio.snapshot()

    assert [one.status for one in snapshot.accounts] == ["failed", "ok", "failed", "ok", "ok"]


async def test_whose_turn_did_not_come_is_told_and_is_first_the_next_time(apis, venues):
    keys = ["hangs-1", "ok-2"]
    accounts = [account(venues["red"], apis["red"], key, alias=key) for key in keys]
    async with uc.Portfolio(accounts, deadline=1, in_flight=1) as portfolio:
        first, second = await portfolio.snapshot(), await portfolio.snapshot()

    waiting = first.accounts[1].error
    assert (waiting.kind, waiting.outcome) == ("RequestTimeout", "not_sent")
    assert "its turn did not come within 1 s" in waiting.message
    assert [one.status for one in second.accounts] == ["failed", "ok"]


async def test_the_last_good_reading_is_kept_and_marked_with_its_age(apis, venues):
    async with uc.Portfolio([account(venues["red"], apis["red"], "ok")], deadline=5) as portfolio:
        good = (await portfolio.snapshot()).accounts[0]
        venues["red"].answers["ok"] = {"code": 7, "msg": "key expired"}
        await asyncio.sleep(0.05)
        snapshot = await portfolio.snapshot()

    stale = snapshot.accounts[0]
    assert (stale.status, stale.positions, stale.read_at) == ("stale", good.positions, good.read_at)
    assert stale.age >= 50
    assert snapshot.coverage.oldest == stale.age
    assert (stale.error.kind, stale.error.code, stale.error.outcome) == ("BadRequest", "7", "rejected")
    assert str(snapshot.coverage) == "0 of 1 accounts ok, 1 stale"


@pytest.mark.parametrize("body", [{"code": 0}, {"code": 0, "data": None}, b"", b"<html>", {"code": 0, "data": {}}])
async def test_positions_that_can_not_be_read_are_never_none(apis, venues, body):
    async with uc.Portfolio([account(venues["red"], apis["red"], "ok")], deadline=5) as portfolio:
        await portfolio.snapshot()
        venues["red"].answers["ok"] = body
        snapshot = await portfolio.snapshot()

    assert snapshot.accounts[0].status == "stale"
    assert len(snapshot.positions) == 1


async def test_an_empty_list_is_no_position(apis, venues):
    async with uc.Portfolio([account(venues["red"], apis["red"], "empty")], deadline=5) as portfolio:
        snapshot = await portfolio.snapshot()

    assert (snapshot.positions, snapshot.coverage.complete) == ((), True)


async def test_rows_that_can_not_be_read_are_counted_and_the_others_delivered(apis, venues):
    rows = [*OK["data"], {"id": "2", "symbol": "ETHUSDT", "side": "sideways", "size": "1"}]
    venues["red"].answers["ok"] = {"code": 0, "data": rows}
    async with uc.Portfolio([account(venues["red"], apis["red"], "ok")], deadline=5) as portfolio:
        snapshot = await portfolio.snapshot()

    [one] = snapshot.accounts
    assert (one.status, one.withheld, [held.id for held in one.positions]) == ("ok", 1, ["1"])
    assert one.error.drift
    assert not snapshot.coverage.complete
    assert str(snapshot.coverage) == "1 of 1 accounts ok, 1 rows withheld"


async def test_a_mistake_in_a_plugin_is_the_trouble_of_its_account_alone(apis, venues):
    class Broken(type(account(venues["red"], apis["red"], "ok"))):
        async def positions(self, **_):
            raise ZeroDivisionError("a plugin's mistake")

    broken, good = account(venues["red"], apis["red"], "ok"), account(venues["green"], apis["green"], "ok")
    broken.__class__ = Broken
    async with uc.Portfolio([broken, good]) as portfolio:
        snapshot = await portfolio.snapshot()

    assert [one.status for one in snapshot.accounts] == ["failed", "ok"]
    assert (snapshot.accounts[0].error.kind, snapshot.accounts[0].error.outcome) == ("ZeroDivisionError", None)


async def test_an_account_that_could_not_be_connected_is_counted(apis, venues):
    trouble = Trouble.of("positions", uc.ConfigError("there is no venue 'bitgte'"))
    absent = AccountReading(exchange="bitgte", account="old", status="failed", read_at=None, age=None, error=trouble)
    async with uc.Portfolio([absent, account(venues["red"], apis["red"], "ok")]) as portfolio:
        snapshot = await portfolio.snapshot()

    assert str(snapshot.coverage) == "1 of 2 accounts ok, 1 failed"
    assert snapshot.accounts[0] == absent


async def test_lists_over_all_accounts_carry_their_coverage(apis, venues):
    accounts = [account(venues["red"], apis["red"], "ok"), account(venues["green"], apis["green"], "refuses")]
    async with uc.Portfolio(accounts) as portfolio:
        positions, leaders = await portfolio.positions(), await portfolio.leaders()

    assert [one.exchange for one in positions] == ["red/v1"]
    assert (positions.coverage.ok, positions.coverage.failed) == (1, 1)
    assert (len(leaders), leaders.coverage.untold, leaders.coverage.complete) == (0, 1, False)


async def test_known_asks_nothing_and_grows_older(apis, venues):
    async with uc.Portfolio([account(venues["red"], apis["red"], "ok")]) as portfolio:
        assert portfolio.known().accounts == ()
        await portfolio.snapshot()
        asked = len(venues["red"].received)
        await asyncio.sleep(0.03)

        assert portfolio.known().accounts[0].age >= 30
        assert len(venues["red"].received) == asked


async def test_drift_is_told_when_it_is_asked_for(apis, venues):
    venues["red"].answers["ok"] = {"code": 0, "data": [{**OK["data"][0], "novelty": 1}]}
    async with uc.Portfolio([account(venues["red"], apis["red"], "ok")], drift=True) as portfolio:
        drift = (await portfolio.snapshot()).accounts[0].drift

    assert [found for found in drift if "novelty" in found]


async def test_cancelling_a_snapshot_leaves_no_task_behind(apis, venues):
    async with uc.Portfolio([account(venues["red"], apis["red"], "hangs")], deadline=30) as portfolio:
        before = _own_tasks()
        snapshot = asyncio.ensure_future(portfolio.snapshot())
        await asyncio.sleep(0.1)
        snapshot.cancel()
        with pytest.raises(asyncio.CancelledError):
            await snapshot
        await asyncio.sleep(0.05)

        assert _own_tasks() == before


def _own_tasks():
    """Without the server's, which lives in the same loop."""
    return {task for task in asyncio.all_tasks() if "_serve" not in repr(task)}


# -- what is refused --------------------------------------------------------------------------------------------------


async def test_accounts_of_one_key_are_told_and_others_are_not(apis, venues, caplog):
    red, green = (partial(account, venues[color], apis[color]) for color in ("red", "green"))
    same = [red("ok", alias="a"), red("empty"), green("ok"), red("ok", alias="b")]
    with caplog.at_level(logging.WARNING):
        portfolio = uc.Portfolio(same)

    assert portfolio.counted_twice == [("red/v1 a", "red/v1 b")]
    assert "red/v1 a and red/v1 b have one API key" in caplog.text


@pytest.mark.parametrize(("alias", "says"), [("me", "are named 'me'"), (None, "are without a name")])
async def test_two_accounts_of_one_name_at_one_api_are_refused(apis, venues, alias, says):
    twins = [account(venues["red"], apis["red"], key, alias=alias) for key in ("ok", "empty")]

    with pytest.raises(uc.ConfigError, match=rf"two accounts at red/v1 {says}.*account="):
        uc.Portfolio(twins)


async def test_one_name_may_stand_for_an_account_at_each_venue(apis, venues):
    portfolio = uc.Portfolio([account(venues[name], apis[name], "ok") for name in NAMES])

    assert list(portfolio.venues()) == list(NAMES)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"deadline": 0}, "deadline: 0"),
        ({"deadline": {"red": float("inf")}}, "deadline: inf"),
        ({"deadline": True}, "deadline: True"),
        ({"in_flight": 0}, "in_flight: 0"),
        ({"in_flight": True}, "in_flight: True"),
    ],
)
async def test_wrong_numbers_are_named(apis, venues, options, says):
    with pytest.raises(uc.ConfigError, match=says):
        uc.Portfolio([account(venues["red"], apis["red"], "ok")], **options)


def test_a_traceback_with_locals_shows_a_portfolio_that_was_refused():
    with pytest.raises(uc.ConfigError) as caught:
        uc.Portfolio(["bitget"])

    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "<Portfolio of 0 accounts at 0 venues>" in "".join(told.format())


def test_what_is_no_account_is_named():
    with pytest.raises(uc.ConfigError, match="pass connected exchanges, not 'bitget'"):
        uc.Portfolio(["bitget"])


def test_a_portfolio_of_nothing_is_empty_and_complete():
    snapshot = asyncio.run(uc.Portfolio([]).snapshot())

    assert (snapshot.accounts, snapshot.coverage.complete) == ((), True)
