"""Accounts that lead: their own positions, followers, rules and profit shares, as the one who leads sees them.

`World.let_lead` makes such an account and gives it a past that fits together: the leader's figures are the sums
of his closed positions, what followers earned is the sum of their days, and what he was paid is the sum of the
shares of those days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from .accounts import Ledger
from .amounts import ZERO, floor_to, round_to
from .copying import DAY_MS, Copying, CopySettings, Follow, Leader
from .positions import Position, Side, Trigger

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class SymbolRule:
    """How a coin is led."""

    leverage: Decimal
    take_profit: Decimal | None = None
    """Return on margin at which a new position closes by itself; None = never."""
    stop_loss: Decimal | None = None
    """Loss on margin, as a positive fraction."""


@dataclass(slots=True)
class Follower:
    """Who copies or has copied the leader."""

    uid: str
    name: str
    avatar: str
    follow: Follow
    left_at: int | None = None
    """When the copying ended; None = it goes on."""
    removed: bool = False
    """The leader ended it."""

    @property
    def since(self) -> int:
        return self.follow.since

    @property
    def invested(self) -> Decimal:
        return self.follow.invested

    @property
    def profit(self) -> Decimal:
        """US dollars of closed copies, before the leader's share."""
        return self.follow.realized


@dataclass(frozen=True, slots=True)
class ProfitShare:
    """The leader's part of what one follower has earned."""

    id: str
    follower: Follower
    asset: str
    amount: Decimal
    """In ``asset``."""
    at: int
    """When it was paid, or is due."""
    settled: bool


