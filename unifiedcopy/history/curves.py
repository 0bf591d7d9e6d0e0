"""Equity over time, from what snapshots tell of each account.

An account belongs to a curve from the first moment at which it told an equity in the currency to the last, and on for
as long as it can't be read after that. Between the two a moment without it is a gap. One that is read and tells the
currency no more has left.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from ..portfolio.amounts import EXACT, ZERO
from .models import EquityCurve, EquityPoint

Scope = Literal["account", "venue", "all"]


class Told(Struct, frozen=True, gc=False):
    """What accounts told at one moment, in one currency."""

    at: int
    accounts: tuple[int, ...]
    """One that has several wallets stands here several times."""
    equity: Sequence[Decimal]


class Moment(Struct, frozen=True, gc=False):
    """A snapshot: when, and which of its accounts could not be read."""

    at: int
    unread: frozenset[int]


class Whose(NamedTuple):
    """What a curve is of: an account, a venue, or everything."""

    venue: str | None = None
    exchange: str | None = None
    account: str | None = None


class Member(NamedTuple):
    """When an account belongs to a curve; ``last`` is included."""

    first: int
    last: int


def entries(rows: Iterable[Sequence[Any]]) -> dict[str, list[Told]]:
    """What was told by currency, of rows of time, currency, accounts and amounts, joined with commas. A currency that
    is not named is ``?``.
    """
    same: dict[str, tuple[int, ...]] = {}
    found: dict[str, list[Told]] = {}
    for at, asset, whose, equity in rows:
        accounts = same.get(whose)
        if accounts is None:
            accounts = same[whose] = tuple(map(int, whose.split(",")))
        found.setdefault(asset or "?", []).append(Told(at, accounts, list(map(Decimal, equity.split(",")))))
    return found


def curves(
    told: Mapping[str, list[Told]],
    moments: list[Moment],
    names: Mapping[int, tuple[str, str]],
    by: Scope,
    every: int | None,
) -> list[EquityCurve]:
    """Every curve of a scope, by currency and what it is of."""
    words = {number: " ".join(name).strip() for number, name in names.items()}
    found = []
    with localcontext(EXACT):
        for asset, amounts in sorted(told.items()):
            for whose, own in sorted(_parts(amounts, names, by).items(), key=lambda part: str(part[0])):
                when = moments if by == "all" else _moments_of(own, moments)
                part, when = (own, when) if every is None else thinned(own, when, every)
                found.append(curve(part, when, words, asset, whose))
    return found


def _parts(told: list[Told], names: Mapping[int, tuple[str, str]], by: Scope) -> dict[Whose, list[Told]]:
    """What each curve is made of, in one walk: a year of many accounts is long."""
    if by == "all":
        return {Whose(): told}
    whose = {
        account: _whose(*names[account], by) for accounts in {entry.accounts for entry in told} for account in accounts
    }
    same: dict[tuple[int, ...], tuple[int, ...]] = {}
    found: dict[Whose, list[Told]] = {}
    for entry in told:
        split: dict[Whose, tuple[list[int], list[Decimal]]] = {}
        for account, amount in zip(entry.accounts, entry.equity, strict=True):
            accounts, equity = split.setdefault(whose[account], ([], []))
            accounts.append(account)
            equity.append(amount)
        for of, (accounts, equity) in split.items():
            key = tuple(accounts)
            found.setdefault(of, []).append(Told(entry.at, same.setdefault(key, key), equity))
    return found


def _whose(exchange: str, alias: str, by: Scope) -> Whose:
    venue = exchange.partition("/")[0]
    return Whose(venue, exchange, alias or None) if by == "account" else Whose(venue)


def _moments_of(told: list[Told], moments: list[Moment]) -> list[Moment]:
    """The moments that tell of the accounts of a curve, or should have."""
    accounts = frozenset(account for accounts in {entry.accounts for entry in told} for account in accounts)
    at = {entry.at for entry in told}
    unread = (
        moment if moment.unread <= accounts else Moment(moment.at, moment.unread & accounts) for moment in moments
    )
    return [moment for moment in unread if moment.at in at or moment.unread]


def curve(
    told: Sequence[Told], moments: Sequence[Moment], names: Mapping[int, str], asset: str, whose: Whose
) -> EquityCurve:
    """The curve of these accounts in one currency; both sequences in the order of time."""
    members = _members(told, moments)
    expected = _Expected(members, names)
    by_time = {entry.at: entry for entry in told}
    begin = min(member.first for member in members.values())
    end = max(member.last for member in members.values())
    at = (moment.at for moment in moments if begin <= moment.at <= end)
    points = tuple(expected.point(by_time.get(when) or Told(when, (), ())) for when in at)
    return EquityCurve(
        asset=asset,
        venue=whose.venue,
        exchange=whose.exchange,
        account=whose.account,
        points=points,
        joins=expected.joins(points),
    )


def _members(told: Sequence[Told], moments: Sequence[Moment]) -> dict[int, Member]:
    found: dict[int, Member] = {}
    before: tuple[int, ...] = ()
    for entry, following in zip(told, (*told[1:], None), strict=True):
        if entry.accounts is before and following is not None and following.accounts is before:
            continue  # the same accounts as before and after
        before = entry.accounts
        for account in entry.accounts:
            found[account] = Member(found[account].first if account in found else entry.at, entry.at)
    unread = {account for moment in moments for account in moment.unread}
    return {
        account: Member(
            member.first, _unread_since(member.last, account, moments) if account in unread else member.last
        )
        for account, member in found.items()
    }


def _unread_since(last: int, account: int, moments: Sequence[Moment]) -> int:
    """How far an account that could not be read after its last word still belongs."""
    for moment in moments:
        if moment.at > last:
            if account not in moment.unread:
                break
            last = moment.at
    return last


class _Expected:
    """Which accounts a curve should have, worked out once for each stretch of time in which they are the same."""

    def __init__(self, members: Mapping[int, Member], names: Mapping[int, str]) -> None:
        self._members, self._names = members, names
        self._edges = sorted({edge for first, last in members.values() for edge in (first, last + 1)})
        self._place = 0
        self._all: frozenset[int] = frozenset()
        self._until = self._edges[0]
        self._missing: dict[tuple[int, ...], tuple[str, ...]] = {}

    def point(self, told: Told) -> EquityPoint:
        """The point of a moment; moments come in the order of time."""
        while told.at >= self._until:
            self._advance()
        missing = self._missing.get(told.accounts)
        if missing is None:
            lacking = self._all - set(told.accounts)
            missing = self._missing[told.accounts] = tuple(sorted(self._names[account] for account in lacking))
        known = sum(told.equity, ZERO)
        return EquityPoint(
            at=told.at, value=None if missing else known, known=known, accounts=len(self._all), missing=missing
        )

    def joins(self, points: Sequence[EquityPoint]) -> tuple[int, ...]:
        """The first moment after each change of the accounts."""
        stretch = [bisect_right(self._edges, point.at) for point in points]
        return tuple(
            point.at for point, before, now in zip(points[1:], stretch, stretch[1:], strict=False) if before != now
        )

    def _advance(self) -> None:
        edge, self._place = self._edges[self._place], self._place + 1
        self._until = self._edges[self._place] if self._place < len(self._edges) else edge + 10**18
        self._all = frozenset(a for a, (first, last) in self._members.items() if first <= edge <= last)
        self._missing.clear()


def thinned(told: Iterable[Told], moments: Iterable[Moment], every: int) -> tuple[list[Told], list[Moment]]:
    """One moment a stretch of ``every`` milliseconds, at its end: what each account told last in it. Snapshots of
    different accounts come together that way.
    """
    kept: dict[int, dict[int, list[Decimal]]] = {}
    for entry in told:
        wallets: dict[int, list[Decimal]] = {}
        for account, equity in zip(entry.accounts, entry.equity, strict=True):
            wallets.setdefault(account, []).append(equity)
        kept.setdefault(_end(entry.at, every), {}).update(wallets)
    unread: dict[int, set[int]] = {}
    for moment in moments:
        unread.setdefault(_end(moment.at, every), set()).update(moment.unread)
    return list(_joined(kept)), [
        Moment(at, frozenset(accounts - kept.get(at, {}).keys())) for at, accounts in sorted(unread.items())
    ]


def _end(at: int, every: int) -> int:
    return at - at % every + every - 1


def _joined(kept: Mapping[int, Mapping[int, list[Decimal]]]) -> Iterator[Told]:
    same: dict[tuple[int, ...], tuple[int, ...]] = {}
    for at, wallets in sorted(kept.items()):
        ordered = sorted(wallets.items())
        accounts = tuple(account for account, equity in ordered for _ in equity)
        yield Told(at, same.setdefault(accounts, accounts), [value for _, equity in ordered for value in equity])
