"""The settings of a leader: the fields of ``PUT config``, checked, kept, applied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import Lead, SymbolRule, plain

from .gate import Gate

CHOICES = {
    "unLeadType": range(2),
    "leadPositionType": range(-1, 2),
    "tradeProtect": range(2),
    "profitPeriod": (1, 7),
    "isNeedInvite": range(2),
    "inviteScope": range(3),
}
"""Small enums [docs]; that ``tradeProtect`` has two values and ``inviteScope`` three is a [guess]."""
AMOUNTS = ("followAssetLowerLimit", "fixedAmountFollowMin", "fixedRateFollowMin")
ORDER = (
    "unLeadType",
    "unLeadStartTime",
    "unLeadEndTime",
    "leadPositionType",
    "tradeProtect",
    "profitPeriod",
    "profitRate",
    *AMOUNTS,
    "isNeedInvite",
    "inviteScope",
    "symbolIds",
    "recommendShare",
    "recommendShareRate",
    "inviteCode",
)
"""Keys in the order of the sample [docs]."""
INVITE_CODE = re.compile(r"[A-Za-z0-9]{6,10}")
"""6 to 10 characters [docs]; which ones is a [guess]."""
ONE = Decimal(1)


class LeadConfig(Gate):
    """Reading a leader's settings out of a body, and putting them into force."""

    def read_lead_config(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The settings, checked, as they are read back. What belongs to a switch is needed when it is on [guess]."""
        config: dict[str, Any] = {name: self.integer(body, name, allowed) for name, allowed in CHOICES.items()}
        if config["unLeadType"]:
            times = [self.integer(body, name, range(2**53)) for name in ("unLeadStartTime", "unLeadEndTime")]
            if times[0] >= times[1]:
                raise self.invalid("unLeadEndTime")
            config["unLeadStartTime"], config["unLeadEndTime"] = (str(time) for time in times)
        rate = self.decimal(body, "profitRate")
        if self.share_of(rate) > 1:
            raise self.invalid("profitRate")
        config["profitRate"] = plain(rate)
        config |= {name: plain(self.decimal(body, name)) for name in AMOUNTS}
        config["symbolIds"] = self._led_symbols(body)
        config |= self._recommendation(body)
        if config["isNeedInvite"] or body.get("inviteCode"):
            config["inviteCode"] = self.text(body, "inviteCode")
            if not INVITE_CODE.fullmatch(config["inviteCode"]):
                raise self.invalid("inviteCode")
        return config

    def share_of(self, rate: Decimal) -> Decimal:
        """The leader's share as a fraction; the documents have both "0.1" and "10" [docs]."""
        percent = {"fraction": False, "percent": True}.get(self.options.profit_rate, rate > 1)
        return rate / 100 if percent else rate

    def configure_lead(self, lead: Lead, config: dict[str, Any]) -> None:
        """Put settings into force, or refuse what open positions stand against."""
        held = {position.coin for position in lead.positions}
        wanted = [symbol.split("-")[0] for symbol in config["symbolIds"]]
        if held - set(wanted):
            raise self.refuse(-32090)
        old = lead.extra.get("config")
        if old and held and old["leadPositionType"] != config["leadPositionType"]:
            raise self.refuse(-32093)
        for coin in [coin for coin in lead.rules if coin not in wanted]:
            lead.drop_rule(coin)
        for coin in wanted:
            if coin not in lead.rules:
                lead.set_rule(coin, SymbolRule(lead.leader.leverage))
        if config["leadPositionType"] >= 0:
            lead.leader.cross = config["leadPositionType"] == 0
        lead.leader.share = self.share_of(Decimal(config["profitRate"]))
        lead.leader.settle_days = config["profitPeriod"]
        lead.least_amount = Decimal(config["fixedAmountFollowMin"])
        lead.extra["config"] = config

    def _led_symbols(self, body: Mapping[str, Any]) -> list[str]:
        symbols = self.present(body, "symbolIds")
        known = {f"{coin}-SWAP-USDT" for coin in self.world.market.coins}
        listed = isinstance(symbols, list) and symbols and all(isinstance(symbol, str) for symbol in symbols)
        if not listed or len(set(symbols)) < len(symbols) or not set(symbols) <= known:
            raise self.invalid("symbolIds")
        return list(symbols)

    def _recommendation(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What part of the share goes to who recommended a follower."""
        if body.get("recommendShare") is None:
            return {}
        shared = self.integer(body, "recommendShare", range(2))
        if not shared and body.get("recommendShareRate") in (None, ""):
            return {"recommendShare": shared}
        return {"recommendShare": shared, "recommendShareRate": plain(self.decimal(body, "recommendShareRate", ONE))}


def first_lead_config(lead: Lead) -> dict[str, Any]:
    """As it is before the leader has changed anything."""
    return {
        "unLeadType": 0,
        "leadPositionType": -1,
        "tradeProtect": 1,
        "profitPeriod": 7,
        "profitRate": plain(lead.leader.share),
        "followAssetLowerLimit": "100",
        "fixedAmountFollowMin": "10",
        "fixedRateFollowMin": "10",
        "isNeedInvite": 0,
        "inviteScope": 0,
        "symbolIds": [f"{coin}-SWAP-USDT" for coin in lead.rules],
        "recommendShare": 1,
        "recommendShareRate": "0.2",
    }
