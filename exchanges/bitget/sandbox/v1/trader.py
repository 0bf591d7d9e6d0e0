"""V1, futures: what a leader could do with the own orders, and the figures about them."""

from __future__ import annotations

from unifiedcopy.sandbox import Call, Position, fixed, plain, route

from ..desk import newest, symbol_of
from ..figures import charged, close_order_id, daily, exit_of, open_order_id, percent, size_of
from .words import MIX, Words, contract, limits

TPSL_PAUSE_MS = 300
"""[seed]"""


class Trader(Words):
    """Orders that others copy. Who doesn't lead is refused with 40732."""

    # Reading

    @route(
        "GET",
        f"{MIX}/currentTrack",
        **limits("currentTrack"),
        note="newest first, and empty TP/SL for none, are guesses",
    )
    def v1_current_track(self, call: Call) -> object:
        query, lead = call.query, self.futures_lead(call.alias)
        self.all_needed(query, "symbol", "productType", "pageSize", "pageNo")
        held = newest(lead.positions) if self.usdt(query) else []
        found = [position for position in held if contract(position.coin) == query["symbol"]]
        return self.exact([led_open(position) for position in self.falling_page(found, query, 20, 50)])

    @route(
        "GET",
        f"{MIX}/historyTrack",
        **limits("historyTrack"),
        note="newest first, a window about the opening, and stopType by the sign of the profit are guesses",
    )
    def v1_history_track(self, call: Call) -> object:
        query, lead = call.query, self.futures_lead(call.alias)
        self.all_needed(query, "startTime", "endTime", "pageSize", "pageNo")
        since, until = self.window(query)
        found = newest(position for position in lead.history if since <= position.opened_at <= until)
        return [led_closed(position) for position in self.numbered_page(found, query, default=20, most=100)]

    @route(
        "GET",
        f"{MIX}/traderDetail",
        **limits("traderDetail"),
        note="that roi is in percent, and that the series are sums since the beginning, is read off the example",
    )
    def v1_trader_detail(self, call: Call) -> object:
        lead = self.futures_lead(call.alias)
        leader, days = lead.leader, daily(lead.leader)
        return {
            "roi": percent(leader.roi),
            "tradingOrders": str(leader.trades),
            "accFollowers": str(leader.followers),
            "totalpl": f"${fixed(leader.profit, 2)}",
            "gainNum": str(leader.wins),
            "lossNum": str(leader.losses),
            "winRate": percent(leader.win_rate),
            "totalEquity": fixed(lead.equity, 2),
            "tradingPairsAvailable": [symbol_of(coin) for coin in lead.rules],
            "lastWeekRoi": [{"rate": fixed(rate, 6), "ctime": str(at)} for at, rate, _ in days[-7:]],
            "lastWeekProfit": [{"amount": fixed(sum_, 16), "ctime": str(at)} for at, _, sum_ in days[-7:]],
            "lastMonthRoi": [{"rate": fixed(rate, 6), "ctime": str(at)} for at, rate, _ in days],
            "lastMonthProfit": [{"amount": fixed(sum_, 16), "ctime": str(at)} for at, _, sum_ in days],
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
        self.world.book.close(position)
        return {"trackingNo": int(position.id), "result": True}

    @route(
        "POST",
        f"{MIX}/closeTrackOrderBySymbol",
        write=True,
        **limits("closeTrackOrderBySymbol"),
        note="which code nothing-to-close has is a guess",
    )
    def v1_close_track_order_by_symbol(self, call: Call) -> object:
        lead, symbol = self.futures_lead(call.alias), self.needed(call.body, "symbol")
        found = [position for position in lead.positions if contract(position.coin) == symbol]
        self.close(found)
        return {"trackingNos": [position.id for position in found]}

    @route(
        "POST",
        f"{MIX}/modifyTPSL",
        write=True,
        **limits("modifyTPSL"),
        note="null cancels and one change in 300 ms [seed]; that absent and empty leave, that one price must be sent, "
        "and that the pause is the account's are guesses",
    )
    def v1_modify_tpsl(self, call: Call) -> object:
        position = self._led_order(call)
        take, stop = (self.stop_price(call.body, name) for name in ("stopProfitPrice", "stopLossPrice"))
        if take is stop is None:
            raise self.invalid()
        lead = self.futures_lead(call.alias)
        soon = call.request.at < lead.extra.get("tpslAt", 0) + TPSL_PAUSE_MS
        if soon and self.options.limit_factor:
            raise self.refuse("43036")
        self.set_stops(position, take, stop)
        lead.extra["tpslAt"] = call.request.at
        return position.id

    def _led_order(self, call: Call) -> Position:
        lead = self.futures_lead(call.alias)
        symbol, number = self.needed(call.body, "symbol"), self.needed(call.body, "trackingNo")
        for position in lead.positions:
            if position.id == number and contract(position.coin) == symbol:
                return position
        raise self.refuse("43065")


def led_open(position: Position) -> dict[str, object]:
    """With prices alone: a ratio that is set for the symbol is not shown here [guess]."""
    take, stop = position.take_profit, position.stop_loss
    return {
        "symbol": contract(position.coin),
        "trackingNo": position.id,
        "openOrderId": open_order_id(position),
        "closeOrderId": close_order_id(position),
        "openFee": charged(position.open_fee),
        "holdSide": position.side,
        "openLeverage": position.leverage,
        "openAvgPrice": position.entry,
        "openTime": position.opened_at,
        "openDealCount": plain(size_of(position)),
        "stopProfitPrice": plain(take.value) if take and take.kind == "price" else "",
        "stopLossPrice": plain(stop.value) if stop and stop.kind == "price" else "",
    }


def led_closed(position: Position) -> dict[str, object]:
    """Leverage and time under the names of the example; the table says ``openLeverage`` and ``close``."""
    return {
        "symbol": contract(position.coin),
        "trackingNo": position.id,
        "holdSide": position.side,
        "openLevel": int(position.leverage),
        "openAvgPrice": plain(position.entry),
        "openTime": position.opened_at,
        "closeDealCount": plain(position.closed_size),
        "closeTime": position.updated_at,
        "closeAvgPrice": plain(exit_of(position)),
        "stopType": "profit" if position.realized > 0 else "loss",
        "achievedProfits": fixed(position.realized, 8),
        "openFee": charged(position.open_fee),
        "closeFee": charged(position.close_fee),
    }
