"""V1: what a leader got of the followers' profits, in futures and in spot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from unifiedcopy.sandbox import Call, Lead, ProfitShare, fixed, plain, route, sums

from ..desk import QUARTER_MS, symbol_of
from ..gate import is_digits
from ..leading import day_of
from .words import MIX, SPOT, Words, limits, spot_limits


class Profits(Words):
    """Totals and single shares. Days are those of GMT+8: said of spot [seed], a guess for futures."""

    # Futures

    @route(
        "GET",
        f"{MIX}/summary",
        **limits("summary", 20),
        note="in USDT, shares in other coins at today's price, a guess",
    )
    def v1_summary(self, call: Call) -> object:
        return self._summary(self.futures_lead(call.alias), since=0)

    @route("GET", f"{MIX}/profitSettleTokenIdGroup", **limits("profitSettleTokenIdGroup", 20))
    def v1_profit_by_coin(self, call: Call) -> object:
        totals = sums(self.futures_lead(call.alias).shares, lambda share: share.asset)
        return [{"settleTokenId": asset, "profit": shared(amount)} for asset, amount in totals.items()]

    @route(
        "GET",
        f"{MIX}/profitDateGroupList",
        **limits("profitDateGroupList"),
        note="newest first, and that date is the last payment of the day, are guesses; documented without paging",
    )
    def v1_profit_by_date(self, call: Call) -> object:
        return [
            {"settleTokenId": asset, "profit": shared(amount), "date": at}
            for asset, at, amount in by_day(self.futures_lead(call.alias).shares)
        ]

    @route(
        "GET",
        f"{MIX}/profitDateList",
        **limits("profitDateList", 10),
        note="that date names the whole day is a guess, and the largest page",
    )
    def v1_profit_of_date(self, call: Call) -> object:
        lead, query = self.futures_lead(call.alias), call.query
        self.all_needed(query, "marginCoin", "date", "pageSize", "pageNo")
        found = self._of_day(lead.shares, query["date"], query["marginCoin"])
        return [named(share) for share in self.numbered_page(found, query, default=20, most=100)]

    @route("GET", f"{MIX}/waitProfitDateList", **limits("waitProfitDateList"), note="the largest page is a guess")
    def v1_profit_waiting(self, call: Call) -> object:
        lead, query = self.futures_lead(call.alias), call.query
        self.all_needed(query, "pageSize", "pageNo")
        return [named(share) for share in self.numbered_page(lead.pending, query, default=20, most=100)]

    # Spot: three months [seed]

    @route(
        "POST",
        f"{SPOT}/profit/totalProfitInfo",
        **spot_limits("totalProfitInfo"),
        note="in USDT, shares in other coins at today's price, a guess",
    )
    def v1_spot_profit_summary(self, call: Call) -> object:
        return self.in_spot(self._summary(self.spot_lead(call.alias), since=self._quarter_ago()))

    @route(
        "POST",
        f"{SPOT}/profit/totalProfitList",
        **spot_limits("totalProfitList"),
        fidelity="guessed",
        note="one row for each settlement coin as the text says, with a pair for symbol as in the example: which "
        "pair stands for USDT is made up",
    )
    def v1_spot_profit_by_coin(self, call: Call) -> object:
        totals = sums(self._recent(call), lambda share: share.asset)
        other = next(coin for coin in self.world.market.coins if coin not in totals)
        rows = [
            {"symbol": symbol_of(other if asset == "USDT" else asset), "profit": shared(amount)}
            for asset, amount in totals.items()
        ]
        return self.in_spot(self.numbered_page(rows, call.body, default=100, most=100))

    @route(
        "POST",
        f"{SPOT}/profit/profitHisList",
        **spot_limits("profitHisList"),
        note="newest first, and that date is the last payment of the day, are guesses",
    )
    def v1_spot_profit_by_date(self, call: Call) -> object:
        found = [
            {"coin": asset, "date": str(at), "profit": shared(amount)}
            for asset, at, amount in by_day(self._recent(call))
        ]
        return self.in_spot(self.next_page(call.body, found, default=100, most=100))

    @route(
        "POST",
        f"{SPOT}/profit/profitHisDetailList",
        **spot_limits("profitHisDetailList"),
        note="distributeRatio is a whole percent as the value reads (the text says a fraction)",
    )
    def v1_spot_profit_of_date(self, call: Call) -> object:
        body = call.body
        self.all_needed(body, "date", "coin")
        found = self._of_day(self._recent(call), body["date"], body["coin"])
        return self.in_spot(self._ratio_page(call, found))

    @route(
        "POST",
        f"{SPOT}/profit/waitProfitDetailList",
        **spot_limits("waitProfitDetailList"),
        note="distributeRatio is a whole percent as in the other detail list, a guess",
    )
    def v1_spot_profit_waiting(self, call: Call) -> object:
        return self._ratio_page(call, self.spot_lead(call.alias).pending)

    # Sums

    def _summary(self, lead: Lead, *, since: int) -> Mapping[str, str]:
        yesterday, at = self.last_day(lead)
        return {
            "yesterdaySplitProfit": fixed(yesterday, 4),
            "sumProfit": fixed(self.in_usdt(share for share in lead.shares if share.at >= since), 4),
            "waitProfit": fixed(self.in_usdt(lead.pending), 4),
            "yesterdayTimeStamp": str(at),
        }

    def _quarter_ago(self) -> int:
        return self.world.clock.now_ms() - QUARTER_MS

    def _recent(self, call: Call) -> list[ProfitShare]:
        since = self._quarter_ago()
        return [share for share in self.spot_lead(call.alias).shares if share.at >= since]

    def _of_day(self, shares: Iterable[ProfitShare], date: str, asset: str) -> list[ProfitShare]:
        if not is_digits(date):
            raise self.invalid()
        return [share for share in shares if share.asset == asset and day_of(share.at) == day_of(int(date))]

    def _ratio_page(self, call: Call, shares: Iterable[ProfitShare]) -> Mapping[str, object]:
        ratio = plain(self.spot_lead(call.alias).leader.share * 100)
        found = [{"coin": s.asset, "distributeRatio": ratio, "profit": shared(s.amount)} for s in shares]
        return self.next_page(call.body, found, default=100, most=100)


def by_day(shares: Iterable[ProfitShare]) -> list[tuple[str, int, Decimal]]:
    """Coin, moment of the last payment and sum of each day, the newest first."""
    shares = sorted(shares, key=lambda share: share.at, reverse=True)
    last: dict[tuple[int, str], int] = {}
    for share in shares:
        last.setdefault((day_of(share.at), share.asset), share.at)
    totals = sums(shares, lambda share: (day_of(share.at), share.asset))
    return [(asset, last[day, asset], amount) for (day, asset), amount in totals.items()]


def named(share: ProfitShare) -> dict[str, str]:
    return {"settleTokenId": share.asset, "profit": shared(share.amount), "nickName": share.follower.name}


def shared(amount: Decimal) -> str:
    """With 8 decimals, as in spot's samples."""
    return fixed(amount, 8)
