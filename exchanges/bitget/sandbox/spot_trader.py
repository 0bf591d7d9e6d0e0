"""V2: the twelve spot-trader calls, for accounts that lead in spot."""

from __future__ import annotations

from typing import Any

from unifiedcopy.sandbox import Call, Position, SymbolRule, fixed, plain, route

from .desk import coin_of, symbol_of
from .figures import exit_of, percent, size_of
from .gate import fill, per_uid
from .spot import MOST_QUOTE, spot_cost, spot_net_profit, spot_profit
from .spot_follower import SpotFollower, buying_fee, spot_stops
from .trader_desk import TraderDesk, by_coin, by_coin_and_day, figures

TRADER = "/api/v2/copy/spot-trader"
MOST_SYMBOLS = 50


def limits(name: str, count: int = 5) -> dict[str, Any]:
    return {"limits": per_uid(f"spot-trader/{name}", count)}


class SpotTrader(SpotFollower, TraderDesk):
    """Orders that others copy in spot, who copies them, and what that pays. Who does not lead gets 31001."""

    # Orders

    @route(
        "GET",
        f"{TRADER}/order-current-track",
        **limits("order-current-track", 10),
        note="newest first, and that the profit lacks the buying fee, are guesses",
    )
    def spot_trader_current(self, call: Call) -> object:
        lead = self.spot_lead(call.alias)
        shown, end_id = self.spot_page(lead.positions, call.query, most=50)
        return {"endId": end_id, "trackingList": [self._led_bought(position) for position in shown]}

    @route(
        "GET",
        f"{TRADER}/order-history-track",
        **limits("order-history-track"),
        note="newest first, and 20 for a limit above 100, are guesses; profits lack fees as the sample computes",
    )
    def spot_trader_history(self, call: Call) -> object:
        shown, end_id = self.spot_page(self.spot_lead(call.alias).history, call.query, most=100)
        return {"endId": end_id, "trackingList": [led_sold(position) for position in shown]}

    @route(
        "POST",
        f"{TRADER}/order-close-tracking",
        write=True,
        **limits("order-close-tracking", 1),
        note="31007 for a number of another symbol is a guess",
    )
    def spot_trader_sell(self, call: Call) -> object:
        self.sell(call, self.spot_lead(call.alias).positions)
        return ""

    @route(
        "POST",
        f"{TRADER}/order-modify-tpsl",
        write=True,
        **limits("order-modify-tpsl", 1),
        note="the code when neither price is sent is a guess",
    )
    def spot_trader_tpsl(self, call: Call) -> object:
        lead, number = self.spot_lead(call.alias), self.needed(call.body, "trackingNo")
        take, stop = self.both_stops(call.body)
        (position,) = self.spot_orders(lead.positions, [number])
        self.set_spot_stops(position, take, stop)
        return ""

    @route(
        "GET",
        f"{TRADER}/order-total-detail",
        **limits("order-total-detail"),
        note="that the series are sums since the beginning is read off the sample",
    )
    def spot_trader_total_detail(self, call: Call) -> object:
        lead = self.spot_lead(call.alias)
        leader = lead.leader
        return {
            "totalFollowerNum": str(leader.followers_ever),
            "currentFollowerNum": str(leader.followers),
            "maxFollowerNum": str(leader.follower_limit),
            "tradingOrderNum": str(leader.trades),
            "totalpl": fixed(leader.profit, 8),
            "gainNum": str(leader.wins),
            "lossNum": str(leader.losses),
            "totalEquity": fixed(lead.equity, 18),
            "winRate": percent(leader.win_rate),
            **figures(lead, 2),
        }

    # Profit shares

    @route(
        "GET",
        f"{TRADER}/profit-summarys",
        **limits("profit-summarys"),
        note="days of UTC, newest first, are guesses",
    )
    def spot_trader_profit_summary(self, call: Call) -> object:
        lead = self.spot_lead(call.alias)
        days = by_coin_and_day(lead.shares[::-1])
        summary = self.share_summary(lead)
        return {
            "profitSummarys": {"yesterdayProfit": "", "yesterdayTime": "", **summary},  # in the page's order
            "profitHistoryList": [
                {
                    "coin": coin,
                    "profitCount": fixed(amount, 8),
                    "lastProfitTime": str(last),
                    "historysByDateList": [
                        {"profit": fixed(profit, 8), "profitTime": str(at)} for name, at, profit in days if name == coin
                    ],
                }
                for coin, amount, last in by_coin(lead.shares)
            ],
        }

    @route(
        "GET", f"{TRADER}/profit-history-details", **limits("profit-history-details"), note="newest first is a guess"
    )
    def spot_trader_profit_history(self, call: Call) -> object:
        query, lead = call.query, self.spot_lead(call.alias)
        size = self.whole(query, "limit", 100, 100)
        shown, end_id = self.cursor(self.shares_of(lead, query), query, size, lambda share: share.at)
        rows = [
            {
                "profitId": share.id,
                "coin": share.asset,
                "distributeRatio": percent(lead.leader.share, 0),
                "profit": fixed(share.amount, 8),
                "followerName": share.follower.name,
                "profitTime": str(share.at),
            }
            for share in shown
        ]
        return {"endId": end_id, "profitList": rows}

    @route(
        "GET",
        f"{TRADER}/profit-details",
        **limits("profit-details"),
        note="followers who owe nothing are left out: a guess",
    )
    def spot_trader_profit_details(self, call: Call) -> object:
        lead = self.spot_lead(call.alias)
        found = self.shares_of(lead, call.query, pending=True)
        return [
            {
                "distributeRatio": percent(lead.leader.share),
                "coin": share.asset.lower(),
                "profit": fixed(share.amount, 8),
                "followerName": share.follower.name,
            }
            for share in self.numbered_page(found, call.query, default=20, most=50)
        ]

    # Followers

    @route(
        "GET",
        f"{TRADER}/config-query-followers",
        **limits("config-query-followers", 10),
        note="everybody without a window, first come first, are guesses",
    )
    def spot_trader_followers(self, call: Call) -> object:
        lead = self.spot_lead(call.alias)
        found = self.followers_in(lead, call.query)
        return [
            {
                "accountEquity": fixed(lead.equity_of(follower), 4),
                "isRemove": "YES" if self.removable(lead, follower) else "NO",
                "followerHeadPic": None,
                "followerName": follower.name,
                "followerUid": follower.uid,
                "followerTime": str(follower.since),
            }
            for follower in self.numbered_page(found, call.query, default=30, most=1000)
        ]

    @route(
        "POST",
        f"{TRADER}/config-remove-follower",
        write=True,
        **limits("config-remove-follower", 1),
        note="the codes of a stranger and of too much money, and that open copies are sold, are guesses",
    )
    def spot_trader_remove_follower(self, call: Call) -> object:
        lead = self.spot_lead(call.alias)
        self.remove_follower(lead, self.needed(call.body, "followerUid"), unknown="31029")
        return ""

    # Settings

    @route(
        "GET",
        f"{TRADER}/config-query-settings",
        **limits("config-query-settings"),
        note="the largest amounts are the same for every symbol; showAssetsMap is made up",
    )
    def spot_trader_settings(self, call: Call) -> object:
        lead = self.spot_lead(call.alias)
        return {
            "removeLimitUsdt": plain(self.options.removable_below),
            "spotInfoList": [
                {
                    "maxQuoteSize": plain(MOST_QUOTE),
                    "surplusQuoteSize": plain(self.room_for(lead, coin)),
                    "symbol": symbol_of(coin),
                }
                for coin in lead.rules
            ],
            "labelList": [],
            "enable": "YES" if lead.leader.open_to_follow else "NO",
            "showAssetsMap": "NO",
            "showEquity": "YES" if "equity" in lead.shown else "NO",
            "traceSymbolList": [
                {
                    "enable": "YES" if coin.name in lead.rules else "NO",
                    "symbol": symbol_of(coin.name),
                    "minOpenCount": plain(coin.lot),
                }
                for coin in self.world.market.coins.values()
            ],
        }

    @route(
        "POST",
        f"{TRADER}/config-setting-symbols",
        write=True,
        **limits("config-setting-symbols", 1),
        note="all or nothing, and adding what is led and deleting what is not, are guesses, and so are the codes",
    )
    def spot_trader_set_symbols(self, call: Call) -> object:
        body, lead = call.body, self.spot_lead(call.alias)
        adding = self.choice(body, "settingType", ("add", "delete")) == "add"
        for coin in self._coins(body.get("symbolList")):
            if adding:
                lead.set_rule(coin, lead.rules.get(coin, SymbolRule(lead.leader.leverage)))
            elif coin in lead.rules:
                lead.drop_rule(coin)
        return ""

    def _coins(self, symbols: object) -> list[str]:
        if not symbols:
            raise self.refuse("40019", fill("40019", "symbolList"))
        if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
            raise self.invalid()
        if len(symbols) > MOST_SYMBOLS:
            raise self.refuse("31038")
        coins = [coin_of(symbol.upper()) for symbol in symbols]
        if not set(coins) <= set(self.world.market.coins):
            raise self.refuse("31019")
        return coins

    # Rows

    def _led_bought(self, position: Position) -> dict[str, object]:
        row = {"trackingNo": position.id, "orderId": str(int(position.id) - 1), **self.spot_open(position)}
        stops = spot_stops(position)
        return {
            **row,
            "stopLossPrice": stops["stopLossPrice"],
            "stopSurplusPrice": stops["stopSurplusPrice"],
            "followCount": str(position.copies),
        }


def led_sold(position: Position) -> dict[str, str]:
    return {
        "trackingNo": position.id,
        "fillSize": plain(size_of(position)),
        "buyPrice": plain(position.entry),
        "sellPrice": plain(exit_of(position)),
        "achievedPL": fixed(spot_profit(position), 5),
        "buyTime": str(position.opened_at),
        "sellTime": str(position.updated_at),
        "buyFee": buying_fee(position),
        "sellFee": fixed(-position.close_fee, 8),
        "achievedPLR": percent(spot_profit(position) / spot_cost(position)),
        "symbol": symbol_of(position.coin),
        "netProfit": fixed(spot_net_profit(position), 5),
        "followCount": str(position.copies),
    }
