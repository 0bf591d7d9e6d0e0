"""V2: the fifteen mix-trader calls, for accounts that lead in contracts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Call, Lead, Position, SymbolRule, fixed, plain, route

from .desk import MAX_LEVERAGE, PRODUCTS, USDT, coin_of, newest, symbol_of
from .figures import charged, close_order_id, exit_of, open_order_id, percent, size_of
from .gate import NEW, fill, is_digits, per_uid
from .trader_desk import TraderDesk, by_coin, by_coin_and_day, figures

TRADER = "/api/v2/copy/mix-trader"
MOST_RULES = 50
PAUSE_MS = 300
"""Between two changes of take profit and stop loss, as code 43036 says [seed]."""
PASSPHRASE = re.compile(r"[A-Za-z0-9]{8,32}")
MASK = "***"
YES_NO = ("YES", "NO")
STOP_TYPES = {"take_profit": "profit", "stop_loss": "loss"}
"""Empty for what was closed otherwise, as in the example [guess]."""


def limits(name: str, count: int = 5) -> dict[str, Any]:
    return {"limits": per_uid(f"trader/{name}", count)}


class Trader(TraderDesk):
    """Orders that others copy, who copies them, and what that pays. Who does not lead gets 40732 everywhere."""

    # Orders

    @route(
        "GET",
        f"{TRADER}/order-current-track",
        **limits("order-current-track"),
        note="newest first, and empty TP/SL for none, are guesses",
    )
    def trader_current(self, call: Call) -> object:
        query, lead = call.query, self.leading(call)
        found = self._of_trader(newest(lead.positions), query)
        shown, end_id = self.cursor(found, query, self.whole(query, "limit", 20, 50), lambda p: p.opened_at)
        return {"trackingList": [led_open(position) for position in shown], "endId": end_id}

    @route(
        "GET",
        f"{TRADER}/order-history-track",
        **limits("order-history-track"),
        note="that stopType of what neither take profit nor stop loss closed is empty is a guess",
    )
    def trader_history(self, call: Call) -> object:
        query, lead = call.query, self.leading(call)
        ascending = self.choice(query, "order", ("asc", "desc"), "desc") == "asc"
        found = self._of_trader(newest(lead.history)[:: -1 if ascending else 1], query)
        size = self.whole(query, "limit", 20, 100)
        shown, end_id = self.cursor(found, query, size, lambda p: p.opened_at, ascending=ascending)
        return {"trackingList": [led_closed(position) for position in shown], "endId": end_id}

    @route(
        "POST",
        f"{TRADER}/order-close-positions",
        write=True,
        **limits("order-close-positions"),
        note="43065 for a number that is not the symbol's, and which code nothing-to-close has, are guesses",
    )
    def trader_close(self, call: Call) -> object:
        body, lead = call.body, self.leading(call)
        number = self.text(body, "trackingNo")
        found = self._of_trader(lead.positions, body)
        if number:
            found = [position for position in found if position.id == number]
            if not found:
                raise self.refuse("43065")
        self.close(found)
        return [{"trackingNo": p.id, "symbol": symbol_of(p.coin), "productType": USDT} for p in found]

    @route(
        "POST",
        f"{TRADER}/order-modify-tpsl",
        write=True,
        **limits("order-modify-tpsl"),
        note="the code when neither price is sent, prices measured against today's, and that the 300 ms of 43036 "
        "count per leader, are guesses; the 300 ms are off where limits are",
    )
    def trader_modify_tpsl(self, call: Call) -> object:
        body, lead = call.body, self.leading(call)
        number = self.needed(body, "trackingNo")
        found = [p for p in self._of_trader(lead.positions, body) if p.id == number]
        if not found:
            raise self.refuse("43065")
        take, stop = self.both_stops(body)
        if self.options.limit_factor and call.request.at - lead.extra.get("tpslAt", 0) < PAUSE_MS:
            raise self.refuse("43036")
        self.set_stops(found[0], take, stop)
        lead.extra["tpslAt"] = call.request.at
        return "success"

    @route(
        "GET",
        f"{TRADER}/order-total-detail",
        **limits("order-total-detail"),
        note="lastMonthProfitList of the table is not in the example and left out; series are sums since the "
        "beginning, and roi is in percent: guesses",
    )
    def trader_total_detail(self, call: Call) -> object:
        lead = self.leading(call)
        leader, series = lead.leader, figures(lead, 6)
        return {
            "roi": percent(leader.roi),
            "tradingOrderNum": str(leader.trades),
            "totalFollowerNum": str(leader.followers_ever),
            "currentFollowerNum": str(leader.followers),
            "totalpl": f"${fixed(leader.profit, 2)}",
            "gainNum": str(leader.wins),
            "lossNum": str(leader.losses),
            "winRate": percent(leader.win_rate, 3),
            "tradingPairsAvailableList": [symbol_of(coin) for coin in leader.coins],
            "lastWeekRoiList": series["lastWeekRoiList"],
            "lastWeekProfitList": series["lastWeekProfitList"],
            "lastMonthRoiList": series["lastMonthRoiList"],
            "totalEquity": fixed(lead.equity, 2),
        }

    # Profit shares

    @route(
        "GET", f"{TRADER}/profit-history-summarys", **limits("profit-history-summarys"), note="days of UTC are a guess"
    )
    def trader_profit_summary(self, call: Call) -> object:
        lead = self.leading(call)
        return {
            "profitSummary": self.share_summary(lead),
            "profitHistoryList": [
                {"coin": coin, "profitCount": fixed(amount, 8), "lastProfitTime": str(last)}
                for coin, amount, last in by_coin(lead.shares)
            ],
        }

    @route(
        "GET", f"{TRADER}/profit-history-details", **limits("profit-history-details"), note="newest first is a guess"
    )
    def trader_profit_history(self, call: Call) -> object:
        query, lead = call.query, self.leading(call)
        size = self.whole(query, "limit", 100, 100)
        shown, end_id = self.cursor(self.shares_of(lead, query), query, size, lambda share: share.at)
        rows = [
            {
                "profitId": share.id,
                "coin": share.asset.lower(),
                "profit": fixed(share.amount, 8),
                "nickName": share.follower.name,
                "profitTime": str(share.at),
            }
            for share in shown
        ]
        return {"profitList": rows, "endId": end_id}

    @route(
        "GET",
        f"{TRADER}/profit-details",
        **limits("profit-details"),
        note="followers who owe nothing are left out: a guess",
    )
    def trader_profit_details(self, call: Call) -> object:
        lead = self.leading(call)
        found = self.shares_of(lead, call.query, pending=True)
        return [
            {"coin": share.asset.lower(), "profit": fixed(share.amount, 8), "nickName": share.follower.name}
            for share in self.numbered_page(found, call.query, default=20, most=100)
        ]

    @route(
        "GET",
        f"{TRADER}/profits-group-coin-date",
        **limits("profits-group-coin-date"),
        note="newest first, and days without profit left out, are guesses",
    )
    def trader_profit_days(self, call: Call) -> object:
        found = by_coin_and_day(self.shares_of(self.leading(call), {}))
        return [
            {"coin": coin.lower(), "profit": fixed(amount, 8), "profitTime": str(at)}
            for coin, at, amount in self.numbered_page(found, call.query, default=20, most=50)
        ]

    # Followers

    @route(
        "GET",
        f"{TRADER}/config-query-followers",
        **limits("config-query-followers"),
        note="everybody without a window, first come first, and who can be removed, are guesses",
    )
    def trader_followers(self, call: Call) -> object:
        lead = self.leading(call)
        found = self.followers_in(lead, call.query)
        return [
            {
                "accountEquity": fixed(lead.equity_of(follower), 4),
                "isRemove": "yes" if self.removable(lead, follower) else "no",
                "followerHeadPic": follower.avatar,
                "followerName": follower.name,
                "followerUid": follower.uid,
                "followerTime": str(follower.since),
            }
            for follower in self.numbered_page(found, call.query, default=20, most=100)
        ]

    @route(
        "POST",
        f"{TRADER}/config-remove-follower",
        write=True,
        **limits("config-remove-follower"),
        note="43046 for a stranger, the amount behind 43069, and that open copies close, are guesses",
    )
    def trader_remove_follower(self, call: Call) -> object:
        lead = self.leading(call)
        self.remove_follower(lead, self.needed(call.body, "followerUid"), unknown="43046")
        return "success"

    # Settings

    @route(
        "GET",
        f"{TRADER}/config-query-symbols",
        **limits("config-query-symbols"),
        note="that symbols which are not led are listed too, and empty ratios for none, are guesses",
    )
    def trader_symbols(self, call: Call) -> object:
        lead = self.leading(call)
        if self.choice(call.query, "productType", PRODUCTS) != USDT:
            return []
        rows = []
        for coin in self.world.market.coins.values():
            rule = lead.rules.get(coin.name)
            row = {
                "symbol": symbol_of(coin.name),
                "openTrader": "yes" if rule else "no",
                "minOpenCount": plain(coin.lot),
                "maxLeverage": str(MAX_LEVERAGE),
                "stopSurplusRatio": ratio_text(rule.take_profit if rule else None),
                "stopLossRatio": ratio_text(rule.stop_loss if rule else None),
            }
            rows.append(row)
        return rows

    @route(
        "POST",
        f"{TRADER}/config-setting-symbols",
        write=True,
        **limits("config-setting-symbols"),
        note="all or nothing, ADD of what is led and DELETE of what is held, and every code, are guesses",
    )
    def trader_set_symbols(self, call: Call) -> object:
        lead, given = self.leading(call), call.body.get("settingList")
        if not isinstance(given, list) or not given or not all(isinstance(row, dict) for row in given):
            raise self.invalid()
        if len(given) > MOST_RULES:
            raise self.refuse("43051")
        for coin, rule in [self._read_rule(lead, row) for row in given]:
            if rule:
                lead.set_rule(coin, rule)
            elif coin in lead.rules:
                lead.drop_rule(coin)
        return "success"

    @route("POST", f"{TRADER}/config-settings-base", write=True, **limits("config-settings-base"))
    def trader_settings(self, call: Call) -> object:
        body, lead = call.body, self.leading(call)
        wishes = {
            name: self.choice(body, name, YES_NO) == "YES"
            for name in ("enable", "showTotalEquity", "showTpsl")
            if self.text(body, name)
        }
        if not wishes:
            raise self.invalid()
        lead.leader.open_to_follow = wishes.pop("enable", lead.leader.open_to_follow)
        for name, shown in wishes.items():
            word = {"showTotalEquity": "equity", "showTpsl": "stops"}[name]
            lead.shown = lead.shown | {word} if shown else lead.shown - {word}
        return "success"

    @route(
        "POST",
        f"{TRADER}/create-copy-api",
        write=True,
        **limits("create-copy-api", 1),
        note="the codes of both refusals, whose texts alone are documented, are guesses",
    )
    def trader_create_key(self, call: Call) -> object:
        lead = self.leading(call)
        passphrase = self.needed(call.body, "passphrase")
        account = self.world.accounts[call.alias]
        if not PASSPHRASE.fullmatch(passphrase):
            raise self.invalid()
        if account.kind != NEW:
            raise self.refuse("40017", "This interface is only applicable to the new Copy model")
        if "copyKey" in lead.extra:
            raise self.refuse("40017", "You have already created a Copy API Key.")
        drawn = f"{self.world.random.getrandbits(512):0128x}"
        key = replace(account, api_key=f"bg_{drawn[:32]}", secret=drawn[64:], passphrase=passphrase)
        self.world.accounts[f"{call.alias}-copy-key"] = key
        lead.extra["copyKey"] = key.api_key
        call.body["passphrase"] = MASK  # it has been used, and is not for the list of executions
        return [{"apikey": key.api_key, "secret": key.secret, "permissions": ["copytrading_trade", "contract_trade"]}]

    # Parameters

    def _of_trader(self, positions: list[Position], given: Mapping[str, Any]) -> list[Position]:
        """Of the product that must be named, and of the symbol that may be, in any case [docs]."""
        product, symbol = self.choice(given, "productType", PRODUCTS), self.text(given, "symbol").upper()
        return [p for p in positions if product == USDT and symbol in ("", symbol_of(p.coin))]

    def _read_rule(self, lead: Lead, given: Mapping[str, Any]) -> tuple[str, SymbolRule | None]:
        """The coin and its new rule; None ends leading it."""
        coin = coin_of(self.needed(given, "symbol").upper())
        product = self.choice(given, "productType", PRODUCTS)
        kind = self.choice(given, "settingType", ("ADD", "DELETE", "UPDATE"))
        if product != USDT or coin not in self.world.market.coins or (kind == "UPDATE" and coin not in lead.rules):
            raise self.refuse("40731")
        if kind == "DELETE":
            return coin, None
        take, stop = (
            self._whole_percents(given, "stopSurplusRatio", "43056"),
            self._whole_percents(given, "stopLossRatio", "43055"),
        )
        if kind == "UPDATE" and take is stop is None:
            raise self.invalid()
        kept = lead.rules[coin] if kind == "UPDATE" else SymbolRule(lead.leader.leverage)
        return coin, replace(
            kept,
            take_profit=kept.take_profit if take is None else take or None,
            stop_loss=kept.stop_loss if stop is None else stop or None,
        )

    def _whole_percents(self, given: Mapping[str, Any], name: str, code: str) -> Decimal | None:
        """Whole percents up to 400; zero cancels, empty says nothing [docs]."""
        text = self.text(given, name)
        if not text:
            return None
        if not is_digits(text) or int(text) > 400:
            raise self.refuse(code, fill(code, 1, 400))
        return Decimal(text) / 100


def ratio_text(ratio: Decimal | None) -> str:
    return plain(ratio * 100) if ratio else ""


def led_open(position: Position) -> dict[str, str]:
    return {
        "trackingNo": position.id,
        "openOrderId": open_order_id(position),
        "symbol": symbol_of(position.coin),
        "posSide": position.side,
        "openLeverage": plain(position.leverage),
        "openPriceAvg": plain(position.entry),
        "openTime": str(position.opened_at),
        "openSize": fixed(size_of(position), 16),
        "presetStopSurplusPrice": plain(position.take_profit.value) if position.take_profit else "",
        "presetStopLossPrice": plain(position.stop_loss.value) if position.stop_loss else "",
        "openFee": charged(position.open_fee),
        "followCount": str(position.copies),
    }


def led_closed(position: Position) -> dict[str, str]:
    return {
        "trackingNo": position.id,
        "symbol": symbol_of(position.coin),
        "openOrderId": open_order_id(position),
        "closeOrderId": close_order_id(position),
        "productType": USDT.lower(),
        "posSide": position.side,
        "openLeverage": plain(position.leverage),
        "openPriceAvg": plain(position.entry),
        "openTime": str(position.opened_at),
        "openSize": plain(size_of(position)),
        "closeSize": plain(position.closed_size),
        "closeTime": str(position.updated_at),
        "closePriceAvg": plain(exit_of(position)),
        "stopType": STOP_TYPES.get(str(position.extra.get("closedBy", "")), ""),
        "achievedPL": fixed(position.realized, 8),
        "openFee": charged(position.open_fee),
        "closeFee": charged(position.close_fee),
        "cTime": str(position.opened_at),
    }
