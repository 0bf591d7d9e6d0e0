"""What a history answers. The rules of ``unifiedcopy.models`` hold: exact ``Decimal``, None where nobody said."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field

from ..analytics.drawdown import Drawdown, drawdown
from ..series import Point


class SnapshotEntry(Struct, frozen=True, kw_only=True, gc=False):
    """A stored snapshot, without what is in it."""

    id: int
    """What ``History.snapshot`` takes."""
    taken_at: int
    accounts: int
    ok: int
    """Of these, how many were read at that moment."""
    archived: bool = False
    """Whether its positions were moved to Parquet files."""


class EquityPoint(Struct, frozen=True, kw_only=True, gc=False):
    """Equity at a moment. A curve that lacks an account has no value there: a gap, not a drop."""

    at: int
    value: Decimal | None
    """None where an account of the curve was not read."""
    known: Decimal
    """What the accounts that were read have together."""
    accounts: int
    """How many belong to the curve at this moment."""
    missing: tuple[str, ...] = ()
    """Those of them that were not read, as ``<venue>/<api> <account>``."""


class EquityCurve(Struct, frozen=True, kw_only=True):
    """Equity over time in one currency: of one account, of a venue, or of everything."""

    asset: str
    """The currency, ``?`` where the venue does not name one."""
    venue: str | None
    """None for a curve over venues."""
    exchange: str | None
    """Schema id, on the curve of one account."""
    account: str | None
    """The account's name, on the curve of one account."""
    points: tuple[EquityPoint, ...]
    joins: tuple[int, ...] = ()
    """Moments at which an account joined or left: a step there is neither profit nor loss."""

    @property
    def drawdown(self) -> Drawdown:
        """The falls within every stretch of time that has the same accounts."""
        return drawdown(*self.stretches())

    def stretches(self) -> list[list[Point]]:
        """The points with a value, apart where an account joined or left."""
        found: list[list[Point]] = [[]]
        joins = set(self.joins)
        for point in self.points:
            if point.at in joins:
                found.append([])
            if point.value is not None:
                found[-1].append(Point(point.at, point.value))
        return [stretch for stretch in found if stretch]


class Profit(Struct, frozen=True, kw_only=True):
    """What closed positions brought, of one group, in one currency."""

    asset: str
    """The currency, ``?`` where the venue does not name one."""
    venue: str | None = None
    account: str | None = None
    leader_id: str | None = None
    leader_name: str | None = None
    """Untrusted text of the venue."""
    symbol: str | None = None
    day: str | None = None
    """``2026-01-31``, UTC, by the time of closing."""
    positions: int = 0
    pnl: Decimal = field(default_factory=Decimal)
    """After fees where the venue tells that (``net_pnl``), else as it counts (``realized_pnl``)."""
    before_fees: int = 0
    """How many of the positions are counted before fees."""
    untold: int = 0
    """How many have no result at all: they are not in ``pnl``, and not zero."""
    profit_share: Decimal = field(default_factory=Decimal)
    """What leaders got of it, as far as it is told."""
    wins: int = 0
    losses: int = 0
