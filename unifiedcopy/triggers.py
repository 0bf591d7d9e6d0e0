"""Take profit and stop loss: from the kind that the caller gave to the kind that the venue takes.

A return on margin and a price say the same thing only for a given entry price, leverage and side, so a conversion
needs the position and happens only when the caller allowed it.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from typing import Literal

from . import errors
from .models import Position, Price, Roi

_context = Context(prec=34)
ROI_DIGITS = Decimal("0.0001")


def kind(trigger: Price | Roi) -> Literal["price", "roi"]:
    """The word for it in schemas."""
    return "price" if isinstance(trigger, Price) else "roi"


def converted(trigger: Price | Roi, position: Position) -> Price | Roi:
    """The other kind.

    Raises:
        BadRequest: there is no such trigger, or it is so close that rounding makes nothing of it.
    """
    try:
        made = to_roi(trigger, position) if isinstance(trigger, Price) else to_price(trigger, position)
    except ArithmeticError:
        raise errors.BadRequest(f"{trigger} can't be converted for this position: it is out of any range") from None
    if not made.value or made.value == position.entry_price:
        raise errors.BadRequest(f"{trigger} is so close to the entry price that it rounds to no trigger at all")
    return made


def to_roi(price: Price, position: Position) -> Roi:
    """The return on initial margin at a price, cut towards zero at four digits."""
    entry, leverage = _known(position)
    if position.size_unit == "quote":
        moved = _context.subtract(1, _context.divide(entry, price.value))
    else:
        moved = _context.subtract(_context.divide(price.value, entry), 1)
    roi = _context.multiply(_context.multiply(moved, leverage), 1 if position.side == "long" else -1)
    return Roi(roi.quantize(ROI_DIGITS, rounding=ROUND_DOWN, context=_context))


def to_price(roi: Roi, position: Position) -> Price:
    """The price at a return on initial margin, with the digits of the venue's own prices, cut towards the entry
    price.
    """
    entry, leverage = _known(position)
    moved = _context.multiply(_context.divide(roi.value, leverage), 1 if position.side == "long" else -1)
    price = (
        _context.divide(entry, _context.subtract(1, moved))
        if position.size_unit == "quote"
        else _context.multiply(entry, _context.add(1, moved))
    )
    if price <= 0:
        raise errors.BadRequest(f"{roi} of this position lies below a price of zero")
    step = Decimal(1).scaleb(min(_exponent(entry), _exponent(position.mark_price or entry)))
    rounding = ROUND_DOWN if price > entry else "ROUND_UP"
    return Price(price.quantize(step, rounding=rounding, context=_context))


def _known(position: Position) -> tuple[Decimal, Decimal]:
    if not position.entry_price or not position.leverage:
        raise errors.ArgumentsRequired(
            "converting a trigger needs the position's entry price and leverage, which the venue did not tell"
        )
    return position.entry_price, position.leverage


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
