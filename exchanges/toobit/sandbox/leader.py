"""The leader's side: none of the accounts leads."""

from __future__ import annotations

from unifiedcopy.sandbox import Call, route

from .gate import WEIGHT, Gate

LEADER = "/api/v2/copy-trading/leader"


class LeaderSide(Gate):
    """Answers that there is no leader."""

    @route("GET", f"{LEADER}/orders/current", limits=(WEIGHT,))
    @route("GET", f"{LEADER}/orders/history", limits=(WEIGHT,))
    @route("GET", f"{LEADER}/trade-data", limits=(WEIGHT,))
    @route("GET", f"{LEADER}/profit-sharings/history", limits=(WEIGHT,))
    @route("GET", f"{LEADER}/symbols", limits=(WEIGHT,))
    @route("GET", f"{LEADER}/config", limits=(WEIGHT,))
    @route("PUT", f"{LEADER}/config", write=True, limits=(WEIGHT,))
    @route("GET", f"{LEADER}/followers", limits=(WEIGHT,))
    @route("DELETE", LEADER + "/followers/{followerUserId}", write=True, limits=(WEIGHT,))
    def leader_side(self, call: Call) -> object:
        raise self.refuse(-120041)
