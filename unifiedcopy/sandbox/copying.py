"""Leaders that trade, and the accounts that copy them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any, Literal

from .accounts import Ledger, NotEnough
from .amounts import ZERO, floor_to
from .positions import SIDES, Book, Closing, Position, Side, Trigger

HOUR = 3_600
DAY_MS = 86_400_000
CROWD = 3
"""A leader that trades by itself holds at most so many positions."""


@dataclass(frozen=True, slots=True)
class CopySettings:
    """How an account copies a leader."""

    mode: Literal["amount", "ratio", "quantity", "size"] = "amount"
    """``amount``: so much margin per position. ``ratio``: the same share of the copying capital that the
    leader puts up, times ``value``. ``quantity``: the leader's size times ``value``. ``size``: so many coins
    per position."""
    value: Decimal = Decimal(10)
    leverage: Decimal | None = None
    """None = as the leader."""
    short_leverage: Decimal | None = None
    """Of shorts; None = as ``leverage``."""
    cross: bool | None = None
    """None = as the leader."""
    coins: frozenset[str] | None = None
    """None = every coin."""
    only: Literal["cross", "isolated"] | None = None
    """Copy only what the leader holds in this margin mode."""
    take_profit: Trigger | None = None
    stop_loss: Trigger | None = None

    def leverage_for(self, side: Side) -> Decimal | None:
        return self.short_leverage or self.leverage if side == "short" else self.leverage


@dataclass(slots=True)
class Day:
    """One day of a leader."""

    at: int
    profit: Decimal
    """US dollars."""
    roi: Decimal
    """Fraction of the equity at the start of that day."""


@dataclass(slots=True)
class Leader:
    """A leader: the past as numbers, the present as positions in the book."""

    id: str
    name: str
    avatar: str
    random: Random
    leading_since: int
    wins: int
    losses: int
    profit: Decimal
    """US dollars, since the beginning."""
    deposit: Decimal
    """US dollars that the profit is measured against."""
    drawdown: Decimal
    """Largest fall of the equity, as a fraction."""
    followers: int
    follower_limit: int
    followers_ever: int
    follower_profit: Decimal
    share: Decimal
    """Fraction of a follower's profit that the leader gets."""
    coins: tuple[str, ...]
    leverage: Decimal = Decimal(20)
    cross: bool = False
    pace: int = 1
    """How often in an hour the leader acts, about; an account that leads is left to its owner: 0."""
    settle_days: int = 7
    """Days from one payment of the share to the next."""
    open_to_follow: bool = True
    last_trade_at: int = 0
    days: list[Day] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The leader's name in book and ledger."""
        return f"leader:{self.id}"

    @property
    def trades(self) -> int:
        return self.wins + self.losses

    @property
    def win_rate(self) -> Decimal:
        return Decimal(self.wins) / self.trades if self.trades else ZERO

    @property
    def roi(self) -> Decimal:
        return self.profit / self.deposit


@dataclass(slots=True)
class Follow:
    """An account that copies a leader."""

    account: str
    leader: Leader
    settings: CopySettings
    since: int
    own_wallet: bool
    """Whether the invested money stands apart from the account's other money."""
    invested: Decimal = ZERO
    """What was put aside for it, where it has a wallet of its own."""
    by_coin: dict[str, CopySettings] = field(default_factory=dict)
    """Settings that hold for one coin only."""
    realized: Decimal = ZERO
    withheld: Decimal = ZERO
    """Share of the leader that is set aside and not yet paid."""
    settled: Decimal = ZERO
    """Share of the leader that is paid."""
    settled_at: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    """The settings in the venue's own words."""

    @property
    def wallet(self) -> str:
        return f"{self.account}>{self.leader.id}" if self.own_wallet else self.account

    @property
    def escrow(self) -> str:
        return f"share:{self.account}>{self.leader.id}"

    def settings_for(self, coin: str) -> CopySettings:
        return self.by_coin.get(coin, self.settings)


