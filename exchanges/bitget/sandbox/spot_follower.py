"""V2: the ten spot-follower calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import ZERO, Call, CopySettings, Follow, Position, fixed, plain, route

from .desk import Row, newest, symbol_of
from .figures import exit_of, percent, size_of
from .gate import per_uid
from .spot import (
    LEAST_AMOUNT,
    LEAST_RATIO,
    MOST_AMOUNT,
    MOST_COUNT,
    MOST_QUOTE,
    MOST_RATIO,
    MOST_STOP,
    MOST_TAKE,
    SpotDesk,
    spot_cost,
    spot_net_profit,
    spot_profit,
)

FOLLOWER = "/api/v2/copy/spot-follower"
SWITCH = ("on", "off")
READ_BACK = {"amount": "FIXED_AMOUNT"}
"""As in the example of query-settings; the other two as in its table [docs]."""


def limits(name: str, count: int = 5) -> dict[str, Any]:
    return {"limits": per_uid(f"spot-follower/{name}", count)}


class SpotFollower(SpotDesk):
    """What the account copies in spot: bought, held, sold."""

    # Reading

    @route(
        "GET",
        f"{FOLLOWER}/query-current-orders",
        **limits("query-current-orders"),
        note="newest first, and that the profit lacks the buying fee, are guesses",
    )
    def spot_copies_open(self, call: Call) -> object:
        shown, end_id = self._spot_copies_page(self.copied_in_spot(call.alias), call.query)
        rows = [{"trackingNo": p.id, "traderId": p.leader, **self.spot_open(p), **spot_stops(p)} for p in shown]
        return {"endId": end_id, "trackingList": rows}

    @route(
        "GET",
        f"{FOLLOWER}/query-history-orders",
        **limits("query-history-orders"),
        note="newest first is a guess; achievedPL lacks the buying fee, as the sample computes",
    )
    def spot_copies_sold(self, call: Call) -> object:
        sold = [p for p in self.spot_sold(call.alias) if p.leader in self.world.spot.leaders]
        shown, end_id = self._spot_copies_page(sold, call.query)
        rows = [self._copy_sold(position) for position in shown]
        return {"endId": end_id, "trackingList": rows}

    @route(
        "GET",
        f"{FOLLOWER}/query-settings",
        **limits("query-settings"),
        note="traceType of percent and count, and maxTraceAmount of a setting as the set call's maxHoldSize, "
        "are guesses; limits are those of the example for every symbol",
    )
    def spot_settings_kept(self, call: Call) -> object:
        leader = self.spot_leader(self.needed(call.query, "traderId"))
        follow = self.spot_follow(call.alias, leader)
        rows = follow.extra["rows"].values() if follow else ()
        return {
            "enable": "YES" if follow else "NO",
            "profitRate": percent(leader.share, 0),
            "settledInDays": str((self.world.clock.now_ms() - leader.leading_since) // 86_400_000),
            "tradeSettingList": [kept_setting(row) for row in rows],
            "tradeSymbolSettingList": [self._bounds(coin) for coin in leader.coins],
            "traderHeadPic": leader.avatar,
            "traderName": leader.name,
        }

    @route("GET", f"{FOLLOWER}/query-trader-symbols", **limits("query-trader-symbols", 10))
    def spot_leader_symbols(self, call: Call) -> object:
        leader = self.spot_leader(self.needed(call.query, "traderId"))
        return {"currentTradingList": [symbol_of(coin) for coin in leader.coins]}

    @route(
        "GET",
        f"{FOLLOWER}/query-traders",
        **limits("query-traders"),
        note="maxFollowLimit and followCount are the leader's; empty BGB places are as in the example",
    )
    def spot_leaders_followed(self, call: Call) -> object:
        since, until = self.window(call.query) if {"startTime", "endTime"} & set(call.query) else (0, 2**63)
        found = [follow for follow in self.world.spot.following(call.alias) if since <= follow.since <= until]
        shown = self.numbered_page(found, call.query, default=20, most=50)
        return {"resultList": [self._followed_row(follow) for follow in shown]}

    # Writing

    @route(
        "POST",
        f"{FOLLOWER}/settings",
        write=True,
        **limits("settings", 1),
        note="that it also changes what is followed already, that unnamed symbols keep their settings, ten settings at "
        "most as for contracts, and the codes are guesses; maxHoldSize is kept, not applied",
    )
    def spot_follow_settings(self, call: Call) -> object:
        body = call.body
        leader = self.spot_leader(self.needed(body, "traderId"))
        basic = self.choice(body, "mode", ("advanced", "basic"), "advanced") == "basic"
        auto = self.choice(body, "autoCopy", SWITCH, "off") == "on"
        self.follow_in_spot(call.alias, leader, self.setting_rows(body))
        follow = self.world.spot.follows[call.alias, leader.id]
        if basic:  # sizing is a fixed amount then [guess], and new symbols may join [docs]
            follow.by_coin = {coin: replace(kept, mode="amount") for coin, kept in follow.by_coin.items()}
        first = next(iter(follow.by_coin.values()))
        follow.settings = first if basic and auto else CopySettings(coins=frozenset())
        return ""

    @route(
        "POST",
        f"{FOLLOWER}/setting-tpsl",
        write=True,
        **limits("setting-tpsl", 1),
        note="the code when neither price is sent is a guess",
    )
    def spot_set_tpsl(self, call: Call) -> object:
        number = self.needed(call.body, "trackingNo")
        take, stop = self.both_stops(call.body)
        (position,) = self.spot_orders(self.copied_in_spot(call.alias), [number])
        self.set_spot_stops(position, take, stop)
        return ""

    @route(
        "POST",
        f"{FOLLOWER}/order-close-tracking",
        write=True,
        **limits("order-close-tracking", 1),
        note="31007 for a number of another symbol is a guess",
    )
    def spot_sell_copies(self, call: Call) -> object:
        self.sell(call, self.copied_in_spot(call.alias))
        return ""

    @route(
        "POST",
        f"{FOLLOWER}/stop-order",
        write=True,
        **limits("stop-order", 1),
        note="that the coins stay with the account and leave the lists is a guess",
    )
    def spot_stop_orders(self, call: Call) -> object:
        numbers = self.numbers(call.body, "trackingNoList")
        self.detach(self.spot_orders(self.copied_in_spot(call.alias), numbers))
        return ""

    @route(
        "POST",
        f"{FOLLOWER}/cancel-trader",
        write=True,
        **limits("cancel-trader", 1),
        note="what happens to open copies is a guess, see the switch",
    )
    def spot_cancel_trader(self, call: Call) -> object:
        trader_id = self.needed(call.body, "traderId")
        if self.spot_follow(call.alias, self.spot_leader(trader_id)) is None:
            raise self.refuse("31057")
        self.unfollow_in_spot(call.alias, trader_id)
        return ""

    # Orders

    def copied_in_spot(self, alias: str) -> list[Position]:
        return [p for p in self.spot_held(alias) if p.leader in self.world.spot.leaders]

    def sell(self, call: Call, held: Sequence[Position]) -> None:
        """All the named orders of one symbol, or none."""
        symbol = self.needed(call.body, "symbol").upper()
        of_symbol = [position for position in held if symbol_of(position.coin) == symbol]
        self.close(self.spot_orders(of_symbol, self.numbers(call.body, "trackingNoList")))

    def _spot_copies_page(self, positions: Sequence[Position], query: Mapping[str, Any]) -> tuple[list[Position], str]:
        trader = self.text(query, "traderId")
        return self.spot_page([p for p in positions if trader in ("", p.leader)], query, most=50)

    def spot_page(
        self, positions: Sequence[Position], query: Mapping[str, Any], *, most: int
    ) -> tuple[list[Position], str]:
        """Of one symbol in any case, or of all; a limit above ``most`` falls back to 20 [docs]."""
        symbol = self.text(query, "symbol").upper()
        size = self.whole(query, "limit", 20)
        found = [p for p in newest(positions) if symbol in ("", symbol_of(p.coin))]
        return self.cursor(found, query, size if size <= most else 20, lambda p: p.opened_at)

    # Rows

    def spot_open(self, position: Position) -> dict[str, object]:
        """What open orders of followers and leaders have in common."""
        profit = position.profit(self.world.market.price(position.coin)) - position.open_fee
        return {
            "buyFillSize": plain(position.size),
            "buyDelegateSize": fixed(size_of(position), 16),
            "buyPrice": plain(position.entry),
            "unrealizedPL": fixed(profit, 8),
            "buyTime": str(position.opened_at),
            "buyFee": buying_fee(position),
            "unrealizedPLR": percent(profit / spot_cost(position)),
            "symbol": symbol_of(position.coin),
        }

    def _copy_sold(self, position: Position) -> dict[str, object]:
        return {
            "trackingNo": position.id,
            "traderId": position.leader,
            "fillSize": plain(size_of(position)),
            "buyPrice": plain(position.entry),
            "sellPrice": plain(exit_of(position)),
            "buyFee": buying_fee(position),
            "sellFee": fixed(-position.close_fee, 8),
            "achievedPL": fixed(spot_profit(position), 5),
            "achievedPLR": percent(spot_profit(position) / spot_cost(position)),
            "symbol": symbol_of(position.coin),
            "buyTime": str(position.opened_at),
            "sellTime": str(position.updated_at),
        }

    def _followed_row(self, follow: Follow) -> dict[str, object]:
        leader = follow.leader
        sold = [p for p in self.spot_sold(follow.account) if p.leader == leader.id]
        bought = [*sold, *(p for p in self.copied_in_spot(follow.account) if p.leader == leader.id)]
        return {
            "certificationType": "Uncertified",
            "traceTotalAmount": fixed(sum((p.value(p.entry, size_of(p)) for p in bought), ZERO), 4),
            "traceTotalNetProfit": fixed(sum((spot_net_profit(p) for p in sold), ZERO), 4),
            "traceTotalProfit": fixed(sum((spot_profit(p) for p in sold), ZERO), 4),
            "traderName": leader.name,
            "traderId": leader.id,
            "maxFollowLimit": str(leader.follower_limit),
            "bgbMaxFollowLimit": "",
            "followCount": str(leader.followers),
            "bgbFollowCount": "",
            "followerTime": str(follow.since),
        }

    def _bounds(self, coin: str) -> dict[str, str]:
        return {
            "maxStopLossRation": str(MOST_STOP),
            "maxStopSurplusRation": str(MOST_TAKE),
            "maxTraceAmount": plain(MOST_AMOUNT),
            "maxTraceAmountSystem": plain(MOST_QUOTE),
            "maxTraceSize": plain(MOST_COUNT),
            "maxTraceRation": plain(MOST_RATIO),
            "minStopLossRation": "0",
            "minStopSurplusRation": "0",
            "minTraceAmount": plain(LEAST_AMOUNT),
            "minTraceSize": plain(self.world.market.coins[coin].lot),
            "minTraceRation": plain(LEAST_RATIO),
            "sliderMaxStopLossRatio": str(MOST_STOP),
            "sliderMaxStopSurplusRatio": str(MOST_TAKE),
            "symbol": symbol_of(coin),
        }


def kept_setting(row: Row) -> dict[str, str]:
    return {
        "maxTraceAmount": row["maxHoldSize"],
        "stopLossRation": row["stopLossRatio"],
        "stopSurplusRation": row["stopSurplusRatio"],
        "symbol": row["symbol"],
        "traceType": READ_BACK.get(row["traceType"], row["traceType"]),
    }


def spot_stops(position: Position) -> dict[str, str | None]:
    """Prices, null when unset [docs]; of a ratio the price that it comes to."""
    found: dict[str, str | None] = {}
    for name, trigger in (("stopSurplusPrice", position.take_profit), ("stopLossPrice", position.stop_loss)):
        if trigger is None:
            found[name] = None
        else:
            price = trigger.value if trigger.kind == "price" else position.level(trigger.value)
            found[name] = plain(price.quantize(Decimal("0.00001")))
    return found


def buying_fee(position: Position) -> str:
    """In coins, as the samples compute; a selling fee is in quote money."""
    return fixed(-position.open_fee / position.entry, 8)
