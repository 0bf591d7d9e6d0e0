"""Exact arithmetic: amounts are ``Decimal``; what must be rounded is rounded here, and nowhere silently."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation

ZERO = Decimal(0)
ATOM = Decimal("0.00000001")
"""The smallest amount that moves: 8 decimals."""

_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])


def exact_sum(a: Decimal, b: Decimal) -> Decimal:
    """``a + b``, or an error instead of a rounded result."""
    return _EXACT.add(a, b)


def floor_to(value: Decimal, step: Decimal = ATOM) -> Decimal:
    """The multiple of ``step`` at or below ``value`` in size (towards zero)."""
    return (value / step).to_integral_value(ROUND_DOWN) * step


def round_to(value: Decimal, step: Decimal) -> Decimal:
    """The multiple of ``step`` nearest to ``value``."""
    return (value / step).to_integral_value(ROUND_HALF_UP) * step


def plain(value: Decimal) -> str:
    """The number as text without exponent and trailing zeros: ``0.1``, ``100``, ``0``."""
    return format(value.normalize(), "f") if value else "0"


def fixed(value: Decimal, decimals: int) -> str:
    """The number as text with exactly so many decimals, rounded half up."""
    return format(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP), "f")
