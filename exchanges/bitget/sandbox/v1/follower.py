"""V1, futures: what a follower could call.

Reads that are POST, amounts that are JSON numbers here and text there: as on the page [seed].
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import ZERO, Call, Follow, Position, fixed, plain, route

from ..desk import MAX_FOLLOW_SIZE, USDT, Row, symbol_of
from ..figures import (
    charged,
    close_order_id,
    exit_of,
    margin_of,
    net_profit,
    open_order_id,
    profit_rate,
    size_of,
)
from ..gate import per_uid
from .words import MIX, SUFFIX, Words, contract, limits

MARGIN_MODES = {"fixed": False, "crossed": True}
V2_NAMES = {
    "maxHoldCount": "maxHoldSize",
    "stopProfitRation": "stopSurplusRatio",
    "stopLossRation": "stopLossRatio",
}


class Follower(Words):
    """What an account copies, and how: the same state as V2's, in the words of V1."""

    # Reading

    @route("GET", f"{MIX}/followerOrder", **limits("followerOrder"), note="newest first is a guess")
    def follower_order(self, call: Call) -> object:
        query = call.query
        self.needed(query, "pageNo")
        self.needed(query, "pageSize")
        symbol = self.text(query, "symbol")
        found = self.copies(call.alias) if self.usdt(query) else []
        found = [p for p in found if symbol in ("", contract(p.coin))]
        rows = [self._v1_open_row(p) for p in self.numbered_page(found, query, default=20, most=100)]
        return self.exact(rows)

    @route(
        "GET",
        f"{MIX}/followerHistoryOrders",
        **limits("followerHistoryOrders"),
        note="newest first, stopType by the sign of the profit, and netProfit without the leader's share: guesses",
    )
    def follower_history_orders(self, call: Call) -> object:
        for name in ("startTime", "endTime"):
            self.needed(call.query, name)
        since, until = self.window(call.query)
        found = [p for p in self.closed(call.alias) if since <= p.opened_at <= until]
        return [self._v1_closed_row(p) for p in self.numbered_page(found, call.query, default=100, most=100)]

    @route(
        "GET",
        f"{MIX}/queryTraceConfig",
        **limits("queryTraceConfig"),
        note="an empty list for a leader that is not followed is a guess",
    )
    def query_trace_config(self, call: Call) -> object:
        _, _, rows = self.settings_kept(call)
        shown = [shown_setting(row) for row in rows]
        return self.exact(shown)

    @route("POST", f"{MIX}/myTraderList", **limits("myTraderList"))
    def my_trader_list(self, call: Call) -> object:
        follows = self.world.copying.following(call.alias)
        shown = self.numbered_page(follows, call.body, default=20, most=100)
        return [self._v1_followed_row(follow) for follow in shown]

    @route("POST", f"{MIX}/public/getFollowerConfig", limits=per_uid("v1/getFollowerConfig", 10))
    def get_follower_config(self, call: Call) -> object:
        return [
            {
                "maxFollowQuantity": plain(MAX_FOLLOW_SIZE),
                "minFollowQuantity": plain(coin.lot),
                "symbol": symbol_of(coin.name),
            }
            for coin in self.world.market.coins.values()
        ]

    # Writing

    @route(
        "POST",
        f"{MIX}/followerSetBatchTraceConfig",
        write=True,
        **limits("followerSetBatchTraceConfig"),
        note="which fields must be there is taken from V2, the page leaves it blank",
    )
    def set_batch_trace_config(self, call: Call) -> object:
        self.old_model(call.account)
        rows = self.setting_rows(call.body)
        trader_id = self.needed(call.body, "traderId")
        self.copy_by_symbol(call.alias, trader_id, map(self._as_v2, rows), basic=False, auto=False)
        return True

    @route(
        "POST",
        f"{MIX}/followerSetTpsl",
        write=True,
        **limits("followerSetTpsl"),
        note="null cancels, absent and empty leave: guesses",
    )
    def follower_set_tpsl(self, call: Call) -> object:
        body = call.body
        symbol = self.needed(body, "symbol")
        position = self.copy_by_number(call.alias, self.needed(body, "trackingNo"))
        if symbol != contract(position.coin):
            raise self.refuse("43065")
        take, stop = (self.stop_price(body, name) for name in ("stopProfitPrice", "stopLossPrice"))
        if take is stop is None:
            raise self.invalid()
        self.set_stops(position, take, stop)
        return True

    @route("POST", f"{MIX}/followerCloseByTrackingNo", write=True, **limits("followerCloseByTrackingNo"))
    def close_by_tracking_no(self, call: Call) -> object:
        self.usdt(call.body)
        self.close([self.copy_by_number(call.alias, self.needed(call.body, "trackingNo"))])
        return True

    @route(
        "POST",
        f"{MIX}/followerCloseByAll",
        write=True,
        **limits("followerCloseByAll"),
        note="that every field narrows down, and productType alone closes everything, are guesses",
    )
    def close_by_all(self, call: Call) -> object:
        body = call.body
        symbol, coin = self.text(body, "symbol"), self.text(body, "marginCoin", "USDT")
        side, mode = self.text(body, "holdSide"), self.text(body, "marginMode")
        if mode not in ("", *MARGIN_MODES) or side not in ("", "long", "short"):
            raise self.invalid()
        found = self.copies(call.alias) if self.usdt(body) and coin == "USDT" else []
        chosen = [
            position
            for position in found
            if symbol in ("", contract(position.coin))
            and side in ("", position.side)
            and (not mode or position.cross is MARGIN_MODES[mode])
        ]
        self.close(chosen)
        return True

    @route("POST", f"{MIX}/cancelCopyTrader", write=True, **limits("cancelCopyTrader"))
    def cancel_copy_trader(self, call: Call) -> object:
        self.unfollow(call.alias, self.needed(call.body, "traderId"))
        return "success"

    # Parameters

    def _as_v2(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        symbol = self.needed(row, "symbol")
        renamed = {V2_NAMES.get(name, name): value for name, value in row.items()}
        if not symbol.endswith(SUFFIX):
            raise self.refuse("40854")
        return {**renamed, "symbol": symbol.removesuffix(SUFFIX), "productType": USDT}

    # Rows

    def _v1_open_row(self, position: Position) -> dict[str, object]:
        return {
            "trackingNo": position.id,
            "traderNickName": self.world.copying.leaders[position.leader or ""].name,
            "openOrderId": open_order_id(position),
            "closeOrderId": close_order_id(position),
            "traderId": position.leader,
            "symbol": contract(position.coin),
            "holdSide": position.side,
            "openLeverage": position.leverage,
            "openAvgPrice": position.entry,
            "openTime": position.opened_at,
            "openDealCount": fixed(size_of(position), 16),
            "openMargin": plain(margin_of(position)),
            "averageClosePrice": exit_of(position),
            "closeDealCount": fixed(position.closed_size, 16),
            "closeTime": 0,
        }

    def _v1_closed_row(self, position: Position) -> dict[str, object]:
        leader = self.world.copying.leaders[position.leader or ""]
        return {
            "symbol": contract(position.coin),
            "trackingNo": position.id,
            "holdSide": position.side,
            "openSize": plain(size_of(position)),
            "closeSize": plain(position.closed_size),
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
            "profitRate": profit_rate(position),
            "netProfit": fixed(net_profit(position, leader), 8),
        }

    def _v1_followed_row(self, follow: Follow) -> dict[str, object]:
        leader = follow.leader
        held = self.orders_of(follow)
        return {
            "traderId": leader.id,
            "traderNickName": leader.name,
            "maxFollowerLimit": str(leader.follower_limit),
            "currentFollowerCount": str(leader.followers),
            "accumulateMarginAmount": fixed(sum((margin_of(p) for p in held), ZERO), 4),
            "accumulateNetProfit": fixed(sum((net_profit(p, leader) for p in held), ZERO), 4),
            "accumulateProfit": fixed(sum((p.realized for p in held), ZERO), 4),
            "currentTradingPairs": [contract(coin) for coin in leader.coins],
        }


def shown_setting(row: Row) -> dict[str, object]:
    own = row["leverType"] == "specify"
    return {
        "symbol": row["symbol"] + SUFFIX,
        "marginType": row["marginType"],
        "marginCoin": row["marginCoin"],
        "leverType": row["leverType"],
        "longLeverage": row["longLeverage"] if own else None,
        "shortLeverage": row["shortLeverage"] if own else None,
        "traceType": row["traceType"],
        "traceValue": row["traceValue"],
        "maxHoldCount": Decimal(row["maxHoldSize"]),
        "stopProfitRation": row["stopSurplusRatio"],
        "stopLossRation": row["stopLossRatio"],
    }
