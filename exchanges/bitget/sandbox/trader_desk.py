"""What the trader calls of V2 and V3 share, in contracts and in spot: followers, profit shares, figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Call, Follower, Lead, ProfitShare, fixed, sums

from .figures import daily
from .leading import LeadDesk

WEEK = 8
"""Points of a week's series, today's included, as in the example of the spot page [docs]."""


class TraderDesk(LeadDesk):
    """The account as a leader."""

    def leading(self, call: Call) -> Lead:
        return self.futures_lead(call.alias)

    def followers_in(self, lead: Lead, given: Mapping[str, Any]) -> list[Follower]:
        """Who started in the window; without a window everybody [guess]."""
        since, until = self.window(given) if {"startTime", "endTime"} & set(given) else (0, 2**63)
        return [follower for follower in lead.followers if since <= follower.since <= until]

    def shares_of(self, lead: Lead, given: Mapping[str, Any], *, pending: bool = False) -> list[ProfitShare]:
        """Paid ones, the newest first [guess], or those to come; ``coin`` in any case."""
        coin = self.text(given, "coin").upper()
        shares = lead.pending if pending else lead.shares[::-1]
        return [share for share in shares if coin in ("", share.asset)]

    def share_summary(self, lead: Lead) -> dict[str, str]:
        yesterday, at = self.last_day(lead)
        return {
            "yesterdayProfit": fixed(yesterday, 8),
            "sumProfit": fixed(self.in_usdt(lead.shares), 8),
            "waitProfit": fixed(self.in_usdt(lead.pending), 8),
            "yesterdayTime": str(at),
        }


def by_coin(shares: Sequence[ProfitShare]) -> list[tuple[str, Decimal, int]]:
    """Coin, amount and the time of the last payment."""
    totals = sums(shares, lambda share: share.asset)
    return [(coin, amount, max(s.at for s in shares if s.asset == coin)) for coin, amount in totals.items()]


def by_coin_and_day(shares: Sequence[ProfitShare]) -> list[tuple[str, int, Decimal]]:
    totals = sums(shares, lambda share: (share.asset, share.at))
    return [(coin, at, amount) for (coin, at), amount in totals.items()]


def figures(lead: Lead, decimals: int) -> dict[str, list[dict[str, str]]]:
    """Returns and profits of a week and of a month, by day."""

    def points(key: str, value: Callable[[tuple[int, Decimal, Decimal]], Decimal], most: int) -> list[dict[str, str]]:
        return [{key: fixed(value(day), decimals), "ctime": str(day[0])} for day in daily(lead.leader)[-most:]]

    return {
        "lastWeekRoiList": points("rate", lambda day: day[1], WEEK),
        "lastMonthRoiList": points("rate", lambda day: day[1], 30),
        "lastWeekProfitList": points("amount", lambda day: day[2], WEEK),
        "lastMonthProfitList": points("amount", lambda day: day[2], 30),
    }
