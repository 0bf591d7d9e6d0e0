"""The emulator as a whole: the accounts and leaders at the start."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import NAMES, Leader, Side, Trigger, round_to

from .gate import DEMO, LAPSED, LIVE
from .leader import LeaderSide
from .market import Market

PACE = 4
"""Leaders here act more often than once an hour: who copies one sees copies soon."""
MONTH_MS = 30 * 86_400_000
FIRST_SETTINGS = {
    "copyMgnMode": "copy",
    "copyInstIdType": "copy",
    "copyTotalAmt": "1000",
    "subPosCloseType": "market_close",
}
SIZINGS = ({"copyMode": "fixed_amount", "copyAmt": "40"}, {"copyMode": "ratio_copy", "copyRatio": "0.05"})


class Emulator(LeaderSide, Market):
    """Accounts: ``main`` and ``readonly`` copy the first two leaders, ``leader`` leads; ``empty`` does nothing.

    ``own`` copies nobody and holds positions of its own, a coin-margined one among them. ``demo`` has a key of demo
    trading, ``lapsed`` one that is no more. Of the leaders the third trades in net mode, the last but two takes smart
    sync alone, the last but one is full, the last is about to stop.
    """

    def populate(self) -> None:
        world = self.world
        for alias, kind in (("main", LIVE), ("empty", LIVE), ("own", LIVE), ("demo", DEMO), ("lapsed", LAPSED)):
            world.open_account(alias, kind=kind, deposit=Decimal(5_000), passphrase=True)
        world.open_account(
            "readonly", kind=LIVE, permissions=frozenset({"read"}), deposit=Decimal(5_000), passphrase=True
        )
        world.open_account("leader", kind=LIVE, deposit=Decimal(5_000), passphrase=True)
        leaders = [self._add_leader(number, name) for number, name in enumerate(NAMES)]
        leaders[2].extra["net"] = True
        leaders[-3].extra["smart sync"] = True
        leaders[-2].follower_limit = leaders[-2].followers
        leaders[-1].open_to_follow = False
        self._let_some_copy(leaders[:2])
        self._let_one_lead()
        self._hold_own()

    def _code(self, number: int) -> str:
        """16 characters or, since 2026, 18 digits [docs]."""
        random = self.world.random
        return str(random.randrange(10**17, 10**18)) if number % 2 else f"{random.getrandbits(64):016X}"

    def _add_leader(self, number: int, name: str) -> Leader:
        leader = self.world.add_leader(self._code(number), name)
        leader.pace = PACE
        self.world.seed_history(leader.owner, 12)
        self.world.lead_earlier(leader, "BTC", "long")
        return leader

    def _let_some_copy(self, leaders: list[Leader]) -> None:
        for leader, sizing in zip(leaders, SIZINGS, strict=True):
            for alias in ("main", "readonly"):
                kept, settings = self._settings({**FIRST_SETTINGS, **sizing}, leader)
                relation = self.world.copying.follow(alias, leader, settings)
                relation.extra["settings"] = kept
                relation.since -= MONTH_MS
        self.seed_history(25)
        trades: tuple[tuple[str, Side], ...] = (("BTC", "short"), ("ETH", "long"), ("SOL", "short"))
        for leader in leaders:
            for coin, side in trades:
                self.world.lead_earlier(leader, coin, side)
        guarded = self.world.book.open_positions("main")[0]
        tick = self.world.market.coins[guarded.coin].tick
        guarded.stop_loss = Trigger("price", round_to(guarded.entry * (1 - guarded.sign * Decimal("0.04")), tick))
        guarded.extra["algoId"] = self.world.new_id()

    def _let_one_lead(self) -> None:
        lead = self.world.let_lead("leader", self._code(1), "Trader9527")
        for coin in list(lead.rules)[:2]:
            for side in self.world.copying.sides:
                self.world.lead_earlier(lead.leader, coin, side)

    def _hold_own(self) -> None:
        """Held without any leader; the coin-margined one is 500 dollars of bitcoin."""
        self.world.deposit("own", Decimal("0.1"), "BTC")
        self.world.book.open("own", "BTC", "short", Decimal(500), leverage=Decimal(5), inverse=True, cross=True)
        self.world.book.open("own", "ETH", "long", Decimal("0.5"), leverage=Decimal(5))
