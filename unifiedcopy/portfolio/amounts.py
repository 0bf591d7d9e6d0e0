"""Sums of money: exact, each currency by itself, and never complete by accident."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

from msgspec import Struct

Amounts = Mapping[str, Decimal]
"""Currency -> amount."""
EXACT = Context(prec=1000, Emax=9999, Emin=-9999, traps=[Inexact, InvalidOperation, Overflow])
"""Enough digits for any sum of any products of a venue's numbers, and an exception instead of a rounded one."""
RATIO = Context(prec=34, traps=[InvalidOperation, Overflow, DivisionByZero])
"""For quotients, which are seldom exact."""
ZERO = Decimal(0)


class Sum(Struct, frozen=True, gc=False):
    """One figure of many entries. An entry whose figure, or its currency, nobody told is not counted as zero: then
    ``known`` is less than ``of``.
    """

    amounts: Amounts
    known: int
    of: int

    @property
    def complete(self) -> bool:
        return self.known == self.of

    def __str__(self) -> str:
        told = " + ".join(f"{amount:f} {currency}" for currency, amount in sorted(self.amounts.items())) or "nothing"
        return told if self.complete else f"{told} (known {self.known} of {self.of})"


class Exposure(Struct, frozen=True, gc=False):
    """What is held long and short, in each currency by itself."""

    long: Amounts
    short: Amounts
    """Greater than zero, too."""
    known: int
    of: int

    @property
    def net(self) -> Amounts:
        """Long less short."""
        return {currency: EXACT.subtract(self.long.get(currency, ZERO), self.short.get(currency, ZERO))
                for currency in self._currencies}  # fmt: skip

    @property
    def gross(self) -> Amounts:
        """Long and short together."""
        return {currency: EXACT.add(self.long.get(currency, ZERO), self.short.get(currency, ZERO))
                for currency in self._currencies}  # fmt: skip

    @property
    def complete(self) -> bool:
        return self.known == self.of

    @property
    def _currencies(self) -> list[str]:
        return sorted({*self.long, *self.short})


class Tally:
    """A sum while it is counted."""

    __slots__ = ("amounts", "known", "of")

    def __init__(self) -> None:
        self.amounts: dict[str, Decimal] = {}
        self.known = self.of = 0

    def add(self, currency: str | None, amount: Decimal | None) -> None:
        """One more entry."""
        self.of += 1
        if currency is not None and amount is not None:
            self.known += 1
            self.amounts[currency] = EXACT.add(self.amounts.get(currency, ZERO), amount)

    def sum(self) -> Sum:
        return Sum(self.amounts, self.known, self.of)


class Sides:
    """An exposure while it is counted."""

    __slots__ = ("long", "short")

    def __init__(self) -> None:
        self.long, self.short = Tally(), Tally()

    def add(self, side: str, currency: str | None, amount: Decimal | None) -> None:
        (self.long if side == "long" else self.short).add(currency, amount)

    def exposure(self) -> Exposure:
        long, short = self.long, self.short
        return Exposure(long.amounts, short.amounts, long.known + short.known, long.of + short.of)


def quotients(amounts: Sum | Exposure, by: Sum) -> Amounts:
    """One figure over another, by currency; empty unless both are complete: a ratio of half-known figures is none."""
    if not (amounts.complete and by.complete):
        return {}
    over = amounts.gross if isinstance(amounts, Exposure) else amounts.amounts
    return {
        currency: RATIO.divide(amount, by.amounts[currency])
        for currency, amount in over.items()
        if by.amounts.get(currency)
    }