class Copying:
    """Leaders and follow relations of one venue, on top of its book.

    ``sides`` is what may be opened: for spot, longs alone.
    """

    def __init__(self, book: Book, sides: tuple[Side, ...] = SIDES) -> None:
        self.book = book
        self.sides = sides
        self.leaders: dict[str, Leader] = {}
        self.follows: dict[tuple[str, str], Follow] = {}
        """By account alias and leader id."""
        self.on_settle: list[Callable[[Follow, Decimal], None]] = []
        """Called with what was paid to the leader."""
        self.on_unfollow: list[Callable[[Follow], None]] = []
        """Called when a relation has ended."""
        self._by_owner: dict[str, Leader] = {}
        book.on_close.append(self._closed)

    def add(self, leader: Leader) -> Leader:
        """Let a leader trade, with the deposit as capital."""
        self.leaders[leader.id] = leader
        self._by_owner[leader.owner] = leader
        self.book.ledger.move(Ledger.OUTSIDE, leader.owner, leader.deposit)
        return leader

    def following(self, account: str) -> list[Follow]:
        return [follow for (alias, _), follow in self.follows.items() if alias == account]

    def copies(self, follow: Follow) -> list[Position]:
        """Open positions of this relation."""
        held = self.book.open_positions(follow.account)
        return [position for position in held if position.leader == follow.leader.id]

    def follow(self, account: str, leader: Leader, settings: CopySettings, *, invest: Decimal | None = None) -> Follow:
        """Start copying; ``invest`` puts that much money aside for it (`NotEnough` when it isn't there)."""
        now = self.book.clock.now_ms()
        follow = Follow(account, leader, settings, now, own_wallet=invest is not None, settled_at=now)
        if invest is not None:
            self.invest(follow, invest)
        self.follows[account, leader.id] = follow
        leader.followers += 1
        leader.followers_ever += 1
        return follow

    def invest(self, follow: Follow, amount: Decimal) -> None:
        """Put more money aside for a leader, or take some back (negative)."""
        self.book.ledger.move(follow.account, follow.wallet, amount)
        follow.invested += amount

    def unfollow(self, follow: Follow, *, close: bool = True) -> None:
        """Stop copying: close the copies or leave them to the account, settle, give the money back."""
        for position in self.copies(follow):
            if close:
                self.book.close(position, reason="unfollow")
            else:
                position.parent, position.wallet = None, follow.account
        self.settle(follow)
        if follow.own_wallet:
            self.book.ledger.move_all(follow.wallet, follow.account)
        follow.leader.followers -= 1
        del self.follows[follow.account, follow.leader.id]
        for listener in self.on_unfollow:
            listener(follow)

    def settle(self, follow: Follow) -> None:
        """Pay the withheld share to the leader."""
        paid, follow.withheld = follow.withheld, ZERO
        self.book.ledger.move_all(follow.escrow, follow.leader.owner)
        follow.settled += paid
        follow.settled_at = self.book.clock.now_ms()
        for listener in self.on_settle:
            listener(follow, paid)

    def lead_open(
        self,
        leader: Leader,
        coin: str,
        side: Side,
        *,
        size: Decimal | None = None,
        leverage: Decimal | None = None,
        price: Decimal | None = None,
        at: int | None = None,
    ) -> Position | None:
        """The leader opens a position, each follower gets a copy. None when the leader has no money.

        Without ``size`` a tenth of the money is its margin; ``price`` and ``at`` let it happen in the past.
        """
        leverage = leader.leverage if leverage is None else leverage
        if size is None:
            size = self._size(self.book.ledger.balance(leader.owner) / 10 * leverage, coin)
        try:
            position = self.book.open(
                leader.owner,
                coin,
                side,
                size,
                leverage=leverage,
                cross=leader.cross,
                price=price,
                at=at,
            )
        except NotEnough:
            return None
        leader.last_trade_at = position.opened_at
        for follow in [f for f in self.follows.values() if f.leader is leader]:
            self._copy(follow, position)
        position.copies = len(self.book.children(position))
        return position

    def lead_close(self, position: Position, size: Decimal | None = None) -> None:
        """The leader closes a position or a part of it; the copies close by the same share."""
        self.book.close(position, size)

    def step(self, seconds: int) -> None:
        """Let time pass: each leader acts at its pace, shares are paid each week."""
        for leader in self.leaders.values():
            if leader.random.randrange(HOUR) < seconds * leader.pace:
                self._act(leader)
        now = self.book.clock.now_ms()
        for follow in list(self.follows.values()):
            if follow.settled_at < now - follow.leader.settle_days * DAY_MS:
                self.settle(follow)

    def _act(self, leader: Leader) -> None:
        held = self.book.open_positions(leader.owner)
        if held and leader.random.randrange(CROWD + 1) < len(held):
            position = leader.random.choice(held)
            lot = self.book.market.coins[position.coin].lot
            half = floor_to(position.size / 2, lot)
            self.lead_close(position, half if half and not leader.random.randrange(5) else None)
            return
        coin = leader.random.choice(leader.coins)
        side = self.sides[-1 - leader.random.randrange(len(self.sides))]
        if all((position.coin, position.side) != (coin, side) for position in held):
            self.lead_open(leader, coin, side)

    def _copy(self, follow: Follow, parent: Position) -> None:
        settings = follow.settings_for(parent.coin)
        if not _wanted(settings, parent):
            return
        leverage = settings.leverage_for(parent.side) or parent.leverage
        size = self._copied_size(follow, settings, parent, leverage)
        if not size:
            return
        cross = parent.cross if settings.cross is None else settings.cross
        try:
            self.book.open(
                follow.account,
                parent.coin,
                parent.side,
                size,
                leverage=leverage,
                wallet=follow.wallet,
                price=parent.entry,
                at=parent.opened_at,
                cross=cross,
                leader=follow.leader.id,
                parent=parent.id,
                take_profit=settings.take_profit,
                stop_loss=settings.stop_loss,
            )
        except NotEnough:  # as on a venue: an order that can't be paid is not copied
            return

    def _copied_size(self, follow: Follow, settings: CopySettings, parent: Position, leverage: Decimal) -> Decimal:
        if settings.mode in ("quantity", "size"):
            size = settings.value if settings.mode == "size" else parent.size * settings.value
            return floor_to(size, self.book.market.coins[parent.coin].lot)
        margin = settings.value
        if settings.mode == "ratio":
            capital = self.book.ledger.balance(follow.leader.owner) + parent.margin
            margin *= self.book.ledger.balance(follow.wallet) * parent.margin / capital
        return self._size(margin * leverage, parent.coin)

    def _size(self, value: Decimal, coin: str) -> Decimal:
        """How many coins so many dollars are, on the coin's grid."""
        return floor_to(value / self.book.market.price(coin), self.book.market.coins[coin].lot)

    def _closed(self, closing: Closing) -> None:
        """Keep the leader's record and close the copies, or set the leader's share of a follower's profit aside."""
        position = closing.position
        if position.owner in self._by_owner:
            self._record(self._by_owner[position.owner], closing)
            self._close_copies(closing)
            return
        follow = self.follows.get((position.owner, position.leader or ""))
        if follow is None or position.asset != "USDT":
            return
        follow.realized += closing.profit
        follow.leader.follower_profit += closing.profit
        share = floor_to(max(closing.profit, ZERO) * follow.leader.share)
        share = min(share, self.book.ledger.balance(follow.wallet))
        self.book.ledger.move(follow.wallet, follow.escrow, share)
        follow.withheld += share

    def _close_copies(self, closing: Closing) -> None:
        """However the leader's position came to close: the copies close by the same share."""
        parent = closing.position
        share = closing.size / (closing.size + parent.size)
        for copy in self.book.children(parent):
            lot = self.book.market.coins[copy.coin].lot
            part = copy.size if share == 1 else floor_to(copy.size * share, lot)
            if part:
                self.book.close(copy, part, reason="leader", price=closing.price, at=closing.at)

    def _record(self, leader: Leader, closing: Closing) -> None:
        leader.profit += closing.profit
        if closing.profit > 0:
            leader.wins += 1
        else:
            leader.losses += 1
        at = closing.at - closing.at % DAY_MS
        day = next((day for day in reversed(leader.days) if day.at == at), None)
        if day is None:
            day = Day(at, ZERO, ZERO)
            leader.days.append(day)
        day.profit += closing.profit
        day.roi += closing.profit / leader.deposit
        leader.last_trade_at = max(leader.last_trade_at, closing.at)


def _wanted(settings: CopySettings, parent: Position) -> bool:
    mode = "cross" if parent.cross else "isolated"
    return settings.only in (None, mode) and (settings.coins is None or parent.coin in settings.coins)
