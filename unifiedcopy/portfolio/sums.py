"""What a portfolio adds up to: exposure, margin and profit by symbol, leader, venue and account.

Amounts are exact and by currency: coins are never added to dollars. What a venue does not say makes a sum incomplete
(``known 18 of 20``), and contracts that nobody converted are counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from msgspec import Struct

from ..models import FollowedLeader, Position
from .amounts import EXACT, RATIO, ZERO, Amounts, Exposure, Sides, Sum, Tally, quotients
from .models import AccountReading, Coverage, Snapshot

Grouping = Literal["symbol", "leader", "venue", "account"]


class Group(Struct, frozen=True, kw_only=True, gc=False):
    """What some positions add up to."""

    by: Grouping | Literal["all"]
    key: str | None
    """The symbol, ``<exchange>:<leader id>``, the venue, or ``<exchange>:<alias>``; None for all, and for positions
    that don't say."""
    label: str | None = None
    """A name for eyes: the leader's, the account's. Untrusted text of the venue."""
    venues: tuple[str, ...]
    accounts: int
    """That hold one of the positions (or copy the leader)."""
    positions: int
    base: Exposure
    """In coins."""
    settle: Exposure
    """At the mark price (entry price without one), in the currency that the positions settle in."""
    contracts: Exposure
    """What is counted in contracts that nobody converted: by ``<exchange> <venue symbol>``, in contracts."""
    at_entry: int
    """Positions in ``settle`` that are valued at their entry price, as the venue told no mark price."""
    margin: Sum
    """Initial margin in use."""
    unrealized_pnl: Sum
    realized_pnl: Sum
    """Of the open positions."""
    profit_share: Sum
    """What the leaders took and what is withheld for them. Not told by symbol."""
    equity: Sum
    """Of the accounts, by venue and account and of all; None of it by symbol and leader."""
    coverage: Coverage
    """Of the accounts in which such positions could be."""

    @property
    def leverage(self) -> Amounts:
        """Gross exposure over margin in use, by currency; empty where a part of either is not known."""
        return quotients(self.settle, self.margin)

    @property
    def equity_leverage(self) -> Amounts:
        """Gross exposure over equity, by currency; empty where a part of either is not known."""
        return quotients(self.settle, self.equity)


class Concentration(Struct, frozen=True, gc=False):
    """How far the exposure in one currency stands in few groups."""

    largest: str | None
    """The key of the largest group."""
    share: Decimal
    """Its share of the gross exposure, a fraction."""
    herfindahl: Decimal
    """The sum of the squared shares: 1 is all in one group, 1/n the same in n."""
    known: int
    of: int
    """Positions that the exposure is known of, and all."""


def total(snapshot: Snapshot) -> Group:
    """All positions of a snapshot."""
    return _whole("all", None, snapshot.accounts)


def grouped(snapshot: Snapshot, by: Grouping) -> list[Group]:
    """The positions of a snapshot by what they have in common; the largest first, measured in the currency that most
    groups have, as amounts in several can't be compared.
    """
    groups = _by_owner(snapshot, by) if by in ("venue", "account") else _by_position(snapshot, by)
    usual = Counter(currency for group in groups for currency in group.settle.gross).most_common(1)
    currency = usual[0][0] if usual else ""
    return sorted(
        groups, key=lambda group: (-group.settle.gross.get(currency, ZERO), -group.positions, group.key or "")
    )


def concentration(groups: Iterable[Group]) -> dict[str, Concentration]:
    """How far the gross exposure stands in few groups, by currency."""
    counted = list(groups)
    shares: dict[str, list[tuple[Decimal, str | None]]] = {}
    for group in counted:
        for currency, amount in group.settle.gross.items():
            shares.setdefault(currency, []).append((amount, group.key))
    known, of = sum(group.settle.known for group in counted), sum(group.settle.of for group in counted)
    return {currency: _concentrated(amounts, known, of) for currency, amounts in shares.items()}


def _concentrated(amounts: list[tuple[Decimal, str | None]], known: int, of: int) -> Concentration:
    whole = ZERO
    for amount, _ in amounts:
        whole = EXACT.add(whole, amount)
    largest, key = max(amounts, key=lambda entry: entry[0])
    squares = ZERO
    for amount, _ in amounts:
        squares = EXACT.add(squares, EXACT.multiply(amount, amount))
    return Concentration(
        key, RATIO.divide(largest, whole), RATIO.divide(squares, EXACT.multiply(whole, whole)), known, of
    )


# -- counting ---------------------------------------------------------------------------------------------------------


