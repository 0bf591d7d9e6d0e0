"""Leading: which contracts are led, and what the copiers' profits bring."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import ZERO, Call, Lead, SymbolRule, floor_to, plain, route, sums

from .contracts import Contract, total
from .figures import DAY_MS
from .gate import COPY, per_user
from .subpositions import SubPositions

LEAST_SHARE, MOST_SHARE = ZERO, Decimal("0.13")
"""Bounds of the profit share [guess]: that there are some is documented, not which."""
EDITS = 5
"""How often in 30 days the share may be changed [guess]: that it is limited is documented."""


class LeaderSide(SubPositions):
    """What only an account that leads may ask; any other gets 59262, which is a [guess] for calls that read."""

    @route("GET", f"{COPY}/instruments", limits=per_user("instruments"))
    def lead_instruments(self, call: Call) -> object:
        rules = self._lead(call).rules
        listed = [contract for contract in self.listed() if not contract.inverse] if self.swap(call.query) else []
        return [{"enabled": contract.coin in rules, "instId": contract.id} for contract in listed]

    @route(
        "POST",
        f"{COPY}/set-instruments",
        write=True,
        limits=per_user("set-instruments"),
        note="51000 for a contract that has a position, or that is none (guess); the answer has what was sent",
    )
    def set_lead_instruments(self, call: Call) -> object:
        lead = self._lead(call)
        names = self.needed(call.body, "instId").split(",")
        coins = [coin for name in names if (coin := self.coin_of(name))]
        if not self.swap(call.body) or len(coins) < len(names):
            raise self.wrong("instId")
        dropped = set(lead.rules) - set(coins)
        if any(position.coin in dropped for position in lead.positions):
            raise self.wrong("instId")
        for coin in dropped:
            lead.drop_rule(coin)
        for coin in coins:
            if coin not in lead.rules:
                lead.set_rule(coin, SymbolRule(lead.leader.leverage))
        return [{"enabled": True, "instId": Contract(coin).id} for coin in coins]

    @route("GET", f"{COPY}/profit-sharing-details", limits=per_user("profit-sharing-details"))
    def profit_share_history(self, call: Call) -> object:
        lead = self._lead(call)
        return [
            {
                "ccy": share.asset,
                "nickName": share.follower.name,
                "profitSharingAmt": plain(share.amount),
                "profitSharingId": share.id,
                "portLink": share.follower.avatar,
                "ts": str(share.at),
                "instType": "SWAP",
            }
            for share in self.by_id(lead.shares if self.swap(call.query) else [], call.query)
        ]

    @route("GET", f"{COPY}/total-profit-sharing", limits=per_user("total-profit-sharing"))
    def profit_share_total(self, call: Call) -> object:
        shares = self._lead(call).shares if self.swap(call.query) else []
        return [
            {"ccy": asset, "totalProfitSharingAmt": plain(amount), "instType": "SWAP"}
            for asset, amount in sums(shares, lambda share: share.asset).items()
        ]

    @route(
        "GET",
        f"{COPY}/unrealized-profit-sharing-details",
        limits=per_user("unrealized-profit-sharing-details"),
        note="of closed copies; ts is when the copying began (guess)",
    )
    def profit_share_pending(self, call: Call) -> object:
        pending = self._lead(call).pending if self.swap(call.query) else []
        return [
            {
                "ccy": share.asset,
                "nickName": share.follower.name,
                "portLink": share.follower.avatar,
                "ts": str(share.follower.since),
                "unrealizedProfitSharingAmt": plain(share.amount),
                "instType": "SWAP",
            }
            for share in pending
        ]

    @route(
        "GET",
        f"{COPY}/total-unrealized-profit-sharing",
        limits=per_user("total-unrealized-profit-sharing"),
        note="settles when the first of the shares does",
    )
    def profit_share_pending_total(self, call: Call) -> object:
        lead = self._lead(call)
        pending = lead.pending if self.swap(call.query) else []
        next_week = self.world.clock.now_ms() + lead.leader.settle_days * DAY_MS
        return [
            {
                "profitSharingTs": str(min((share.at for share in pending), default=next_week)),
                "totalUnrealizedProfitSharingAmt": plain(floor_to(total(share.amount for share in pending))),
            }
        ]

    @route(
        "POST",
        f"{COPY}/amend-profit-sharing-ratio",
        write=True,
        limits=per_user("amend-profit-sharing-ratio"),
        note="the bounds and how often in a month are guesses",
    )
    def set_profit_share(self, call: Call) -> object:
        lead = self._lead(call)
        if not self.swap(call.body):
            raise self.wrong("instType")
        self.needed(call.body, "profitSharingRatio")
        ratio = self.amount(call.body, "profitSharingRatio")
        if ratio is None or not LEAST_SHARE <= ratio <= MOST_SHARE:
            raise self.fill("59287", plain(LEAST_SHARE), plain(MOST_SHARE))
        now = self.world.clock.now_ms()
        edits = [at for at in lead.extra.get("edits", []) if at > now - 30 * DAY_MS]
        if len(edits) >= EDITS:
            raise self.fill("59284", EDITS)
        lead.extra["edits"] = [*edits, now]
        lead.leader.share = ratio
        return [{"result": True}]

    def _lead(self, call: Call) -> Lead:
        lead = self.world.lead(call.alias)
        if lead is None:
            raise self.refuse("59262")
        return lead
