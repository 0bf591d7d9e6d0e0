"""The ordinary client against every venue of the sandbox: what a strategy does, and what a bad day does to it."""

import warnings
from decimal import Decimal

import pytest
import stamina

import unifiedcopy as uc
from unifiedcopy import sync
from unifiedcopy.sandbox import Fault, Sandbox

VENUES = ["toobit", "bitget", "zoomex"]


@pytest.fixture(autouse=True)
def no_backoff():
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def box():
    async with Sandbox(seed=7) as running:
        yield running


def connected(box, schema_id, account="main", **options):
    server = box[schema_id.partition("/")[0]]
    credentials = server.accounts[account].credentials
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", uc.RetiredApiWarning)
        return uc.connect(schema_id, **credentials, base_url=server.url, account=account, **{"write": True, **options})


@pytest.mark.parametrize("venue", VENUES)
async def test_every_position_is_read_without_drift(box, venue):
    async with connected(box, venue) as ex:
        page = await ex.positions()

    assert len(page) > 0
    assert page.drift == []
    for position in page:
        assert position.symbol is not None
        assert position.size > 0
        assert position.account == "main"


@pytest.mark.parametrize(("venue", "count"), [("toobit", 150), ("bitget", 250), ("zoomex", 450)])
async def test_a_long_list_is_read_whole_over_its_pages(box, venue, count):
    before = {}
    async with connected(box, venue) as ex:
        before = {position.id for position in await ex.positions()}
        box[venue].options.limit_factor = 0
        box[venue].emulator.seed_positions(count)
        ids = [position.id for position in await ex.positions()]

    assert len(set(ids)) == len(ids)
    assert len(ids) >= max(count, len(before))


@pytest.mark.parametrize("venue", VENUES)
async def test_take_profit_and_stop_loss_are_what_the_venue_then_says(box, venue):
    async with connected(box, venue, convert=True) as ex:
        position = (await ex.positions())[0]
        receipt = await ex.set_tpsl(position, take_profit=uc.Roi("0.9"), stop_loss=uc.Roi("-0.5"))
        again = next(one for one in await ex.positions() if one.id == position.id)

    assert receipt.sent
    if venue != "bitget":  # whose open orders don't tell their triggers
        kind = uc.Roi if venue == "toobit" else uc.Price
        assert isinstance(again.take_profit, kind)
        assert isinstance(again.stop_loss, kind)


async def test_clearing_one_side_leaves_the_other(box):
    async with connected(box, "toobit") as ex:
        position = next(one for one in await ex.positions() if one.stop_loss and one.take_profit)
        await ex.set_tpsl(position, take_profit=uc.CLEAR)
        again = next(one for one in await ex.positions() if one.id == position.id)

    assert (again.take_profit, again.stop_loss) == (None, position.stop_loss)


@pytest.mark.parametrize("schema_id", ["bitget/v2-futures", "bitget/v1-futures"])
async def test_following_is_seen_in_the_followed_leaders_and_its_settings(box, schema_id):
    box["bitget"].options.retired = False
    async with connected(box, schema_id, account="empty") as ex:
        leader = next(one for one in await ex.list_leaders() if one.can_follow)
        settings = uc.FollowSettings(
            sizing=uc.FixedAmount("50"), symbols=leader.symbols[:2], take_profit=uc.Roi("0.5"), stop_loss=uc.Roi("-0.2")
        )
        await ex.follow(leader, settings)
        followed = await ex.following()
        told = await ex.follow_settings(leader)
        await ex.unfollow(leader)

        assert [one.leader_id for one in followed] == [leader.id]
        assert {one.symbols[0] for one in told} == set(settings.symbols)
        assert {(one.sizing, one.take_profit, one.stop_loss) for one in told} == {
            (uc.FixedAmount("50"), uc.Roi("0.5"), uc.Roi("-0.2"))
        }
        assert len(await ex.following()) == 0


async def test_a_budget_goes_to_the_call_of_the_newer_accounts(box):
    async with connected(box, "bitget", account="new-model") as ex:
        leader = next(one for one in await ex.list_leaders() if one.can_follow)
        receipt = await ex.follow(leader, uc.FollowSettings(sizing=uc.TotalBudget(200)))

    assert (receipt.endpoint, receipt.sent["copyAmount"]) == ("follow_budget", "200")


