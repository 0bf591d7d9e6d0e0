"""V1, futures: what a leader could do with the own orders, and the figures about them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import ZERO, Call, Leader, Position, fixed, plain, route

from ..desk import newest, symbol_of
from ..figures import charged, close_order_id, daily, exit_of, open_order_id, percent, size_of
from .words import MIX, Words, contract, limits


class Trader(Words):
    """Orders that others copy. Who leads nobody is refused with 40732."""

    # Reading

    @route(
        "GET",
        f"{MIX}/currentTrack",
        **limits("currentTrack"),
        note="newest first, and empty TP/SL for none, are guesses",
    )
    def v1_current_track(self, call: Call) -> object:
        query, leader = call.query, self.leading(call.alias)
        symbol = self.needed(query, "symbol")
        held = self.world.book.open_positions(leader.owner) if self.usdt(query) else []
        found = newest(p for p in held if symbol == contract(p.coin))
        return self.exact([led_open(position) for position in self.falling_page(found, query, 20, 50)])

    @route(
        "GET",
        f"{MIX}/historyTrack",
        **limits("historyTrack"),
        note="newest first, the window about the opening, and stopType by the sign of the profit are guesses",
    )
    def v1_history_track(self, call: Call) -> object:
        query, leader = call.query, self.leading(call.alias)
        for name in ("startTime", "endTime", "pageSize", "pageNo"):
            self.needed(query, name)
        since, until = self.window(query)
        found = [p for p in self.closed(leader.owner) if since <= p.opened_at <= until]
        return [led_closed(position) for position in self.numbered_page(found, query, default=20, most=100)]

    @route("GET", f"{MIX}/traderDetail", **limits("traderDetail"), note="that roi is in percent is a guess")
    def v1_trader_detail(self, call: Call) -> object:
        leader = self.leading(call.alias)
        week, month = daily(leader)[-7:], daily(leader)
        return {
            "roi": percent(leader.roi),
            "tradingOrders": str(leader.trades),
            "accFollowers": str(leader.followers),
            "totalpl": f"${fixed(leader.profit, 2)}",
            "gainNum": str(leader.wins),
            "lossNum": str(leader.losses),
            "winRate": percent(leader.win_rate),
            "totalEquity": fixed(self.equity(leader.owner), 2),
            "tradingPairsAvailable": [symbol_of(coin) for coin in leader.coins],
            "lastWeekRoi": [{"rate": fixed(rate, 6), "ctime": str(at)} for at, rate, _ in week],
            "lastWeekProfit": [{"amount": fixed(sum_, 16), "ctime": str(at)} for at, _, sum_ in week],
            "lastMonthRoi": [{"rate": fixed(rate, 6), "ctime": str(at)} for at, rate, _ in month],
            "lastMonthProfit": [{"amount": fixed(sum_, 16), "ctime": str(at)} for at, _, sum_ in month],
        }

    # Writing

    @route(
        "POST",
        f"{MIX}/closeTrackOrder",
        write=True,
        **limits("closeTrackOrder"),
        note="43065 for a symbol that is not the order's is a guess",
    )
    def v1_close_track_order(self, call: Call) -> object:
        position = self._led_order(call)
        self.world.copying.lead_close(position)
        return {"trackingNo": int(position.id), "result": True}

    @route(
        "POST",
        f"{MIX}/closeTrackOrderBySymbol",
        write=True,
        **limits("closeTrackOrderBySymbol"),
        note="which code nothing-to-close has is a guess",
    )
    def v1_close_track_order_by_symbol(self, call: Call) -> object:
        leader, symbol = self.leading(call.alias), self.needed(call.body, "symbol")
        found = [p for p in self.world.book.open_positions(leader.owner) if symbol == contract(p.coin)]
        if not found:
            raise self.refuse(self.options.nothing_to_close)
        for position in found:
            self.world.copying.lead_close(position)
        return {"trackingNos": [position.id for position in found]}

    @route(
        "POST",
        f"{MIX}/modifyTPSL",
        write=True,
        **limits("modifyTPSL"),
        note="null cancels [seed]; that absent and empty leave, and that one must be sent, are guesses",
    )
    def v1_modify_tpsl(self, call: Call) -> object:
        position = self._led_order(call)
        take, stop = (self.stop_price(call.body, name) for name in ("stopProfitPrice", "stopLossPrice"))
        if take is stop is None:
            raise self.invalid()
        self.set_stops(position, take, stop)
        return position.id