@dataclass(slots=True)
class Lead:
    """One account as a leader. What also followers see stands in ``leader``: share, places, coins, figures."""

    account: str
    leader: Leader
    copying: Copying = field(repr=False)
    new_id: Callable[[], str] = field(repr=False)
    profile: Callable[[str], tuple[str, str, str]] = field(repr=False)
    """Uid, name and avatar of an account that follows."""
    assets: Sequence[str] = ("USDT",)
    """What past shares were paid in; new ones are in USDT."""
    rules: dict[str, SymbolRule] = field(default_factory=dict)
    """The coins that are led. Change it through `set_rule` and `drop_rule`."""
    least_amount: Decimal = Decimal(10)
    """Least amount of a follower's order, US dollars."""
    least_ratio: Decimal = Decimal("0.01")
    """Least multiple of the leader's size."""
    shown: set[str] = field(default_factory=lambda: {"equity", "stops"})
    """What everybody may see: ``equity``, ``stops`` (take profit and stop loss), ``history``."""
    shares: list[ProfitShare] = field(default_factory=list)
    """Paid ones, the oldest first."""
    former: list[Follower] = field(default_factory=list)
    """Who has left or was removed, in that order."""
    extra: dict[str, Any] = field(default_factory=dict)
    """What only one venue needs to know."""
    _known: dict[int, Follower] = field(default_factory=dict, repr=False)
    """By the identity of the relation: who comes back is a new follower."""

    def __post_init__(self) -> None:
        self.rules = {coin: SymbolRule(self.leader.leverage) for coin in self.leader.coins}
        self.copying.on_settle.append(self._settled)
        self.copying.on_unfollow.append(self._left)

    # Positions

    @property
    def positions(self) -> list[Position]:
        """Open lead positions, the oldest first."""
        return self.copying.book.open_positions(self.leader.owner)

    @property
    def history(self) -> list[Position]:
        """Lead positions that are fully closed, in the order of closing."""
        return [position for position in self.copying.book.history if position.owner == self.leader.owner]

    @property
    def equity(self) -> Decimal:
        """US dollars that lead, open profit included."""
        return self.copying.book.equity(self.leader.owner, self.positions)

    def open(
        self,
        coin: str,
        side: Side,
        size: Decimal | None = None,
        *,
        price: Decimal | None = None,
        at: int | None = None,
    ) -> Position | None:
        """Open a lead position by the coin's rule, and its copies; None when there isn't money enough.

        The rule's returns become prices, for a leader's take profit and stop loss are seen as prices.
        """
        rule = self.rules[coin]
        position = self.copying.lead_open(
            self.leader, coin, side, size=size, leverage=rule.leverage, price=price, at=at
        )
        if position is not None:
            position.take_profit = self._at_return(position, rule.take_profit)
            position.stop_loss = self._at_return(position, -rule.stop_loss if rule.stop_loss else None)
        return position

    def _at_return(self, position: Position, roi: Decimal | None) -> Trigger | None:
        tick = self.copying.book.market.coins[position.coin].tick
        return Trigger("price", round_to(position.level(roi), tick)) if roi else None

    # Rules

    def set_rule(self, coin: str, rule: SymbolRule) -> None:
        """Lead a coin, or lead it otherwise; positions that are open stay as they are."""
        self.rules[coin] = rule
        self.leader.coins = tuple(self.rules)

    def drop_rule(self, coin: str) -> None:
        """Lead a coin no more; a venue may refuse that while a position is open."""
        del self.rules[coin]
        self.leader.coins = tuple(self.rules)

    # Followers

    @property
    def followers(self) -> list[Follower]:
        """Who copies now, the first to come first."""
        return [self._follower(follow) for follow in self.copying.follows.values() if follow.leader is self.leader]

    def equity_of(self, follower: Follower) -> Decimal:
        """US dollars that copy the leader, open profit included; of a former follower zero."""
        if follower.left_at is not None:
            return ZERO
        follow = follower.follow
        return self.copying.book.equity(follow.wallet, self.copying.copies(follow))

    def remove(self, follower: Follower) -> None:
        """End somebody's copying: copies close, the share is paid, the money goes back."""
        follower.removed = True
        self.copying.unfollow(follower.follow)

    def _follower(self, follow: Follow) -> Follower:
        found = self._known.get(id(follow))
        if found is None:
            found = self._known[id(follow)] = Follower(*self.profile(follow.account), follow)
        return found

    def _left(self, follow: Follow) -> None:
        if follow.leader is self.leader:
            follower = self._follower(follow)
            follower.left_at = self.copying.book.clock.now_ms()
            self.former.append(follower)

    # Profit shares

    @property
    def pending(self) -> list[ProfitShare]:
        """What is set aside and not yet paid, one for each follower who owes."""
        wait = self.leader.settle_days * DAY_MS
        return [
            ProfitShare("", follower, "USDT", follower.follow.withheld, follower.follow.settled_at + wait, False)
            for follower in self.followers
            if follower.follow.withheld
        ]

    def _settled(self, follow: Follow, amount: Decimal) -> None:
        if follow.leader is self.leader and amount:
            self._keep(self._follower(follow), "USDT", amount, follow.settled_at)

    def _keep(self, follower: Follower, asset: str, amount: Decimal, at: int) -> None:
        self.shares.append(ProfitShare(self.new_id(), follower, asset, amount, at, True))

    # The past

    def live_through(self, days: int, followers: int, former: int) -> None:
        """Invent the last ``days``: each day a trade, and a result for everyone who copied by then."""
        random, book = self.leader.random, self.copying.book
        today = book.clock.now_ms() - book.clock.now_ms() % DAY_MS
        gone = {}
        for number in range(followers + former):
            follower = self._join(f"follower:{self.leader.id}:{number}")
            follower.follow.since = today - random.randrange(days // 2, days + 1) * DAY_MS - random.randrange(DAY_MS)
            if number >= followers:
                gone[follower.follow.account] = random.randrange(max(1, days // 2))
        for ago in range(days - 1, -1, -1):
            at = today - ago * DAY_MS
            self._trade(at - random.randrange(1, 20) * 3_600_000, at)
            for follower in self.followers:
                if follower.since < at:
                    self._earn(follower, at)
                if gone.get(follower.follow.account) == ago:
                    self.remove(follower)
                    follower.left_at, follower.removed = at, bool(random.randrange(2))

    def _join(self, account: str) -> Follower:
        invested = Decimal(self.leader.random.randrange(2, 60) * 100)
        self.copying.book.ledger.move(Ledger.OUTSIDE, account, invested)
        settings = CopySettings(value=invested / 20)
        return self._follower(self.copying.follow(account, self.leader, settings, invest=invested))

    def _trade(self, opened_at: int, closed_at: int) -> None:
        """A position of a tenth of the money, closed within 1.5 % of its entry."""
        random, book = self.leader.random, self.copying.book
        coin = book.market.coins[random.choice(self.leader.coins)]
        price, leverage = book.market.price(coin.name), self.leader.leverage
        size = floor_to(book.ledger.balance(self.leader.owner) * leverage / 10 / price, coin.lot)
        side = random.choice(self.copying.sides)
        position = book.open(
            self.leader.owner,
            coin.name,
            side,
            size,
            leverage=leverage,
            cross=self.leader.cross,
            price=price,
            at=opened_at,
        )
        position.copies = len(self.followers)
        moved = price * (1 + Decimal(random.randint(-120, 150)).scaleb(-4))
        book.close(position, price=floor_to(moved, coin.tick), at=closed_at)

    def _earn(self, follower: Follower, at: int) -> None:
        """A day's result, and the share of it, paid at once in one of the assets."""
        random, ledger, follow = self.leader.random, self.copying.book.ledger, follower.follow
        gain = floor_to(follow.invested * Decimal(random.randint(-100, 160)).scaleb(-4), Decimal("0.01"))
        ledger.move(Ledger.MARKET, follow.wallet, gain)
        follow.realized += gain
        self.leader.follower_profit += gain
        share = floor_to(max(gain, ZERO) * self.leader.share)
        asset = random.choice(self.assets)
        amount = share if asset == "USDT" else floor_to(share / self.copying.book.market.price(asset))
        if not amount:
            return
        ledger.move(follow.wallet, Ledger.MARKET, share)
        ledger.move(Ledger.MARKET, self.leader.owner, amount, asset)
        follow.settled += share
        self._keep(follower, asset, amount, at)


def sums(shares: Iterable[ProfitShare], key: Callable[[ProfitShare], Key]) -> dict[Key, Decimal]:
    """Totals by asset, day, follower, or whatever ``key`` tells, in the order in which they come."""
    totals: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for share in shares:
        totals[key(share)] += share.amount
    return dict(totals)
