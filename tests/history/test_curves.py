"""Equity over time: a missing account is a gap and not a drop, one that joins is no profit; profit by group."""

from decimal import Decimal

import pytest

from tests.history.made import DAY, NEW_YEAR, closed, reading, snapshot
from unifiedcopy import Account, History
from unifiedcopy.analytics.drawdown import drawdown
from unifiedcopy.history import EquityCurve
from unifiedcopy.history.profits import profits
from unifiedcopy.portfolio import Trouble
from unifiedcopy.series import Point

HOUR = DAY // 24


async def equity(place, *moments, **options) -> list[EquityCurve]:
    """The curves of snapshots, an hour apart."""
    async with History(place) as history:
        for number, readings in enumerate(moments):
            await history.add(snapshot(NEW_YEAR + number * HOUR, *readings))
        return await history.equity(**options)


def values(curve: EquityCurve) -> list[str | None]:
    return [None if point.value is None else f"{point.value:f}" for point in curve.points]


async def test_accounts_are_summed_exactly(place):
    many = ("0.1", "0.2", "1234567890123456789012345678.000000000000000001")
    [curve] = await equity(place, [reading(str(number), amount) for number, amount in enumerate(many)])

    assert values(curve) == ["1234567890123456789012345678.300000000000000001"]
    assert (curve.asset, curve.venue, curve.account, curve.points[0].accounts) == ("USDT", None, None, 3)


async def test_an_account_that_can_not_be_read_is_a_gap_and_not_a_drop(place):
    both = [reading("a", "100"), reading("b", "50")]
    [curve] = await equity(place, both, [reading("a", "90"), reading("b", None)], both)

    assert values(curve) == ["150", None, "150"]
    assert (curve.points[1].known, curve.points[1].missing) == (Decimal(90), ("plain/v1 b",))
    assert curve.drawdown.depth == 0


async def test_an_account_that_can_not_be_read_at_the_end_is_a_gap_too(place):
    [curve] = await equity(
        place, [reading("a"), reading("b")], [reading("a"), reading("b", None)], [reading("a"), reading("b", None)]
    )

    assert values(curve) == ["200", None, None]


async def test_a_balance_that_could_not_be_read_is_a_gap_although_the_positions_could(place):
    trouble = Trouble(part="balances", kind="RequestTimeout", message="no answer")
    silent = reading("b", balances=None, troubles=(trouble,))
    [curve] = await equity(place, [reading("a"), reading("b")], [reading("a"), silent])

    assert values(curve) == ["200", None]


async def test_an_account_that_joins_or_leaves_is_neither_profit_nor_loss(place):
    [curve] = await equity(
        place,
        [reading("a")],
        [reading("a"), reading("b", "900")],
        [reading("a", "95"), reading("b", "900")],
        [reading("a")],
    )

    assert values(curve) == ["100", "1000", "995", "100"]
    assert curve.joins == (NEW_YEAR + HOUR, NEW_YEAR + 3 * HOUR)
    assert curve.drawdown.depth == Decimal("0.005")


async def test_coins_are_never_added_to_dollars(place):
    curves = await equity(place, [reading("a", "100"), reading("b", "2", asset="BTC"), reading("c", "1", asset=None)])

    assert [(curve.asset, values(curve)) for curve in curves] == [("?", ["1"]), ("BTC", ["2"]), ("USDT", ["100"])]


async def test_wallets_of_an_account_are_summed(place):
    wallets = tuple(Account("plain/v1", "a", "USDT", Decimal(amount), market=str(amount)) for amount in (1, 2))
    [curve] = await equity(place, [reading("a", balances=wallets)])

    assert values(curve) == ["3"]


async def test_there_is_a_curve_for_each_venue_and_each_account(place):
    readings = [reading("a", "1"), reading("b", "2"), reading("a", "4", exchange="other/v1")]
    by_venue = await equity(place, readings, by="venue")
    async with History(place) as history:
        by_account = await history.equity(by="account")

    assert [(curve.venue, values(curve)) for curve in by_venue] == [("other", ["4"]), ("plain", ["3"])]
    assert [(curve.exchange, curve.account, values(curve)) for curve in by_account] == [
        ("other/v1", "a", ["4"]),
        ("plain/v1", "a", ["1"]),
        ("plain/v1", "b", ["2"]),
    ]


