"""V1: the calls that a follower had until 2025-11-28. Off unless ``retired`` is False.

Reads that are POST, amounts that are JSON numbers here and text there: as on the page [seed].
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import ZERO, Answer, Call, Follow, Leader, Position, fixed, plain, route

from .desk import MAX_FOLLOW_SIZE, USDT, Desk, Row, is_full, newest, symbol_of
from .figures import (
    charged,
    close_order_id,
    daily,
    exit_of,
    hourly,
    margin_of,
    net_profit,
    open_order_id,
    percent,
    profit_rate,
    size_of,
)
from .gate import per_ip, per_uid

TRACE = "/api/mix/v1/trace"
PRODUCTS = ("umcbl", "dmcbl", "cmcbl", "sumcbl", "sdmcbl", "scmcbl")
"""Only ``umcbl``, USDT contracts, are copied here."""
SUFFIX = "_UMCBL"
MARGIN_MODES = {"fixed": False, "crossed": True}
V2_NAMES = {
    "maxHoldCount": "maxHoldSize",
    "stopProfitRation": "stopSurplusRatio",
    "stopLossRation": "stopLossRatio",
}


def limits(name: str) -> dict[str, Any]:
    """5/s: the rate table of 2024-08-15, where a section says 10/s too [seed]."""
    return {"limits": per_uid(f"v1/{name}")}


class VersionOne(Desk):
    """The same state as V2's, in the words of V1."""

    @route("GET", "/api/spot/v1/public/time", public=True, limits=per_ip("v1/time", 20))
    def v1_time(self, call: Call) -> object:
        return call.request.at

    # Reading

    @route("GET", f"{TRACE}/followerOrder", **limits("followerOrder"), note="newest first is a guess")
    def follower_order(self, call: Call) -> object:
        query = call.query
        self.needed(query, "pageNo")
        self.needed(query, "pageSize")
        symbol = self.text(query, "symbol")
        found = self.copies(call.alias) if self._usdt(query) else []
        found = [p for p in found if symbol in ("", symbol_of(p.coin) + SUFFIX)]
        rows = [self._v1_open_row(p) for p in self.numbered_page(found, query, default=20, most=100)]
        return Answer(200, exact_json(self.enveloped("00000", "success", rows)))

    @route(
        "GET",
        f"{TRACE}/followerHistoryOrders",
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
        f"{TRACE}/queryTraceConfig",
        **limits("queryTraceConfig"),
        note="an empty list for a leader that is not followed is a guess",
    )
    def query_trace_config(self, call: Call) -> object:
        _, _, rows = self.settings_kept(call)
        shown = [shown_setting(row) for row in rows]
        return Answer(200, exact_json(self.enveloped("00000", "success", shown)))

    @route("POST", f"{TRACE}/myTraderList", **limits("myTraderList"))
    def my_trader_list(self, call: Call) -> object:
        follows = self.world.copying.following(call.alias)
        shown = self.numbered_page(follows, call.body, default=20, most=100)
        return [self._v1_followed_row(follow) for follow in shown]

    @route("POST", f"{TRACE}/public/getFollowerConfig", limits=per_uid("v1/getFollowerConfig", 10))
    def get_follower_config(self, call: Call) -> object:
        return [
            {
                "maxFollowQuantity": plain(MAX_FOLLOW_SIZE),
                "minFollowQuantity": plain(coin.lot),
                "symbol": symbol_of(coin.name),
            }
            for coin in self.world.market.coins.values()
        ]

    # Leaders

    @route("GET", f"{TRACE}/traderList", **limits("traderList"), note="composite sorting is made up")
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
        f"{TRACE}/report/order/currentList",
        limits=per_ip("v1/currentList", 10),
        note="newest first is a guess",
    )
    def report_current(self, call: Call) -> object:
        return [
            {
                **leader_face(position),
                "openAmount": plain(size_of(position)),
                "followerNum": str(len(self.world.book.children(position))),
                "takeProfitPrice": plain(position.take_profit.value) if position.take_profit else "",
                "stopLossPrice": plain(position.stop_loss.value) if position.stop_loss else "",
                "marginAmount": plain(margin_of(position)),
            }
            for position in self._v1_of_leader(call, closed=False)
        ]

    @route(
        "POST",
        f"{TRACE}/report/order/historyList",
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

    # Writing

    @route(
        "POST",
        f"{TRACE}/followerSetBatchTraceConfig",
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
        f"{TRACE}/followerSetTpsl",
        write=True,
        **limits("followerSetTpsl"),
        note="null cancels, absent and empty leave: guesses",
    )
    def follower_set_tpsl(self, call: Call) -> object:
        body = call.body
        symbol = self.needed(body, "symbol")
        position = self.copy_by_number(call.alias, self.needed(body, "trackingNo"))
        if symbol != symbol_of(position.coin) + SUFFIX:
            raise self.refuse("43065")
        take, stop = (self._stop_price(body, name) for name in ("stopProfitPrice", "stopLossPrice"))
        if take is stop is None:
            raise self.invalid()
        self.set_stops(position, take, stop)
        return True

    @route("POST", f"{TRACE}/followerCloseByTrackingNo", write=True, **limits("followerCloseByTrackingNo"))
    def close_by_tracking_no(self, call: Call) -> object:
        self._usdt(call.body)
        self.close([self.copy_by_number(call.alias, self.needed(call.body, "trackingNo"))])
        return True

    @route(
        "POST",
        f"{TRACE}/followerCloseByAll",
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
        found = self.copies(call.alias) if self._usdt(body) and coin == "USDT" else []
        chosen = [
            position
            for position in found
            if symbol in ("", symbol_of(position.coin) + SUFFIX)
            and side in ("", position.side)
            and (not mode or position.cross is MARGIN_MODES[mode])
        ]
        self.close(chosen)
        return True

    @route("POST", f"{TRACE}/cancelCopyTrader", write=True, **limits("cancelCopyTrader"))
    def cancel_copy_trader(self, call: Call) -> object:
        self.unfollow(call.alias, self.needed(call.body, "traderId"))
        return "success"

    # Parameters

    def _usdt(self, given: Mapping[str, Any]) -> bool:
        """Whether it asks for USDT contracts; upper case occurs in the examples."""
        return self.choice(given, "productType", PRODUCTS) == "umcbl"

    def _stop_price(self, body: Mapping[str, Any], name: str) -> Decimal | None:
        if body.get(name, "") == "":
            return None
        return ZERO if body[name] is None else self.amount(body, name)

    def _v1_of_leader(self, call: Call, *, closed: bool) -> list[Position]:
        body = call.body
        owner = self.asked(body).owner
        symbol = self.text(body, "symbol")
        found = self.closed(owner) if closed else newest(self.world.book.open_positions(owner))
        found = [p for p in found if symbol in ("", symbol_of(p.coin))]  # no suffix here [seed]
        return list(self.numbered_page(found, body, default=20, most=20))

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
            "symbol": symbol_of(position.coin) + SUFFIX,
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
            "symbol": symbol_of(position.coin) + SUFFIX,
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
            "currentTradingPairs": [symbol_of(coin) + SUFFIX for coin in leader.coins],
        }

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


def exact_json(payload: object) -> bytes:
    """JSON in which a `Decimal` is a number with exactly its digits, never by way of a float."""
    marked = json.dumps(
        payload, ensure_ascii=False, separators=(",", ":"), default=lambda amount: f"\0{plain(amount)}\0"
    )
    return re.sub(r'"\\u0000(.*?)\\u0000"', r"\1", marked).encode()
