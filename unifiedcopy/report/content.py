"""What a report says."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec import Struct

from ..errors import HistoryError
from ..history import EquityCurve, History, Profit, SnapshotEntry
from ..portfolio.amounts import Exposure
from ..portfolio.sums import Group, grouped, total

POINTS = 500
"""A curve has about so many at most: more can't be seen."""
EXPOSURES = 60
"""So many snapshots at most are read whole for the exposure over time."""
STRETCHES = (60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000, 604_800_000)


class Content(Struct, frozen=True, kw_only=True):
    """All figures of a report, as the history has them."""

    made_at: int
    snapshots: tuple[SnapshotEntry, ...]
    every: int
    """The stretch of time behind a point of a curve, milliseconds."""
    equity: tuple[EquityCurve, ...]
    """Of everything, a curve a currency."""
    venues: tuple[EquityCurve, ...]
    exposure: tuple[tuple[int, Exposure], ...]
    """Of everything, over time."""
    symbols: tuple[Group, ...]
    """What is open by symbol, in the last snapshot that is here."""
    symbols_at: int | None
    leaders: tuple[Profit, ...]
    days: tuple[Profit, ...]


async def content(history: History, *, since: int | None = None, until: int | None = None) -> Content:
    """The figures of a span of time.

    Raises:
        HistoryError: there is nothing stored in it.
    """
    snapshots = await history.snapshots(since, until)
    closed = await history.closed(since, until)
    if not snapshots and not closed:
        raise HistoryError(
            "the history holds nothing of this time; `unifiedcopy portfolio --store` and "
            "`unifiedcopy history --store` fill it"
        )
    every = _stretch(snapshots)
    window = {"since": since, "until": until}
    shown = _spread([entry for entry in snapshots if not entry.archived])
    taken = [await history.snapshot(entry.id) for entry in shown]
    return Content(
        made_at=int(time.time() * 1_000),
        snapshots=snapshots,
        every=every,
        equity=tuple(await history.equity("all", every=every, **window)),
        venues=tuple(await history.equity("venue", every=every, **window)),
        exposure=tuple((snapshot.taken_at, total(snapshot).settle) for snapshot in taken),
        symbols=tuple(grouped(taken[-1], "symbol")) if taken else (),
        symbols_at=taken[-1].taken_at if taken else None,
        leaders=tuple(await history.profits(("leader",), **window)),
        days=tuple(await history.profits(("day",), **window)),
    )


def _stretch(snapshots: Sequence[SnapshotEntry]) -> int:
    """The shortest stretch that keeps a curve within its points."""
    span = snapshots[-1].taken_at - snapshots[0].taken_at if snapshots else 0
    return next((stretch for stretch in STRETCHES if span / stretch <= POINTS), STRETCHES[-1])


def _spread(snapshots: Sequence[SnapshotEntry]) -> list[SnapshotEntry]:
    """Some of them, evenly, with the last one."""
    step = -(-len(snapshots) // EXPOSURES) or 1
    return list(snapshots[::-1][::step])[::-1]