async def test_snapshots_of_single_accounts_come_together_in_a_stretch_of_time(place):
    alternating = [[reading("a", "1")], [reading("b", "2")], [reading("a", "3")], [reading("b", "4")]]
    [curve] = await equity(place, *alternating, every=2 * HOUR)
    async with History(place) as history:
        [apart] = await history.equity()

    assert values(curve) == ["3", "7"]
    assert [point.at for point in curve.points] == [NEW_YEAR + 2 * HOUR - 1, NEW_YEAR + 4 * HOUR - 1]
    assert values(apart)[1:3] == [None, None]


async def test_a_stretch_of_time_tells_the_last_word_of_each_account(place):
    [curve] = await equity(place, [reading(equity="1")], [reading(equity="2")], [reading(equity=None)], every=DAY)

    assert values(curve) == ["2"]


async def test_an_empty_history_has_no_curves(place):
    assert await equity(place) == []
    assert await equity(place, [reading(equity=None)]) == []


async def test_a_span_of_time_is_cut_out(place):
    [curve] = await equity(place, *[[reading()]] * 4, since=NEW_YEAR + HOUR, until=NEW_YEAR + 3 * HOUR)

    assert [point.at for point in curve.points] == [NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR]


# -- drawdown ---------------------------------------------------------------------------------------------------------


def line(*amounts: int) -> list[Point]:
    return [Point(at, Decimal(amount)) for at, amount in enumerate(amounts)]


@pytest.mark.parametrize(
    ("amounts", "depth", "span", "longest"),
    [
        ((100, 120, 90, 130), "0.25", (1, 2, 3), 2),
        ((100, 80, 100, 99, 98, 97, 100), "0.2", (0, 1, 2), 4),
        ((100, 50, 60), "0.5", (0, 1, None), 2),
        ((1, 2, 3), "0", (None, None, None), 0),
        ((5, 5, 5), "0", (None, None, None), 0),
        ((10, -10, 10), "2", (0, 1, 2), 2),
        ((-5, -10), None, (0, 1, None), 1),
        ((0,), None, (None, None, None), 0),
        ((), None, (None, None, None), 0),
    ],
    ids=str,
)
def test_a_drawdown_is_the_deepest_fall_below_the_highest_point_before(amounts, depth, span, longest):
    found = drawdown(line(*amounts))

    assert found.depth == (None if depth is None else Decimal(depth))
    assert (found.peak_at, found.trough_at, found.recovered_at) == span
    assert (found.longest, found.points) == (longest, len(amounts))


def test_no_fall_goes_over_the_end_of_a_stretch():
    assert drawdown(line(100, 90), line(10, 9)).depth == Decimal("0.1")


# -- profit -----------------------------------------------------------------------------------------------------------


def test_profit_is_summed_by_leader_and_day_in_each_currency():
    rows = [
        closed(NEW_YEAR, realized_pnl=Decimal("0.1")),
        closed(NEW_YEAR + DAY - 1, realized_pnl=Decimal("0.2"), leader_name="Anna"),
        closed(NEW_YEAR + DAY, realized_pnl=Decimal(-1)),
        closed(NEW_YEAR, leader_id="2", margin_asset="BTC"),
    ]
    first, second, other = sorted(profits(rows, ("leader", "day")), key=lambda row: (row.leader_id, row.day))

    assert (first.leader_id, first.day, first.pnl, first.wins, first.leader_name) == (
        "1",
        "2026-01-01",
        Decimal("0.3"),
        2,
        "Anna",
    )
    assert (second.day, second.pnl, second.losses) == ("2026-01-02", -1, 1)
    assert (other.asset, other.pnl) == ("BTC", 5)


def test_profit_after_fees_counts_where_it_is_told_and_the_rest_is_said():
    rows = [
        closed(net_pnl=Decimal(4), profit_share=Decimal("0.5")),
        closed(),
        closed(realized_pnl=None),
        closed(realized_pnl=Decimal(0)),
    ]
    [total] = profits(rows, ())

    assert (total.positions, total.pnl, total.before_fees, total.untold) == (4, 9, 2, 1)
    assert (total.profit_share, total.wins, total.losses) == (Decimal("0.5"), 2, 0)


def test_leaders_of_one_id_at_two_venues_are_two():
    assert len(profits([closed(), closed(exchange="other/v1")], ("leader",))) == 2


def test_positions_without_a_time_are_of_no_day():
    assert [row.day for row in profits([closed(None), closed()], ("day",))] == [None, "2026-01-01"]


async def test_a_group_that_does_not_exist_is_named(place):
    async with History(place) as history:
        with pytest.raises(ValueError, match="by takes leader, day, venue, account, symbol, not 'month'"):
            await history.profits(("month",))
