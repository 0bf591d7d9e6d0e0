"""One leader, for everybody: figures, positions, copiers, and the limits of copying."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import ZERO, Call, Follow, Leader, Position, floor_to, plain, route

from .contracts import opened, total
from .figures import WINDOWS, accumulated, daily, share, weekly, won_and_lost
from .gate import COPY, QUARTER_MS, per_ip
from .ranking import Ranking

MIN_COPY, MAX_COPY, MAX_TOTAL = Decimal(20), Decimal(1_000), Decimal(30_000)
MIN_RATIO, MAX_RATIO = Decimal("0.01"), Decimal(100)
MAX_TAKE_PROFIT, MAX_STOP_LOSS = Decimal("1.5"), Decimal("0.75")
"""As in the example of public-config [docs]."""


class Leaders(Ranking):
    """What is known of a leader without a key."""

    @route("GET", f"{COPY}/public-config", public=True, limits=per_ip("public-config"))
    def copy_limits(self, call: Call) -> object:
        self.swap(call.query)
        return [
            {
                "maxCopyAmt": plain(MAX_COPY),
                "maxCopyRatio": plain(MAX_RATIO),
                "maxCopyTotalAmt": plain(MAX_TOTAL),
                "maxSlRatio": plain(MAX_STOP_LOSS),
                "maxTpRatio": plain(MAX_TAKE_PROFIT),
                "minCopyAmt": plain(MIN_COPY),
                "minCopyRatio": plain(MIN_RATIO),
            }
        ]

    @route(
        "GET",
        f"{COPY}/public-stats",
        public=True,
        limits=per_ip("public-stats"),
        note="winRatio is that of the days, as in the example; an unknown leader answers 59269 (guess), here and below",
    )
    def leader_stats(self, call: Call) -> object:
        leader = self.asked(call.query)
        days = WINDOWS[self.choice(call.query, "lastDays", tuple(WINDOWS))]
        won, lost = won_and_lost(daily(leader, self.world.clock.now_ms(), days))
        return [
            {
                "avgSubPosNotional": plain(self._mean_value(leader)),
                "ccy": "USDT",
                "curCopyTraderPnl": plain(leader.follower_profit),
                "investAmt": plain(leader.deposit),
                "lossDays": str(lost),
                "profitDays": str(won),
                "winRatio": share(won, won + lost),
            }
        ]

    @route("GET", f"{COPY}/public-pnl", public=True, limits=per_ip("public-pnl"))
    def leader_pnl_daily(self, call: Call) -> object:
        leader = self.asked(call.query)
        days = WINDOWS[self.choice(call.query, "lastDays", tuple(WINDOWS))]
        return [result.row() for result in accumulated(leader, self.world.clock.now_ms(), days)]

    @route(
        "GET",
        f"{COPY}/public-weekly-pnl",
        public=True,
        limits=per_ip("public-weekly-pnl"),
        note="how far it reaches back is not said: all weeks",
    )
    def leader_pnl_weekly(self, call: Call) -> object:
        return [result.row() for result in weekly(self.asked(call.query), self.world.clock.now_ms())]

    @route(
        "GET",
        f"{COPY}/public-preference-currency",
        public=True,
        limits=per_ip("public-preference-currency"),
        note="by the value of all positions (guess)",
    )
    def leader_preferences(self, call: Call) -> object:
        values: defaultdict[str, Decimal] = defaultdict(Decimal)
        for position in self._positions_of(self.asked(call.query)):
            values[position.coin] += position.value(position.entry, opened(position))
        everything = total(values.values())
        found = sorted(values.items(), key=lambda item: item[1], reverse=True)
        return [{"ccy": coin, "ratio": plain(round(value / everything, 4))} for coin, value in found]

    @route("GET", f"{COPY}/public-current-subpositions", public=True, limits=per_ip("public-current-subpositions"))
    def leader_positions(self, call: Call) -> object:
        leader = self.asked(call.query)
        shown = self.by_id(self.world.book.open_positions(leader.owner), call.query)
        return [{**self._leader_row(leader, position), **self.floating(position)} for position in shown]

    @route(
        "GET",
        f"{COPY}/public-subpositions-history",
        public=True,
        limits=per_ip("public-subpositions-history"),
        note="only what is wholly closed (guess)",
    )
    def leader_position_history(self, call: Call) -> object:
        leader = self.asked(call.query)
        since = self.world.clock.now_ms() - QUARTER_MS
        closed = [p for p in self.world.book.history if p.owner == leader.owner and p.updated_at >= since]
        return [
            {**self._leader_row(leader, position), **self.outcome(position)}
            for position in self.by_id(closed, call.query)
        ]

    @route(
        "GET",
        f"{COPY}/public-copy-traders",
        public=True,
        limits=per_ip("public-copy-traders"),
        note="the copiers that the sandbox knows; how their number changed in a week is made up",
    )
    def leader_copiers(self, call: Call) -> object:
        leader = self.asked(call.query)
        size = self.whole(call.query, "limit", 100, 100)
        copiers = [follow for follow in self.world.copying.follows.values() if follow.leader is leader]
        copiers.sort(key=lambda follow: follow.realized, reverse=True)
        change = leader.followers // 50
        return [
            {
                "ccy": "USDT",
                "copyTotalPnl": plain(leader.follower_profit),
                "copyTraderNumChg": str(change),
                "copyTraderNumChgRatio": share(change, leader.followers),
                "copyTraders": [copier_row(follow) for follow in copiers[:size]],
            }
        ]

    # Looking up

    def asked(self, given: Mapping[str, Any]) -> Leader:
        """The leader that a question is about; codes are case-sensitive [docs]."""
        code = self.needed(given, "uniqueCode")
        leader = self.world.copying.leaders.get(code) if self.swap(given) else None
        if leader is None:
            raise self.refuse("59269")
        return leader

    def _positions_of(self, leader: Leader) -> list[Position]:
        closed = [p for p in self.world.book.history if p.owner == leader.owner]
        return [*closed, *self.world.book.open_positions(leader.owner)]

    def _mean_value(self, leader: Leader) -> Decimal:
        values = [position.value(position.entry, opened(position)) for position in self._positions_of(leader)]
        return floor_to(total(values) / len(values)) if values else ZERO

    def _leader_row(self, leader: Leader, position: Position) -> dict[str, str]:
        size = position.size or opened(position)
        net = bool(leader.extra.get("net"))
        return {**self.face(position), **self.side_and_size(position, size, net=net), "uniqueCode": leader.id}


def copier_row(follow: Follow) -> dict[str, str]:
    return {
        "beginCopyTime": str(follow.since),
        "nickName": masked(follow.account),
        "pnl": plain(floor_to(follow.realized)),
        "portLink": "",
    }


def masked(name: str) -> str:
    """As names that look like e-mail addresses are shown: three characters, three stars, the rest."""
    return f"{name[:3]}***{name[-3:]}"
