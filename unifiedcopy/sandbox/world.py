"""The world of one venue: accounts, ledger, positions, leaders; seeded, and moved on by virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import product
from random import Random
from uuid import UUID

from .accounts import Ledger, SandboxAccount, new_account
from .amounts import ZERO, floor_to, round_to
from .clock import Clock
from .copying import DAY_MS, Copying, Day, Follow, Leader
from .leading import Lead
from .market import Market
from .positions import SIDES, Book, Position, Side

READ_WRITE = frozenset({"read", "write"})
NAMES = ("Steady Owl", "S5", "Nordwind", "Äther-Kapital", "gamma_ray", "SlowMoney", "阿尔法", "Papa Delta")
"""Names for leaders; two of them are not ASCII on purpose."""


class World:
    """State that an emulator shows. Nothing in here knows how any venue spells it.

    ``book`` holds positions and closings, ``copying`` leaders and follow relations, ``ledger`` every amount.
    ``spot`` is for leaders who buy and sell coins what ``copying`` is for leaders in contracts: a coin that is
    held is a long position without leverage. ``leads`` are the accounts that lead themselves.
    The world of each venue is its own; ``market`` and ``clock`` are shared by all.
    """

    def __init__(self, venue: str, market: Market, clock: Clock, seed: int = 0) -> None:
        self.venue = venue
        self.market = market
        self.clock = clock
        self.random = Random(f"{seed}/{venue}")  # noqa: S311
        self.ledger = Ledger()
        self.accounts: dict[str, SandboxAccount] = {}
        self._next_id = self.random.randrange(10**18, 2 * 10**18)
        self.book = Book(self.ledger, market, clock, self.new_id)
        self.copying = Copying(self.book)
        self.spot = Copying(self.book, sides=("long",))
        self.leads: dict[tuple[str, bool], Lead] = {}
        """By alias, and whether it is for spot."""

    def new_id(self) -> str:
        """A fresh id: 19 digits, beyond what a float holds, growing with time."""
        self._next_id += self.random.randrange(1, 1_000)
        return str(self._next_id)

    def new_uuid(self) -> str:
        """A fresh id in the form of a UUID."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def open_account(
        self,
        alias: str,
        *,
        permissions: frozenset[str] = READ_WRITE,
        kind: str,
        deposit: Decimal = ZERO,
        asset: str = "USDT",
        key_length: int = 64,
        passphrase: bool = False,
    ) -> SandboxAccount:
        """An account with fresh keys and, if wished, some money."""
        account = new_account(
            alias,
            self.random,
            permissions=permissions,
            kind=kind,
            key_length=key_length,
            passphrase=passphrase,
        )
        self.accounts[alias] = account
        self.ledger.move(Ledger.OUTSIDE, alias, deposit, asset)
        return account

    def account_by_key(self, api_key: str) -> SandboxAccount | None:
        return next((found for found in self.accounts.values() if found.api_key == api_key), None)

    def add_leader(self, leader_id: str, name: str, *, days: int = 30, spot: bool = False) -> Leader:
        """A leader with a believable past: ``days`` days of trading, sums that fit each other.

        An id is for one leader, in contracts or in spot.
        """
        draw = self.random.randint
        deposit = Decimal(draw(5_000, 50_000))
        followers = draw(3, 400)
        leader = Leader(
            id=leader_id,
            name=name,
            avatar=f"https://static.example.com/avatar/{leader_id}.png",
            random=Random(f"{self.random.getrandbits(64)}/{leader_id}"),  # noqa: S311
            leading_since=self.clock.now_ms() - draw(days, 900) * DAY_MS,
            wins=draw(60, 220),
            losses=draw(20, 140),
            profit=ZERO,
            deposit=deposit,
            drawdown=Decimal(draw(200, 3_500)).scaleb(-4),
            followers=followers,
            follower_limit=draw(followers + 5, followers + 600),
            followers_ever=followers + draw(0, 900),
            follower_profit=Decimal(draw(-500_000, 4_000_000)).scaleb(-2),
            share=Decimal(draw(5, 10)).scaleb(-2),
            coins=tuple(list(self.market.coins)[: draw(3, 6)]),
            leverage=Decimal(1) if spot else Decimal(draw(1, 4) * 5),
            cross=not spot and bool(draw(0, 1)),
        )
        self._give_past(leader, days)
        return (self.spot if spot else self.copying).add(leader)

    def let_lead(
        self,
        alias: str,
        leader_id: str,
        name: str,
        *,
        spot: bool = False,
        days: int = 30,
        followers: int = 6,
        former: int = 2,
        assets: Sequence[str] = ("USDT",),
    ) -> Lead:
        """Make an account a leader, with followers and ``days`` of shared profit; trading is left to it."""
        leader = self.add_leader(leader_id, name, days=0, spot=spot)
        leader.wins = leader.losses = leader.followers = leader.followers_ever = leader.pace = 0
        leader.follower_profit = ZERO
        leader.leading_since = self.clock.now_ms() - (days + leader.random.randrange(1, 400)) * DAY_MS
        lead = Lead(alias, leader, self.spot if spot else self.copying, self.new_id, self._profile, assets)
        lead.live_through(days, followers, former)
        self.leads[alias, spot] = lead
        return lead

    def lead(self, alias: str, *, spot: bool = False) -> Lead | None:
        """The account as a leader; None when it isn't one."""
        return self.leads.get((alias, spot))

    def _profile(self, alias: str) -> tuple[str, str, str]:
        """Uid, masked name and avatar of who follows: an account, or one that nobody has the key of."""
        account = self.accounts.get(alias)
        uid = account.uid if account else str(self.random.randrange(10**9, 10**10))
        return uid, f"{uid[0]}***{uid[-2:]}", f"https://static.example.com/avatar/{uid}.png"

    def _give_past(self, leader: Leader, days: int) -> None:
        today = self.clock.now_ms() - self.clock.now_ms() % DAY_MS
        for ago in range(days, 0, -1):
            roi = Decimal(self.random.randint(-150, 220)).scaleb(-4)
            leader.days.append(Day(today - ago * DAY_MS, leader.deposit * roi, roi))
            leader.profit += leader.deposit * roi
        leader.last_trade_at = self.clock.now_ms() - self.random.randint(1, 40) * 60_000

    def lead_earlier(self, leader: Leader, coin: str, side: Side) -> Position | None:
        """The leader opened this some hours ago, at a price within 1 % of today's."""
        price = self.market.price(coin) * (1 + Decimal(self.random.randint(-100, 100)).scaleb(-4))
        price = round_to(price, self.market.coins[coin].tick)
        at = self.clock.now_ms() - self.random.randint(60, 900) * 60_000
        copying = self.spot if leader.id in self.spot.leaders else self.copying
        return copying.lead_open(leader, coin, side, price=price, at=at)

    def step(self, seconds: int) -> None:
        """Let the leaders live through ``seconds``; clock and market have moved already."""
        self.copying.step(seconds)
        self.spot.step(seconds)

    def deposit(self, wallet: str, amount: Decimal, asset: str = "USDT") -> None:
        self.ledger.move(Ledger.OUTSIDE, wallet, amount, asset)

    def seed_history(self, account: str, count: int, *, days: int = 6, inverse: bool = False) -> None:
        """Add ``count`` closed positions, spread over the last ``days`` days, the newest last."""
        follows: list[Follow | None] = list(self.copying.following(account)) or [None]
        gap = min(3_600_000, days * DAY_MS // (count + 1))
        now = self.clock.now_ms()
        for left, number in zip(range(count, 0, -1), range(count), strict=True):
            follow = follows[number % len(follows)]
            position = self._past_position(account, follow, now - left * gap - gap // 2, inverse=inverse)
            part = Decimal(self.random.randint(-120, 150)).scaleb(-4)
            price = floor_to(position.entry * (1 + part), self.market.coins[position.coin].tick)
            self.book.close(position, price=price, at=now - left * gap, reason="leader" if follow else "user")

    def _past_position(self, account: str, follow: Follow | None, at: int, *, inverse: bool) -> Position:
        wallet = follow.wallet if follow else account
        coin = self.market.coins[self.random.choice(list(self.market.coins))]
        price = self.market.price(coin.name)
        size = Decimal(100) if inverse else max(coin.lot, floor_to(100 / price, coin.lot))
        asset = coin.name if inverse else "USDT"
        if self.ledger.balance(wallet, asset) * (price if inverse else 1) < 100:
            self.deposit(wallet, Decimal(1_000), asset)
        return self.book.open(
            account,
            coin.name,
            self.random.choice(SIDES),
            size,
            leverage=Decimal(10),
            wallet=wallet,
            price=price,
            at=at,
            inverse=inverse,
            leader=follow.leader.id if follow else None,
        )

    def close_all(self, account: str) -> None:
        """Close every position of the account at the market."""
        for position in self.book.open_positions(account):
            self.book.close(position)

    def seed_copies(self, account: str, count: int) -> None:
        """Let the followed leaders open until the account holds ``count`` copies; lists coins as needed."""
        follows = self.copying.following(account)
        if not follows:
            raise ValueError(f"{account} follows nobody")
        held = [p for p in self.book.open_positions(account) if p.leader not in self.spot.leaders]
        missing = count - len(held)
        coins = self.market.ensure(len(self.market.coins) + max(0, missing))
        for coin, side, follow in product(coins, SIDES, follows):
            if missing <= 0:
                return
            missing -= self._copied(follow, coin, side)

    def _copied(self, follow: Follow, coin: str, side: Side) -> int:
        held = [(p.coin, p.side) for p in self.book.open_positions(follow.leader.owner)]
        if (coin, side) in held:
            return 0
        for wallet in (follow.wallet, follow.leader.owner):
            if self.ledger.balance(wallet) < 1_000:
                self.deposit(wallet, Decimal(10_000))
        before = len(self.copying.copies(follow))
        self.copying.lead_open(follow.leader, coin, side)
        return len(self.copying.copies(follow)) - before
