"""The settings of a follow relation: fifteen fields, checked, kept, applied."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from unifiedcopy.sandbox import CopySettings, Follow, Trigger, plain

from .gate import LEAST_RATE, Gate

SYSTEM_LEVERAGE = 100
"""[guess]: "<= system maximum" [seed], no number given."""
LEAST = Decimal(5)
"""Smallest amount per order and investment, USDT [guess]: the leader's minimum [seed], no number given."""
DECIMALS = (
    "investAmount",
    "singlePlaceAmount",
    "dailyMaxInvestAmount",
    "leverage",
    "maxInvestRate",
    "stopProfitRate",
    "stopLossRate",
    "realInvestAmount",
)
"""Fields of ``PUT config`` in the order of the page, up to the modes [seed]."""
CONFIG = (
    "leaderUserId",
    *DECIMALS,
    "followAmountMode",
    "stopLossDelay",
    "isolatedReservedAmount",
    "followMarginType",
    "followSymbolIds",
    "zeroSlippageSwitch",
)
"""All 15, all required [seed]."""


class Config(Gate):
    """Reading the settings out of a body, and putting them into force."""

    def read_config(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The 15 fields, checked, as they are read back."""
        config: dict[str, Any] = {"leaderUserId": self.long(body, "leaderUserId")}
        for name in (*DECIMALS, "isolatedReservedAmount"):
            config[name] = plain(self.decimal(body, name, Decimal(1) if name == "maxInvestRate" else None))
        config["followAmountMode"] = self.integer(body, "followAmountMode", range(2))
        config["stopLossDelay"] = self.integer(body, "stopLossDelay")
        config["followMarginType"] = self.integer(body, "followMarginType", range(3))
        config["followSymbolIds"] = self._symbols(self.text(body, "followSymbolIds"))
        if type(self.present(body, "zeroSlippageSwitch")) is not bool:
            raise self.invalid("zeroSlippageSwitch")
        config["zeroSlippageSwitch"] = body["zeroSlippageSwitch"]
        self._check_amounts(config)
        return config

    def _check_amounts(self, config: Mapping[str, Any]) -> None:
        """The rules between the amounts [seed]; the minimum itself is a [guess]."""
        amount = {name: Decimal(config[name]) for name in (*DECIMALS, "isolatedReservedAmount")}
        fixed_amount = config["followAmountMode"] == 0
        order = amount["singlePlaceAmount"] if fixed_amount else LEAST
        faults = {
            "investAmount": amount["investAmount"] < LEAST,
            "singlePlaceAmount": fixed_amount and amount["singlePlaceAmount"] < LEAST,
            "dailyMaxInvestAmount": 0 < amount["dailyMaxInvestAmount"] < LEAST,
            "leverage": not 1 <= amount["leverage"] <= SYSTEM_LEVERAGE,
            "stopProfitRate": 0 < amount["stopProfitRate"] < LEAST_RATE,
            "stopLossRate": 0 < amount["stopLossRate"] < LEAST_RATE,
            "realInvestAmount": amount["realInvestAmount"] < amount["isolatedReservedAmount"] + order,
        }
        for name, wrong in faults.items():
            if wrong:
                raise self.invalid(name)

    def _symbols(self, text: str) -> str:
        known = {f"{coin}-SWAP-USDT" for coin in self.world.market.coins}
        if text != "all" and not set(text.split(",")) <= known:
            raise self.invalid("followSymbolIds")
        return text

    def configure(self, follow: Follow, config: dict[str, Any]) -> None:
        profit, loss = Decimal(config["stopProfitRate"]), Decimal(config["stopLossRate"])
        symbols = config["followSymbolIds"]
        follow.extra["config"] = config
        follow.settings = CopySettings(
            mode="ratio" if config["followAmountMode"] else "amount",
            value=Decimal(1) if config["followAmountMode"] else Decimal(config["singlePlaceAmount"]),
            leverage=Decimal(config["leverage"]),
            coins=None if symbols == "all" else frozenset(s.split("-")[0] for s in symbols.split(",")),
            only=(None, "cross", "isolated")[config["followMarginType"]],
            take_profit=Trigger("roi", profit) if profit else None,
            stop_loss=Trigger("roi", -loss) if loss else None,
        )


def first_config(leader_id: str, mode: int) -> dict[str, Any]:
    return {
        "leaderUserId": leader_id,
        "investAmount": "1000",
        "singlePlaceAmount": "20",
        "dailyMaxInvestAmount": "0",
        "leverage": "20",
        "maxInvestRate": "0.5",
        "stopProfitRate": "0",
        "stopLossRate": "0",
        "realInvestAmount": "1000",
        "followAmountMode": mode,
        "stopLossDelay": 30,
        "isolatedReservedAmount": "5",
        "followMarginType": 0,
        "followSymbolIds": "all",
        "zeroSlippageSwitch": False,
    }