@pytest.mark.parametrize("venue", ["bitget", "zoomex"])
async def test_a_closed_position_is_gone_and_in_the_history(box, venue):
    async with connected(box, venue) as ex:
        position = (await ex.positions())[0]
        await ex.close_position(position)

        assert position.id not in {one.id for one in await ex.positions()}
        newest = (await ex.closed_positions(symbol=position.symbol, limit=1))[0]
        assert (newest.symbol, newest.side, newest.size) == (position.symbol, position.side, position.size)


async def test_a_retired_api_says_so(box):
    async with connected(box, "bitget/v1-futures") as ex:
        with pytest.raises(uc.ApiRetired, match="decommissioned"):
            await ex.positions()


async def test_nobody_followed_is_an_empty_list_and_not_an_error(box):
    async with connected(box, "toobit", account="empty") as ex:
        assert (len(await ex.positions()), len(await ex.following())) == (0, 0)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("skew", [-7200, 7200])
async def test_a_clock_that_is_hours_off_is_asked_for_once_and_refuses_nothing(venue, skew):
    async with Sandbox(seed=7, venues=[venue], skew=skew) as box, connected(box, venue) as ex:
        await ex.positions()
        asked = [request.raw_path for request in box[venue].requests if "/time" in request.raw_path]
        await ex.positions()

        assert len(asked) == 3  # the best of three samples
        assert sum("/time" in request.raw_path for request in box[venue].requests) == 3


@pytest.mark.parametrize("venue", VENUES)
async def test_a_clock_that_jumps_costs_one_new_signature_and_no_doubled_write(box, venue):
    async with connected(box, venue, convert=True) as ex:
        position = (await ex.positions())[0]
        done = len(box[venue].executions)
        await box.advance(seconds=600)
        await ex.set_tpsl(position, take_profit=uc.Roi("0.9"))

    assert len(box[venue].executions) == done + 1


@pytest.mark.parametrize("venue", VENUES)
async def test_a_write_that_was_done_and_not_answered_is_unknown_and_done_once(box, venue):
    async with connected(box, venue, convert=True, read_back=False) as ex:
        position = (await ex.positions())[0]
        done = len(box[venue].executions)
        box[venue].faults.add(Fault("disconnect", method=None, path="", times=1, after_execution=True))
        with pytest.raises(uc.OutcomeUnknown):
            await ex.set_tpsl(position, take_profit=uc.Roi("0.9"))

    assert len(box[venue].executions) == done + 1


async def test_an_rsa_key_is_as_good_as_a_secret(box):
    if "rsa" not in box["bitget"].accounts:
        pytest.skip("needs the extra [rsa]")
    async with connected(box, "bitget", account="rsa") as ex:
        assert len(await ex.following()) == 0


async def test_a_key_that_may_only_read_is_refused_by_the_venue_and_nothing_is_done(box):
    async with connected(box, "toobit", account="readonly") as ex:
        with pytest.raises(uc.PermissionDenied) as caught:
            await ex.unfollow("1")

    assert caught.value.outcome == "rejected"
    assert box["toobit"].executions == []


async def test_leaders_come_page_by_page_as_they_are_asked_for(box):
    async with connected(box, "bitget") as ex:
        names = [leader.name async for leader in ex.leaders()]
        leader = await ex.leader((await ex.list_leaders(limit=1))[0])

    assert len(names) == len(set(names)) >= 8
    assert leader.win_rate is None or 0 <= leader.win_rate <= 1
    assert all(isinstance(point.value, Decimal) for point in leader.roi_series or ())


def test_the_facade_reads_the_same(tmp_path):
    import asyncio
    import threading

    ready, stop, found = threading.Event(), threading.Event(), {}

    async def serve() -> None:
        async with Sandbox(seed=7, venues=["zoomex"]) as box:
            found["url"], found["credentials"] = box["zoomex"].url, box["zoomex"].accounts["main"].credentials
            ready.set()
            await asyncio.to_thread(stop.wait)

    server = threading.Thread(target=lambda: asyncio.run(serve()))
    server.start()
    ready.wait(10)
    try:
        with sync.connect("zoomex", **found["credentials"], base_url=found["url"]) as ex:
            assert len(ex.positions()) > 0
    finally:
        stop.set()
        server.join()
