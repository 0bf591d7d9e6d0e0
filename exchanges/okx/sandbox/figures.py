"""What leaders have done, as the venue counts it: sums over the last days, daily and weekly series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from unifiedcopy.sandbox import ZERO, Leader, floor_to, plain

DAY_MS = 86_400_000
EAST_MS = 8 * 3_600_000
"""Days begin at midnight in UTC+8: the times in the venue's examples do."""
WINDOWS = {"1": 7, "2": 30, "3": 90, "4": 365}
"""``lastDays`` [docs]."""
QUARTER = 90
"""``pnl`` and ``pnlRatio`` of the ranking are of so many days, whatever it is sorted by [docs]."""


@dataclass(frozen=True, slots=True)
class Result:
    """A day or a week: its own profit, or all profit up to its end."""

    at: int
    profit: Decimal
    ratio: Decimal

    def row(self) -> dict[str, str]:
        return {"beginTs": str(self.at), "pnl": plain(self.profit), "pnlRatio": plain(self.ratio)}


def daily(leader: Leader, now_ms: int, days: int) -> list[Result]:
    """Each of the last days alone, the oldest first."""
    since = now_ms - days * DAY_MS
    return [_result(leader, day.at - EAST_MS, day.profit) for day in leader.days if day.at >= since]


def accumulated(leader: Leader, now_ms: int, days: int) -> list[Result]:
    """Each day with all before it, the newest first [docs]."""
    running, found = ZERO, []
    for day in daily(leader, now_ms, days):
        running += day.profit
        found.append(_result(leader, day.at, running))
    return found[::-1]


def weekly(leader: Leader, now_ms: int) -> list[Result]:
    """Each week alone, the newest first; weeks begin on Mondays, as in the example."""
    weeks: defaultdict[int, Decimal] = defaultdict(Decimal)
    for day in leader.days:
        weekday = (day.at // DAY_MS + 3) % 7  # the first day of 1970 was a Thursday
        weeks[day.at - weekday * DAY_MS - EAST_MS] += day.profit
    return [_result(leader, at, profit) for at, profit in sorted(weeks.items(), reverse=True)]


def won_and_lost(results: Sequence[Result]) -> tuple[int, int]:
    """Days with a profit, days with a loss."""
    return sum(result.profit > 0 for result in results), sum(result.profit < 0 for result in results)


def share(part: int, whole: int) -> str:
    """A fraction with four decimals, as in the examples; empty where there is nothing to share."""
    return plain(round(Decimal(part) / whole, 4)) if whole else ""


def _result(leader: Leader, at: int, profit: Decimal) -> Result:
    return Result(at, floor_to(profit), floor_to(profit / leader.deposit, Decimal("0.0001")))
