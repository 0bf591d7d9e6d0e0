"""V1, futures: how an account leads: symbols, default TP/SL, what is shown, and who follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Call, Follower, Lead, SymbolRule, fixed, plain, route

from ..desk import MAX_LEVERAGE, coin_of, symbol_of
from ..gate import fill, is_digits
from .words import MIX, PRODUCTS, SUFFIX, YES_NO, Words, contract, limits

MOST_RATIO = 400


class Rules(Words):
    """Settings of a leader. Who doesn't lead is refused with 40732."""

    # Symbols

    @route("GET", f"{MIX}/traderSymbols", **limits("traderSymbols"), note="one largest leverage is a guess")
    def v1_trader_symbols(self, call: Call) -> object:
        lead = self.futures_lead(call.alias)
        return [
            {
                "symbol": contract(coin.name),
                "minOpenCount": plain(coin.lot),
                "maxLeverage": str(MAX_LEVERAGE),
                "openTrader": coin.name in lead.rules,
            }
            for coin in self.world.market.coins.values()
        ]

    @route(
        "POST",
        f"{MIX}/setUpCopySymbols",
        write=True,
        **limits("setUpCopySymbols"),
        note="40731 for an unknown symbol is a guess, and that what is added or deleted twice is no error",
    )
    def v1_set_up_copy_symbols(self, call: Call) -> object:
        lead, symbol = self.futures_lead(call.alias), self.needed(call.body, "symbol")
        adding = self.choice(call.body, "operation", ("add", "delete")) == "add"
        coin = self._listed_coin(symbol.removesuffix(SUFFIX) if symbol.endswith(SUFFIX) else "")
        if adding:
            lead.set_rule(coin, lead.rules.get(coin, SymbolRule(lead.leader.leverage)))
        elif coin in lead.rules:
            lead.drop_rule(coin)
        return ""

    @route(
        "POST",
        f"{MIX}/queryTraderTpslRatioConfig",
        **limits("queryTraderTpslRatioConfig"),
        note="empty text where none is set is a guess; of a symbol that is not led nothing is answered",
    )
    def v1_query_tpsl_ratio(self, call: Call) -> object:
        lead = self.futures_lead(call.alias)
        found = []
        for row in self._rows(call.body, "queryTpslRatioConfig"):
            coin = self._coin_of_row(row)
            rule = lead.rules.get(coin)
            if rule:
                found.append(
                    {
                        "symbol": symbol_of(coin),
                        "stopLossRatio": whole_percent(rule.stop_loss),
                        "takeProfitRatio": whole_percent(rule.take_profit),
                    }
                )
        return found

    @route(
        "POST",
        f"{MIX}/traderUpdateTpslRatioConfig",
        write=True,
        **limits("traderUpdateTpslRatioConfig"),
        note="named tpslRatioConfigList as in the example, the table says tpslUpdateList; a ratio that is left out is "
        "cancelled [seed], zero too (guess); that all rows are set or none is a guess",
    )
    def v1_update_tpsl_ratio(self, call: Call) -> object:
        lead = self.futures_lead(call.alias)
        changed = {}
        for row in self._rows(call.body, "tpslRatioConfigList"):
            coin = self._coin_of_row(row)
            if coin not in lead.rules:
                raise self.refuse("40731")
            take = self._v1_ratio(row, "takeProfitRatio", "43056")
            stop = self._v1_ratio(row, "stopLossRatio", "43055")
            if stop and stop > 1 and not lead.leader.cross:  # only with crossed margin [seed]
                raise self.refuse("43055", fill("43055", 0, 100))
            changed[coin] = replace(lead.rules[coin], take_profit=take, stop_loss=stop)
        for coin, rule in changed.items():
            lead.set_rule(coin, rule)
        return True

    # What is shown

    @route(
        "POST",
        f"{MIX}/traderUpdateConfig",
        write=True,
        **limits("traderUpdateConfig"),
        note="that nothing sent answers 400172 is a guess",
    )
    def v1_trader_update_config(self, call: Call) -> object:
        lead, body = self.futures_lead(call.alias), call.body
        wishes = {
            name: self.choice(body, name, YES_NO) == "YES"
            for name in ("enableTrace", "showTotalEquity", "showTpsl")
            if self.text(body, name)
        }
        if not wishes:
            raise self.invalid()
        lead.leader.open_to_follow = wishes.get("enableTrace", lead.leader.open_to_follow)
        for name, what in (("showTotalEquity", "equity"), ("showTpsl", "stops")):
            if name in wishes:
                lead.shown = lead.shown | {what} if wishes[name] else lead.shown - {what}
        return True

    # Followers

    @route("POST", f"{MIX}/myFollowerList", **limits("myFollowerList"))
    def v1_my_follower_list(self, call: Call) -> object:
        lead = self.futures_lead(call.alias)
        shown = self.numbered_page(lead.followers, call.body, default=20, most=100)
        return [self._v1_follower_row(lead, follower) for follower in shown]

    @route(
        "POST",
        f"{MIX}/removeFollower",
        write=True,
        **limits("removeFollower"),
        note="the most money that a removable follower may have is spot's, that copies are closed is a guess",
    )
    def v1_remove_follower(self, call: Call) -> object:
        lead = self.futures_lead(call.alias)
        self.remove_follower(lead, self.needed(call.body, "followerUid"), unknown="43046")
        return True

    def _v1_follower_row(self, lead: Lead, follower: Follower) -> dict[str, object]:
        return {
            "accountEquity": fixed(lead.equity_of(follower), 4),
            "canRemoveFollower": self.removable(lead, follower),
            "followerHeadPic": follower.avatar,
            "followerNickName": follower.name,
            "followerUid": follower.uid,
        }

    # Parameters

    def _rows(self, body: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
        rows = body.get(name)
        if not rows:
            raise self.refuse("40019", fill("40019", name))
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.invalid()
        return rows

    def _coin_of_row(self, row: Mapping[str, Any]) -> str:
        """Of a symbol without suffix, beside its product type [seed]."""
        symbol, product = self.needed(row, "symbol"), self.choice(row, "productType", PRODUCTS)
        return self._listed_coin(symbol if product == "umcbl" else "")

    def _listed_coin(self, symbol: str) -> str:
        coin = coin_of(symbol)
        if coin not in self.world.market.coins:
            raise self.refuse("40731")
        return coin

    def _v1_ratio(self, row: Mapping[str, Any], name: str, code: str) -> Decimal | None:
        """Whole percents up to 400 [seed]."""
        text = self.text(row, name, "0")
        if not is_digits(text) or int(text) > MOST_RATIO:
            raise self.refuse(code, fill(code, 0, MOST_RATIO))
        return Decimal(text) / 100 or None


def whole_percent(ratio: Decimal | None) -> str:
    return plain(ratio * 100) if ratio else ""
