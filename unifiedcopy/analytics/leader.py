"""One leader, measured the same way at every venue."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from ..models import ClosedPosition, Leader
from ..portfolio.amounts import RATIO
from .measures import Measure
from .returns import Index
from .trades import Trades


class LeaderAnalysis(Struct, frozen=True, kw_only=True):
    """What can be known of a leader. It describes what was; it recommends nobody."""

    leader: Leader
    roi: Measure
    max_drawdown: Measure
    """A fraction of the highest point before."""
    sharpe: Measure
    sortino: Measure
    profit_factor: Measure
    win_rate: Measure
    holding_time: Measure
    """Median, milliseconds."""
    adds_to_losers: Measure
    leader_return: Measure
    """The leader's results over the leader's margin, of the closed positions."""
    copier_return: Measure
    """The same of one's own copies of this leader."""
    copier_gap: Measure
    """Copier less leader."""
    days: Measure
    """Since the first trade, as the venue tells."""


def analyse(
    leader: Leader,
    closed: Sequence[ClosedPosition] = (),
    copies: Sequence[ClosedPosition] = (),
    *,
    days: int | None = None,
) -> LeaderAnalysis:
    """Measures a leader by what the venue gives and what is known besides.

    Args:
        leader: with its series, as ``list_leaders`` or ``leader`` give it.
        closed: the leader's closed positions (``leader_history``).
        copies: one's own closed positions, of any leader (``closed_positions``, or those of a history).
        days: the last days of the series that count; by default all that the venue gives.
    """
    index = Index(leader.roi_series, days)
    trades = Trades(closed)
    own = Trades([copy for copy in copies if _is_copy(copy, leader)], "own copies")
    ours, theirs = own.return_on_margin(), trades.return_on_margin()
    return LeaderAnalysis(
        leader=leader,
        roi=_or_told(index.roi(), leader.roi, leader),
        max_drawdown=_or_told(index.max_drawdown(), leader.max_drawdown, leader),
        sharpe=index.sharpe(),
        sortino=index.sortino(),
        profit_factor=trades.profit_factor(),
        win_rate=_or_told(trades.win_rate(), leader.win_rate, leader),
        holding_time=trades.holding_time(),
        adds_to_losers=trades.adds_to_losers(),
        leader_return=theirs,
        copier_return=ours,
        copier_gap=_gap(ours, theirs),
        days=_days(leader),
    )


def _is_copy(position: ClosedPosition, leader: Leader) -> bool:
    """A leader is an id at a venue, whichever of its APIs tells."""
    venue = leader.exchange.partition("/")[0]
    return position.leader_id == leader.id and position.exchange.partition("/")[0] == venue


def _or_told(measured: Measure, told: Decimal | None, leader: Leader) -> Measure:
    """The measure, or else the venue's own figure, which is named as that: its definition is the venue's."""
    return measured if measured.value is not None or told is None else _told(told, leader)


def _told(value: Decimal, leader: Leader) -> Measure:
    window = f"of {leader.window_days} days" if leader.window_days else "of a window that it doesn't tell"
    return Measure(value=value, evidence="venue's figure", note=f"as the venue counts, {window}")


def _days(leader: Leader) -> Measure:
    if leader.days is None:
        return Measure.unknown("venue's figure", "the venue doesn't tell")
    return Measure(value=Decimal(leader.days), evidence="venue's figure", note="since the first trade")


def _gap(ours: Measure, theirs: Measure) -> Measure:
    if ours.value is None or theirs.value is None:
        return Measure.unknown("own copies", ours.note or theirs.note, ours.points)
    return Measure(
        value=RATIO.subtract(ours.value, theirs.value),
        evidence="own copies",
        points=ours.points,
        since=ours.since,
        until=ours.until,
        note=f"against {theirs.points} of the leader's own, {theirs.days or 0} days",
    )
