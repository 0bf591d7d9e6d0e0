"""V1: the directory of leaders, and what each holds and held; and the time.

Reads that are POST, symbols without suffix: as on the page [seed].
"""

from __future__ import annotations

from unifiedcopy.sandbox import Call, Leader, Position, fixed, plain, route

from ..desk import is_full, newest, symbol_of
from ..figures import daily, exit_of, hourly, margin_of, percent, size_of
from ..gate import per_ip
from .words import MIX, Words, limits


class Directory(Words):
    """Leaders, for everybody to see."""

    @route("GET", "/api/spot/v1/public/time", public=True, limits=per_ip("v1/time", 20))
    def v1_time(self, call: Call) -> object:
        return call.request.at

    @route("GET", f"{MIX}/traderList", **limits("traderList"), note="composite sorting is made up")
    def trader_list(self, call: Call) -> object:
        query = call.query
        for name in ("sortRule", "sortFlag"):
            self.needed(query, name)
        uid, name = self.text(query, "traderUid"), self.text(query, "traderNickName")
        found = self.ranked(query, uid, name, prefix=True)
        followed = {follow.leader.id for follow in self.world.copying.following(call.alias)}
        return [
            self._v1_leader_row(leader, mine=leader.id in followed)
            for leader in self.numbered_page(found, query, default=20, most=20)
        ]

    @route(
        "POST",
        f"{MIX}/report/order/currentList",
        limits=per_ip("v1/currentList", 10),
        note="newest first is a guess",
    )
    def report_current(self, call: Call) -> object:
        return [
            {
                **leader_face(position),
                "openAmount": plain(size_of(position)),
                "followerNum": str(len(self.world.book.children(position))),
                **self._v1_stops(position),
                "marginAmount": plain(margin_of(position)),
            }
            for position in self._v1_of_leader(call, closed=False)
        ]

    @route(
        "POST",
        f"{MIX}/report/order/historyList",
        limits=per_ip("v1/historyList", 5),
        note="newest first is a guess; followerNum is not known of closed orders and 0",
    )
    def report_history(self, call: Call) -> object:
        return [
            {
                **leader_face(position),
                "closePrice": plain(exit_of(position)),
                "closeTime": str(position.updated_at),
                "closeAmount": plain(position.closed_size),
                "marginAmount": plain(margin_of(position)),
                "followerNum": "0",
            }
            for position in self._v1_of_leader(call, closed=True)
        ]

    def _v1_of_leader(self, call: Call, *, closed: bool) -> list[Position]:
        body = call.body
        owner = self.asked(body).owner
        symbol = self.text(body, "symbol")
        found = self.closed(owner) if closed else newest(self.world.book.open_positions(owner))
        found = [p for p in found if symbol in ("", symbol_of(p.coin))]  # no suffix here [seed]
        return list(self.numbered_page(found, body, default=20, most=20))

    # Rows

    def _v1_stops(self, position: Position) -> dict[str, str]:
        return dict(zip(("takeProfitPrice", "stopLossPrice"), self.stops_shown(position), strict=True))

    def _v1_leader_row(self, leader: Leader, *, mine: bool) -> dict[str, object]:
        now = self.world.clock.now_ms()
        days, hours = daily(leader), hourly(leader, now)
        return {
            "canTrace": leader.open_to_follow and not is_full(leader),
            "traderUid": leader.id,
            "traderNickName": leader.name,
            "maxFollowCount": str(leader.follower_limit),
            "followCount": str(leader.followers),
            "profile": "",
            "tradingPairsAvailable": [symbol_of(coin) for coin in leader.coins[:3]],
            "columnList": [{"describe": "ROI", "value": percent(leader.roi)}],
            "isMyTrader": mine,
            "totalFollowers": str(leader.followers_ever),
            "profitOrderCount": str(leader.wins),
            "lossOrderCount": str(leader.losses),
            "totalTradeCount": str(leader.trades),
            "traderHeadPic": leader.avatar,
            "maxCallbackRate": percent(leader.drawdown, 6),
            "averageWinRate": percent(leader.win_rate, 4),
            "followerTotalProfit": fixed(leader.follower_profit, 8),
            "dailyProfitRate": [{"rate": fixed(rate, 6), "ctime": str(at)} for at, rate, _ in days],
            "dailyProfit": [{"amount": fixed(sum_, 4), "ctime": str(at)} for at, _, sum_ in days],
            "profitRate24h": [{"rate": fixed(rate, 6), "ctime": str(at)} for at, rate, _ in hours],
            "profit24h": [{"amount": fixed(sum_, 4), "ctime": str(at)} for at, _, sum_ in hours],
            "lastTradeTime": str(leader.last_trade_at),
            "copyTradeDays": str((now - leader.leading_since) // 86_400_000),
        }


def leader_face(position: Position) -> dict[str, str]:
    """What open and closed orders of a leader have in common; ``holdMode`` is the margin mode [seed]."""
    return {
        "trackingNo": position.id,
        "holdMode": "crossed" if position.cross else "fixed",
        "holdSide": position.side,
        "leverage": plain(position.leverage),
        "symbol": symbol_of(position.coin),
        "openPrice": plain(position.entry),
        "openTime": str(position.opened_at),
    }
