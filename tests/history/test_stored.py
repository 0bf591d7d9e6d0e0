"""What is stored comes back as it was, once, whole or not at all; in both databases."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

import unifiedcopy as uc
from tests.bench.history import main
from tests.history.made import DAY, NEW_YEAR, closed, position, reading, snapshot, snapshots
from unifiedcopy import History, Leader
from unifiedcopy.errors import HistoryError

HEALTH = [HealthCheck.function_scoped_fixture]


@settings(max_examples=25, suppress_health_check=HEALTH, deadline=None)
@given(taken=snapshots)
async def test_a_snapshot_comes_back_as_it_was(place, taken):
    async with History(place) as history:
        await history.prune(NEW_YEAR + 400 * DAY)  # the one before: hypothesis takes the same moment again

        assert await history.snapshot(await history.add(taken)) == taken


async def test_numbers_keep_every_digit(place):
    sizes = [Decimal("0.000000001"), Decimal("1E-30"), Decimal("12345678901234567890.123456789012345678901234567890")]
    taken = snapshot(
        NEW_YEAR, reading(positions=tuple(position(number, size=size) for number, size in enumerate(sizes)))
    )
    async with History(place) as history:
        found = await history.snapshot(await history.add(taken))

    assert [row.size for row in found.positions] == sizes


async def test_a_snapshot_that_is_added_again_stands_there_once(place):
    taken = snapshot(NEW_YEAR, reading(positions=(position(),)))
    async with History(place) as history:
        numbers = {await history.add(taken), await history.add(taken)}

        assert len(numbers) == 1
        assert len(await history.snapshots()) == 1


async def test_a_history_goes_on_where_it_ended(place):
    async with History(place) as history:
        await history.add(snapshot(NEW_YEAR, reading()))
    async with History(place) as history:
        await history.add(snapshot(NEW_YEAR + 1, reading(), reading("second", None)))
        entries = await history.snapshots()

    assert [(entry.taken_at, entry.accounts, entry.ok) for entry in entries] == [(NEW_YEAR, 1, 1), (NEW_YEAR + 1, 2, 1)]


async def test_snapshots_are_listed_by_time_with_the_end_left_out(place):
    async with History(place) as history:
        for at in (2, 0, 1):
            await history.add(snapshot(NEW_YEAR + at, reading()))
        entries = await history.snapshots(NEW_YEAR + 1, NEW_YEAR + 2)

    assert [entry.taken_at for entry in entries] == [NEW_YEAR + 1]


async def test_a_snapshot_with_one_account_twice_is_stored_not_even_in_part(place):
    async with History(place) as history:
        with pytest.raises(HistoryError, match="two accounts of plain/v1 are both named 'main'; nothing was stored"):
            await history.add(snapshot(NEW_YEAR, reading(), reading()))

        assert await history.snapshots() == ()
        assert await history.add(snapshot(NEW_YEAR, reading())) > 0


async def test_what_the_database_can_not_hold_is_stored_not_even_in_part(place):
    async with History(place) as history:
        with pytest.raises(HistoryError, match=r"larger than 64 bits.*nothing was stored"):
            await history.add(snapshot(NEW_YEAR, reading(positions=(position(opened_at=2**70),))))

        assert await history.snapshots() == ()


async def test_a_cancelled_write_leaves_nothing_and_the_next_one_works(place):
    taken = snapshot(NEW_YEAR, reading(positions=tuple(map(position, range(2_000)))))
    async with History(place) as history:
        for turns in range(12):  # at every await of it, sooner or later
            adding = asyncio.ensure_future(history.add(taken))
            for _ in range(turns):
                await asyncio.sleep(0)
            adding.cancel()
            await asyncio.gather(adding, return_exceptions=True)
        stored = [await history.snapshot(entry.id) for entry in await history.snapshots()]

        assert all(found == taken for found in stored)
        assert await history.snapshot(await history.add(taken)) == taken


async def test_a_snapshot_that_is_not_there_is_named(place):
    async with History(place) as history:
        with pytest.raises(HistoryError, match=r"no snapshot 7 .*snapshots\(\)"):
            await history.snapshot(7)


async def test_a_closed_history_says_so(place):
    history = History(place)
    async with history:
        pass
    with pytest.raises(HistoryError, match="async with"):
        await history.snapshots()


# -- closed positions -------------------------------------------------------------------------------------------------


async def test_a_closed_position_that_is_told_again_stands_there_once_with_its_newest_figures(place):
    async with History(place) as history:
        first = await history.add_closed([closed(id="7", size=Decimal("1.0")), closed(NEW_YEAR + 5, id="8")])
        again = await history.add_closed([closed(id="7", size=Decimal("1.00"), net_pnl=Decimal(4))])
        rows = await history.closed()

    assert (first, again) == (2, 0)
    assert [(row.id, row.net_pnl) for row in rows] == [("7", Decimal(4)), ("8", None)]


async def test_closed_positions_of_no_id_that_are_all_the_same_are_counted(place):
    twins = [closed(), closed()]
    async with History(place) as history:
        assert await history.add_closed(twins) == 2
        assert await history.add_closed(twins) == 0


async def test_closed_positions_come_back_as_they_were(place):
    rows = [closed(account=None), closed(NEW_YEAR + 1, id="2", open_fee=Decimal("1E-9"), extent="partial")]
    async with History(place) as history:
        await history.add_closed(rows)

        assert list(await history.closed()) == rows
        assert list(await history.closed(since=NEW_YEAR + 1)) == rows[1:]
        assert list(await history.closed(until=NEW_YEAR + 1)) == rows[:1]


# -- listings and retention -------------------------------------------------------------------------------------------


async def test_a_listing_comes_back_in_the_venues_order(place):
    leaders = [Leader("plain/v1", "b", "Bob", roi=Decimal("0.25"), symbols=("BTC/USDT:USDT",)), Leader("plain/v1", "a")]
    async with History(place) as history:
        await history.add_leaders("plain/v1", leaders, NEW_YEAR)
        await history.add_leaders("plain/v1", leaders, NEW_YEAR)

        assert await history.listings() == [(NEW_YEAR, "plain/v1", leaders)]


async def test_what_is_old_can_be_removed(place):
    async with History(place) as history:
        for day in range(3):
            await history.add(snapshot(NEW_YEAR + day * DAY, reading(positions=(position(),))))
            await history.add_leaders("plain/v1", [Leader("plain/v1", "a")], NEW_YEAR + day * DAY)
        await history.add_closed([closed()])

        assert await history.prune(NEW_YEAR + 2 * DAY) == 2
        assert [entry.taken_at for entry in await history.snapshots()] == [NEW_YEAR + 2 * DAY]
        assert [at for at, _, _ in await history.listings()] == [NEW_YEAR + 2 * DAY]
        assert len(await history.closed()) == 1


def test_history_is_a_public_name():
    assert uc.History is History


def test_the_benchmark_runs_and_its_sums_are_right(capsys):
    main(["--runs", "1", "--accounts", "3", "--hours", "5", "--year-accounts", "2"])

    printed = capsys.readouterr().out
    assert "ms to commit a snapshot of 30 positions" in printed
    assert "s to read back and sum 10 balances" in printed
