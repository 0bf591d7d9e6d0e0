"""What both versions of the API do with spot copying; each version says it in its own words.

A spot order is bought, held and sold: a long position of the engine without leverage. Leaders in spot are not the
leaders in contracts, and an account may lead in one and follow in the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import (
    CopySettings,
    Follow,
    Lead,
    Leader,
    Position,
    SymbolRule,
    Trigger,
    floor_to,
    plain,
)

from .desk import COOL_DOWN_MINUTES, SIZING, Row, coin_of, is_full, newest
from .gate import fill, is_digits
from .leading import LeadDesk

TRACE_WORDS = {**{word: word for word in SIZING}, "FIXED_OPENING_COST": "amount", "FIXED_AMOUNT": "amount"}
"""Ways to size a copy: the pages' words [docs], the official Postman sample's, and what is read back [seed]."""
SPOT_SETTING = ("symbol", "traceType", "traceValue", "maxHoldSize", "stopSurplusRatio", "stopLossRatio")
MOST_ORDERS = 50
LEAST_AMOUNT, MOST_AMOUNT = Decimal(10), Decimal(1_200)
LEAST_RATIO, MOST_RATIO = Decimal("0.1"), Decimal(20)
MOST_COUNT = Decimal(500)
MOST_TAKE, MOST_STOP = 500, 90
"""As in the example of the follower's settings [seed]."""
MOST_QUOTE = Decimal(50_000)
"""What a leader may hold of one coin, in quote money, as for most in the example [seed]."""


