"""Watching over real sockets: polls are spread, bounded by the venue's limits, and end with the watcher."""

import asyncio

import pytest

import unifiedcopy as uc
from tests.portfolio.venues import OK, Moody, account, venue_api
from unifiedcopy.portfolio.pace import SHARE, cost, interval

ROW = OK["data"][0]


@pytest.fixture(scope="module")
def red(tmp_path_factory):
    return venue_api(tmp_path_factory.mktemp("red"), "red")


@pytest.fixture
async def venue():
    async with Moody() as venue:
        yield venue


async def take(events, number):
    return [await asyncio.wait_for(anext(events), 5) for _ in range(number)]


async def test_changes_since_the_last_snapshot_are_told_with_their_times(red, venue):
    async with uc.Portfolio([account(venue, red, "ok")]) as portfolio:
        before = await portfolio.snapshot()
        venue.answers["ok"] = {"code": 0, "data": [{**ROW, "size": "0.8"}, {**ROW, "id": "2"}]}
        events = portfolio.watch(every=0.05)
        increased, opened = await take(events, 2)
        await events.aclose()

    assert (increased.kind, opened.kind) == ("increased", "opened")
    assert increased.since == before.accounts[0].read_at <= increased.at
    assert 0 <= increased.age < 5_000


async def test_an_outage_is_told_and_ends(red, venue):
    async with uc.Portfolio([account(venue, red, "ok")], deadline=5) as portfolio:
        await portfolio.snapshot()
        events = portfolio.watch(every=0.05)
        venue.answers["ok"] = {"code": 7, "msg": "no"}
        [unreadable] = await take(events, 1)
        venue.answers["ok"] = OK
        [readable] = await take(events, 1)
        await events.aclose()

    assert (unreadable.kind, unreadable.error.kind, readable.kind) == ("unreadable", "BadRequest", "readable")


async def test_a_hanging_account_does_not_hold_up_the_others(red, venue):
    accounts = [account(venue, red, key, alias=key) for key in ("hangs", "ok")]
    async with uc.Portfolio(accounts, deadline=30) as portfolio:
        events = portfolio.watch(every=0.05)
        first = asyncio.ensure_future(take(events, 1))
        await asyncio.sleep(0.3)
        venue.answers["ok"] = {"code": 0, "data": []}
        [event] = await first
        await events.aclose()

    assert (event.kind, event.account) == ("closed", "ok")


async def test_a_watcher_that_stops_asks_no_more(red, venue):
    async with uc.Portfolio([account(venue, red, "ok")]) as portfolio:
        events = portfolio.watch(every=0.02)
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        asked = len(venue.received)
        await asyncio.sleep(0.1)

    assert asked > 2
    assert len(venue.received) == asked


@pytest.mark.parametrize("every", [0, -1, True, "60", float("nan")])
async def test_an_interval_that_is_none_is_named(red, venue, every):
    with pytest.raises(uc.ConfigError, match="every: "):
        uc.Portfolio([account(venue, red, "ok")]).watch(every)


def test_the_interval_grows_with_what_the_venues_limits_bear():
    accounts = [uc.connect("zoomex", account=str(number)) for number in range(1_000)]
    each = cost(accounts[0], ("positions", "following"))
    endpoint = accounts[0].api.schema.endpoints["positions"]
    [address] = [
        limit
        for name in endpoint.limits
        if (limit := accounts[0].api.schema.limits[name]).scope == "ip" and not limit.per_endpoint
    ]

    assert each.address >= address.seconds / address.requests
    assert interval(accounts, ("positions", "following"), 1) == pytest.approx(1_000 * each.address / SHARE)
    assert interval(accounts[:1], ("positions", "following"), 3_600) == 3_600


def test_every_shipped_api_has_a_cost_when_it_can_be_watched(recwarn):
    from unifiedcopy.schema import schema_ids

    found = {schema_id: cost(uc.connect(schema_id), ("positions", "following")) for schema_id in schema_ids()}

    assert [name for name, each in found.items() if not any(each) and uc.connect(name).can.positions == "native"] == []
