"""Leaders measured alike at every venue, each figure with its evidence; what nobody can know has a reason."""

from decimal import Decimal
from itertools import pairwise
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.history.made import DAY, NEW_YEAR, closed
from unifiedcopy import Leader
from unifiedcopy.analytics import analyse, survival
from unifiedcopy.analytics.returns import FEWEST, Index
from unifiedcopy.analytics.trades import Trades
from unifiedcopy.series import Point, PointKind, Series

HOUR = DAY // 24


def series(*values: str, kind: PointKind | None = "accumulated", step: int = DAY) -> Series:
    points = [Point(NEW_YEAR + number * step, Decimal(value)) for number, value in enumerate(values)]
    return Series(repr(values).encode(), lambda _: points[::-1], kind)  # the newest first, as venues send them


def near(value: Decimal | None, expected: float) -> bool:
    return value is not None and abs(float(value) - expected) < 1e-12


# -- series -----------------------------------------------------------------------------------------------------------


def test_growth_is_from_the_first_point_to_the_last():
    measured = Index(series("0.10", "0.20", "0.32")).roi()

    assert (measured.value, measured.evidence, measured.points) == (Decimal("0.2"), "roi series", 3)
    assert (measured.since, measured.until, measured.days) == (NEW_YEAR, NEW_YEAR + 2 * DAY, 2)


def test_points_that_are_of_their_own_time_are_multiplied():
    measured = Index(series("0.10", "-0.50", kind="each")).roi()

    assert (measured.value, measured.since) == (Decimal("-0.450"), NEW_YEAR - DAY)


def test_a_window_takes_the_last_days():
    measured = Index(series("0", "1", "1", "3"), days=2).roi()

    assert (measured.value, measured.points, measured.days) == (Decimal(1), 3, 2)


def test_a_window_of_points_of_their_own_time_takes_as_many_days():
    measured = Index(series("9", "9", "1", "1", kind="each"), days=2).roi()

    assert (measured.value, measured.days) == (Decimal(3), 2)


def test_a_drawdown_of_a_series_is_of_what_was_there_and_not_of_the_ratio():
    assert Index(series("0", "1", "0.5")).max_drawdown().value == Decimal("0.25")


@given(st.lists(st.integers(-300, 400), min_size=FEWEST + 1, max_size=30).filter(lambda values: len(set(values)) > 3))
def test_sharpe_and_sortino_are_what_the_textbook_says(steps):
    values = [str(Decimal(step).scaleb(-3)) for step in steps]
    index = Index(series(*values))
    grown = [1 + float(value) for value in values]
    returns = [after / before - 1 for before, after in pairwise(grown)]
    below = mean(min(value, 0) ** 2 for value in returns) ** 0.5

    if stdev(returns) > 1e-9:
        assert abs(float(index.sharpe().value) - mean(returns) / stdev(returns) * 365**0.5) < 1e-6
    if below:
        assert abs(float(index.sortino().value) - mean(returns) / below * 365**0.5) < 1e-6


def test_a_year_has_as_many_points_as_the_series_has_spaces():
    values = [str(Decimal(step % 5).scaleb(-2)) for step in range(20)]
    daily, weekly = Index(series(*values)), Index(series(*values, step=7 * DAY))

    assert near(daily.sharpe().value, float(weekly.sharpe().value) * 7**0.5)


@pytest.mark.parametrize(
    ("given_series", "reason"),
    [
        (None, "gives no ROI series"),
        (series("0.1", "0.2", kind=None), "doesn't say whether the points"),
        (series(), "the series is empty"),
        (series("0.1"), "fewer than"),
        (series(*["0.1"] * 8), f"fewer than {FEWEST} returns"),
        (series(*["0.1"] * 12), "don't vary"),
        (series(*["0.1"] * 11, "-1"), "total loss"),
    ],
)
def test_what_can_not_be_known_has_a_reason_and_no_value(given_series, reason):
    measured = Index(given_series).sharpe()

    assert measured.value is None
    assert reason in measured.note


def test_without_a_loss_there_is_no_sortino():
    measured = Index(series(*(f"0.{number:02}" for number in range(15)))).sortino()

    assert (measured.value, measured.note) == (None, "no return is below zero")


# -- closed positions -------------------------------------------------------------------------------------------------


def trade(result: str | None, opened: int = 0, held: int = 1, **more):
    """Opened after so many hours."""
    begin = NEW_YEAR + opened * HOUR
    pnl = None if result is None else Decimal(result)
    return closed(begin + held * HOUR, realized_pnl=pnl, opened_at=begin, **more)


