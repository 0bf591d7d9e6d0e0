"""Positions, their triggers, and the book that opens and closes them against the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from .accounts import Ledger, NotEnough
from .amounts import ZERO, floor_to
from .clock import Clock
from .market import Market

Side = Literal["long", "short"]
Reason = Literal["user", "leader", "take_profit", "stop_loss", "liquidation", "unfollow"]

SIDES: tuple[Side, Side] = ("long", "short")
FEE = Decimal("0.0006")
"""Fee of every fill, as a fraction of its value."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Closes a position: at a price in dollars, or at a return on margin (0.5 = +50 %, -0.2 = -20 %)."""

    kind: Literal["price", "roi"]
    value: Decimal


@dataclass(slots=True)
class Position:
    """One position of an account or a leader, open while ``size`` is above zero."""

    id: str
    owner: str
    """Alias of the account, or ``leader:<id>``."""
    wallet: str
    """Owner in the ledger that pays margin and takes the profit."""
    coin: str
    side: Side
    size: Decimal
    """Coins; US dollars when ``inverse``."""
    entry: Decimal
    """Average entry price, US dollars."""
    leverage: Decimal
    margin: Decimal
    """Set aside in the ledger, in ``asset``."""
    asset: str
    """What it is settled in."""
    opened_at: int
    updated_at: int
    inverse: bool = False
    cross: bool = False
    leader: str | None = None
    """Id of the leader that it copies."""
    parent: str | None = None
    """Id of the leader's position that it copies, None when it stands alone."""
    copies: int = 0
    """How many copies a leader's position was given."""
    take_profit: Trigger | None = None
    stop_loss: Trigger | None = None
    max_size: Decimal = ZERO
    closed_size: Decimal = ZERO
    exit_sum: Decimal = ZERO
    """Sum of exit price times closed size."""
    realized: Decimal = ZERO
    """Profit of what is closed, without fees, in ``asset``."""
    open_fee: Decimal = ZERO
    close_fee: Decimal = ZERO
    extra: dict[str, Any] = field(default_factory=dict)
    """What only one venue needs to know."""

    @property
    def sign(self) -> int:
        return 1 if self.side == "long" else -1

    @property
    def reserve(self) -> str:
        """Owner in the ledger that holds the margin."""
        return f"margin:{self.id}"

    @property
    def exit(self) -> Decimal | None:
        """Average exit price of what is closed."""
        return self.exit_sum / self.closed_size if self.closed_size else None

    def value(self, price: Decimal, size: Decimal | None = None) -> Decimal:
        """What the position is worth at a price, in ``asset``."""
        size = self.size if size is None else size
        return floor_to(size / price) if self.inverse else size * price

    def profit(self, price: Decimal, size: Decimal | None = None) -> Decimal:
        """Profit at a price without fees, in ``asset``."""
        size = self.size if size is None else size
        if self.inverse:
            return floor_to(size / self.entry - size / price) * self.sign
        return (price - self.entry) * size * self.sign

    def roi(self, price: Decimal) -> Decimal:
        """Profit as a fraction of the initial margin."""
        return self.profit(price) * self.leverage / self.value(self.entry)

    def level(self, roi: Decimal) -> Decimal:
        """Price at which the return on the initial margin is ``roi``; of what is not inverse."""
        return self.entry * (1 + self.sign * roi / self.leverage)

    def liquidation(self) -> Decimal:
        """Price at which the initial margin is lost, as an estimate."""
        return self.entry * (1 - self.sign / self.leverage)

    def fired(self, price: Decimal) -> Reason | None:
        """Why the position must close at this price, if it must."""
        if not self.cross and self.roi(price) <= -1:
            return "liquidation"
        if self.stop_loss and self._beyond(self.stop_loss, price, -1):
            return "stop_loss"
        if self.take_profit and self._beyond(self.take_profit, price, 1):
            return "take_profit"
        return None

    def _beyond(self, trigger: Trigger, price: Decimal, direction: int) -> bool:
        if trigger.kind == "price":
            return (price - trigger.value) * self.sign * direction >= 0
        return (self.roi(price) - trigger.value) * direction >= 0


@dataclass(frozen=True, slots=True)
class Closing:
    """One closing of a position or of a part of it."""

    id: str
    position: Position
    size: Decimal
    price: Decimal
    entry: Decimal
    """Average entry when it closed."""
    profit: Decimal
    """Without fees, in the position's asset."""
    fee: Decimal
    at: int
    reason: Reason