class SpotDesk(LeadDesk):
    """Spot leaders, who follows them, and the orders of both."""

    # Leading

    def spot_lead(self, alias: str) -> Lead:
        lead = self.world.lead(alias, spot=True)
        if lead is None:
            raise self.refuse("31001")
        return lead

    def set_led_coins(self, lead: Lead, symbols: Sequence[str]) -> None:
        """Lead these and no others [seed]; what is held of the others stays open [guess]."""
        if not symbols:
            raise self.refuse("31030")
        coins = [coin_of(symbol) for symbol in symbols]
        if not set(coins) <= set(self.world.market.coins):
            raise self.refuse("31019")
        for coin in set(lead.rules) - set(coins):
            lead.drop_rule(coin)
        for coin in coins:
            lead.set_rule(coin, lead.rules.get(coin, SymbolRule(Decimal(1))))

    def room_for(self, lead: Lead, coin: str) -> Decimal:
        """Quote money that the leader may still put into a coin."""
        return MOST_QUOTE - sum((floor_to(p.value(p.entry)) for p in lead.positions if p.coin == coin), Decimal(0))

    # Following

    def spot_leader(self, trader_id: str) -> Leader:
        """By the encrypted id or by the plain UID."""
        for leader in self.world.spot.leaders.values():
            if trader_id in (leader.id, leader.extra["uid"]):
                return leader
        raise self.refuse("31051")

    def spot_follow(self, alias: str, leader: Leader) -> Follow | None:
        return self.world.spot.follows.get((alias, leader.id))

    def follow_in_spot(self, alias: str, leader: Leader, rows: Iterable[Mapping[str, Any]]) -> None:
        """Follow, or change how [seed]."""
        follow = self.spot_follow(alias, leader)
        if follow is None:
            self._check_spot_follower(alias, leader)
        read = {row["symbol"]: row for row in [self.read_spot_row(leader, given) for given in rows]}
        if not read:
            raise self.refuse("31030")
        if follow is None:
            follow = self.world.spot.follow(alias, leader, CopySettings(coins=frozenset()))
        kept = follow.extra.get("rows", {}) if self.options.resent_settings == "merge" else {}
        follow.extra["rows"] = {**kept, **read}
        follow.by_coin = {coin_of(symbol): spot_settings(row) for symbol, row in follow.extra["rows"].items()}

    def _check_spot_follower(self, alias: str, leader: Leader) -> None:
        """Which of the codes comes first, and which an account that takes no followers has, are guesses."""
        lead = self.world.lead(alias, spot=True)
        if lead:
            raise self.refuse("31032" if lead.leader is leader else "31031")
        if self.removed_lately(alias, leader):
            raise self.refuse("31047", fill("31047", COOL_DOWN_MINUTES))
        if not leader.open_to_follow:
            raise self.refuse("31042")
        if is_full(leader):
            raise self.refuse("31034")

    def unfollow_in_spot(self, alias: str, trader_id: str) -> None:
        follow = self.spot_follow(alias, self.spot_leader(trader_id))
        if follow is None:
            raise self.refuse("43062")
        way = self.options.unfollow_with_copies
        if way == "refuse" and self.world.spot.copies(follow):
            raise self.refuse("40864")
        self.world.spot.unfollow(follow, close=way == "close")

    # Settings

    def read_spot_row(self, leader: Leader, given: Mapping[str, Any]) -> Row:
        """Check the settings for one symbol, and keep them as text."""
        row = {name: self.text(given, name) for name in SPOT_SETTING}
        coin = coin_of(self.needed(given, "symbol"))
        row["traceType"] = TRACE_WORDS[self.choice(given, "traceType", tuple(TRACE_WORDS))]
        row["maxHoldSize"] = plain(self.positive(given, "maxHoldSize"))
        row["traceValue"] = plain(self.positive(given, "traceValue"))
        if coin not in self.world.market.coins:
            raise self.refuse("31019")
        if coin not in leader.coins:
            raise self.refuse("31052")
        self._check_spot_value(row["traceType"], Decimal(row["traceValue"]), coin)
        self._check_spot_ratio(row["stopSurplusRatio"], "31040", MOST_TAKE)
        self._check_spot_ratio(row["stopLossRatio"], "31041", MOST_STOP)
        return row

    def positive(self, given: Mapping[str, Any], name: str) -> Decimal:
        self.needed(given, name)
        return self.amount(given, name)

    def _check_spot_value(self, kind: str, value: Decimal, coin: str) -> None:
        """By the limits that the follower's settings name; that an amount too small answers 31037 is a [guess]."""
        least, most = spot_bounds(kind, self.world.market.coins[coin].lot)
        if value < least:
            code = "31035" if kind == "percent" else "31037"
            raise self.refuse(code, fill(code, plain(least)))
        if value > most:
            raise self.refuse("31036", fill("31036", plain(most))) if kind == "percent" else self.refuse("31038")

    def _check_spot_ratio(self, text: str, code: str, most: int) -> None:
        if text and not (is_digits(text) and int(text) <= most):
            raise self.refuse(code, fill(code, 0, most))

    # Orders

    def spot_held(self, alias: str) -> list[Position]:
        """What is open: led and copied."""
        lead = self.world.lead(alias, spot=True)
        copies = (p for p in self.world.book.open_positions(alias) if p.leader in self.world.spot.leaders)
        return newest([*(lead.positions if lead else ()), *copies])

    def spot_sold(self, alias: str) -> list[Position]:
        """What is sold: led and copied."""
        lead = self.world.lead(alias, spot=True)
        owners = {alias, lead.leader.owner} if lead else {alias}
        history = (p for p in self.world.book.history if p.owner in owners)
        return newest(p for p in history if p.leader in self.world.spot.leaders or p.owner != alias)

    def spot_orders(self, orders: Iterable[Position], numbers: Iterable[str]) -> list[Position]:
        """All of these, or none."""
        by_number = {position.id: position for position in orders}
        wanted = list(dict.fromkeys(numbers))
        if not set(wanted) <= set(by_number):
            raise self.refuse("31007")
        return [by_number[number] for number in wanted]

    def set_spot_stops(self, position: Position, take: Decimal | None, stop: Decimal | None) -> None:
        """New prices; zero cancels, None leaves as it is."""
        price = self.world.market.price(position.coin)
        if take and take <= price:
            raise self.refuse("31004")
        if stop and stop >= price:
            raise self.refuse("31005")
        if take is not None:
            position.take_profit = Trigger("price", take) if take else None
        if stop is not None:
            position.stop_loss = Trigger("price", stop) if stop else None

    def detach(self, orders: Iterable[Position]) -> None:
        """End the copying of single orders: the coins are the account's own from now on."""
        for position in orders:
            position.leader = position.parent = None

    def numbers(self, given: Mapping[str, Any], name: str) -> list[str]:
        """A list of one to fifty tracking numbers."""
        found = given.get(name)
        if not found:
            raise self.refuse("40019", fill("40019", name))
        if not isinstance(found, list) or not all(isinstance(number, str) for number in found):
            raise self.invalid()
        if len(found) > MOST_ORDERS:
            raise self.refuse("31038")
        return found


def spot_bounds(kind: str, lot: Decimal) -> tuple[Decimal, Decimal]:
    """Least and largest value of a way to size."""
    return {"percent": (LEAST_RATIO, MOST_RATIO), "count": (lot, MOST_COUNT)}.get(kind, (LEAST_AMOUNT, MOST_AMOUNT))


def spot_settings(row: Row) -> CopySettings:
    """A fixed amount is quote money, percent 1 the leader's own size."""
    take, stop = (Decimal(row[name]) / 100 if row[name] else None for name in ("stopSurplusRatio", "stopLossRatio"))
    settings = CopySettings(mode=SIZING[row["traceType"]], value=Decimal(row["traceValue"]))
    return replace(
        settings,
        take_profit=Trigger("roi", take) if take else None,
        stop_loss=Trigger("roi", -stop) if stop else None,
    )


def spot_cost(position: Position) -> Decimal:
    """Quote money that was paid, fee included: what the sample's profit and rate are measured against [seed]."""
    return position.value(position.entry, position.size + position.closed_size) + position.open_fee


def spot_profit(position: Position) -> Decimal:
    """Of what is sold, without the selling fee: so the sample computes [seed]."""
    return position.realized - position.open_fee


def spot_net_profit(position: Position) -> Decimal:
    """Of what is sold, without both fees: so the sample computes [seed]."""
    return spot_profit(position) - position.close_fee