def test_profit_factor_and_win_rate_count_results_after_fees():
    trades = Trades([trade("5", net_pnl=Decimal(4)), trade("2"), trade("-3"), trade("0"), trade(None)])

    assert trades.profit_factor().value == 2
    assert trades.profit_factor().points == 4
    assert (trades.win_rate().value * 3, trades.win_rate().points) == (pytest.approx(2), 3)


def test_results_in_several_currencies_have_no_factor():
    assert Trades([trade("5"), trade("-1", margin_asset="BTC")]).profit_factor().note == "results in several currencies"


def test_without_a_loss_there_is_no_factor():
    assert Trades([trade("5")]).profit_factor().note == "no closed position lost"


def test_the_holding_time_is_the_median():
    assert Trades([trade("1", held=hours) for hours in (1, 2, 50)]).holding_time().value == 2 * HOUR


@pytest.mark.parametrize(
    ("side", "entries", "share"),
    [("long", ("100", "90"), "0.5"), ("long", ("100", "110"), "0"), ("short", ("100", "110"), "0.5")],
)
def test_adding_to_losers_is_opening_worse_while_one_is_open(side, entries, share):
    trades = [trade("1", opened=at, held=10, side=side, entry_price=Decimal(price)) for at, price in enumerate(entries)]

    assert Trades(trades).adds_to_losers().value == Decimal(share)


@pytest.mark.parametrize(
    "other", [{"venue_symbol": "ETHUSDT"}, {"side": "short"}, {"opened": 20}, {"entry_price": None}], ids=str
)
def test_where_no_two_positions_overlap_nobody_can_tell_about_adding(other):
    first = trade("1", held=10, entry_price=Decimal(100))
    second = trade("1", **{"opened": 1, "entry_price": Decimal(90), **other})

    assert Trades([first, second]).adds_to_losers().value is None


# -- one leader -------------------------------------------------------------------------------------------------------


def test_a_leader_without_evidence_has_no_figures_but_reasons():
    measured = analyse(Leader("plain/v1", "1"))
    measures = [value for name in measured.__struct_fields__ if name != "leader" for value in [getattr(measured, name)]]

    assert [measure.value for measure in measures] == [None] * len(measures)
    assert all(measure.note for measure in measures)


def test_the_venues_own_figure_is_named_as_that():
    measured = analyse(Leader("plain/v1", "1", roi=Decimal("0.5"), window_days=30, win_rate=Decimal("0.6"), days=90))

    assert (measured.roi.value, measured.roi.evidence) == (Decimal("0.5"), "venue's figure")
    assert measured.roi.note == "as the venue counts, of 30 days"
    assert (measured.win_rate.evidence, measured.days.value) == ("venue's figure", 90)


def test_a_series_is_better_evidence_than_a_figure():
    leader = Leader("plain/v1", "1", roi=Decimal(9), roi_series=series("0", "0.5"))

    assert (analyse(leader).roi.value, analyse(leader).roi.evidence) == (Decimal("0.5"), "roi series")


def test_a_copiers_result_is_held_against_the_leaders():
    leader = Leader("plain/v1", "1")
    theirs = [trade("20", margin=Decimal(100))]
    ours = [trade("1", margin=Decimal(10)), trade("99", margin=Decimal(1), leader_id="2")]
    ours += [trade("99", margin=Decimal(1), exchange="other/v1")]
    measured = analyse(leader, theirs, ours)

    assert (measured.leader_return.value, measured.copier_return.value) == (Decimal("0.2"), Decimal("0.1"))
    assert (measured.copier_gap.value, measured.copier_gap.points) == (Decimal("-0.1"), 1)


def test_a_copier_without_copies_has_no_gap():
    assert analyse(Leader("plain/v1", "1"), [trade("1", margin=Decimal(1))]).copier_gap.value is None


# -- survival ---------------------------------------------------------------------------------------------------------


def listing(day: int, *ids: str, exchange: str = "plain/v1"):
    return NEW_YEAR + day * DAY, exchange, [Leader(exchange, id_) for id_ in ids]


def test_survival_is_the_share_that_is_listed_still():
    listings = [listing(0, "a", "b", "c", "d"), listing(20, "a", "x"), listing(31, "a", "b", "x", "y")]
    measured = survival([*listings, listing(40, "z", exchange="other/v1")], "plain/v1", 30)

    assert (measured.value, measured.points, measured.days) == (Decimal("0.5"), 4, 31)
    assert "lower bound" in measured.note


@pytest.mark.parametrize(
    ("listings", "reason"),
    [
        ([], "no listing is 30 days older"),
        ([listing(0, "a"), listing(29, "a")], "no listing is 30 days older"),
        ([listing(0, "a", "b"), listing(30, "a")], "shorter"),
    ],
)
def test_survival_that_can_not_be_known_has_a_reason(listings, reason):
    measured = survival(listings, "plain/v1", 30)

    assert measured.value is None
    assert reason in measured.note