class _Counting:
    """A group while it is counted."""

    def __init__(self, by: Grouping | Literal["all"], key: str | None, label: str | None = None) -> None:
        self.by, self.key, self.label = by, key, label
        self.owners: dict[tuple[str, str | None], None] = {}
        self.positions = self.at_entry = 0
        self.base, self.settle, self.contracts = Sides(), Sides(), Sides()
        self.margin, self.unrealized, self.realized = Tally(), Tally(), Tally()
        self.share, self.equity = Tally(), Tally()

    def account(self, reading: AccountReading) -> None:
        self.owners[reading.exchange, reading.account] = None

    def position(self, position: Position) -> None:
        coins = _coins(position.symbol)
        self.positions += 1
        settled = _settled(position, coins)
        if settled is not None and position.mark_price is None and settled is not position.size:
            self.at_entry += 1
        side, asset = position.side, position.margin_asset
        self.settle.add(side, coins.settle, settled)
        self.base.add(side, coins.base, _in_base(position))
        if position.size_unit in ("contract", None):
            self.contracts.add(side, f"{position.exchange} {position.venue_symbol}", position.size)
        self.margin.add(asset, position.margin)
        self.unrealized.add(asset, position.unrealized_pnl)
        self.realized.add(asset, position.realized_pnl)

    def leader(self, leader: FollowedLeader) -> None:
        told = [part for part in (leader.profit_share_paid, leader.profit_share_pending) if part is not None]
        self.share.add(leader.asset, _added(told) if told else None)

    def following(self, reading: AccountReading) -> None:
        """An account whose leaders nobody knows is one entry that is not known."""
        if reading.following is None:
            self.share.add(None, None)
        for leader in reading.following or ():
            self.leader(leader)

    def balances(self, reading: AccountReading) -> None:
        """An account whose worth nobody tells is one entry that is not known."""
        if reading.balances is None or all(balance.equity is None for balance in reading.balances):
            self.equity.add(None, None)
            return
        for balance in reading.balances:
            self.equity.add(balance.asset, balance.equity)

    def group(self, coverage: Coverage) -> Group:
        return Group(
            by=self.by,
            key=self.key,
            label=self.label,
            venues=tuple(dict.fromkeys(exchange.partition("/")[0] for exchange, _ in self.owners)),
            accounts=len(self.owners),
            positions=self.positions,
            base=self.base.exposure(),
            settle=self.settle.exposure(),
            contracts=self.contracts.exposure(),
            at_entry=self.at_entry,
            margin=self.margin.sum(),
            unrealized_pnl=self.unrealized.sum(),
            realized_pnl=self.realized.sum(),
            profit_share=self.share.sum(),
            equity=self.equity.sum(),
            coverage=coverage,
        )


def _by_owner(snapshot: Snapshot, by: Grouping) -> list[Group]:
    """Whole accounts: each tells its own coverage, and one that can't be read is a group too."""
    if by == "account":  # one after the other: thousands of half-counted groups would keep the collector busy
        return [
            _whole(by, f"{one.exchange}:{one.account or ''}", [one], label=one.account) for one in snapshot.accounts
        ]
    venues: dict[str, list[AccountReading]] = {}
    for reading in snapshot.accounts:
        venues.setdefault(reading.venue, []).append(reading)
    return [_whole(by, venue, readings) for venue, readings in venues.items()]


def _whole(
    by: Grouping | Literal["all"], key: str | None, readings: Iterable[AccountReading], label: str | None = None
) -> Group:
    """What whole accounts add up to."""
    tally = _Counting(by, key, label)
    for reading in readings:
        tally.account(reading)
        for position in reading.positions:
            tally.position(position)
        tally.following(reading)
        tally.balances(reading)
    return tally.group(Coverage.over(readings))


def _by_position(snapshot: Snapshot, by: Grouping) -> list[Group]:
    """By what the positions say: any account that could not be read might hold more."""
    found: dict[str | None, _Counting] = {}
    key_of: Callable[[Position], str | None] = _leader_key if by == "leader" else _symbol_key
    for reading in snapshot.accounts:
        for position in reading.positions:
            key = key_of(position)
            tally = found.get(key)
            if tally is None:
                tally = found[key] = _Counting(by, key)
            if by == "leader":
                tally.label = tally.label or position.leader_name
            tally.account(reading)
            tally.position(position)
        if by == "leader":
            _count_leaders(found, reading)
    coverage = snapshot.coverage
    return [tally.group(coverage) for tally in found.values()]


def _count_leaders(found: dict[str | None, _Counting], reading: AccountReading) -> None:
    """Also leaders of whom nothing is open."""
    for leader in reading.following or ():
        key = f"{leader.exchange}:{leader.leader_id}"
        tally = found.setdefault(key, _Counting("leader", key))
        tally.label = tally.label or leader.leader_name
        tally.account(reading)
        tally.leader(leader)


def _symbol_key(position: Position) -> str:
    return position.symbol or f"{position.exchange} {position.venue_symbol}"


def _leader_key(position: Position) -> str | None:
    return f"{position.exchange}:{position.leader_id}" if position.leader_id is not None else None


# -- one position -----------------------------------------------------------------------------------------------------


class _Coins(NamedTuple):
    base: str | None
    quote: str | None
    settle: str | None


@lru_cache(maxsize=10_000)
def _coins(symbol: str | None) -> _Coins:
    """``BTC/USDT:USDT`` -> BTC, USDT, USDT; what has no settling coin is bought and sold, in the quote currency."""
    if symbol is None:
        return _Coins(None, None, None)
    base, _, rest = symbol.partition("/")
    quote, _, settle = rest.partition(":")
    return _Coins(base, quote, settle.partition("-")[0] or quote)


def _in_base(position: Position) -> Decimal | None:
    """The size in coins, where it is told in coins, or in quote money with a price."""
    if position.size_unit == "base":
        return position.size
    price = position.mark_price or position.entry_price
    return RATIO.divide(position.size, price) if position.size_unit == "quote" and price else None


def _settled(position: Position, coins: _Coins) -> Decimal | None:
    """The value in the settling currency; None where it can't be known, as for contracts."""
    if coins.settle == coins.base:
        return _in_base(position)
    if coins.settle != coins.quote:
        return None
    if position.size_unit == "quote":
        return position.size
    price = position.mark_price or position.entry_price
    return EXACT.multiply(position.size, price) if position.size_unit == "base" and price else None


def _added(amounts: Iterable[Decimal]) -> Decimal:
    whole = ZERO
    for amount in amounts:
        whole = EXACT.add(whole, amount)
    return whole
