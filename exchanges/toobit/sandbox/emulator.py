"""The emulator as a whole: the accounts and leaders at the start."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import NAMES, CopySettings, Trigger

from .account import Account
from .config import first_config
from .follower import Follower
from .gate import KIND
from .lead_config import first_lead_config
from .leader import LeaderSide
from .market import Market


class Emulator(Follower, LeaderSide, Account, Market):
    """Accounts: ``main`` follows two leaders, ``empty`` none; ``readonly`` and ``wrong-kind`` are refused.

    ``leader`` leads, and is followed by accounts that nobody has the key of.
    """

    def populate(self) -> None:
        world = self.world
        for alias, kind in (("main", KIND), ("empty", KIND), ("wrong-kind", "MAIN")):
            world.open_account(alias, kind=kind, deposit=Decimal(5_000))
        world.open_account("readonly", kind=KIND, permissions=frozenset({"read"}), deposit=Decimal(5_000))
        ids = [str(world.random.randrange(10**8, 10**9)) for _ in NAMES[:-1]]
        for leader_id, name in zip([*ids, "9007199254740993123"], NAMES, strict=True):
            world.add_leader(leader_id, name)
        self._let_main_copy()
        self._open_leader()

    def _open_leader(self) -> None:
        self.world.open_account("leader", kind=KIND)
        lead = self.world.let_lead("leader", str(self.world.random.randrange(10**8, 10**9)), "Own Account")
        self.configure_lead(lead, first_lead_config(lead))
        lead.open("BTC", "long")
        lead.open("ETH", "short")

    def _let_main_copy(self) -> None:
        """Following can't be started by API, so it was started before. One leader's id is above 2^53."""
        leaders = list(self.world.copying.leaders.values())
        leaders[1].cross, leaders[-1].cross = True, False
        for leader, mode in ((leaders[1], 0), (leaders[-1], 1)):
            for alias in ("main", "readonly"):
                follow = self.world.copying.follow(alias, leader, CopySettings(), invest=Decimal(1_000))
                self.configure(follow, first_config(leader.id, mode))
        for leader, coin, side in (
            (leaders[1], "BTC", "long"),
            (leaders[1], "ETH", "short"),
            (leaders[1], "SOL", "long"),
            (leaders[-1], "BTC", "long"),
            (leaders[-1], "BTC", "short"),
        ):
            self.world.lead_earlier(leader, coin, "long" if side == "long" else "short")
        guarded = self.world.book.open_positions("main")[0]
        guarded.take_profit = Trigger("roi", Decimal("0.9"))
        guarded.stop_loss = Trigger("roi", Decimal("-0.7"))
        self.seed_history(25)
