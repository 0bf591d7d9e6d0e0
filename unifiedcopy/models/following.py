"""How an account copies: the size of a copy, settings, and what a venue allows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from .values import (
    Count,
    Flag,
    Money,
    Number,
    Ratio,
    Roi,
    Size,
    SizeUnit,
    Symbol,
    Symbols,
    Text,
    VenueSymbol,
    exact,
    make_exact,
)


class Sizing(Struct, frozen=True, gc=False):
    """How big a copy is; use one of the five kinds below."""


def _positive(value: Any, kind: Sizing, *, below: int | None = None) -> Decimal:
    number = exact(value, type(kind).__name__)
    if number <= 0 or (below is not None and number > below):
        raise ValueError(f"{type(kind).__name__}: {value} is out of range (0..{below or 'any'})")
    return number


class FixedAmount(Sizing, frozen=True, gc=False):
    """The same money for every copied order, in quote currency."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        force_setattr(self, "value", _positive(self.value, self))


class FixedQuantity(Sizing, frozen=True, gc=False):
    """The same size for every copied order, in base coins."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        force_setattr(self, "value", _positive(self.value, self))


class Multiple(Sizing, frozen=True, gc=False):
    """A multiple of the leader's own order: 1 is the same, 2 is double."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        force_setattr(self, "value", _positive(self.value, self))


class ShareOfEquity(Sizing, frozen=True, gc=False):
    """The share of the own equity that the leader uses of his; a number only where the venue asks for one."""

    value: Decimal | None = None

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str | None = None) -> None: ...

    def __post_init__(self) -> None:
        if self.value is not None:
            force_setattr(self, "value", _positive(self.value, self, below=1))


class TotalBudget(Sizing, frozen=True, gc=False):
    """One sum for the leader, in quote currency; the venue divides it as the leader trades."""

    value: Decimal

    if TYPE_CHECKING:

        def __init__(self, value: Decimal | int | str) -> None: ...

    def __post_init__(self) -> None:
        force_setattr(self, "value", _positive(self.value, self))


SIZINGS: Mapping[str, type[Sizing]] = {
    "fixed_amount": FixedAmount,
    "fixed_quantity": FixedQuantity,
    "multiple": Multiple,
    "share_of_equity": ShareOfEquity,
    "total_budget": TotalBudget,
}
SIZING_NAMES = {kind: name for name, kind in SIZINGS.items()}


OpenCopies = Literal["close", "keep", "with_leader", "unknown"]
"""Open copies are closed at once, left to the account, or closed when the leader closes."""


class FollowSettings(Struct, frozen=True, kw_only=True, gc=False):
    """How an account copies a leader. None leaves a thing to the venue's default; where a following is changed, None
    keeps what stands (as far as the venue tells it).
    """

    sizing: Annotated[
        FixedAmount | FixedQuantity | Multiple | ShareOfEquity | TotalBudget | None, Meta(extra={"kind": "sizing"})
    ] = None
    symbols: Symbols | None = None
    """ccxt notation; None means all that the leader trades."""
    leverage_source: Annotated[Literal["leader", "own", "position", "unknown"] | None, Meta(extra={"kind": "enum"})] = (
        None
    )
    """Whose leverage counts; None means ``own`` when ``leverage`` is set, else ``leader``."""
    leverage: Number | None = None
    """Own leverage; counts when ``leverage_source`` is ``own``."""
    short_leverage: Number | None = None
    """Only when it differs from ``leverage``."""
    margin_mode: Annotated[
        Literal["leader", "own", "cross", "isolated", "unknown"] | None, Meta(extra={"kind": "enum"})
    ] = None
    copied_margin_modes: Annotated[
        Literal["all", "cross", "isolated", "unknown"] | None, Meta(extra={"kind": "enum"})
    ] = None
    """Which of the leader's orders are copied, by their margin mode."""
    take_profit: Annotated[Roi | None, Meta(extra={"kind": "trigger"})] = None
    stop_loss: Annotated[Roi | None, Meta(extra={"kind": "trigger"})] = None
    """Negative: ``Roi("-0.2")`` stops at 20 % loss."""
    stop_loss_delay: Count | None = None
    """Seconds."""
    total_budget: Money | None = None
    """Ceiling for this leader, quote currency."""
    max_loss: Money | None = None
    """Loss with this leader at which the following ends, quote currency."""
    daily_budget: Money | None = None
    """Ceiling per day, quote currency; zero means none."""
    max_position: Money | None = None
    """Ceiling of what one copied symbol may hold, in the venue's unit."""
    max_equity_share: Ratio | None = None
    isolated_reserve: Money | None = None
    """Margin kept back for isolated positions, quote currency."""
    zero_slippage: Flag | None = None
    copy_open_positions: Flag | None = None
    """Take over what the leader holds already."""
    copy_new_symbols: Flag | None = None
    open_copies: Annotated[OpenCopies | None, Meta(extra={"kind": "enum"})] = None
    """What becomes of open copies when the following ends."""
    leader_id: Text | None = None
    """Set on settings that were read."""

    def __post_init__(self) -> None:
        make_exact(self, _SETTINGS_NUMBERS)
        for name in ("take_profit", "stop_loss"):
            if not isinstance(getattr(self, name), Roi | None):
                raise TypeError(f"{name} takes a Roi: settings hold for positions that have no price yet")
        if not isinstance(self.sizing, Sizing | None):
            raise TypeError(f"sizing takes FixedAmount, Multiple or another sizing, not {self.sizing!r}")
        if self.symbols is not None:
            force_setattr(self, "symbols", distinct(self.symbols))


def distinct(symbols: Any) -> tuple[str, ...]:
    """Symbols as a tuple; text and doubles are refused."""
    if not isinstance(symbols, tuple | list) or not all(isinstance(symbol, str) for symbol in symbols):
        raise TypeError(f"symbols takes a tuple of text such as ('BTC/USDT:USDT',), not {symbols!r}")
    if len(set(symbols)) != len(symbols):
        raise ValueError(f"symbols: one stands twice in {', '.join(symbols)}")
    return tuple(symbols)


_SETTINGS_NUMBERS = (
    "leverage",
    "short_leverage",
    "total_budget",
    "max_loss",
    "daily_budget",
    "max_position",
    "max_equity_share",
    "isolated_reserve",
)


class SymbolRule(Struct, frozen=True, gc=False):
    """What a venue or a leader allows: for one symbol, or for all of them where ``venue_symbol`` is None."""

    exchange: str
    symbol: Symbol | None = None
    venue_symbol: VenueSymbol | None = None
    size_unit: Annotated[SizeUnit | None, Meta(extra={"kind": "size_unit"})] = None
    min_size: Size | None = None
    """Of one copied order, in ``size_unit``."""
    max_size: Size | None = None
    enabled: Flag | None = None
    """Whether the leader leads it."""
    min_amount: Money | None = None
    """Of one copied order, in quote currency."""
    max_amount: Money | None = None
    min_total: Money | None = None
    """Of all that may be put into a leader, in quote currency."""
    max_total: Money | None = None
    min_multiple: Number | None = None
    max_multiple: Number | None = None
    max_leverage: Number | None = None
    leverage: Number | None = None
    """What is set now."""
    max_take_profit: Ratio | None = None
    max_stop_loss: Ratio | None = None
    """As a loss: 0.75 lets a stop stand at ``Roi("-0.75")``."""
    take_profit: Annotated[Roi | None, Meta(extra={"kind": "trigger"})] = None
    """The leader's own for the symbol."""
    stop_loss: Annotated[Roi | None, Meta(extra={"kind": "trigger"})] = None
