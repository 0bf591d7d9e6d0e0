"""Bitget's emulator as a whole: the accounts and leaders at the start."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import NAMES, Leader, Ledger, Side, Trigger, round_to

from .broker import Broker
from .desk import USDT, symbol_of
from .follower import Follower
from .gate import NEW, OLD, UNIFIED
from .public import Public
from .spot_trader import SpotTrader
from .trader import Trader
from .v1 import VersionOne
from .v3 import VersionThree

PACE = 4
"""Leaders here act more often than once an hour: who follows one sees copies soon."""
MONTH_MS = 30 * 86_400_000
FIRST_SETTING = {
    "symbol": "BTCUSDT",
    "productType": USDT,
    "marginType": "trader",
    "leverType": "trader",
    "traceType": "amount",
    "traceValue": "30",
    "stopSurplusRatio": "200",
}

FIRST_SPOT_SETTING = {"traceType": "amount", "traceValue": "40", "maxHoldSize": "1000", "stopLossRatio": "50"}


class Emulator(Follower, Trader, SpotTrader, Broker, VersionOne, VersionThree, Public):
    """Accounts: ``main`` and ``readonly`` follow the first leader, of the others nobody follows anyone.

    ``new-model`` follows by copy-settings, ``rsa`` signs with a private key (only where ``cryptography`` is
    installed), ``unified`` is refused everywhere but by V3, ``empty`` is an old-model account without positions. Of the
    leaders the last but one is full, the last takes no followers. ``leader`` leads in contracts and in spot, ``spot``
    copies a leader in spot. ``new-leader`` leads in the new model, ``unified-leader`` by V3. The key of ``no-copying``
    may do other things, nothing of copying.
    """

    def populate(self) -> None:
        self.watch_closings()
        world = self.world
        for alias, kind in (("main", OLD), ("new-model", NEW), ("empty", OLD), ("unified", UNIFIED)):
            world.open_account(alias, kind=kind, deposit=Decimal(5_000), passphrase=True)
        world.open_account(
            "readonly", kind=OLD, permissions=frozenset({"read"}), deposit=Decimal(5_000), passphrase=True
        )
        self.open_rsa_account("rsa", OLD)
        leaders = [self._add_leader(name) for name in NAMES]
        leaders[-2].follower_limit = leaders[-2].followers
        leaders[-1].open_to_follow = False
        self._let_some_copy(leaders[0])
        self._let_one_lead()
        self._let_one_copy_in_spot()
        self._let_others_lead()

    def _add_leader(self, name: str) -> Leader:
        """With an encrypted id, and the plain UID that is accepted for it too [seed]."""
        world = self.world
        leader = world.add_leader(f"{world.random.getrandbits(80):020x}", name)
        leader.extra["uid"] = str(world.random.randrange(10**9, 10**10))
        leader.pace = PACE
        world.seed_history(leader.owner, 12)
        world.lead_earlier(leader, "BTC", "long")
        return leader

    def _let_some_copy(self, leader: Leader) -> None:
        """Every symbol, in basic mode, for a month already."""
        for alias in ("main", "readonly"):
            self.copy_by_symbol(alias, leader.id, [FIRST_SETTING], basic=True, auto=True)
            self.relation(alias, leader.id).since -= MONTH_MS
        self.seed_history(25)
        trades: tuple[tuple[str, Side], ...] = (("BTC", "short"), ("ETH", "long"), ("SOL", "short"))
        for coin, side in trades:
            self.world.lead_earlier(leader, coin, side)
        guarded = self.copies("main")[-1]
        tick = self.world.market.coins[guarded.coin].tick
        guarded.stop_loss = Trigger("price", round_to(guarded.entry * (1 + Decimal("0.03")), tick))

    def _let_one_lead(self) -> None:
        """In contracts and in spot, each with a follower who has hardly any money left and may be removed."""
        world = self.world
        world.open_account("leader", kind=OLD, deposit=Decimal(5_000), passphrase=True)
        second: tuple[Side, Side] = ("short", "long")
        for spot in (False, True):
            leader_id = f"{world.random.getrandbits(80):020x}"
            lead = world.let_lead("leader", leader_id, "Vera", spot=spot, assets=("USDT", "BTC"))
            lead.leader.extra["uid"] = world.accounts["leader"].uid
            lead.leader.settle_days = 1
            poor = lead.followers[0].follow.wallet
            world.ledger.move(poor, Ledger.OUTSIDE, world.ledger.balance(poor) - 60)
            lead.open("BTC", "long")
            lead.open("ETH", second[spot])

    def _let_one_copy_in_spot(self) -> None:
        world = self.world
        world.open_account("spot", kind=OLD, deposit=Decimal(5_000), passphrase=True)
        for name in NAMES[:2]:
            leader = world.add_leader(f"{world.random.getrandbits(80):020x}", f"{name} Spot", spot=True)
            leader.extra["uid"] = str(world.random.randrange(10**9, 10**10))
            leader.pace = PACE
        first = next(leader for leader in world.spot.leaders.values() if leader.pace)
        rows = [{**FIRST_SPOT_SETTING, "symbol": symbol_of(coin)} for coin in first.coins]
        self.follow_in_spot("spot", first, rows)
        for coin in first.coins[:3]:
            world.lead_earlier(first, coin, "long")
        oldest = self.spot_held("spot")[-1]
        world.book.close(oldest)

    def _let_others_lead(self) -> None:
        """In the new model and in a unified account; and one whose key has no rights to copy."""
        world = self.world
        for alias, kind in (("new-leader", NEW), ("unified-leader", UNIFIED)):
            world.open_account(alias, kind=kind, deposit=Decimal(5_000), passphrase=True)
            lead = world.let_lead(alias, f"{world.random.getrandbits(80):020x}", f"Vera {kind}")
            lead.leader.extra["uid"] = world.accounts[alias].uid
            lead.leader.settle_days = 1
            lead.open("BTC", "long")
            lead.open("ETH", "short")
        world.open_account("no-copying", kind=OLD, permissions=frozenset(), passphrase=True)
