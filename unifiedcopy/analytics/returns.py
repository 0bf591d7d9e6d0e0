"""ROI, drawdown, Sharpe and Sortino of a ROI series, defined alike for every venue.

The series becomes an index: 1 + ROI of points that hold all before them, the product of 1 + ROI of points that are of
their own time. A return is the change of the index from one point to the next. Sharpe is the mean return over the
sample's standard deviation, Sortino the mean return over the deviation below zero; the riskless rate is 0, and both
are multiplied by the square root of how many points a year of 365 days has.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate, pairwise
from statistics import median_low

from ..portfolio.amounts import RATIO, ZERO
from ..series import Point, Series
from .drawdown import drawdown
from .measures import Evidence, Measure

DAY = 86_400_000
YEAR = 365 * DAY
FEWEST = 10
"""Of fewer returns a deviation says nothing."""
_EVIDENCE: Evidence = "roi series"


class Index:
    """The growth of one unit, from a series; empty with a reason where it can't be known."""

    def __init__(self, series: Series | None, days: int | None = None) -> None:
        self.points: list[Point] = []
        self.reason = _unusable(series)
        if series is not None and not self.reason:
            given = sorted(series)
            accumulated = series.kind == "accumulated"
            if days is not None:  # what grows from a point needs that point; what is of a time of its own begins before
                begin = given[-1].at - days * DAY + (not accumulated)
                given = [point for point in given if point.at >= begin]
            self.points = _index(given, accumulated=accumulated)
            if any(point.value <= 0 for point in self.points):
                self.points, self.reason = [], "the series falls to a total loss or below"

    def roi(self) -> Measure:
        """The growth over the window."""
        if len(self.points) < 2:
            return self._unknown("a series of fewer than two points")
        first, last = self.points[0].value, self.points[-1].value
        return self._measure(RATIO.subtract(RATIO.divide(last, first), 1))

    def max_drawdown(self) -> Measure:
        """The deepest fall below the highest point before, as a fraction."""
        if len(self.points) < 2:
            return self._unknown("a series of fewer than two points")
        return self._measure(drawdown(self.points).depth)

    def sharpe(self) -> Measure:
        """Mean return over the deviation, a year's."""
        returns = self._returns()
        if len(returns) < FEWEST:
            return self._unknown(f"fewer than {FEWEST} returns")
        mean = _mean(returns)
        squares = [RATIO.power(RATIO.subtract(value, mean), 2) for value in returns]
        return self._ratio(mean, RATIO.divide(_sum(squares), len(returns) - 1), "the returns don't vary")

    def sortino(self) -> Measure:
        """Mean return over the deviation below zero, a year's."""
        returns = self._returns()
        if len(returns) < FEWEST:
            return self._unknown(f"fewer than {FEWEST} returns")
        squares = [RATIO.power(min(value, ZERO), 2) for value in returns]
        return self._ratio(_mean(returns), RATIO.divide(_sum(squares), len(returns)), "no return is below zero")

    def _returns(self) -> list[Decimal]:
        return [RATIO.subtract(RATIO.divide(after.value, before.value), 1) for before, after in pairwise(self.points)]

    def _ratio(self, mean: Decimal, variance: Decimal, without: str) -> Measure:
        if not variance:
            return self._unknown(without)
        spacing = median_low(after.at - before.at for before, after in pairwise(self.points))
        if not spacing:
            return self._unknown("points of one time")
        yearly = RATIO.sqrt(RATIO.divide(Decimal(YEAR), Decimal(spacing)))
        return self._measure(RATIO.multiply(RATIO.divide(mean, RATIO.sqrt(variance)), yearly))

    def _measure(self, value: Decimal | None) -> Measure:
        since, until = self.points[0].at, self.points[-1].at
        return Measure(value=value, evidence=_EVIDENCE, points=len(self.points), since=since, until=until)

    def _unknown(self, reason: str) -> Measure:
        return Measure.unknown(_EVIDENCE, self.reason or reason, len(self.points))


def _unusable(series: Series | None) -> str:
    if series is None:
        return "the venue gives no ROI series here"
    if series.kind is None:
        return "the venue doesn't say whether the points of its series hold all before them"
    return "" if len(series) else "the series is empty"


def _index(points: Sequence[Point], *, accumulated: bool) -> list[Point]:
    """Points that hold all before them begin with the first; of the others, one stands before the first."""
    if accumulated:
        return [Point(point.at, RATIO.add(1, point.value)) for point in points]
    grown = accumulate((RATIO.add(1, point.value) for point in points), RATIO.multiply)
    step = points[1].at - points[0].at if len(points) > 1 else DAY
    begin = Point(points[0].at - step, Decimal(1))
    return [begin, *(Point(point.at, value) for point, value in zip(points, grown, strict=True))]


def _sum(values: Sequence[Decimal]) -> Decimal:
    total = ZERO
    for value in values:
        total = RATIO.add(total, value)
    return total


def _mean(values: Sequence[Decimal]) -> Decimal:
    return RATIO.divide(_sum(values), len(values))
