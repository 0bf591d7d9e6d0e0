"""V1, spot: leading."""

from __future__ import annotations

from unifiedcopy.sandbox import Call, Follower, Lead, fixed, plain, route

from ..desk import symbol_of
from ..spot import MOST_QUOTE
from .words import SPOT, Words, spot_limits

SUFFIX = "_SPBL"
LABELS = ({"id": "23432", "name": "Aggressive"}, {"id": "1234", "name": "Stable"})
"""The example's [seed]."""


class SpotTrader(Words):
    """Followers, coins and settings of an account that leads in spot. Who doesn't is refused with 31001."""

    # Reading

    @route(
        "POST",
        f"{SPOT}/order/spotInfoList",
        **spot_limits("spotInfoList"),
        note="one largest amount for every symbol is a guess",
    )
    def v1_spot_info_list(self, call: Call) -> object:
        lead = self.spot_lead(call.alias)
        return [
            {
                "maxCount": plain(MOST_QUOTE),
                "surplusCount": plain(self.room_for(lead, coin)),
                "symbol": symbol_of(coin),
            }
            for coin in lead.rules
        ]

    @route(
        "POST",
        f"{SPOT}/config/getTraderSettings",
        **spot_limits("getTraderSettings"),
        note="the labels are the example's",
    )
    def v1_spot_trader_settings(self, call: Call) -> object:
        lead = self.spot_lead(call.alias)
        return self.in_spot(
            {
                "labels": list(LABELS),
                "openProduct": lead.leader.open_to_follow,
                "showAssetsMap": "assets" in lead.shown,
                "showEquity": "equity" in lead.shown,
                "supportProductCodes": [
                    {"openCopyTrace": coin in lead.rules, "symbol": symbol_of(coin) + SUFFIX}
                    for coin in self.world.market.coins
                ],
            }
        )

    @route("POST", f"{SPOT}/user/getTraderInfo", **spot_limits("getTraderInfo"))
    def v1_spot_trader_info(self, call: Call) -> object:
        leader = self.spot_lead(call.alias).leader
        return {
            "totalTraceNum": str(leader.followers_ever),
            "currentTraceNum": str(leader.followers),
            "maxUserCounts": str(leader.follower_limit),
            "status": "Enable" if leader.open_to_follow else "UnEnable",
            "openProduct": leader.open_to_follow,
        }

    @route(
        "POST",
        f"{SPOT}/user/myFollowers",
        **spot_limits("myFollowers"),
        note="names of the example; the table's are followerHeadPic, followerNickName, followerUserId",
    )
    def v1_spot_my_followers(self, call: Call) -> object:
        lead = self.spot_lead(call.alias)
        found = [self._follower_row(lead, follower) for follower in lead.followers]
        return self.in_spot(self.next_page(call.body, found, most=1000))

    @route(
        "POST",
        f"{SPOT}/getRemovableFollower",
        **spot_limits("getRemovableFollower"),
        note="three official places have three paths; this is the page's own line and ccxt's",
    )
    def v1_spot_removable_follower(self, call: Call) -> object:
        self.spot_lead(call.alias)
        return {"removableFollowerMinUSDT": plain(self.options.removable_below)}

    # Writing

    @route(
        "POST",
        f"{SPOT}/config/setProductCode",
        write=True,
        **spot_limits("setProductCode"),
        note="that a coin which is held may be left out is a guess, and the codes",
    )
    def v1_spot_set_product_code(self, call: Call) -> object:
        lead, symbols = self.spot_lead(call.alias), call.body.get("symbols")
        if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
            raise self.invalid()
        self.set_led_coins(lead, symbols)
        return self.in_spot(True)

    @route(
        "POST",
        f"{SPOT}/user/removeFollower",
        write=True,
        **spot_limits("removeFollower"),
        note="43069 for one with too much money is the futures table's code, that copies are sold is a guess",
    )
    def v1_spot_remove_follower(self, call: Call) -> object:
        lead = self.spot_lead(call.alias)
        self.remove_follower(lead, self.needed(call.body, "followerUserId"), unknown="31029")
        return self.in_spot(True)

    def _follower_row(self, lead: Lead, follower: Follower) -> dict[str, object]:
        return {
            "accountEquity": fixed(lead.equity_of(follower), 4),
            "canRemoveTraceUser": self.removable(lead, follower),
            "tracerHeadPic": follower.avatar,
            "tracerNickName": follower.name,
            "tracerUserId": follower.uid,
        }
