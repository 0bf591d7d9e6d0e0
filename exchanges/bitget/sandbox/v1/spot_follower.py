"""V1, spot: following leaders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unifiedcopy.sandbox import Call, Follow, plain, route

from ..desk import Row, symbol_of
from ..spot import (
    LEAST_AMOUNT,
    LEAST_RATIO,
    MOST_AMOUNT,
    MOST_COUNT,
    MOST_QUOTE,
    MOST_RATIO,
    MOST_STOP,
    MOST_TAKE,
    spot_cost,
    spot_net_profit,
    spot_profit,
)
from .words import SPOT, Words, spot_limits, total

DAY_MS = 86_400_000
V2_NAMES = {
    "maxHoldCount": "maxHoldSize",
    "takeProfitRation": "stopSurplusRatio",
    "stopLossRation": "stopLossRatio",
}
READ_BACK = {"amount": "FIXED_AMOUNT"}
"""As in the example [seed]; the other two come back as they went out [guess]."""


class SpotFollower(Words):
    """Whom an account copies in spot, and how."""

    @route(
        "POST",
        f"{SPOT}/config/getFollowerSettings",
        **spot_limits("getFollowerSettings"),
        note="ratios are whole percents as the values read (the text says fractions); settingType, what stands there "
        "before one follows, and that maxTraceAmount is the largest holding are guesses",
    )
    def v1_spot_follower_settings(self, call: Call) -> object:
        leader = self.spot_leader(self.needed(call.body, "traderUserId"))
        follow = self.spot_follow(call.alias, leader)
        rows: list[Row] = list(follow.extra["rows"].values()) if follow else []
        alike = {tuple(row[name] for name in row if name != "symbol") for row in rows}
        return self.in_spot(
            {
                "isMyTrader": follow is not None,
                "profitRate": plain(leader.share * 100),
                "settingType": "Unified" if len(alike) < 2 else "Separately",
                "settledInDays": str((call.request.at - leader.leading_since) // DAY_MS),
                "copyTradeBatchDetails": [kept_setting(row) for row in rows],
                "myCopyTradeConfList": [self._limits_of(coin) for coin in leader.coins],
                "traderHeadPic": leader.avatar,
                "traderNickName": leader.name,
            }
        )

    @route(
        "POST",
        f"{SPOT}/user/myTraders",
        **spot_limits("myTraders"),
        note="that the amount is what all copies have cost is a guess",
    )
    def v1_spot_my_traders(self, call: Call) -> object:
        found = [self._spot_leader_row(follow) for follow in self.world.spot.following(call.alias)]
        return self.in_spot(self.next_page(call.body, found, most=30))

    @route(
        "POST",
        f"{SPOT}/config/setFollowerConfig",
        write=True,
        **spot_limits("setFollowerConfig"),
        note="that traceValue must be there, that unnamed symbols keep their settings, and most codes are guesses; "
        "maxHoldCount is kept, not applied",
    )
    def v1_spot_set_follower_config(self, call: Call) -> object:
        rows = call.body.get("setting")
        trader_id = self.needed(call.body, "traderUserId")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.invalid()
        self.follow_in_spot(call.alias, self.spot_leader(trader_id), map(as_v2, rows))
        return self.in_spot(True)

    @route(
        "POST",
        f"{SPOT}/user/removeTrader",
        write=True,
        **spot_limits("removeTrader"),
        note="what happens to open copies is a guess, see the switch",
    )
    def v1_spot_remove_trader(self, call: Call) -> object:
        self.unfollow_in_spot(call.alias, self.needed(call.body, "traderUserId"))
        return self.in_spot(True)

    # Rows

    def _limits_of(self, coin: str) -> dict[str, str]:
        """The example's values, but for the least count."""
        return {
            "maxStopLossRation": str(MOST_STOP),
            "maxTakeProfitRation": str(MOST_TAKE),
            "maxTraceAmount": plain(MOST_AMOUNT),
            "maxTraceAmountSystem": plain(MOST_QUOTE),
            "maxTraceCount": plain(MOST_COUNT),
            "maxTraceRation": plain(MOST_RATIO),
            "minStopLossRation": "0",
            "minTakeProfitRation": "0",
            "minTraceAmount": plain(LEAST_AMOUNT),
            "minTraceCount": plain(self.world.market.coins[coin].lot),
            "minTraceRation": plain(LEAST_RATIO),
            "sliderMaxStopLossRatio": str(MOST_STOP),
            "sliderMaxTakeProfitRatio": str(MOST_TAKE),
            "symbol": symbol_of(coin),
        }

    def _spot_leader_row(self, follow: Follow) -> dict[str, str]:
        leader = follow.leader
        sold = [p for p in self.spot_sold(follow.account) if p.leader == leader.id]
        orders = [*self.world.spot.copies(follow), *sold]
        return {
            "certificationType": "Uncertified",
            "traceTotalAmount": total(spot_cost(position) for position in orders),
            "traceTotalNetProfit": total(spot_net_profit(position) for position in sold),
            "traceTotalProfit": total(spot_profit(position) for position in sold),
            "tradeNickName": leader.name,
            "traderUid": leader.id,
        }


def as_v2(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {V2_NAMES.get(name, name): value for name, value in row.items()}


def kept_setting(row: Row) -> dict[str, str]:
    return {
        "maxTraceAmount": row["maxHoldSize"],
        "stopLossRation": row["stopLossRatio"],
        "takeProfitRation": row["stopSurplusRatio"],
        "symbol": row["symbol"],
        "traceType": READ_BACK.get(row["traceType"], row["traceType"]),
    }