class Book:
    """All positions of one venue. Every change moves the same amounts in the ledger."""

    def __init__(self, ledger: Ledger, market: Market, clock: Clock, new_id: Callable[[], str]) -> None:
        self.ledger = ledger
        self.market = market
        self.clock = clock
        self.new_id = new_id
        self.history: list[Position] = []
        """Positions that are fully closed, in the order of closing."""
        self.closings: list[Closing] = []
        self.on_close: list[Callable[[Closing], None]] = []
        self._by_coin: defaultdict[str, dict[str, Position]] = defaultdict(dict)
        self._by_owner: defaultdict[str, dict[str, Position]] = defaultdict(dict)
        market.watchers.append(self._price_moved)

    def open_positions(self, owner: str) -> list[Position]:
        """Open positions of an account or a leader, in the order of opening."""
        return list(self._by_owner[owner].values())

    def children(self, parent: Position) -> list[Position]:
        return [p for p in self._by_coin[parent.coin].values() if p.parent == parent.id]

    def equity(self, wallet: str, positions: Iterable[Position]) -> Decimal:
        """US dollars in a wallet and in these positions, open profit included."""
        held = (p.margin + p.profit(self.market.price(p.coin)) for p in positions)
        return sum(held, self.ledger.balance(wallet))

    def open(
        self,
        owner: str,
        coin: str,
        side: Side,
        size: Decimal,
        *,
        leverage: Decimal,
        wallet: str | None = None,
        price: Decimal | None = None,
        at: int | None = None,
        **details: Any,
    ) -> Position:
        """Open at the market, or at ``price`` in the past; `NotEnough` when the wallet can't pay."""
        entry = self.market.price(coin) if price is None else price
        at = self.clock.now_ms() if at is None else at
        inverse = details.get("inverse", False)
        position = Position(
            id=self.new_id(),
            owner=owner,
            wallet=owner if wallet is None else wallet,
            coin=coin,
            side=side,
            size=ZERO,
            entry=entry,
            leverage=leverage,
            margin=ZERO,
            asset=coin if inverse else "USDT",
            opened_at=at,
            updated_at=at,
            **details,
        )
        self.increase(position, size, price=entry, at=at)
        self._by_coin[coin][position.id] = position
        self._by_owner[owner][position.id] = position
        return position

    def increase(
        self, position: Position, size: Decimal, *, price: Decimal | None = None, at: int | None = None
    ) -> None:
        """Add to a position; the entry becomes the average."""
        price = self.market.price(position.coin) if price is None else price
        value = position.value(price, size)
        margin, fee = floor_to(value / position.leverage), floor_to(value * FEE)
        if self.ledger.balance(position.wallet, position.asset) < margin + fee:
            raise NotEnough(f"{position.wallet} can't pay {margin + fee} {position.asset}")
        self.ledger.move(position.wallet, position.reserve, margin, position.asset)
        self.ledger.move(position.wallet, Ledger.VENUE, fee, position.asset)
        held = position.size + size
        if position.inverse:
            position.entry = floor_to(held / (position.size / position.entry + size / price))
        else:
            position.entry = floor_to((position.size * position.entry + size * price) / held)
        position.size = held
        position.max_size = max(position.max_size, held)
        position.margin += margin
        position.open_fee += fee
        position.updated_at = self.clock.now_ms() if at is None else at

    def set_leverage(self, position: Position, leverage: Decimal) -> None:
        """Change the leverage, and with it the margin; `NotEnough` when the wallet can't pay."""
        margin = floor_to(position.value(position.entry) / leverage)
        self.ledger.move(position.wallet, position.reserve, margin - position.margin, position.asset)
        position.margin, position.leverage = margin, leverage

    def close(
        self,
        position: Position,
        size: Decimal | None = None,
        *,
        reason: Reason = "user",
        price: Decimal | None = None,
        at: int | None = None,
    ) -> Closing:
        """Close a position or ``size`` of it, at the market or at ``price`` in the past."""
        size = position.size if size is None else min(size, position.size)
        price = self.market.price(position.coin) if price is None else price
        at = self.clock.now_ms() if at is None else at
        profit, fee = self._settle(position, size, price)
        closing = Closing(self.new_id(), position, size, price, position.entry, profit, fee, at, reason)
        position.size -= size
        position.closed_size += size
        position.exit_sum += price * size
        position.realized += profit
        position.close_fee += fee
        position.updated_at = at
        self.closings.append(closing)
        if not position.size:
            del self._by_coin[position.coin][position.id]
            del self._by_owner[position.owner][position.id]
            self.history.append(position)
        for listener in self.on_close:
            listener(closing)
        return closing

    def _settle(self, position: Position, size: Decimal, price: Decimal) -> tuple[Decimal, Decimal]:
        """Give back margin and pay profit; a loss ends where the money that stands for it ends."""
        asset, wallet = position.asset, position.wallet
        share = size / position.size
        released = position.margin if share == 1 else floor_to(position.margin * share)
        position.margin -= released
        self.ledger.move(position.reserve, wallet, released, asset)
        at_stake = self.ledger.balance(wallet, asset) if position.cross else released
        profit = max(position.profit(price, size), -at_stake)
        self.ledger.move(Ledger.MARKET, wallet, profit, asset)
        fee = min(floor_to(position.value(price, size) * FEE), at_stake + profit)
        self.ledger.move(wallet, Ledger.VENUE, fee, asset)
        return profit, fee

    def _price_moved(self, coin: str) -> None:
        price = self.market.price(coin)
        for position in list(self._by_coin[coin].values()):
            reason = position.fired(price) if position.size else None
            if reason:
                self.close(position, reason=reason)
