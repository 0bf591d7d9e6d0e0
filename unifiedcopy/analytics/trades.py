"""Profit factor, win rate, holding time, adding to losers and return on margin, of closed positions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from statistics import median_low
from typing import Any

from ..models import ClosedPosition
from ..portfolio.amounts import EXACT, RATIO, ZERO
from .measures import Evidence, Measure


class Trades:
    """Closed positions of one leader, or of the copies of one."""

    def __init__(self, positions: Sequence[ClosedPosition], evidence: Evidence = "closed positions") -> None:
        self.positions, self.evidence = positions, evidence

    def profit_factor(self) -> Measure:
        """What was won over what was lost. Of several currencies there is none: they can't be added."""
        told = self._told()
        if len({position.margin_asset for position, _ in told}) > 1:
            return self._unknown("results in several currencies", len(told))
        won = _sum([value for _, value in told if value > 0])
        lost = _sum([value for _, value in told if value < 0])
        if not lost:
            return self._unknown("no closed position lost" if told else "no closed position with a result", len(told))
        return self._measure(RATIO.divide(won, -lost), [position for position, _ in told])

    def win_rate(self) -> Measure:
        """Won positions over won and lost ones; those that ended at zero are neither."""
        decided = [(position, value) for position, value in self._told() if value]
        if not decided:
            return self._unknown("no closed position that won or lost")
        won = sum(value > 0 for _, value in decided)
        return self._measure(RATIO.divide(Decimal(won), len(decided)), [position for position, _ in decided])

    def holding_time(self) -> Measure:
        """The median from opening to closing, milliseconds."""
        timed = self._timed()
        if not timed:
            return self._unknown("no closed position with both times")
        return self._measure(Decimal(median_low(p.closed_at - p.opened_at for p in timed)), timed)

    def adds_to_losers(self) -> Measure:
        """The share of positions that were opened at a worse price while an earlier one of the same symbol and side was
        open. Where none overlap, the venue may keep one position a symbol, and there is no telling.
        """
        entered = sorted((p for p in self._timed() if p.entry_price is not None), key=lambda p: p.opened_at or 0)
        overlapping = [(earlier, later) for earlier, later in _overlaps(entered)]
        if not overlapping:
            return self._unknown("no two positions of a symbol were open at once", len(entered))
        adds = {id(later) for earlier, later in overlapping if _worse(earlier, later)}
        return self._measure(RATIO.divide(Decimal(len(adds)), len(entered)), entered)

    def return_on_margin(self) -> Measure:
        """All results over all margin that was put in, where both are told."""
        told = [(p, value, p.margin) for p, value in self._told() if p.margin]
        if len({p.margin_asset for p, _, _ in told}) > 1:
            return self._unknown("results in several currencies", len(told))
        if not told:
            return self._unknown("no closed position with a result and a margin")
        margin = _sum([margin for _, _, margin in told])
        return self._measure(RATIO.divide(_sum([value for _, value, _ in told]), margin), [p for p, _, _ in told])

    def _told(self) -> list[tuple[ClosedPosition, Decimal]]:
        """With what each brought: after fees where that is told."""
        results = [(p, p.net_pnl if p.net_pnl is not None else p.realized_pnl) for p in self.positions]
        return [(position, value) for position, value in results if value is not None]

    def _timed(self) -> list[Any]:
        return [p for p in self.positions if p.opened_at is not None and p.closed_at is not None]

    def _measure(self, value: Decimal, positions: Sequence[ClosedPosition]) -> Measure:
        closed = [position.closed_at for position in positions if position.closed_at is not None]
        since, until = (min(closed), max(closed)) if closed else (None, None)
        return Measure(value=value, evidence=self.evidence, points=len(positions), since=since, until=until)

    def _unknown(self, reason: str, points: int = 0) -> Measure:
        return Measure.unknown(self.evidence, reason if self.positions else "no closed positions are known", points)


def _overlaps(positions: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Pairs of one symbol and side of which the later was opened while the earlier was open."""
    same = sorted(positions, key=lambda p: (p.venue_symbol, p.side))
    found = []
    for _, group in groupby(same, key=lambda p: (p.venue_symbol, p.side)):
        held: list[Any] = []
        for later in group:
            held = [earlier for earlier in held if earlier.closed_at > later.opened_at]
            found += [(earlier, later) for earlier in held if earlier.opened_at < later.opened_at]
            held.append(later)
    return found


def _worse(earlier: Any, later: Any) -> bool:
    """Whether the earlier one was losing when the later one was opened."""
    below: bool = later.entry_price < earlier.entry_price
    above: bool = later.entry_price > earlier.entry_price
    return below if later.side == "long" else above


def _sum(values: Sequence[Any]) -> Decimal:
    total = ZERO
    for value in values:
        total = EXACT.add(total, value)
    return total
