"""The emulator as a whole: the accounts and positions at the start."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice, product

from unifiedcopy.sandbox import Position, Side, SymbolRule, Trigger, round_to

from .account import Account
from .closings import Closings
from .copytrade_account import CopyTradeAccount
from .copytrade_gate import COINS
from .market import Market
from .modes import Modes
from .order_lists import OrderLists
from .positions import Positions
from .stops import Stops


class Emulator(Positions, Modes, Stops, Closings, OrderLists, Account, Market, CopyTradeAccount):
    """Accounts: ``main`` with positions of every kind, ``readonly``, ``empty``.

    ``leader`` leads over the old tree, ``moved-leader`` can't any more.
    """

    def populate(self) -> None:
        for alias, rights in (
            ("main", {"read", "write"}),
            ("readonly", {"read"}),
            ("empty", {"read", "write"}),
        ):
            self.world.open_account(
                alias, kind="CONTRACT", permissions=frozenset(rights), deposit=Decimal(10_000), key_length=18
            )
        for alias in ("main", "readonly"):
            self.world.deposit(alias, Decimal(1), "BTC")
            self._open_some(alias)
        self.seed_history(30)
        self._open_leaders()

    def _open_leaders(self) -> None:
        """They lead by the old tree; the followers are invented, the venue's API has none [docs]."""
        for alias, name in (("leader", "Steady Owl"), ("moved-leader", "SlowMoney")):
            self.world.open_account(alias, kind="COPYTRADING", deposit=Decimal(10_000), key_length=18)
            lead = self.world.let_lead(alias, self.world.new_id(), name)
            for coin in set(lead.rules) - set(COINS):
                lead.drop_rule(coin)
            for coin in COINS:
                lead.set_rule(coin, SymbolRule(Decimal(25)))
            lead.open("BTC", "short")
            lead.open("ETH", "long")

    def _open_some(self, alias: str) -> None:
        """One-way and hedge, with and without TP/SL, linear and inverse."""
        self.hedged.add((alias, "XRPUSDT"))
        guarded = self._open(alias, "BTCUSDT", "long", Decimal("0.05"))
        guarded.take_profit = Trigger("price", round_to(guarded.entry * 2, Decimal(1)))
        guarded.stop_loss = Trigger("price", round_to(guarded.entry / 2, Decimal(1)))
        self._open(alias, "ETHUSDT", "short", Decimal("0.7"))
        self._open(alias, "XRPUSDT", "long", Decimal(900))
        self._open(alias, "XRPUSDT", "short", Decimal(400))
        self._open(alias, "BTCUSD", "short", Decimal(299))

    def _open(self, alias: str, symbol: str, side: Side, size: Decimal) -> Position:
        """A position opened earlier, at a price within 1 % of today's."""
        instrument = self.instruments()[symbol]
        random = self.world.random
        price = self.world.market.price(instrument.coin) * (1 + Decimal(random.randint(-100, 100)).scaleb(-4))
        idx = 0 if (alias, symbol) not in self.hedged else 1 if side == "long" else 2
        return self.world.book.open(
            alias,
            instrument.coin,
            side,
            size,
            leverage=self.leverage_of(alias, symbol, side),
            price=round_to(price, instrument.tick),
            at=self.world.clock.now_ms() - random.randint(60, 3_000) * 60_000,
            inverse=instrument.inverse,
            cross=True,
            extra={"idx": idx},
        )

    def seed_positions(self, count: int, account: str = "main") -> None:
        """Open hedge positions, two per symbol, until there are ``count``; lists coins as needed."""
        held = self.world.book.open_positions(account)
        taken = {position.coin for position in held}
        coins = self.world.market.ensure(len(taken) + max(0, count))
        sides: tuple[Side, Side] = ("long", "short")
        free = product([coin for coin in coins if coin not in taken], sides)
        for coin, side in islice(free, max(0, count - len(held))):
            self.hedged.add((account, f"{coin}USDT"))
            self.world.deposit(account, Decimal(1_000))
            self._open(account, f"{coin}USDT", side, self.world.market.coins[coin].lot * 2)
