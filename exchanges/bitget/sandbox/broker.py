"""V2: the three mix-broker calls, the only directory of leaders."""

from __future__ import annotations

from collections.abc import Iterable

from unifiedcopy.sandbox import Call, Leader, Position, fixed, plain, route

from .desk import PRODUCTS, USDT, Desk, is_full, newest, symbol_of
from .figures import (
    charged,
    close_order_id,
    columns,
    daily,
    exit_of,
    hourly,
    margin_mode,
    margin_of,
    open_order_id,
    percent,
    size_of,
)
from .gate import per_ip, per_uid

BROKER = "/api/v2/copy/mix-broker"


class Broker(Desk):
    """Leaders, and what they hold and held."""

    @route(
        "GET",
        f"{BROKER}/query-traders",
        limits=per_uid("broker/query-traders"),
        fidelity="guessed",
        note="fields behind lossCount are known from client code only; whether an ordinary key may ask is unknown, "
        "see the switch; composite sorting, BGB places and flat 24 h series are made up",
    )
    def leader_directory(self, call: Call) -> object:
        query = call.query
        found = self.ranked(query, self.text(query, "traderId"), self.text(query, "traderName"))
        language = query.get("language", query.get("languageType", "en-US"))
        followed = {follow.leader.id for follow in self.world.copying.following(call.alias)}
        return [
            self._leader_row(leader, mine=leader.id in followed, language=language)
            for leader in self.numbered_page(found, query, default=20, most=20)
        ]

    @route(
        "GET",
        f"{BROKER}/query-current-traces",
        limits=per_ip("broker/query-current-traces", 10),
        note="newest first, and empty TP/SL for none, are guesses",
    )
    def leader_current(self, call: Call) -> object:
        leader = self.asked(call.query)
        shown, _ = self._of_leader(call, newest(self.world.book.open_positions(leader.owner)), 20)
        return [self._leader_open(position) for position in shown]

    @route(
        "GET",
        f"{BROKER}/query-history-traces",
        limits=per_uid("broker/query-history-traces"),
        note="newest first is a guess; of orders from before the start followCount is 0",
    )
    def leader_history(self, call: Call) -> object:
        leader = self.asked(call.query)
        shown, end_id = self._of_leader(call, self.closed(leader.owner), 100)
        return {"trackingList": [leader_closed(position) for position in shown], "endId": end_id}

    def _of_leader(self, call: Call, positions: Iterable[Position], default: int) -> tuple[list[Position], str]:
        product = self.choice(call.query, "productType", PRODUCTS)
        symbol = self.text(call.query, "symbol").upper()  # lower case in the example
        found = [p for p in positions if product == USDT and symbol in ("", symbol_of(p.coin))]
        return self.cursor_page(found, call.query, default)

    # Rows

    def _leader_row(self, leader: Leader, *, mine: bool, language: str) -> dict[str, object]:
        now = self.world.clock.now_ms()
        days, hours = daily(leader), hourly(leader, now)
        held = {symbol_of(p.coin): None for p in self.world.book.open_positions(leader.owner)}
        return {
            "canTrace": yes(leader.open_to_follow and not is_full(leader)),
            "traderId": leader.id,
            "traderName": leader.name,
            "maxLimit": str(leader.follower_limit),
            "bgbMaxFollowLimit": "75",
            "followCount": str(leader.followers),
            "bgbFollowCount": "0",
            "traderStatus": yes(mine),
            "totalEquity": "****",
            "currentTradingList": list(held),
            "columnList": columns(leader, language),
            "totalFollowers": str(leader.followers_ever),
            "profitCount": str(leader.wins),
            "lossCount": str(leader.losses),
            "tradeCount": str(leader.trades),
            "traderPic": leader.avatar,
            "maxCallbackRate": percent(leader.drawdown),
            "averageWinRate": percent(leader.win_rate),
            "dailyProfitRateList": [{"rate": fixed(rate, 2), "cTime": str(at)} for at, rate, _ in days],
            "dailyProfitList": [{"amount": fixed(sum_, 2), "cTime": str(at)} for at, _, sum_ in days],
            "profitRate24hList": [{"rate": fixed(rate, 2), "cTime": str(at)} for at, rate, _ in hours],
            "profit24hList": [{"amount": fixed(sum_, 2), "cTime": str(at)} for at, _, sum_ in hours],
            "followerTotalProfit": fixed(leader.follower_profit, 2),
            "lastTradeTime": str(leader.last_trade_at),
            "tradeDays": str((now - leader.leading_since) // 86_400_000),
        }

    def _leader_open(self, position: Position) -> dict[str, str]:
        take, stop = self.stops_shown(position)
        return {
            "trackingNo": position.id,
            "openOrderId": open_order_id(position),
            **face(position),
            "openTime": str(position.opened_at),
            "openSize": plain(size_of(position)),
            "openFee": charged(position.open_fee),
            "marginAmount": plain(margin_of(position)),
            "followCount": str(len(self.world.book.children(position))),
            "stopSurplusPrice": take,
            "stopLossPrice": stop,
            "cTime": str(position.opened_at),
        }


def leader_closed(position: Position) -> dict[str, str]:
    return {
        "trackingNo": position.id,
        "openOrderId": open_order_id(position),
        "closeOrderId": close_order_id(position),
        **face(position),
        "openTime": str(position.opened_at),
        "openSize": plain(size_of(position)),
        "closePriceAvg": plain(exit_of(position)),
        "closeTime": str(position.updated_at),
        "closeSize": plain(position.closed_size),
        "openFee": charged(position.open_fee),
        "closeFee": charged(position.close_fee),
        "marginAmount": plain(margin_of(position)),
        "followCount": str(position.copies),
        "cTime": str(position.opened_at),
    }


def face(position: Position) -> dict[str, str]:
    """What open and closed orders of a leader have in common."""
    return {
        "marginMode": margin_mode(position),
        "posSide": position.side,
        "symbol": symbol_of(position.coin),
        "openLeverage": plain(position.leverage),
        "openPriceAvg": plain(position.entry),
    }


def yes(fact: bool) -> str:
    return "Yes" if fact else "No"
