"""What the fields of the canonical structs are made of: exact numbers, triggers, and the kinds of fields."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

Side = Literal["long", "short"]
SizeUnit = Literal["base", "contract", "quote"]
MarginMode = Literal["cross", "isolated", "unknown"]

Text = Annotated[str, Meta(extra={"kind": "text"})]
Label = Annotated[str, Meta(extra={"kind": "label"})]
"""Text that many rows share, such as a leader's name."""
Symbol = Annotated[str, Meta(extra={"kind": "symbol"})]
VenueSymbol = Annotated[str, Meta(extra={"kind": "venue_symbol"})]
Symbols = Annotated[tuple[str, ...], Meta(extra={"kind": "symbols"})]
Money = Annotated[Decimal, Meta(extra={"kind": "decimal"})]
Number = Annotated[Decimal, Meta(extra={"kind": "level"})]
"""A multiple, such as leverage."""
Ratio = Annotated[Decimal, Meta(extra={"kind": "ratio"})]
Size = Annotated[Decimal, Meta(extra={"kind": "size"})]
Count = Annotated[int, Meta(extra={"kind": "count"})]
Time = Annotated[int, Meta(extra={"kind": "time"})]
Flag = Annotated[bool, Meta(extra={"kind": "flag"})]


_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?", re.ASCII)


EXACT = Context(prec=200)
"""For sums and products of money: every digit, whatever context the caller works in."""


def exact(value: Decimal | int | str, what: str) -> Decimal:
    """A finite Decimal of a user's number; floats are refused because they have lost digits already."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise TypeError(f"{what} takes text, int or Decimal, not {type(value).__name__} ({value!r})")
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise ValueError(f"{what}: {value!r} is not a number") from None
    if (
        not number.is_finite()
        or (isinstance(value, str) and not _PLAIN.fullmatch(value))
        or not -60 < number.adjusted() < 60
    ):
        raise ValueError(f"{what}: {value!r} is not a number that money can be")
    return number


def make_exact(settings: Struct, names: tuple[str, ...]) -> None:
    """A user's numbers in these fields of a frozen struct, as Decimals."""
    for name in names:
        value = getattr(settings, name)
        if value is not None and type(value) is not Decimal:
            force_setattr(settings, name, exact(value, name))


class Price(Struct, frozen=True, gc=False):
    """A trigger at a price, in quote currency per base unit."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        if type(self.value) is not Decimal or not self.value.is_finite():
            force_setattr(self, "value", exact(self.value, "Price"))

    def __str__(self) -> str:
        return f"{self.value:f}"


class Roi(Struct, frozen=True, gc=False):
    """A trigger at a return on initial margin, as a fraction: ``Roi("0.5")`` gains 50 %, ``Roi("-0.2")`` loses 20 %."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        if type(self.value) is not Decimal or not self.value.is_finite():
            force_setattr(self, "value", exact(self.value, "Roi"))

    def __str__(self) -> str:
        return f"{self.value * 100:+f}%"


class Clear(Struct, frozen=True):
    """The type of ``CLEAR``: take the trigger away. (None leaves it as it is.)"""

    def __repr__(self) -> str:
        return "CLEAR"


CLEAR = Clear()

Trigger = Annotated[Price | Roi, Meta(extra={"kind": "trigger"})]


def utc(milliseconds: int) -> datetime:
    """An aware datetime of a canonical time."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def text_of(value: Any) -> str:
    """The plain notation of a canonical value, for tables: no exponent, empty for None."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return ", ".join(text_of(part) for part in value)
    return str(value)
