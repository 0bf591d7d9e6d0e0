"""What both versions of the API do for accounts that lead, in contracts and in spot."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from unifiedcopy.sandbox import ZERO, Follower, Lead, ProfitShare, plain

from .desk import Desk
from .gate import fill

DAY_MS = 86_400_000
EIGHT_HOURS_MS = 8 * 3_600_000


class LeadDesk(Desk):
    """Followers and profit shares."""

    def futures_lead(self, alias: str) -> Lead:
        lead = self.world.lead(alias)
        if lead is None:
            raise self.refuse("40732")
        return lead

    # Followers

    def removable(self, lead: Lead, follower: Follower) -> bool:
        """Who has little money left [seed]."""
        return lead.equity_of(follower) < self.options.removable_below

    def remove_follower(self, lead: Lead, uid: str, *, unknown: str) -> None:
        follower = next((follower for follower in lead.followers if follower.uid == uid), None)
        if follower is None:
            raise self.refuse(unknown)
        if not self.removable(lead, follower):
            raise self.refuse("43069", fill("43069", plain(self.options.removable_below)))
        lead.remove(follower)

    # Profit shares

    def in_usdt(self, shares: Iterable[ProfitShare]) -> Decimal:
        """Their sum; what was paid in coins counts at today's price [guess]."""
        price = self.world.market.price
        return sum((s.amount * (1 if s.asset == "USDT" else price(s.asset)) for s in shares), ZERO)

    def last_day(self, lead: Lead) -> tuple[Decimal, int]:
        """What was shared on the day before today, and when last; today's midnight when nothing was [guess]."""
        today = day_of(self.world.clock.now_ms())
        shares = [share for share in lead.shares if day_of(share.at) == today - 1]
        return self.in_usdt(shares), max((share.at for share in shares), default=today * DAY_MS - EIGHT_HOURS_MS)


def day_of(at: int) -> int:
    """The calendar day in GMT+8, where the venue's days begin [seed]."""
    return (at + EIGHT_HOURS_MS) // DAY_MS
