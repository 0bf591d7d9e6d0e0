"""How far and how long something that grows fell below its highest point before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct

from ..portfolio.amounts import EXACT, RATIO, ZERO
from ..series import Point


class Drawdown(Struct, frozen=True, kw_only=True, gc=False):
    """The deepest fall, and the longest. Money that was taken out of an account looks like a loss: venues' balances
    don't tell one from the other.
    """

    depth: Decimal | None
    """The deepest fall as a fraction of the peak before it; None where no peak is above zero."""
    amount: Decimal
    """The same fall in money."""
    peak_at: int | None = None
    trough_at: int | None = None
    recovered_at: int | None = None
    """When that peak was reached again; None: not yet."""
    longest: int = 0
    """The longest time below a peak, milliseconds; to the last point where the peak was not reached again."""
    points: int
    """How many points it is computed from."""


class _Valley(NamedTuple):
    """A time below a peak."""

    peak: Point
    low: Point
    end: int
    recovered: bool = False

    @property
    def fall(self) -> tuple[Decimal, Decimal]:
        """As a fraction (below zero without a peak to measure it by), and in money."""
        amount = EXACT.subtract(self.peak.value, self.low.value)
        return (RATIO.divide(amount, self.peak.value) if self.peak.value > 0 else Decimal(-1)), amount


def drawdown(*stretches: Iterable[Point]) -> Drawdown:
    """The falls in points in the order of time; no fall goes over the end of a stretch."""
    given = [list(stretch) for stretch in stretches]
    points = [point for stretch in given for point in stretch]
    valleys = [valley for stretch in given for valley in _valleys(stretch)]
    measurable = any(point.value > 0 for point in points)
    if not valleys:
        return Drawdown(depth=ZERO if measurable else None, amount=ZERO, points=len(points))
    deepest = max(valleys, key=lambda valley: valley.fall)
    depth, amount = deepest.fall
    return Drawdown(
        depth=depth if depth >= 0 else None,
        amount=amount,
        peak_at=deepest.peak.at,
        trough_at=deepest.low.at,
        recovered_at=deepest.end if deepest.recovered else None,
        longest=max(valley.end - valley.peak.at for valley in valleys),
        points=len(points),
    )


def _valleys(points: Iterable[Point]) -> Iterator[_Valley]:
    peak: Point | None = None
    valley: _Valley | None = None
    for point in points:
        if peak is None or point.value >= peak.value:
            if valley is not None:
                yield valley._replace(end=point.at, recovered=True)
            peak, valley = point, None
        elif valley is None or point.value < valley.low.value:
            valley = _Valley(peak, point, point.at)
        else:
            valley = valley._replace(end=point.at)
    if valley is not None:
        yield valley
