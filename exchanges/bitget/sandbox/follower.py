"""V2: the ten mix-follower calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import ZERO, Call, CopySettings, Follow, NotEnough, Position, fixed, plain, route

from .desk import MAX_FOLLOW_SIZE, MAX_LEVERAGE, PRODUCTS, USDT, Desk, Row, leverages, symbol_of
from .figures import (
    charged,
    close_order_id,
    exit_of,
    margin_mode,
    margin_of,
    net_profit,
    open_order_id,
    profit_rate,
    size_of,
)
from .gate import NEW, per_ip, per_uid

FOLLOWER = "/api/v2/copy/mix-follower"
LEAST_COPY_AMOUNT = 50
SWITCH = ("on", "off")


def limits(name: str, count: int = 5) -> dict[str, Any]:
    return {"limits": per_uid(f"follower/{name}", count)}


class Follower(Desk):
    """Reading and changing what the account copies."""

    # Reading

    @route(
        "GET",
        f"{FOLLOWER}/query-current-orders",
        **limits("query-current-orders"),
        note="shape and entry price name are documented twice, see the switches; newest first and what "
        "idGreaterThan shows are guesses",
    )
    def query_current_orders(self, call: Call) -> object:
        shown, end_id = self._listed(self.copies(call.alias), call.query)
        rows = [self._open_row(position) for position in shown]
        return rows if self.options.current_orders == "array" else {"trackingList": rows, "endId": end_id}

    @route(
        "GET",
        f"{FOLLOWER}/query-history-orders",
        **limits("query-history-orders"),
        note="newest first, what idGreaterThan shows, and that netProfit lacks only the leader's share are guesses",
    )
    def query_history_orders(self, call: Call) -> object:
        shown, end_id = self._listed(self.closed(call.alias), call.query)
        return {"trackingList": [self._closed_row(position) for position in shown], "endId": end_id}

    @route(
        "GET",
        f"{FOLLOWER}/query-settings",
        **limits("query-settings"),
        note="for accounts of the new model detailList is empty, for unknown leaders 43046: guesses",
    )
    def query_settings(self, call: Call) -> object:
        leader, follow, rows = self.settings_kept(call)
        return {
            "followerEnable": "YES" if follow else "NO",
            "detailList": [shown_setting(row, leader.leverage) for row in rows],
        }

    @route(
        "GET",
        f"{FOLLOWER}/query-traders",
        **limits("query-traders"),
        note="maxFollowLimit and followCount are the leader's, as the values read (the text says otherwise); "
        "the BGB places are made up",
    )
    def query_traders(self, call: Call) -> object:
        since, until = self.window(call.query) if {"startTime", "endTime"} & set(call.query) else (0, 2**63)
        found = [f for f in self.world.copying.following(call.alias) if since <= f.since <= until]
        return [self._trader_row(follow) for follow in self.numbered_page(found, call.query, default=20, most=50)]

    @route(
        "GET",
        f"{FOLLOWER}/query-quantity-limit",
        limits=per_ip("follower/query-quantity-limit", 10),
        note="largest size for every symbol as in the example",
    )
    def query_quantity_limit(self, call: Call) -> object:
        product = self.choice(call.query, "productType", PRODUCTS)
        wanted = self.text(call.query, "symbol")
        return [
            {
                "maxFollowSize": plain(MAX_FOLLOW_SIZE),
                "minFollowSize": plain(coin.lot),
                "symbol": symbol_of(coin.name),
            }
            for coin in self.world.market.coins.values()
            if product == USDT and wanted in ("", symbol_of(coin.name))
        ]

    # Writing

    @route(
        "POST",
        f"{FOLLOWER}/settings",
        write=True,
        **limits("settings"),
        note="that it also changes what is followed already, that unnamed symbols keep their settings, and the "
        "answer to accounts of the new model are guesses; maxHoldSize is kept, not applied",
    )
    def settings(self, call: Call) -> object:
        self.old_model(call.account)
        trader_id = self.needed(call.body, "traderId")
        rows = self.setting_rows(call.body)
        basic = self.choice(call.body, "mode", ("advanced", "basic"), "advanced") == "basic"
        auto = self.choice(call.body, "autoCopy", SWITCH, "off") == "on"
        self.copy_by_symbol(call.alias, trader_id, rows, basic=basic, auto=auto)
        return "success"

    @route(
        "POST",
        f"{FOLLOWER}/copy-settings",
        write=True,
        **limits("copy-settings", 1),
        note="how copyAmount becomes order sizes, that a second call changes it, and the answer to accounts of the "
        "old model are guesses; copyAllPostions and equity protection are kept, not applied",
    )
    def copy_settings(self, call: Call) -> object:
        self.model(call.account, NEW)
        leader, follow = self.followable(call.alias, self.needed(call.body, "traderId"))
        settings, amount = self._smart_settings(call.body)
        try:
            if follow is None:
                follow = self.world.copying.follow(call.alias, leader, settings, invest=amount)
            else:
                self.world.copying.invest(follow, amount - follow.extra["invested"])
        except NotEnough:
            raise self.refuse("43012") from None
        follow.settings = settings
        follow.extra.update(invested=amount, wish=call.body)
        return "success"

    @route(
        "POST",
        f"{FOLLOWER}/setting-tpsl",
        write=True,
        **limits("setting-tpsl"),
        note="that a call without any price is refused is a guess (said of the leader's call)",
    )
    def setting_tpsl(self, call: Call) -> object:
        body = call.body
        self.choice(body, "productType", PRODUCTS)
        position = self.copy_by_number(call.alias, self.needed(body, "trackingNo"))
        if self.text(body, "symbol", symbol_of(position.coin)) != symbol_of(position.coin):
            raise self.refuse("43065")
        self.set_stops(position, *self.both_stops(body))
        return "success"

    @route(
        "POST",
        f"{FOLLOWER}/close-positions",
        write=True,
        **limits("close-positions"),
        note="productType alone closes everything, a number that does not fit the other fields answers 43065, and "
        "which code nothing-to-close has: guesses",
    )
    def close_positions(self, call: Call) -> object:
        return {"orderIdList": self.close(self._chosen(call.alias, call.body))}

    @route(
        "POST",
        f"{FOLLOWER}/cancel-trader",
        write=True,
        **limits("cancel-trader"),
        note="what happens to open copies is a guess, see the switch",
    )
    def cancel_trader(self, call: Call) -> object:
        self.unfollow(call.alias, self.needed(call.body, "traderId"))
        return "success"

    # Choosing orders

    def _listed(self, positions: Sequence[Position], query: Mapping[str, Any]) -> tuple[list[Position], str]:
        product = self.choice(query, "productType", PRODUCTS)
        symbol, trader = self.text(query, "symbol"), self.text(query, "traderId")
        found = [
            position
            for position in positions
            if product == USDT
            and symbol in ("", symbol_of(position.coin))  # case-sensitive [docs]
            and trader in ("", position.leader)
        ]
        return self.cursor_page(found, query)

    def _chosen(self, alias: str, body: Mapping[str, Any]) -> list[Position]:
        product = self.choice(body, "productType", PRODUCTS)
        number, symbol = self.text(body, "trackingNo"), self.text(body, "symbol")
        coin, mode = self.text(body, "marginCoin", "USDT"), self.text(body, "marginMode")
        side = self._hold_side(body, needed=bool(symbol) and not number)
        if mode not in ("", "isolated", "cross"):
            raise self.invalid()
        found = [self.copy_by_number(alias, number)] if number else self.copies(alias)
        chosen = [
            position
            for position in found
            if product == USDT
            and coin.upper() == "USDT"
            and symbol.upper() in ("", symbol_of(position.coin))
            and mode in ("", margin_mode(position))
            and side in ("", position.side)
        ]
        if number and not chosen:
            raise self.refuse("43065")
        return chosen

    def _hold_side(self, body: Mapping[str, Any], *, needed: bool) -> str:
        if not self.options.hedge_mode:
            return ""
        if not needed and not self.text(body, "holdSide"):
            return ""
        return self.choice(body, "holdSide", ("long", "short"))

    # Settings

    def _smart_settings(self, body: Mapping[str, Any]) -> tuple[CopySettings, Decimal]:
        """The new model: the same share of the invested amount that the leader puts up of his own."""
        amount = self._whole_text(body, "copyAmount", LEAST_COPY_AMOUNT)
        self.choice(body, "copyAllPostions", ("yes", "no"), "no")  # (sic)
        self.choice(body, "autoCopy", SWITCH, "on")
        self._check_guardian(body)
        mode = self.choice(body, "marginMode", ("follow_trader", "crossed_margin", "isolated_margin"), "follow_trader")
        lever = self.choice(body, "leverage", ("follow_trader", "fixed_leverage"), "follow_trader")
        multiple = self._whole_text(body, "multiple", 1, MAX_LEVERAGE, default="10")
        fixed_leverage = mode != "follow_trader" or lever == "fixed_leverage"
        cross = {"crossed_margin": True, "isolated_margin": False}.get(mode)
        leverage = Decimal(multiple) if fixed_leverage else None
        return CopySettings(mode="ratio", value=Decimal(1), leverage=leverage, cross=cross), Decimal(amount)

    def _check_guardian(self, body: Mapping[str, Any]) -> None:
        guarded = self.choice(body, "equityGuardian", SWITCH, "off") == "on"
        mode = self.choice(body, "equityGuardianMode", ("amount", "percentage"), "amount")
        if guarded:
            self._whole_text(body, "equity", 1, 100 if mode == "percentage" else 10**9)

    def _whole_text(self, body: Mapping[str, Any], name: str, least: int, most: int = 10**9, default: str = "") -> int:
        text = self.text(body, name, default) if default else self.needed(body, name)
        if not text.isdigit() or not least <= int(text) <= most:
            raise self.invalid()
        return int(text)

    # Rows

    def _open_row(self, position: Position) -> dict[str, str]:
        row = {
            "trackingNo": position.id,
            "traderName": self.world.copying.leaders[position.leader or ""].name,
            "openOrderId": open_order_id(position),
            "closeOrderId": close_order_id(position),
            "traderId": position.leader or "",
            "symbol": symbol_of(position.coin),
            "posSide": position.side,
            "openLeverage": plain(position.leverage),
            self.options.entry_name: plain(position.entry),
            "openTime": str(position.opened_at),
            "openSize": fixed(size_of(position), 16),
            "closeAvgPrice": plain(exit_of(position)),
            "closeSize": fixed(position.closed_size, 16),
            "openMarginSz": plain(margin_of(position)),
            "closeTime": "0",
        }
        if self.options.entry_name == "openPriceAvg":
            row["openFee"] = charged(position.open_fee)
        return row

    def _closed_row(self, position: Position) -> dict[str, str]:
        leader = self.world.copying.leaders[position.leader or ""]
        return {
            "trackingNo": position.id,
            "posSide": position.side,
            "openLeverage": plain(position.leverage),
            "openSize": plain(size_of(position)),
            "closeSize": plain(position.closed_size),
            "openPriceAvg": plain(position.entry),
            "closePriceAvg": plain(exit_of(position)),
            "achievedPL": fixed(position.realized, 8),
            "openFee": charged(position.open_fee),
            "closeFee": charged(position.close_fee),
            "symbol": symbol_of(position.coin),
            "profitRate": profit_rate(position),
            "netProfit": fixed(net_profit(position, leader), 8),
            "openOrderId": open_order_id(position),
            "closeOrderId": close_order_id(position),
            "openTime": str(position.opened_at),
            "closeTime": str(position.updated_at),
            "traderId": leader.id,
            "productType": USDT.lower(),
        }

    def _trader_row(self, follow: Follow) -> dict[str, object]:
        leader = follow.leader
        held = self.orders_of(follow)
        return {
            "certificationType": "Uncertified",
            "traderId": leader.id,
            "traderName": leader.name,
            "maxFollowLimit": str(leader.follower_limit),
            "followCount": str(leader.followers),
            "traceTotalMarginAmount": fixed(sum((margin_of(p) for p in held), ZERO), 4),
            "traceTotalNetProfit": fixed(sum((net_profit(p, leader) for p in held), ZERO), 4),
            "traceTotalProfit": fixed(sum((p.realized for p in held), ZERO), 4),
            "currentTradingPairs": [symbol_of(coin) for coin in leader.coins],
            "followerTime": str(follow.since),
            "bgbMaxFollowLimit": "100",
            "bgbFollowCount": "0",
        }


def shown_setting(row: Row, leverage: Decimal) -> Row:
    """The settings for one symbol as they are read back, with the leverage that holds."""
    long, short = leverages(row, leverage)
    return {**row, "longLeverage": plain(long or leverage), "shortLeverage": plain(short or leverage)}
