"""The emulator as a whole: the accounts and leaders at the start."""

from __future__ import annotations

from decimal import Decimal

from unifiedcopy.sandbox import CopySettings, Lead, Side, round_to

from .gate import BROKER, DEMO, LAPSED, LEADER, ORDINARY
from .orders import Orders

READ, TRADE = frozenset({"read"}), frozenset({"read", "write"})
EVERYTHING = TRADE | {"transfer"}
BROKER_ID = "sandbox"
HELD: tuple[tuple[str, Side, str], ...] = (("BTC", "long", "0.02"), ("BTC", "long", "0.015"), ("ETH", "short", "0.4"))


class Emulator(Orders):
    """Accounts: ``main`` leads in net mode; ``readonly`` leads too, with a key that may read alone.

    ``broker`` leads with a key that is bound to one, ``empty`` leads without a position, ``follower`` copies
    ``main`` and is in hedge mode, ``ordinary`` does neither. ``notransfer`` may trade and move no money, ``lapsed``
    has expired, ``demo`` belongs to the other host.
    """

    def populate(self) -> None:
        for alias, kind, rights in (
            ("main", LEADER, EVERYTHING),
            ("empty", LEADER, EVERYTHING),
            ("follower", ORDINARY, EVERYTHING),
            ("ordinary", ORDINARY, EVERYTHING),
            ("readonly", LEADER, READ),
            ("notransfer", ORDINARY, TRADE),
            ("broker", BROKER + BROKER_ID, EVERYTHING),
            ("lapsed", LAPSED, EVERYTHING),
            ("demo", DEMO, EVERYTHING),
        ):
            self.world.open_account(alias, kind=kind, permissions=rights, deposit=Decimal(5_000), passphrase=True)
            self.world.deposit(f"funding:{alias}", Decimal(1_000))
        lead = self._let_lead("main")
        self._let_lead("readonly")
        for alias in ("empty", "broker"):
            self._let_lead(alias, days=0)
        self.hedged.add("follower")
        self.world.copying.follow("follower", lead.leader, CopySettings(value=Decimal(20)))
        for coin, side, size in HELD:
            self._lead_earlier(lead, coin, side, Decimal(size))

    def _let_lead(self, alias: str, days: int = 30) -> Lead:
        name = f"BloFin_{int(self.world.accounts[alias].uid):09x}"
        leader_id = str(self.world.random.randrange(10**9, 10**10))
        return self.world.let_lead(
            alias, leader_id, name, days=days, followers=6 if days else 0, former=2 if days else 0
        )

    def _lead_earlier(self, lead: Lead, coin: str, side: Side, size: Decimal) -> None:
        """Opened some hours ago, a little off today's price."""
        random = self.world.random
        price = self.price(coin) * (1 + Decimal(random.randint(-60, 60)).scaleb(-4))
        price = round_to(price, self.world.market.coins[coin].tick)
        at = self.world.clock.now_ms() - random.randint(60, 900) * 60_000
        self.world.copying.lead_open(lead.leader, coin, side, size=size, price=price, at=at)

    def seed_positions(self, count: int, account: str = "main") -> None:
        """By order there can be many of one contract; in net mode all of a contract stand on one side."""
        lead = self.world.lead(account)
        if lead is None:
            super().seed_positions(count, account)
            return
        sides = {position.coin: position.side for position in self.held(account)}
        coins = list(self.world.market.coins)
        for number in range(count - len(self.held(account))):
            coin = coins[number % len(coins)]
            if self.world.ledger.balance(lead.leader.owner) < 1_000:
                self.world.deposit(lead.leader.owner, Decimal(10_000))
            side = sides.setdefault(coin, "long" if number % 2 else "short")
            size = self.world.market.coins[coin].lot * (1 + number % 5)
            self.world.copying.lead_open(lead.leader, coin, side, size=size)

    def seed_history(self, count: int, account: str = "main") -> None:
        """A leader's past is that of its positions."""
        self.world.seed_history(self.owner(account), count)
